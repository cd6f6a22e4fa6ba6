/* SPDX-License-Identifier: MIT */
/* qtplugin: a small plugin of Qt's, for its peer. */
#include <QObject>
#include <QtPlugin>

class Plugin : public QObject
{
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "org.plugmgr.bench" FILE "qtplugin.json")
};

#include "qtplugin.moc"
