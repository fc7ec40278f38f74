#!/bin/bash
# Runs the service under a real systemd: each *.test boots one, with the installed
# tree inside and sandbox-cloud outside, where a power cut does not reach it.
#
#   run.sh [--binaries DIRECTORY] [--rootfs ROOT] [NAME...]
#
# The programs are those of the release, or of another build. The machine has this one's
# root, or another, as run-in-systemd.sh takes it: "debian", or a directory. Without names all
# tests run: service access payment stop once alerts limits
# credentials completions package.
#
# Exit status: 0 all passed, 1 one failed, 77 this machine cannot run them.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
binaries=$top/.build/release rootfs=host
while [ $# -gt 1 ]; do
  case $1 in
    --binaries) binaries=$(cd "$2" && pwd) ;;
    --rootfs) rootfs=$2 ;;
    *) break ;;
  esac
  shift 2
done
cd "$here"

skip() { echo "SKIPPED: tests under systemd: $*" >&2; exit 77; }
[ "$(id -u)" = 0 ] || skip 'they need root'
[ -x /lib/systemd/systemd ] || skip 'systemd is not installed'
unshare --mount --pid --fork --net true 2>/dev/null || skip 'no namespaces on this machine'
grep -qs cgroup2 /proc/mounts || skip 'no cgroup2 is mounted'
for command in mkfs.ext4 curl python3 perl tar setpriv; do
  command -v $command > /dev/null || skip "$command is not installed"
done
for program in renewald renewalctl sandbox-cloud; do
  [ -x "$binaries/$program" ] || { echo "$binaries/$program is not built" >&2; exit 1; }
done

work=$(mktemp -d)
trap 'trap "" INT TERM; kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT

make -s -C "$top" -f packaging/install.mk install DESTDIR="$work/tree" \
  SKIP_RELEASE=yes RELEASE_BIN="$binaries" > "$work/install.log" 2>&1 ||
  { cat "$work/install.log" >&2; exit 1; }
# A debug build takes the Swift runtime from the toolchain: the one thing beside the
# shipped units that it may execute.
runtime=$(ldd "$binaries/renewald" | sed -n 's/.*libswiftCore.so => \(.*\)\/libswiftCore.so.*/\1/p')
if [ -n "$runtime" ]; then
  for unit in renewald renewald-sweep; do
    mkdir -p "$work/tree/etc/systemd/system/$unit.service.d"
    printf '[Service]\nExecPaths=%s\n' "$(readlink -f "$runtime")" \
      > "$work/tree/etc/systemd/system/$unit.service.d/runtime.conf"
  done
fi

# Not a key that anything else uses: it is searched for in all that a test leaves behind.
key=LTAIcanaryKey0001 secret=canarySecret7f3a9cD2
kit=$work/kit
mkdir -p "$kit/usr/lib/renewald-test" "$kit/etc/credstore"
cp lib.sh payment.toml "$kit/usr/lib/renewald-test/"
for name in reader payer; do
  printf 'access_key_id = %s\naccess_key_secret = %s\n' $key $secret \
    > "$kit/etc/credstore/renewald.$name"
  chmod 400 "$kit/etc/credstore/renewald.$name"
done

# A cloud of its own for each, outside of the machine that is tormented.
run() {
  local name=$1 payload=$2 log=$work/$1.cloud cloud='' code=0
  : > "$log"
  "$binaries/sandbox-cloud" --listen 127.0.0.1:0 --control 127.0.0.1:0 \
    --access-key "$key:$secret" --groups 24 > "$log" 2>&1 &
  cloud=$!
  until grep -q ^READY "$log"; do
    kill -0 "$cloud" 2>/dev/null || { cat "$log" >&2; return 1; }
    sleep 0.05
  done
  # Only v1 hierarchies enforce memory and task limits in a machine within a machine.
  local groups=v2
  [ "$name" != limits ] || [ ! -f /sys/fs/cgroup/systemd/cgroup.procs ] || groups=hybrid
  timeout --foreground 600 ./run-in-systemd.sh --rootfs "$rootfs" --network host --timeout 500 \
    --include curl,python3 --cgroup $groups --payload "$kit" \
    --env CLOUD="$(sed -n 's/^READY //p' "$log")" \
    --env CONTROL="$(sed -n 's/^CONTROL //p' "$log")" --env SECRET="$secret" \
    "$payload" "$here/$name.test" || code=$?
  kill "$cloud"
  wait "$cloud" 2>/dev/null || true
  # What came over the wire and was told by the cloud is searched too.
  if grep -aq "$secret" "$log"; then echo "the secret is in the cloud's log" && code=1; fi
  return $code
}

[ $# -gt 0 ] || set -- service access payment stop once alerts limits credentials completions package
running=() names=()
for name; do
  payload=$work/tree
  if [ "$name" = package ]; then
    payload=$(ls "$top"/.build/deb/renewald_*.deb 2>/dev/null | head -n 1)
    [ -n "$payload" ] || { echo "SKIPPED: package: make deb comes first" >&2; continue; }
    ! dpkg-deb --fsys-tarfile "$payload" | grep -aq "$secret" || exit 1
  fi
  # They mostly wait: two for each processor.
  while [ "$(jobs -rp | wc -l)" -ge $((2 * $(nproc))) ]; do wait -n || true; done
  run "$name" "$payload" > "$work/$name.log" 2>&1 &
  running+=($!) names+=("$name")
done
failed=0
for i in "${!running[@]}"; do
  code=0
  wait "${running[i]}" || code=$?
  echo "# ${names[i]}"
  cat "$work/${names[i]}.log"
  [ $code = 0 ] || { echo "FAILED: ${names[i]} ($code)" >&2; failed=1; }
done
exit $failed
