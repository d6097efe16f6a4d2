# Sourced by scripts/demo for --root sd: boots from the card, with `arguments`, `extra`, `images`, `bare`, `ci`
# and `tayberry` as that script has them. Never returns.

# Adds: type a command at Dom0's prompt, and wait for lines that match; a prompt has to follow.
at_prompt() {
  arguments+=(--send "$1")
  shift
  for pattern; do arguments+=(--expect "$pattern"); done
  arguments+=(--expect '^root@tayberry:.*# $')
}

boot_from_card() {
  local command='console=hvc0 earlycon=xen' card=$images/sd-card.img
  [ $bare = no ] || command='console=ttyS1,115200 earlycon=uart8250,mmio32,0xfe215040'
  [ -f "$card" ] || { echo "scripts/demo: $card: no such file; scripts/make-sd-card builds it" >&2; exit 2; }
  arguments+=(--ram 4G --append "$command root=PARTUUID=54617962-02 ro")
  if [ $ci = no ]; then
    exec "$tayberry" "${arguments[@]}" --sd "$card" ${extra[@]+"${extra[@]}"}
  fi
  check_card "$card"
}

# What a session at the console sees, and then what the host's own tools say about the card that it leaves.
check_card() {
  PATH=$PATH:/usr/sbin:/sbin
  scripts/install-tools e2fsck:e2fsprogs debugfs:e2fsprogs
  local work partition status=0 said found
  work=$(mktemp -d "${TMPDIR:-/tmp}/tayberry-card.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  cp --sparse=always "$1" "$work/card.img"
  partition="$work/card.img?offset=$((128 << 20))"

  arguments+=(--sd "$work/card.img" --sd-persist --timeout 10m --wall-timeout 20m)
  arguments+=(--fail 'Unhandled|Internal error|Oops|NO-ROOT|I/O error|EXT4-fs error|checksum differs')
  arguments+=(--expect 'login: $' --send root --expect '^root@tayberry:.*# $')
  at_prompt 'findmnt -no SOURCE /' '^/dev/mmcblk[0-9]p2'
  [ $bare = yes ] || check_xen
  # The 64 MiB go to the card and come back, with nothing of them left in memory in between.
  at_prompt 'put=$(dd if=/dev/urandom bs=1M count=64 2>/dev/null | tee /root/data | sha256sum | cut -c1-64)'
  at_prompt 'sync; echo 3 >/proc/sys/vm/drop_caches; got=$(dd if=/root/data bs=1M 2>/dev/null | sha256sum | cut -c1-64)'
  at_prompt '[ $put = $got ] && echo "data: $got" || echo "checksum" differs' '^data: [0-9a-f]{64}'
  at_prompt 'echo $put >/root/data.sum'
  arguments+=(--send poweroff --until power-off)
  # Xen has no power switch on this board: it stops the cores, and that is the end.
  [ $bare = yes ] || arguments+=(--until halted)

  "$tayberry" "${arguments[@]}" ${extra[@]+"${extra[@]}"} </dev/null || status=$?
  [ $status = 0 ] || exit $status

  if ! e2fsck -fn "$partition"; then
    echo "scripts/demo: e2fsck finds the card's file system unclean after poweroff" >&2
    exit 1
  fi
  # What the guest wrote, read by another's eyes.
  said=$(debugfs -R 'cat /root/data.sum' "$partition" 2>/dev/null)
  found=$(debugfs -R 'cat /root/data' "$partition" 2>/dev/null | sha256sum | cut -d' ' -f1)
  if [ -z "$said" ] || [ "$said" != "$found" ]; then
    echo "scripts/demo: the guest wrote data with SHA-256 $said, the card has $found" >&2
    exit 1
  fi
  echo "card: clean, and its data are those that the guest wrote"
  exit 0
}

# Xen's tools, and a guest's whole life. Xen 4.14 counts one of its 128 MiB less.
check_xen() {
  at_prompt 'ls -x /dev/xen' 'evtchn\s+gntdev\s.*privcmd'
  at_prompt 'xl info' 'nr_cpus\s*: 4' 'xen_caps\s*: xen-3.0-aarch64'
  at_prompt 'xl list' '^Domain-0 +0 +[0-9]+ +4 '
  at_prompt 'xl dmesg | grep -c LOADING' '^1$'
  at_prompt 'xenstore-ls' 'name = "Domain-0"'
  at_prompt 'xl create /etc/xen/demo.cfg; xl list' '^Domain-0' '^demo +1 +12[78] +1 '
  arguments+=(--send 'xl console demo' --expect '^hypervisor: xen' --send '' --expect '^/ # $')
  arguments+=(--send 'echo cores $(grep -c ^processor /proc/cpuinfo) of $(cat /sys/hypervisor/type)')
  arguments+=(--expect '^cores 1 of xen' --expect '^/ # $')
  # Ctrl-] leaves the guest's console, and it is still there for the second visit.
  arguments+=(--send '\x1d\c' --expect 'root@tayberry:.*# $')
  at_prompt 'xl list' '^demo +1 +12[78] +1 '
  arguments+=(--send 'xl console demo' --send '' --expect '^/ # $')
  arguments+=(--send poweroff --expect 'reboot: Power down' --expect 'root@tayberry:.*# $')
  # Domain-0 and the heading are what remains.
  at_prompt 'while xl domid demo >/dev/null 2>&1; do sleep 1; done; echo lines $(xl list | wc -l)' '^lines 2$'
}
