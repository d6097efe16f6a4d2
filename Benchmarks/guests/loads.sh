#!/bin/sh
# First process of the guest that Benchmarks/run measures: programs as they are, with a line before and after each.
# What a load prints is the same everywhere, and its checksum is on the line after it.
export PATH=/bin
mount -t devtmpfs devtmpfs /dev 2>/dev/null
cd /tmp

md5() {
  for pass in 1 2 3 4 5 6 7 8; do md5sum data; done
}

sha256() {
  for pass in 1 2 3 4; do sha256sum data; done
}

# A process each, which does nothing.
fork() {
  count=0
  while [ $count -lt 400 ]; do
    /bin/true
    count=$((count + 1))
  done
  echo $count
}

# What a build is to a kernel: many short programs, pipes, small files, text.
shell() {
  for unit in 1 2 3 4 5 6 7 8 9 10 11 12; do
    sed "s/e/$unit/g" text | grep -v '^#' | awk '{ print length($0), $1 }' | sort -n | uniq -c >unit.$unit
    cut -c1-20 unit.$unit | sort -r | head -n 50 >object.$unit
    for name in a b c d; do
      mkdir -p out/$name && cp object.$unit out/$name/$unit && cat out/$name/$unit | wc -c
    done
  done
  cat object.* | sort | md5sum
}

for pass in 1 2 3 4 5; do cat /bin/busybox; done >data
strings /bin/busybox | head -n 1500 >text
for load in md5 sha256 fork shell; do
  echo
  echo "LOAD-BEGIN $load"
  $load >result 2>&1
  echo "LOAD-END $load $(md5sum <result | cut -c1-32)"
done
echo
echo LOADS-DONE
while :; do sleep 1000; done
