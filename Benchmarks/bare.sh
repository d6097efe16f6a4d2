# What Benchmarks/loop and Benchmarks/micro share: tools, timed runs, medians. Sourced at the top of the repository.

# clang and lld of the Swift toolchain, or the host's.
tool() {
  local beside; beside=$(dirname "$(readlink -f "$(command -v swift)")")/$1
  if [ -x "$beside" ]; then echo "$beside"; else command -v "$1" || { echo "Benchmarks: no $1" >&2; exit 2; }; fi
}
clang=$(tool clang) lld=$(tool ld.lld) objcopy=$(tool llvm-objcopy)
qemu=$(Benchmarks/fetch-qemu)
tayberry=${TAYBERRY_BINARY:-.build/release/tayberry}
[ -n "${TAYBERRY_BINARY:-}" ] || swift build -c release --product tayberry

work=$(mktemp -d "${TMPDIR:-/tmp}/tayberry-bench.XXXXXX")
child=''
trap '[ -z "$child" ] || kill -9 "$child" 2>/dev/null || :; rm -rf "$work"' EXIT
mkfifo "$work/console"

now() { date +%s%N; }
time_qemu() {
  local begin end; begin=$(now)
  "$qemu" -M raspi4b -m 2G -display none -monitor none -chardev "file,id=c,path=$work/console" -serial chardev:c \
    -accel tcg,thread=single -kernel "$1" </dev/null >"$work/qemu.err" 2>&1 &
  child=$!
  timeout 300 grep -m1 -a LOOP-DONE <"$work/console" >"$work/qemu.out" || { echo "QEMU failed" >&2; exit 1; }
  end=$(now)
  kill -9 $child 2>/dev/null || :
  wait $child 2>/dev/null || :
  child=''
  echo $((end - begin))
}
time_tayberry() {
  local begin end; begin=$(now)
  "$tayberry" run --program "$1" --serial pl011 --console "file:$work/tayberry.out" --expect LOOP-DONE \
    --wall-timeout 300 --quiet ${engine:+--engine "$engine"} </dev/null
  end=$(now)
  echo $((end - begin))
}
median() { sort -n | awk '{ t[NR] = $1 } END { print (NR % 2 ? t[(NR + 1) / 2] : (t[NR / 2] + t[NR / 2 + 1]) / 2) }'; }


# compare LONG SHORT RUNS: sets t and q, the medians in ns of the long run less the short one, on both, in turn.
compare() {
  local program took_t took_q
  : >"$work/qemu.times"; : >"$work/tayberry.times"
  for _ in $(seq "$3"); do
    took_t=0 took_q=0
    for program in "$2" "$1"; do
      took_t=$(($(time_tayberry "$program") - took_t)) took_q=$(($(time_qemu "$program") - took_q))
      # The same sum on both, or one of them computes wrongly.
      cmp -s <(tr -d '\r' <"$work/qemu.out") <(tr -d '\r' <"$work/tayberry.out") \
        || { echo "checksums differ: $(cat "$work/qemu.out") $(cat "$work/tayberry.out")" >&2; exit 1; }
    done
    echo "$took_t" >>"$work/tayberry.times"; echo "$took_q" >>"$work/qemu.times"
  done
  t=$(median <"$work/tayberry.times") q=$(median <"$work/qemu.times")
}
