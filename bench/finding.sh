#!/bin/sh
# SPDX-License-Identifier: MIT
# finding.sh: what finding the plugins of a folder costs, against Qt where it is there. From make: builddir, srcdir, CXX;
# from run.sh: work (a private folder), pin (a command prefix).
# shellcheck disable=SC2154,SC2086 # set by the callers; lists of words
set -eu
cd "$work"
objcopy --strip-debug small.so plugin.so

# make_qt: a plugin of Qt's and what reads it, if there is a Qt to build them with
make_qt() {
    pkg-config --exists Qt6Core 2>/dev/null || return 1
    moc=$(pkg-config --variable=libexecdir Qt6Core)/moc
    [ -x "$moc" ] || return 1
    cp "$srcdir/bench/qtplugin.cpp" "$srcdir/bench/qtpeer.cpp" .
    echo '{ "Keys": [ "bench" ] }' >qtplugin.json
    flags=$(pkg-config --cflags --libs Qt6Core)
    "$moc" qtplugin.cpp -o qtplugin.moc
    $CXX -O2 -fPIC -shared -I. -o qtplugin.so qtplugin.cpp $flags
    $CXX -O2 -fPIC -shared -o qtpeer.so qtpeer.cpp $flags
}

"$builddir/bench/row" title 'finding plugins, by the number of files'
if make_qt; then
    $pin "$builddir/bench/scan" plugin.so "$work/plugins" qtplugin.so "$work/qtpeer.so"
else
    echo 'no Qt 6 here to compare with (Debian: qt6-base-dev)'
    $pin "$builddir/bench/scan" plugin.so "$work/plugins"
fi
rm -rf plugins plugins.qt
