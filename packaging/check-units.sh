#!/bin/sh
# Checks the units as an administrator's tools see them: no warning from
# `systemd-analyze verify`, and an exposure of at most 1.1; and what `make install` makes
# of them.
#
# The programs need not be built: stand-ins in a tree of their own take their places.
set -eu
cd "$(dirname "$0")/.."
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

mkdir "$root/programs"
cp /bin/true "$root/programs/renewald"
cp /bin/true "$root/programs/renewalctl"
# tree TARGET NAME PREFIX SYSTEMD-VERSION
tree() {
  make -s -f packaging/install.mk "$1" DESTDIR="$root/$2" PREFIX="$3" SYSTEMD_VERSION="$4" \
    SKIP_RELEASE=yes RELEASE_BIN="$root/programs" > "$root/log" 2>&1 || fail "$(cat "$root/log")"
}
tree install usual /usr 252
system=$root/usual/usr/lib/systemd/system

mkdir -p "$root/usual/bin"
for command in usr/bin/env usr/bin/kill usr/bin/truncate bin/sh; do
  cp /bin/true "$root/usual/$command"
done
for target in sysinit basic shutdown sockets timers multi-user network-online time-sync; do
  printf '[Unit]\nDescription=stand-in\n' > "$system/$target.target"
done
for slice in system -; do
  printf '[Unit]\nDescription=stand-in\n' > "$system/$slice.slice"
done
said=$(systemd-analyze verify --man=no --root="$root/usual" \
  "$system"/renewald*.service "$system"/*.socket "$system"/*.timer 2>&1) || true
[ -z "$said" ] || fail "$said"
for unit in renewald renewald-sweep; do
  systemd-analyze security --offline=true --threshold=11 --no-pager systemd/$unit.service |
    tail -n 1
done

# One sandbox, written twice because units have no include.
sandbox() { sed -n '/^User=/,/^\[Install\]/{/^\[Install\]/!p}' "systemd/$1.service" | sed '/^$/d'; }
[ "$(sandbox renewald)" = "$(sandbox renewald-sweep)" ] ||
  fail 'renewald-sweep.service has another sandbox than renewald.service'

# Elsewhere they name the programs there, and for a newer systemd another type; a second
# installation keeps the configuration, and an end leaves it and nothing else.
tree install other /opt/renewald 253
reload=$root/other/opt/renewald/lib/systemd/system/renewald.service.d/notify-reload.conf
grep -q '^Type=notify-reload' "$reload" || fail 'systemd 253 is not given Type=notify-reload'
[ ! -e "$system/renewald.service.d" ] || fail 'systemd 252 is given a type that it ignores'
! grep -rnE '/usr/s?bin/renewal' "$root/other/opt/renewald/lib" ||
  fail 'a unit names a program that PREFIX has moved'
echo '# mine' > "$root/other/etc/renewald/renewald.toml"
tree install other /opt/renewald 253
tree uninstall other /opt/renewald 253
[ "$(cd "$root/other" && find . -type f -exec cat {} +)" = '# mine' ] ||
  fail "an uninstallation leaves $(cd "$root/other" && find . -type f)"
