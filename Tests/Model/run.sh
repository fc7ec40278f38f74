#!/bin/sh
# Checks every variant of the models: those that must hold and those that must
# break. Prints a line for each and "N passed, N failed"; exit 1 if any failed.
#   run.sh [-j JOBS] [PATTERN]    only the variants whose line matches PATTERN
# Needs spin and a C compiler ($CC, or cc).
set -u
here=$(cd "$(dirname "$0")" && pwd)

# One variant: expectation, name, model, flags of the preprocessor.
check() {
  expected=$1 name=$2 model=$3
  shift 3
  work=$(mktemp -d) && cd "$work" && cp "$here"/*.pml . || return 1
  # Most searches are shorter than the optimiser's work would be.
  if ! { spin "$@" -a "$model.pml" && ${CC:-cc} -O0 -w -DSAFETY -DCOLLAPSE -o pan pan.c; } >log 2>&1
  then
    outcome="does not compile: $(head -n 1 log)"
  else
    timeout 100 ./pan -m20000 -w22 >log 2>&1
    states=$(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' log)
    if grep -qE 'max search depth too small|out of memory' log; then
      outcome="was not searched to the end"
    elif grep -qE 'assertion violated .*(effects\[|lapsed)' log; then
      outcome=breaks
    elif grep -q 'errors: 0' log; then
      outcome=holds
    else
      outcome="fails otherwise: $(grep -m 1 -E 'pan:|violated' log || echo 'no result in time')"
    fi
  fi
  cd / && rm -rf "$work"
  if [ "$outcome" = "$expected" ]; then verdict=ok; else verdict=FAILED; fi
  printf '%-6s %-6s %-44s %9s states' "$verdict" "$expected" "$name" "${states:-0}"
  if [ "$verdict" = ok ]; then echo; else echo ", but it $outcome"; fi
}

if [ "${1:-}" = --one ]; then
  shift
  check "$@"
  exit
fi

jobs=$(nproc)
if [ "${1:-}" = -j ]; then jobs=$2; shift 2; fi

results=$(mktemp)
trap 'rm -f "$results"' EXIT
grep -vE '^(#|$)' "$here/variants.txt" | grep -e "${1:-.}" |
  xargs -P "$jobs" -L 1 "$0" --one | tee "$results"
passed=$(grep -c '^ok ' "$results")
failed=$(grep -c '^FAILED ' "$results")
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
