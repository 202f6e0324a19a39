# Box: made by spillway experiment; run gnuplot on it in this folder.
reset session
set encoding utf8
set terminal svg size 960,600 noenhanced font 'Sans,14' background rgb 'white'
set output 'Box.svg'
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
set yrange [0:*]
set format y '%.10g'
set boxwidth 32/100.0 absolute
set style fill pattern border -1
plot 'Box.dat' index 0 using ($1+-1/4.0*0.8):2:3:4:5 with candlesticks whiskerbars fs pattern 3 lc rgb '#000000' lw 1.2 title 'off', \
     'Box.dat' index 0 using ($1+-1/4.0*0.8):6:6:6:6 with candlesticks lt -1 lw 2.5 lc rgb '#000000' notitle, \
     'Box.dat' index 1 using ($1+1/4.0*0.8):2:3:4:5 with candlesticks whiskerbars fs pattern 1 lc rgb '#b04000' lw 1.2 title 'exces', \
     'Box.dat' index 1 using ($1+1/4.0*0.8):6:6:6:6 with candlesticks lt -1 lw 2.5 lc rgb '#000000' notitle
set terminal pngcairo size 1280,800 noenhanced font 'Sans,15'
set output 'Box.png'
replot
set output
