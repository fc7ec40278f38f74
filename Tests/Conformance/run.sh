#!/bin/sh
# Drives sandbox-cloud with the vendor's own Python client, unmodified.
#
#   Tests/Conformance/run.sh [SANDBOX-CLOUD]
#
# The client comes from the package index into a virtual environment below
# .build; the last line of the output is "N passed, N failed".
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
sandbox=${1:-$root/.build/debug/sandbox-cloud}
environment=${CONFORMANCE_VENV:-$root/.build/conformance}

if [ ! -x "$sandbox" ]; then
  echo "run.sh: $sandbox is not there; build it with: swift build --product sandbox-cloud" >&2
  exit 69
fi
if ! "$environment/bin/python" -c 'import alibabacloud_appstream_center20210901' 2>/dev/null; then
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet -r "$here/requirements.txt"
fi
exec "$environment/bin/python" "$here/vendor_client.py" "$sandbox"
