#!/bin/sh
# Builds .build/deb/renewald_VERSION_ARCH.deb from this tree. Two builds of one
# tree give the same bytes: times come from the package's changelog.
# With SKIP_RELEASE set it packs what was built before.
set -eu
cd "$(dirname "$0")/.."
source=$PWD
if ! dpkg -s debhelper > /dev/null 2>&1; then
  sudo=''
  [ "$(id -u)" -eq 0 ] || sudo=sudo
  $sudo apt-get update -q
  $sudo apt-get install -q -y --no-install-recommends debhelper dpkg-dev < /dev/null
fi
work=$source/.build/deb

[ -n "${SKIP_RELEASE:-}" ] || make -f packaging/install.mk release
rm -rf "$work"
mkdir -p "$work/renewald"
cp -r packaging/debian "$work/renewald/debian"
cd "$work/renewald"
RENEWALD_SOURCE=$source dpkg-buildpackage --build=binary --unsigned-changes --no-check-builddeps
rm -rf "$work/renewald" "$work"/*-dbgsym_*.deb
ls "$work"/*.deb
