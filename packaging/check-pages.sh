#!/bin/sh
# Checks the manual pages: no error and no warning from mandoc.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp packaging/man/*.[1-8] "$work"
awk -f packaging/events-page.awk systemd/renewald.catalog > "$work/renewald-events.7"
cd "$work"
mandoc -T lint -W warning ./*.[1-8]
