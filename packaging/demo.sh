#!/bin/bash
# The main job on real processes: a sandbox cloud, the daemon, the command.
#
#   packaging/demo.sh [DIRECTORY OF THE BINARIES]
#
# Exits 0 only if the sandbox's order book shows that every group that policy
# renews was renewed exactly once and paid, that the daemon saw each new expiry,
# and that no other group was touched.
set -uo pipefail

bin=${1:-.build/debug}
# Seconds until everything due must be settled.
limit=45

work=$(mktemp -d -t renewald-demo.XXXXXX)
daemon='' sandbox=''
clean() {
  trap '' INT TERM
  for process in $daemon $sandbox; do kill -KILL "$process" 2>/dev/null; done
  wait 2>/dev/null
  rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A log has no width of its own.
[ -t 1 ] || export COLUMNS=140

heading() { printf '\n== %s\n\n' "$*"; }
fail() {
  printf 'demo: %s\n' "$*" >&2
  exit 1
}

# GET of the sandbox's control port: its body, a JSON list as one object a line.
# It keeps connections open, so the length decides where the body ends.
control() {
  local header length=0
  exec 3<>"/dev/tcp/127.0.0.1/$control" || return
  printf 'GET %s HTTP/1.1\r\nHost: sandbox\r\n\r\n' "$1" >&3
  while read -r header <&3 && header=${header%$'\r'} && [ -n "$header" ]; do
    case ${header,,} in content-length:*) length=${header#*: } ;; esac
  done
  head -c "$length" <&3 | sed 's/},{/}\n{/g'
  echo
  exec 3>&-
}

# The named members of each object, between tabs; null is -.
members() {
  awk -v names="$*" 'BEGIN { count = split(names, name, " ") } /{/ {
    for (i = 1; i <= count; i++) {
      value = "-"
      if (match($0, "\"" name[i] "\":(\"[^\"]*\"|[^],}]*)")) {
        value = substr($0, RSTART + length(name[i]) + 3, RLENGTH - length(name[i]) - 3)
        gsub(/"/, "", value)
        if (value == "null") value = "-"
      }
      printf "%s%s", value, (i < count ? "\t" : "\n")
    }
  }'
}

renewalctl() { "$bin/renewalctl" "$@" --socket "$work/run/status"; }

# Lets the daemon run until a line says so, showing its lines for people.
follow() {
  local wanted=$1 count=$2 until=$((SECONDS + limit)) line
  while [ "$count" -gt 0 ] && [ $SECONDS -lt $until ]; do
    kill -0 "$daemon" 2>/dev/null || fail "renewald has ended: $line"
    IFS= read -r -t 1 line <&"$journal" || continue
    # The priority in front is for systemd, the fields behind are for machines.
    line=${line#<?>}
    echo "  ${line%% RENEWAL_*}"
    case $line in *"$wanted"*) count=$((count - 1)) ;; esac
  done
  [ "$count" -eq 0 ]
}

stop() {
  local name=$1 process=$2 code=0
  kill -TERM "$process"
  wait "$process" || code=$?
  echo "  $name ended with $code"
  [ $code -eq 0 ] || fail "$name ended with $code"
}

heading 'A cloud of its own on this machine, with twelve groups and an order book'
: >"$work/sandbox"
"$bin/sandbox-cloud" --listen 127.0.0.1:0 --control 127.0.0.1:0 --groups 12 --seed 7 \
  --visible-lag 2 >"$work/sandbox" 2>&1 &
sandbox=$!
exec {output}< <(exec tail -n +1 -f --pid=$sandbox "$work/sandbox")
while IFS= read -r -t 10 line <&"$output"; do
  echo "  $line"
  case $line in
    "CONTROL "*) control=${line##*:} ;;
    "READY "*) port=${line##*:} && break ;;
  esac
done
[ -n "${port:-}" ] || fail 'sandbox-cloud did not start'
exec {output}<&-

control /groups >"$work/groups-before"
now=$(control /state | members now)
horizon=$(date -u -d "$now + 7 days" +%Y-%m-%dT%H:%M:%SZ)
# What config/demo.toml says, by a second reading of it: subscriptions in service
# that end within 7 days, but for those called hold-*.
members id name chargeType status expiry <"$work/groups-before" |
  awk -F '\t' -v now="$now" -v horizon="$horizon" '$2 !~ /^hold-/ && $3 == "PrePaid" &&
    $4 == "PUBLISHED" && $5 > now && $5 <= horizon { print $1 "\t" $5 }' |
  sort >"$work/due"
due=$(wc -l <"$work/due")
[ "$due" -gt 0 ] || fail 'the sandbox has no group that is due'

heading "The daemon, with config/demo.toml"
sed "s|127.0.0.1:18080|127.0.0.1:$port|" config/demo.toml >"$work/demo.toml"
mkdir -m 700 "$work/state" "$work/run"
: >"$work/journal"
env -u NOTIFY_SOCKET -u JOURNAL_STREAM -u CREDENTIALS_DIRECTORY -u WATCHDOG_USEC \
  STATE_DIRECTORY="$work/state" RUNTIME_DIRECTORY="$work/run" \
  ALIBABA_CLOUD_ACCESS_KEY_ID=testAccessKeyId \
  ALIBABA_CLOUD_ACCESS_KEY_SECRET=testAccessKeySecret \
  "$bin/renewald" --config "$work/demo.toml" 2>"$work/journal" &
daemon=$!
exec {journal}< <(exec tail -n +1 -f --pid=$daemon "$work/journal")
follow 'groups seen' 1 || fail 'the daemon saw no groups'

heading 'The inventory before'
renewalctl list || fail 'renewalctl list failed'

heading 'The plan and its reasons'
# A reason is a sentence: it gets a line of its own.
renewalctl plan --plain >"$work/plan" || fail 'renewalctl plan failed'
awk -F '\t' '{ printf "%-6s %s  %-18s%-9sexpires %s\n         rule %s: %s\n",
  $2, $4, $5, $6, $9, $11, $12 }' "$work/plan"

