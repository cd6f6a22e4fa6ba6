# SPDX-License-Identifier: MIT
# plots.gp: draws what the benchmarks wrote: gnuplot -c plots.gp RESULTS.csv FOLDER
# The columns of the CSV stand in measure.h.
csv = ARG1
folder = ARG2
set datafile separator ','
set terminal svg size 760,420 font 'sans-serif,13' noenhanced background '#ffffff'
set style line 1 linecolor rgb '#2458a6' linewidth 2 pointtype 7 pointsize 0.6
set style line 2 linecolor rgb '#d1662a' linewidth 2 pointtype 7 pointsize 0.6
set style line 3 linecolor rgb '#3b8f5a' linewidth 2 pointtype 7 pointsize 0.6
set style line 4 linecolor rgb '#8a5aa8' linewidth 2 pointtype 7 pointsize 0.6
set style line 5 linecolor rgb '#666666' linewidth 2 pointtype 7 pointsize 0.6 dashtype 2
set style line 6 linecolor rgb '#aaaaaa' linewidth 2 pointtype 7 pointsize 0.6 dashtype 2
set style line 9 linecolor rgb '#dddddd' linewidth 1
set grid linestyle 9
set border 3
set tics nomirror
set key outside below maxcols 2 reverse Left samplen 2

# The rows that begin so, as a file for plot; a name may have a comma, which gnuplot takes for the end of a column.
rows(pattern) = "<grep '^".pattern."' '".csv."'"
row(table, name) = rows('"'.table.'",[0-9]*,"'.name.'",')

set logscale xy
set format x '%.0s %cB'
set format y '%g'

set output folder.'/sealed.svg'
set title 'Opening and closing a plugin, over the size of its file'
set xlabel 'size of the file' offset 0, 0.5
set ylabel 'microseconds'
more_data = row('sealed', 'with more data')
plot more_data using 2:($8 / 1000) with linespoints linestyle 1 title 'sealed, more data', \
     row('sealed', 'with more debug information') using 2:($8 / 1000) with linespoints linestyle 2 title 'sealed, more debug information', \
     more_data using 2:($9 / 1000) with linespoints linestyle 5 title 'dlopen+dlsym+dlclose, more data'

set output folder.'/finding.svg'
set title 'Finding the plugins of a folder, for each file (level: the time grows with their number)'
set xlabel 'files' offset 0, 0.5
set ylabel 'microseconds for each'
set format x '%.0f'
first = row('finding', 'first scan')
again = row('finding', 'rescan')
plot row('finding', 'dlopen+dlsym+dlclose of each') using 2:($8 / 1000) with linespoints linestyle 3 title 'dlopen+dlsym+dlclose of each', \
     row('finding', 'Qt.s QPluginLoader::metaData') using 2:($8 / 1000) with linespoints linestyle 4 title "Qt's QPluginLoader::metaData", \
     first using 2:($8 / 1000) with linespoints linestyle 1 title 'first scan', \
     first using 2:($9 / 1000) with linespoints linestyle 5 title 'readdir+open+fstat+pread+close', \
     again using 2:($8 / 1000) with linespoints linestyle 2 title 'rescan', \
     again using 2:($9 / 1000) with linespoints linestyle 6 title 'readdir+fstatat'

# Bars, named by the third column, each with its range; the first on top.
unset logscale
unset grid
unset ylabel
set format x '%g'
set key off
set yrange [*:*] reverse
set offsets 0, 0, 0.5, 0.5
set ytics scale 0
set style fill solid 0.7 noborder
set arrow from 1, graph 0 to 1, graph 1 nohead front linestyle 5

set output folder.'/opening.svg'
set title 'Opening and closing a plugin'
set xlabel 'times dlopen+dlsym+dlclose'
set xrange [0:*]
opening = rows('"opening",')
plot opening using (0):0:(0):5:($0 - 0.3):($0 + 0.3):ytic(3) with boxxyerror linestyle 1, \
     '' using 5:0:6:7 with xerrorbars linestyle 5 pointtype 0 dashtype 1

set output folder.'/calls.svg'
set title 'A call, with three users'
set xlabel 'times the same call through libplugmgr'
set logscale x
set xrange [0.5:*]
calls = rows('"calls",3,.*,"through libplugmgr",')
plot calls using (0.5):0:(0.5):5:($0 - 0.3):($0 + 0.3):ytic(3) with boxxyerror linestyle 1, \
     '' using 5:0:6:7 with xerrorbars linestyle 5 pointtype 0 dashtype 1
