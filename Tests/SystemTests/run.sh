#!/bin/bash
# Runs the service under a real systemd: each *.test boots one, with the installed
# tree inside and sandbox-cloud outside, where a power cut does not reach it.
#
#   run.sh [NAME...]      all, or those named: service access payment limits package
#
# Exit status: 0 all passed, 1 one failed, 77 this machine cannot run them.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
top=$(cd ../.. && pwd)

skip() { echo "SKIPPED: tests under systemd: $*" >&2; exit 77; }
[ "$(id -u)" = 0 ] || skip 'they need root'
[ -x /lib/systemd/systemd ] || skip 'systemd is not installed'
unshare --mount --pid --fork --net true 2>/dev/null || skip 'no namespaces on this machine'
grep -qs cgroup2 /proc/mounts || skip 'no cgroup2 is mounted'

work=$(mktemp -d)
cloud=''
stop_cloud() { [ -z "$cloud" ] || { kill "$cloud"; wait "$cloud"; cloud=''; } 2>/dev/null || true; }
trap 'stop_cloud; rm -rf "$work"' EXIT

make -s -C "$top" -f packaging/install.mk install DESTDIR="$work/tree" \
  ${SKIP_RELEASE:+SKIP_RELEASE=$SKIP_RELEASE} > "$work/install.log" 2>&1 ||
  { cat "$work/install.log" >&2; exit 1; }
sandbox=$top/.build/release/sandbox-cloud
[ -n "${SKIP_RELEASE:-}" ] || swift build --package-path "$top" -c release \
  --static-swift-stdlib --disable-local-rpath -Xlinker -z -Xlinker now --product sandbox-cloud

# Not a key that anything else uses: it is searched for in all that a test leaves behind.
key=LTAIcanaryKey0001 secret=canarySecret7f3a9cD2
mkdir -p "$work/tree/usr/lib/renewald-test" "$work/tree/etc/credstore"
cp lib.sh payment.toml "$work/tree/usr/lib/renewald-test/"
for name in reader payer; do
  printf 'access_key_id = %s\naccess_key_secret = %s\n' $key $secret \
    > "$work/tree/etc/credstore/renewald.$name"
  chmod 400 "$work/tree/etc/credstore/renewald.$name"
done

start_cloud() {
  : > "$work/cloud.log"
  "$sandbox" --listen 127.0.0.1:0 --control 127.0.0.1:0 --access-key "$key:$secret" --groups 24 \
    > "$work/cloud.log" 2>&1 &
  cloud=$!
  until grep -q ^READY "$work/cloud.log"; do
    kill -0 "$cloud" 2>/dev/null || { cat "$work/cloud.log" >&2; exit 1; }
    sleep 0.05
  done
  CLOUD=$(sed -n 's/^READY //p' "$work/cloud.log")
  CONTROL=$(sed -n 's/^CONTROL //p' "$work/cloud.log")
}

[ $# -gt 0 ] || set -- service access payment limits package
failed=0
for name; do
  payload=$work/tree
  if [ "$name" = package ]; then
    payload=$(ls "$top"/.build/deb/renewald_*.deb 2>/dev/null | head -n 1)
    [ -n "$payload" ] || { echo "SKIPPED: package: make deb comes first" >&2; continue; }
  fi
  start_cloud
  echo "# $name"
  timeout --foreground 900 ./run-in-systemd.sh --network host --timeout 600 \
    --env CLOUD="$CLOUD" --env CONTROL="$CONTROL" --env SECRET="$secret" \
    "$payload" "$here/$name.test" || { echo "FAILED: $name" >&2; failed=1; }
  stop_cloud
done
exit $failed