heading "The renewals as they happen; a first start waits before it pays"
follow ' is settled' "$due" || fail "not all $due renewals were settled within $limit s"

heading 'The inventory after'
renewalctl list || fail 'renewalctl list failed'
renewalctl list --plain | cut -f 2,6 | sort >"$work/observed"

heading 'The order book of the sandbox'
control /orders >"$work/orders"
{
  printf 'ORDER\tGROUP\tACTION\tAMOUNT\tCURRENCY\tSTATUS\tEXPIRY BEFORE\tEXPIRY AFTER\n'
  members id group action amount currency status keyExpiryBefore expiryAfter <"$work/orders"
} | awk -F '\t' '{ printf "%-17s%-22s%-8s%10s %-10s%-8s%-22s%s\n", $1,$2,$3,$4,$5,$6,$7,$8 }'
control /groups >"$work/groups-after"

heading 'Stopping'
stop renewald "$daemon" && daemon=''
stop sandbox-cloud "$sandbox" && sandbox=''

heading 'The claims, read from the order book'
wrong=0
# Passes if the two files are the same.
claim() {
  if cmp -s "$2" "$3"; then
    echo "  yes  $1"
  else
    echo "  NO   $1"
    diff "$2" "$3" | sed 's/^/         /'
    wrong=1
  fi
}
members group action status keyExpiryBefore <"$work/orders" | sort >"$work/ordered"
awk -F '\t' '{ print $1 "\tRenew\tPaid\t" $2 }' "$work/due" >"$work/wanted"
claim "$due groups were due; each has one order, paid, and there is no other" \
  "$work/wanted" "$work/ordered"

members group expiryAfter <"$work/orders" | sort >"$work/extended"
join -t $'\t' "$work/due" "$work/observed" | cut -f 1,3 >"$work/observed-due"
claim 'the daemon has observed each new expiry' "$work/extended" "$work/observed-due"

members id expiry <"$work/groups-before" | sort | join -t $'\t' -v 1 - "$work/due" \
  >"$work/others-before"
members id expiry <"$work/groups-after" | sort | join -t $'\t' -v 1 - "$work/due" \
  >"$work/others-after"
claim 'no other group was touched' "$work/others-before" "$work/others-after"
exit $wrong
