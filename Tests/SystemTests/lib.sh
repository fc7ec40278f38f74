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

# The groups that the rules of payment.toml say to renew, by the cloud's own account.
due() {
  cloud GET groups | python3 -c 'import datetime, json, sys
now = datetime.datetime.now(datetime.timezone.utc)
for group in json.load(sys.stdin):
    if group["chargeType"] == "PrePaid" and not group["name"].startswith("hold-"):
        left = datetime.datetime.fromisoformat(group["expiry"].replace("Z", "+00:00")) - now
        if datetime.timedelta(0) < left < datetime.timedelta(days=7):
            print(group["id"])' | sort
}

# All that it answers, on the socket that answers most.
answers() {
  local question
  for question in status list plan history ledger alerts events creations whoami; do
    renewalctl $question --json --socket /run/renewald/control
  done
  renewalctl list --plain --socket /run/renewald/control | cut -f 2 | head -n 4 | while read -r group; do
    renewalctl show "$group" --json --socket /run/renewald/control
    renewalctl explain "$group" --json --socket /run/renewald/control
  done
  renewalctl metrics --socket /run/renewald/control
  renewalctl report --html /dev/stdout --socket /run/renewald/control
}

# The secret in nothing that a test has produced: the journal of all boots, the ledger
# and all state, sockets' directory, configuration, package, answers, metrics, what a
# process is started with, cores.
no_secret() {
  journalctl --sync
  ok 'the secret is nowhere in the journal' sh -c \
    "! journalctl --no-pager -a -o export | grep -aq '$SECRET'"
  ok 'nor in what is on the disk' sh -c "! grep -raq '$SECRET' /var/lib /var/log /var/tmp \
    /etc/renewald /etc/systemd /usr/sbin/renewald /usr/bin/renewalctl /usr/share/doc/renewald"
  ok 'nor in what is gone at a reboot' sh -c "! find /run/renewald /tmp -type f \
    -exec grep -alq '$SECRET' {} + 2>/dev/null | grep -q ."
  ok 'nor in the arguments or variables of a process of it' sh -c "for pid in \$(pgrep renewal); do
    ! cat /proc/\$pid/cmdline /proc/\$pid/environ | grep -aq '$SECRET' || exit 1; done"
  if systemctl is-active -q $unit; then
    answers 2>&1 | cat > /tmp/answers
    ok 'nor in its answers and metrics' not grep -aq "$SECRET" /tmp/answers
    ok 'which were many' has "$(cat /tmp/answers)" '^renewald_build_info'
  fi
  ok 'no core was left' sh -c '! find / /var/lib/renewald /var/lib/systemd/coredump -maxdepth 1 \
    -name "core*" -type f 2>/dev/null | grep .'
}

configure() {
  sed "s|http://127.0.0.1:18080|$CLOUD|" /usr/lib/renewald-test/payment.toml \
    > /etc/renewald/renewald.toml
}

finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
}
