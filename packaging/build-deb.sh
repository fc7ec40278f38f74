#!/bin/sh
# Builds renewald_VERSION_ARCH.deb from this tree, in .build/deb or $DEB_DIRECTORY. Two builds of one
# tree give the same bytes: times come from the package's changelog.
# With SKIP_RELEASE set it packs what was built before.
set -eu
cd "$(dirname "$0")/.."
source=$PWD
packaging/install-missing.sh debhelper dpkg-dev
work=${DEB_DIRECTORY:-$source/.build/deb}

[ -n "${SKIP_RELEASE:-}" ] || make -f packaging/install.mk release
rm -rf "$work"
mkdir -p "$work/renewald"
cp -r packaging/debian "$work/renewald/debian"
cd "$work/renewald"
RENEWALD_SOURCE=$source dpkg-buildpackage --build=binary --unsigned-changes --no-check-builddeps
rm -rf "$work/renewald" "$work"/*-dbgsym_*.deb
ls "$work"/*.deb
