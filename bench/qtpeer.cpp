/* SPDX-License-Identifier: MIT */
/* qtpeer: the metadata of all Qt plugins in a folder, as a host that uses Qt reads it. */
#include <QDir>
#include <QJsonObject>
#include <QPluginLoader>

/* How many there are. */
extern "C" Q_DECL_EXPORT size_t read_metadata(const char *path)
{
    size_t count = 0;
    const QDir folder(QString::fromLocal8Bit(path));
    const QStringList names = folder.entryList(QDir::Files);
    for (const QString &name : names)
        if (!QPluginLoader(folder.filePath(name)).metaData().isEmpty())
            count++;
    return count;
}
