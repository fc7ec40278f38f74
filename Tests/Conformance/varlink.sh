#!/bin/bash
# Starts a sandbox and a daemon, and drives both sockets of the daemon with Varlink
# clients and shells that are not ours.
#
#   Tests/Conformance/varlink.sh [DIRECTORY OF THE PROGRAMS]
#
# The client comes from the package index into a virtual environment below .build.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
bin=$(cd "${1:-$root/.build/debug}" && pwd)
environment=${CONFORMANCE_VENV:-$root/.build/conformance}

if ! "$environment/bin/python" -c 'import varlink' 2>/dev/null; then
  [ -x "$environment/bin/python" ] || python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet -r "$here/requirements.txt"
fi

work=$(mktemp -d)
daemon='' sandbox=''
clean() {
  for process in $daemon $sandbox; do kill "$process" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap clean EXIT

"$bin/sandbox-cloud" --listen 127.0.0.1:0 --control 127.0.0.1:0 >"$work/cloud" 2>&1 &
sandbox=$!
until grep -q ^READY "$work/cloud"; do
  kill -0 $sandbox || exit 1
  sleep 0.05
done
mkdir "$work/state" "$work/run"
cat >"$work/renewald.toml" <<TOML
[[account]]
name = "main"
region = "cn-shanghai"
endpoint = "http://$(sed -n 's/^READY //p' "$work/cloud" | sed 's|http://||')"
[[rule]]
name = "all"
match = { name = "*" }
action = "renew"
period = "1 Month"
maximum_price = "20000.00 CNY"
TOML
export STATE_DIRECTORY=$work/state RUNTIME_DIRECTORY=$work/run
export ALIBABA_CLOUD_ACCESS_KEY_ID=testAccessKeyId ALIBABA_CLOUD_ACCESS_KEY_SECRET=testAccessKeySecret
"$bin/renewald" --config "$work/renewald.toml" >"$work/log" 2>&1 &
daemon=$!
until grep -q 'groups seen' "$work/log"; do
  kill -0 $daemon || { cat "$work/log" >&2; exit 1; }
  sleep 0.05
done

status=0
PATH=$environment/bin:$PATH "$here/varlink-client.sh" "$work/run/status" || status=1
PATH=$environment/bin:$PATH "$here/varlink-client.sh" "$work/run/control" operators || status=1
"$here/completions.sh" "$bin/renewalctl" "$work/run/status" || status=1
exit $status
