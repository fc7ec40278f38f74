#!/bin/bash
# Checks the Debian package: the same bytes from another directory at another time
# by another user's habits, and nothing that lintian objects to.
set -euo pipefail
cd "$(dirname "$0")/.."
packaging/install-missing.sh lintian

first=$(ls .build/deb/renewald_*.deb)
again=$(mktemp -d)
trap 'rm -rf "$again"' EXIT
# The programs are packed twice, not built twice.
(umask 077 && SKIP_RELEASE=yes DEB_DIRECTORY=$again/elsewhere TZ=Asia/Shanghai LC_ALL=C \
  packaging/build-deb.sh > "$again/log" 2>&1) || { cat "$again/log" >&2; exit 1; }
cmp "$first" "$again"/elsewhere/renewald_*.deb
echo "$(basename "$first"): the same bytes twice"
# The one tag is about uploads to Debian, which this is not.
lintian --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs "$first"
