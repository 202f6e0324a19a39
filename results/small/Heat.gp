# Heat: made by spillway experiment; run gnuplot on it in this folder.
reset session
set encoding utf8
set terminal svg size 960,600 noenhanced font 'Sans,14' background rgb 'white'
set output 'Heat.svg'
set datafile missing '?'
set grid ytics lc rgb '#b0b0b0' lw 0.8
set border 3 lw 1
set tics nomirror
set bars 0.6
set key outside right top vertical Left reverse samplen 3.5 width -2
set title 'Latency'
set xlabel 'rate (ev/s)'
set ylabel 'latency (ms)'
set xtics ('500' 0.000, '1500' 1.000)
set xrange [-0.6:1.6]
set ytics ('off' 0.000, 'exces' 1.000)
set yrange [-0.6:1.6]
set palette gray negative
unset key
set cblabel 'latency (ms)'
set ylabel 'policy'
set cbtics format '%.6g'
plot 'Heat.dat' index 0 using 1:2:3 with image, \
     'Heat.dat' index 0 using 1:2:(sprintf('%.4g', $3)) with labels boxed font ',10' tc rgb '#000000'
set terminal pngcairo size 1280,800 noenhanced font 'Sans,15'
set output 'Heat.png'
replot
set output
