#!/bin/sh
# Installs the Debian packages that building and testing need, if any is missing.
set -eu

packages='libsqlite3-dev libsystemd-dev libcurl4-openssl-dev libssl-dev libtomlplusplus-dev
  pkg-config'

missing=''
for package in $packages; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

sudo=''
[ "$(id -u)" -eq 0 ] || sudo=sudo
echo "installing$missing"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -q
# shellcheck disable=SC2086
$sudo apt-get install -q -y --no-install-recommends $missing </dev/null
