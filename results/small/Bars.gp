# Bars: made by spillway experiment; run gnuplot on it in this folder.
reset session
set encoding utf8
set terminal svg size 960,600 noenhanced font 'Sans,14' background rgb 'white'
set output 'Bars.svg'
set datafile missing '?'
set grid ytics lc rgb '#b0b0b0' lw 0.8
set border 3 lw 1
set tics nomirror
set bars 0.6
set key outside right top vertical Left reverse samplen 3.5 width -2
set title 'Cost'
set xlabel 'rate (ev/s)'
set ylabel 'cost ($)'
set xtics ('500' 0.000, '1500' 1.000)
set xrange [-0.6:1.6]
set yrange [0:*]
set format y '%.10g'
set boxwidth 38/100.0 absolute
plot 'Bars.dat' index 0 using ($1+-1/4.0*0.8):2 with boxes fs pattern 3 border -1 lc rgb '#000000' title 'off', \
     'Bars.dat' index 0 using ($1+-1/4.0*0.8):2:3:4 with yerrorbars pt -1 lw 1.4 lc rgb '#000000' notitle, \
     'Bars.dat' index 1 using ($1+1/4.0*0.8):2 with boxes fs pattern 1 border -1 lc rgb '#b04000' title 'exces', \
     'Bars.dat' index 1 using ($1+1/4.0*0.8):2:3:4 with yerrorbars pt -1 lw 1.4 lc rgb '#000000' notitle
set terminal pngcairo size 1280,800 noenhanced font 'Sans,15'
set output 'Bars.png'
replot
set output
