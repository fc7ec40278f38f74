#!/bin/sh
# Installs the Debian packages that building and testing need, if any is missing;
# with arguments, those packages instead.
set -eu

packages='libsqlite3-dev libsystemd-dev libcurl4-openssl-dev libssl-dev libtomlplusplus-dev
  pkg-config'

[ $# -eq 0 ] || packages=$*
missing=''
for package in $packages; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

sudo=''
[ "$(id -u)" -eq 0 ] || sudo=sudo
echo "installing$missing"
$sudo apt-get update -q
# sudo drops the environment, so it is set behind it.
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing </dev/null
