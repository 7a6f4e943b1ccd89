#!/bin/busybox sh
# The guest's first and only program: runs the tests that /runs names, and says how each ended.
export PATH=/bin
busybox mount -t proc none /proc
busybox mount -t sysfs none /sys
busybox mount -t devtmpfs none /dev
busybox --install -s /bin

echo "guest: Linux $(uname -r), $(grep -c ^processor /proc/cpuinfo) CPUs"
for flag in amx_tile amx_bf16 avx512_bf16; do
  grep -q " $flag" /proc/cpuinfo && echo "guest: has $flag" || echo "guest: lacks $flag"
done
# The arguments have asterisks of their own.
set -f
while read -r arguments; do
  echo "guest: core_test $arguments"
  core_test $arguments < /dev/null
  echo "guest: status $?"
done < /runs
echo "guest: end"
# The emulator is ended from outside, once all of this has come out of the serial port.
while :; do sleep 1000; done
