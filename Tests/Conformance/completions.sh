#!/bin/bash
# What the shells complete, with group ids from a running daemon.
#
#   Tests/Conformance/completions.sh RENEWALCTL SOCKET
#
# Exit status: 0 all well, 1 a check failed. A shell that is not there is skipped.
set -u
renewalctl=$(readlink -f "$1") socket=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PATH=$(dirname "$renewalctl"):$PATH
group=$(renewalctl list --socket "$socket" --plain | cut -f 2 | sort | head -n 1)
[ -n "$group" ] || { echo 'FAILED  no group to complete'; exit 1; }
failures=0

# expect SHELL WHAT WORD <<< COMPLETIONS
expect() {
  if grep -qE -- "(^|[^a-z-])$3([^a-z-]|$)"; then
    echo "ok      $1 completes $2"
  else
    echo "FAILED  $1 does not complete $2"
    failures=$((failures + 1))
  fi
}

renewalctl --generate-completion-script bash >"$work/bash"
# in_bash WORD...: what bash offers for the last word.
in_bash() {
  bash -c 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"
    COMP_POINT=${#COMP_LINE}; _renewalctl "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
    printf "%s\n" "${COMPREPLY[@]}"' "$work/bash" "$@" 2>/dev/null
}
in_bash renewalctl sta | expect bash 'a command' status
in_bash renewalctl show --socket "$socket" '' | expect bash 'a group' "$group"

# typed SHELL START LINE: what the terminal of a shell shows after a line and two tabs.
typed() {
  local session=renewalctl-$$-$1 screen='' try
  tmux -L "$session" -f /dev/null new-session -d -x 200 -y 50 "$2" || return
  tmux -L "$session" send-keys "$3" && sleep 0.5 && tmux -L "$session" send-keys Tab Tab
  for try in $(seq 50); do
    screen=$(tmux -L "$session" capture-pane -p)
    grep -qE -- "$4" <<<"${screen//"$3"/}" && break
    sleep 0.1
  done
  tmux -L "$session" kill-server
  printf '%s\n' "${screen//"$3 "/}"
}

command -v tmux >/dev/null || { echo 'skipped: fish and zsh need tmux'; exit $failures; }
# All but the end of the id is typed, so that only a completed one is whole.
beginning="renewalctl show --socket $socket ${group%??}"
if command -v fish >/dev/null; then
  renewalctl --generate-completion-script fish >"$work/fish"
  start="fish --no-config -C 'source $work/fish'"
  typed fish "$start" 'renewalctl stat' status | expect fish 'a command' status
  typed fish "$start" "$beginning" "$group" | expect fish 'a group' "$group"
fi
if command -v zsh >/dev/null; then
  mkdir "$work/zsh"
  renewalctl --generate-completion-script zsh >"$work/zsh/_renewalctl"
  printf 'fpath=(%s $fpath); autoload -U compinit; compinit -u -D\n' "$work/zsh" >"$work/zsh/.zshrc"
  start="env ZDOTDIR=$work/zsh zsh -d"
  typed zsh "$start" 'renewalctl stat' status | expect zsh 'a command' status
  typed zsh "$start" "$beginning" "$group" | expect zsh 'a group' "$group"
fi
[ $failures = 0 ]
