# Lines: made by spillway experiment; run gnuplot on it in this folder.
reset session
set encoding utf8
set terminal svg size 960,600 noenhanced font 'Sans,14' background rgb 'white'
set output 'Lines.svg'
set datafile missing '?'
set grid ytics lc rgb '#b0b0b0' lw 0.8
set border 3 lw 1
set tics nomirror
set bars 0.6
set key outside right top vertical Left reverse samplen 3.5 width -2
set title 'Latency'
set xlabel 'rate (ev/s)'
set ylabel 'latency (ms)'
set xtics ('500' 500.000, '1500' 1500.000)
set xrange [459.999:1540.001]
set logscale y
set format y '%.10g'
plot 'Lines.dat' index 0 using 1:2:3:4 with yerrorlines lw 1.6 pt 7 ps 1.1 dt 1 lc rgb '#000000' title 'off', \
     'Lines.dat' index 1 using 1:2:3:4 with yerrorlines lw 1.6 pt 5 ps 1.1 dt 2 lc rgb '#b04000' title 'exces', \
     'Lines.dat' index 2 using 1:2 with linespoints lw 0.8 pt 6 ps 1.5 dt 3 lc rgb '#000000' title 'off, published'
set terminal pngcairo size 1280,800 noenhanced font 'Sans,15'
set output 'Lines.png'
replot
set output
