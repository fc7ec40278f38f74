#!/bin/sh
# Checks the units as an administrator's tools see them: no warning from
# `systemd-analyze verify`, and an exposure of at most 1.1.
#
# The commands that the units run need not be installed: empty stand-ins in a
# copy of the tree take their places.
set -eu
cd "$(dirname "$0")/.."
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$root/usr/lib/systemd/system" "$root/usr/sbin" "$root/usr/bin" "$root/bin"
cp systemd/*.service systemd/*.socket systemd/*.timer "$root/usr/lib/systemd/system/"
mkdir "$root/usr/lib/systemd/system/renewald-alert@journal.service.d"
cp systemd/renewald-alert-journal.conf \
  "$root/usr/lib/systemd/system/renewald-alert@journal.service.d/journal.conf"
for command in usr/sbin/renewald usr/bin/renewalctl usr/bin/env usr/bin/kill usr/bin/truncate bin/sh; do
  printf '#!/bin/sh\n' > "$root/$command"
  chmod 755 "$root/$command"
done
for target in sysinit basic shutdown sockets timers multi-user network-online time-sync; do
  printf '[Unit]\nDescription=stand-in\n' > "$root/usr/lib/systemd/system/$target.target"
done
for slice in system -; do
  printf '[Unit]\nDescription=stand-in\n' > "$root/usr/lib/systemd/system/$slice.slice"
done

said=$(systemd-analyze verify --man=no --root="$root" \
  $(cd systemd && ls ./*.service ./*.socket ./*.timer | sed "s|^\./|$root/usr/lib/systemd/system/|") 2>&1) ||
  true
if [ -n "$said" ]; then
  printf '%s\n' "$said" >&2
  exit 1
fi
for unit in renewald renewald-sweep; do
  systemd-analyze security --offline=true --threshold=11 --no-pager systemd/$unit.service |
    tail -n 1
done

# One sandbox, written twice because units have no include.
sandbox() { sed -n '/^User=/,/^\[Install\]/{/^\[Install\]/!p}' "systemd/$1.service" | sed '/^$/d'; }
[ "$(sandbox renewald)" = "$(sandbox renewald-sweep)" ] || {
  echo 'renewald-sweep.service has another sandbox than renewald.service' >&2
  exit 1
}
