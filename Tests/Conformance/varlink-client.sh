#!/bin/bash
# Drives a running daemon's readers' socket with Varlink clients that are not
# ours: the one from PyPI (pip install varlink), socat, and varlinkctl where
# systemd has it (255 and newer).
#
#   varlink-client.sh [SOCKET [operators]]      default /run/renewald/status
#
# Exit status: 0 all well, 1 a check failed, 77 no client to check with.
set -u
socket=${1:-/run/renewald/status}
rights=${2:-readers}
interface=io.renewald.Control
failures=0
checks=0

# check NAME PATTERN COMMAND...: the command's output matches the pattern.
check() {
  local name=$1 pattern=$2 output
  shift 2
  checks=$((checks + 1))
  output=$("$@" 2>&1)
  if ! grep -qE -- "$pattern" <<<"$output"; then
    failures=$((failures + 1))
    printf 'FAILED  %s\n  expected %s\n  got      %s\n' "$name" "$pattern" "${output:0:400}"
  fi
}

# Sends a text with a NUL behind it and prints the replies one a line.
raw() { printf '%s\0' "$1" | timeout 5 socat -t 5 - "UNIX-CONNECT:$socket" | tr '\0' '\n'; }

# The reply must be nothing at all.
silence() {
  local output
  checks=$((checks + 1))
  output=$(raw "$1")
  if [ -n "$output" ]; then
    failures=$((failures + 1))
    printf 'FAILED  no reply to %s\n  got      %s\n' "$1" "${output:0:400}"
  fi
}

if python3 -c 'import varlink' 2>/dev/null; then
  varlink() { timeout 20 python3 -m varlink.cli "$@"; }
  check 'info' "$interface" varlink info "unix:$socket"
  check 'introspection' "^interface $interface" varlink help "unix:$socket/$interface"
  check 'a call' '"mode"' varlink call "unix:$socket/$interface.Status" '{}'
  check 'parameters' '"entries"' \
    varlink call "unix:$socket/$interface.Plan" '{"until":"2030-01-01T00:00:00Z"}'
  check 'with more' '"groups"' varlink call -m "unix:$socket/$interface.List" '{}'
  check 'an error of the interface' "$interface.NoSuchGroup" \
    varlink call "unix:$socket/$interface.Describe" '{"group":"no such group"}'
  if [ "$rights" = readers ]; then
    check 'an operator method' 'PermissionDenied' \
      varlink call "unix:$socket/$interface.Pause" '{"reason":"test"}'
  else
    check 'an operator method' '^$' varlink call "unix:$socket/$interface.Pause" '{"reason":"test"}'
    check 'what it has changed' '"reason": "test"' varlink call "unix:$socket/$interface.Status" '{}'
    check 'and back' '^$' varlink call "unix:$socket/$interface.Resume" '{}'
  fi
  check 'a surplus parameter' 'InvalidParameter' \
    varlink call "unix:$socket/$interface.Status" '{"surplus":1}'
  check 'a stream' '^ok$' timeout 20 python3 -c "
import varlink
with varlink.Client(address='unix:$socket') as client:
  with client.open('$interface') as connection:
    for change in connection.Watch(_more=True):
      assert change['status']['version']
      print('ok')
      break"
  # The client reads the whole description to offer its methods.
  check 'the description as an object' '^ok$' timeout 20 python3 -c "
import varlink
with varlink.Client(address='unix:$socket') as client:
  with client.open('$interface') as connection:
    assert connection.Status()['status']['version']
    print('ok')"
fi

if command -v varlinkctl >/dev/null; then
  check 'varlinkctl info' "$interface" varlinkctl info "$socket"
  check 'varlinkctl introspect' "interface $interface" varlinkctl introspect "$socket" "$interface"
  check 'varlinkctl call' '"mode"' varlinkctl call "$socket" "$interface.Status" '{}'
fi

if command -v socat >/dev/null; then
  service=org.varlink.service
  check 'socat' '"interfaces":\[' raw "{\"method\":\"$service.GetInfo\"}"
  check 'two calls at once' '^2$' grep -c parameters <<<"$(
    printf '{"method":"%s.GetInfo"}\0{"method":"%s.GetInfo"}\0' $service $service |
      timeout 5 socat -t 5 - "UNIX-CONNECT:$socket" | tr '\0' '\n')"
  check 'an unknown method' '"error":"org.varlink.service.MethodNotFound"' \
    raw "{\"method\":\"$interface.Nothing\"}"
  check 'an unknown interface' '"error":"org.varlink.service.InterfaceNotFound"' \
    raw '{"method":"org.example.Nothing.Call"}'
  check 'an upgrade' '"error":' raw "{\"method\":\"$interface.Status\",\"upgrade\":true}"
  silence "{\"method\":\"$service.GetInfo\",\"oneway\":true}"
  silence 'nonsense'
  silence '[]'
  silence '{}'
  silence "{\"method\":\"$service.GetInfo\",\"surplus\":true}"
  silence "{\"method\":\"$service.GetInfo\",\"oneway\":true,\"more\":true}"
fi

if [ "$checks" = 0 ]; then
  echo 'skipped: neither python3 with varlink, nor varlinkctl, nor socat is there'
  exit 77
fi
echo "$((checks - failures)) of $checks checks passed"
[ "$failures" = 0 ]
