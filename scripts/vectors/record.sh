#!/bin/sh
# Records what single instructions do on an AArch64 Linux, or on qemu-aarch64 where this is none:
#   record.sh COUNT RANDOM_SEED OUTPUT [RECORDED]
# See words.py for the arguments.
# Needs clang with an AArch64 target, lld, python3 and qemu-aarch64 (Debian: qemu-user).
set -e
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
clang --target=aarch64-linux-gnu -O1 -march=armv8-a -ffreestanding -fno-builtin -fno-stack-protector \
  -mno-outline-atomics -static -nostdlib -fuse-ld=lld "$here/oracle.c" -o "$work/oracle"
python3 "$here/words.py" "$1" "$2" $4 > "$work/words"
if [ "$(uname -m)" = aarch64 ]; then
  "$work/oracle" < "$work/words" > "$3"
else
  qemu-aarch64 -cpu cortex-a72 "$work/oracle" < "$work/words" > "$3"
fi
