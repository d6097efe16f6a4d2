#!/bin/sh
# Records what single base instructions do on an AArch64 Linux, or on qemu-aarch64 where this is none:
#   record-integer.sh COUNT RANDOM_SEED OUTPUT [SECTION]
# With BIG_ENDIAN=1 data is big-endian. See integer-words.py for the arguments.
# Needs clang with an AArch64 target, lld, python3 and qemu-aarch64 (Debian: qemu-user).
set -e
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
order=; [ -z "$BIG_ENDIAN" ] || order=_be
clang --target=aarch64$order-linux-gnu -O1 -march=armv8-a -ffreestanding -fno-builtin -fno-stack-protector \
  -mno-outline-atomics -static -nostdlib -fuse-ld=lld -Wl,--image-base=0x5500000000 "$here/integer.c" \
  -o "$work/oracle"
python3 "$here/integer-words.py" "$1" "$2" $4 > "$work/words"
if [ "$(uname -m)" = aarch64 ] && [ -z "$order" ]; then
  "$work/oracle" < "$work/words" > "$3"
else
  qemu-aarch64$order -cpu cortex-a72 "$work/oracle" < "$work/words" > "$3"
fi
