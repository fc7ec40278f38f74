# Sourced by every test inside. Counts survive a power cut in the journal of the
# test itself: each boot prints its own, and the last one decides.

unit=renewald.service
counts=/var/lib/test-counts
passed=0 failed=0
[ ! -e $counts ] || . $counts

# ok SENTENCE COMMAND...: a promise, and what shows that it is kept.
ok() {
  local sentence=$1
  shift
  if "$@" > /tmp/said 2>&1; then
    passed=$((passed + 1))
    echo "ok    $sentence"
  else
    failed=$((failed + 1))
    echo "FAIL  $sentence"
    sed 's/^/      | /' /tmp/said | head -n 20
  fi
  echo "passed=$passed failed=$failed" > $counts
  sync $counts
}

has() { grep -qE -- "$2" <<< "$1" || { printf 'no /%s/ in: %s\n' "$2" "$1"; return 1; }; }
not() { ! "$@"; }
prop() { systemctl show -P "$1" $unit; }
# Until a command succeeds, for at most 30 seconds.
within() { local i; for i in $(seq 300); do "$@" > /dev/null 2>&1 && return 0; sleep 0.1; done; "$@"; }

# journal ID [FIELD=VALUE...]: how many records of this class there are.
journal() { journalctl -b -o cat --no-pager MESSAGE_ID="$@" | grep -c . || true; }
at_least() { [ "$(journal "${@:2}")" -ge "$1" ]; }

cloud() { curl -sf -X "$1" "$CONTROL/$2" ${3:+-d "$3"}; }
# One line for each paid order: the group, and the expiry that it was placed for.
paid() {
  cloud GET orders | python3 -c 'import json, sys
for order in json.load(sys.stdin):
    if order["status"] == "Paid":
        print(order["group"], order["keyExpiryBefore"])'
}
orders() { paid | grep -c . || true; }
never_twice() { local twice; twice=$(paid | sort | uniq -d); [ -z "$twice" ] || { echo "$twice"; return 1; }; }

configure() {
  sed "s|http://127.0.0.1:18080|$CLOUD|" /usr/lib/renewald-test/payment.toml \
    > /etc/renewald/renewald.toml
}

finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
}
