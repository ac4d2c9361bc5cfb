# The functions that compiled programs are made of; a program carries those it uses. POSIX sh: dash, busybox and bash alike.
# A comment belongs to the function below it and travels with it.
#
# The life of a program: start, a `resource` call for each item, a `handler` call for each that can be notified, finish.
# An item runs in a subshell, so that `cd`, variables and `exit` in it end with it. What it has to tell the main shell
# it leaves in files called "$at.changed", "$at.diff" and so on.

# Makes ready: a private work folder, the way back for the report, the lock, and a tick every second.
start() {
  umask 022
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  LC_ALL=C.UTF-8
  export PATH LC_ALL
  failed='' not_yet='' lost='' ticked='' body='' ticker='' keeper='' work='' most=262144
  # What items may set for what they call.
  hide_diff='' backup=''
  trap close_down EXIT
  trap 'lost=yes ticked=yes' HUP
  trap give_up INT TERM
  trap 'ticked=yes' USR1
  (umask 077 && mkdir -p "$run_folder") || exit 1
  work=$(umask 077 && mktemp -d "$run_folder/$mode.XXXXXX") || exit 1
  identity "$$" >"$work/identity"
  open_report
  if [ "$mode" = apply ]; then
    lock
    (umask 077 && mkdir -p "$state_folder/notified") || exit 1
  fi
  remove_leftovers
  # Wakes `wait`, so that time limits hold and a lost connection shows. Holds no descriptor that anybody waits for.
  while sleep 1; do kill -USR1 "$$" || exit 0; done >/dev/null 2>&1 8>&- 9>&- &
  ticker=$!
}

# Descriptor 8 leads, through a process that keeps the report flowing, to this program's standard output. That process goes
# on swallowing when the connection is gone, so that the item in hand is not killed in the middle by a broken pipe;
# it tells the main shell, which stops before the next item.
open_report() {
  mkfifo "$work/report"
  { trap '' HUP INT TERM; cat || { kill -HUP "$$"; cat >/dev/null; }; } <"$work/report" 2>/dev/null &
  keeper=$!
  exec 8>"$work/report"
  read -r token </proc/sys/kernel/random/uuid
  printf 'prybar-report 1 %s\n' "$token" >&8
}

# One line of the report. Commands cannot write it by accident: nobody knows the token but the two ends.
frame() {
  printf '\n%s %s\n' "$token" "$*" >&8
}

# A line of the report followed by the bytes of a file: KIND FILE
frame_file() {
  size=$(($(wc -c <"$2")))
  if [ "$size" -gt "$most" ]; then size=$most; fi
  frame "$1" "$size"
  head -c "$size" "$2" >&8
}

# Only one program changes this machine at a time. An orphan of an earlier run gets ten seconds to end.
lock() {
  tries=10
  until try_lock; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ]; then
      not_yet="another run holds $run_folder/lock: $(cat "$run_folder/owner" 2>/dev/null || echo unknown)"
      finish
    fi
    sleep 1
  done
  printf '%s, process %s\n' "$program_name" "$$" >"$run_folder/owner"
}

# flock(1) frees the lock with the last process that holds it. Where there is none, a folder stands for the lock
# and is taken over when the process named in it is gone: a process id alone could be another's by now.
try_lock() {
  if command -v flock >/dev/null; then
    exec 9>"$run_folder/lock"
    flock -n 9
    return
  fi
  if mkdir "$run_folder/lock.d" 2>/dev/null; then
    identity "$$" >"$run_folder/lock.d/identity"
    return
  fi
  read -r holder 2>/dev/null <"$run_folder/lock.d/identity" || return 1
  if [ "$(identity "${holder%% *}")" = "$holder" ]; then return 1; fi
  # Another one may have seen the same and be quicker: what is moved away by mistake is put back.
  if mv "$run_folder/lock.d" "$work/abandoned-lock" 2>/dev/null; then
    read -r moved <"$work/abandoned-lock/identity"
    if [ "$moved" = "$holder" ]; then rm -rf "$work/abandoned-lock"; else mv "$work/abandoned-lock" "$run_folder/lock.d"; fi
  fi
  return 1
}

# A process id and when that process started (proc(5), field 22); the id alone when it is gone.
identity() (
  { read -r line <"/proc/$1/stat"; } 2>/dev/null || line=''
  # shellcheck disable=SC2086 # split into fields
  set -- "$1" ${line##*) }
  echo "$1 ${21-}"
)

# Work folders of programs that were killed may hold secrets.
remove_leftovers() {
  for leftover in "$run_folder"/*.??????/identity; do
    { read -r owner <"$leftover"; } 2>/dev/null || continue
    if [ "$(identity "${owner%% *}")" != "$owner" ]; then rm -rf "${leftover%/identity}"; fi
  done
}

# One item of the recipe: INDEX SECONDS NAME [WHAT-IT-NOTIFIES...]
# After a failure nothing more is done; check mode goes on, because it is asked what all of it would change.
resource() {
  if [ -n "$lost$not_yet" ]; then return; fi
  if [ -n "$failed" ] && [ "$mode" = apply ]; then return; fi
  run_item "resource_$1" "$@"
}

# An item that is not for this machine: INDEX REASON NAME
skip() {
  if [ -n "$failed$lost$not_yet" ]; then return; fi
  read -r now _ </proc/uptime
  frame begin "$1" "$now" "$3"
  frame end "$1" "$now" skipped "$2"
}

# What a notification asks for, done once at the end, even when another item failed: INDEX SECONDS NAME NOTIFIED
handler() {
  if [ -n "$lost" ] || [ -e "$work/handled.$4" ] || ! is_notified "$4"; then return; fi
  run_item "handler_$1" "$1" "$2" "$3"
  if [ "$status" -eq 0 ] && [ "$mode" = apply ]; then rm -f "$state_folder/notified/$4"; fi
}

# Runs a function as an item and reports how it went: FUNCTION INDEX SECONDS NAME [WHAT-IT-NOTIFIES...]
run_item() {
  act=$1 index=$2 seconds=$3 title=$4
  shift 4
  notifies=$*
  at=$work/$index
  read -r now _ </proc/uptime
  frame begin "$index" "$now" "$title"
  supervise "$act"
  if [ -s "$at.diff" ]; then frame_file diff "$at.diff"; fi
  if [ -e "$at.output" ]; then frame_file output "$at.output"; fi
  if [ -e "$at.captured" ]; then
    read -r captured <"$at.captured"
    frame_file "captured $captured" "$work/captured.$captured"
  fi
  case $status in
    0) if [ -e "$at.skipped" ]; then result=skipped; elif [ -e "$at.changed" ]; then result=changed; else result=ok; fi ;;
    75) result=skipped not_yet=${reason:-"$title said: not yet (exit status 75)"} ;;
    *) result=failed failed=${failed:-yes} reason=${reason:-"exit status $status"} ;;
  esac
  read -r now _ </proc/uptime
  frame end "$index" "$now" "$result" "$reason"
}

# Runs a function in a subshell, within $seconds from $now; leaves its status and the reason it gave: FUNCTION
supervise() {
  deadline=$((${now%.*} + seconds)) doomed=''
  (
    (
      set -e
      "$1"
    )
    code=$?
    echo "$code" >"$at.status"
    exit "$code"
  ) </dev/null >&8 2>&1 8>&- 9>&- &
  body=$!
  # What `wait` says is not enough: a tick ends it early, and in bash a child that ends at that very moment is forgotten, and would be waited
  # for until its time is up. So the item leaves its status in a file, as its last act.
  while :; do
    wait "$body"
    status=$?
    alive=''
    if kill -0 "$body" 2>/dev/null; then alive=yes; fi
    if [ -s "$at.status" ]; then
      read -r status <"$at.status"
      break
    fi
    if [ -z "$alive" ]; then break; fi
    watch_over
  done
  body=''
  reason=''
  if [ -e "$at.reason" ]; then read -r reason <"$at.reason"; fi
  if [ -n "$doomed" ]; then
    # shellcheck disable=SC2086 # a list of process ids
    see_off $doomed
    status=1 reason="it took longer than $seconds s"
  fi
}

# Once a second while an item runs: ends it when its time is up, and lets the other side know that this one lives.
watch_over() {
  read -r now _ </proc/uptime
  frame tick "$now"
  if [ "${now%.*}" -lt "$deadline" ]; then return; fi
  if [ -n "$doomed" ]; then return; fi
  doomed=$(family "$body")
  # shellcheck disable=SC2086 # a list of process ids
  kill -TERM $doomed 2>/dev/null
}

# Waits five seconds for processes that were told to end, then ends them.
see_off() {
  for _ in 1 2 3 4 5; do
    alive=''
    for pid in "$@"; do
      if kill -0 "$pid" 2>/dev/null; then alive=yes; fi
    done
    if [ -z "$alive" ]; then return; fi
    sleep 1
  done
  kill -KILL "$@" 2>/dev/null
}

# The process and all that it started, by what /proc says (proc(5): the name in `stat` may hold blanks and parentheses).
family() (
  echo "$1"
  for stat in /proc/[0-9]*/stat; do
    { read -r line <"$stat"; } 2>/dev/null || continue
    # shellcheck disable=SC2086 # split into fields: state, parent, …
    set -- "$1" ${line##*) }
    if [ "$3" = "$1" ]; then family "${line%% *}"; fi
  done
)

# The other side asked to stop.
give_up() {
  trap '' INT TERM
  if [ -n "$body" ]; then
    doomed=$(family "$body")
    # shellcheck disable=SC2086 # a list of process ids
    kill -TERM $doomed 2>/dev/null
    wait "$body"
    # shellcheck disable=SC2086
    see_off $doomed
  fi
  frame finished stopped
  exit 143
}

# Says how it ended and waits until that is sent, but not for something in the background that still holds the report open.
finish() {
  code=0
  if [ -n "$failed" ]; then
    code=1
    frame finished failed
  elif [ -n "$not_yet" ]; then
    code=75
    frame finished notYet "$not_yet"
  elif [ -n "$lost" ]; then
    code=1
  else
    frame finished 'done'
  fi
  exec 8>&-
  ticked=''
  wait "$keeper"
  # shellcheck disable=SC2046 # a list of process ids
  if [ -n "$ticked" ]; then kill -KILL $(family "$keeper") 2>/dev/null; fi
  exit "$code"
}

# Runs on every way out.
close_down() {
  if [ -n "$ticker" ]; then kill "$ticker" 2>/dev/null; fi
  if [ -e "$run_folder/lock.d/identity" ] && [ "$(cat "$run_folder/lock.d/identity")" = "$(identity "$$")" ]; then rm -rf "$run_folder/lock.d"; fi
  rm -rf "$work"
}

# Notes that the item changes something, in diff lines for people. True when it may be done now, false in check mode.
# Notified handlers are noted on disk first: should this run die after the change, the next one still restarts what must be.
changing() {
  : >"$at.changed"
  if [ "$#" -gt 0 ]; then printf '%s\n' "$@" >>"$at.diff"; fi
  for notified in $notifies; do
    if [ "$mode" = apply ]; then : >"$state_folder/notified/$notified"; else : >"$work/notified.$notified"; fi
    if [ -e "$work/handled.$notified" ]; then rm -f "$work/handled.$notified"; fi
  done
  [ "$mode" = apply ]
}

# Whether something before, in this run or in one that did not finish, notified NAME.
is_notified() {
  [ -e "$state_folder/notified/$1" ] || [ -e "$work/notified.$1" ]
}

# Ends the item with a reason.
fail() {
  printf '%s\n' "$*" >"$at.reason"
  exit 1
}

# Ends the item as not done and not needed, with a reason.
leave_out() {
  printf '%s\n' "$*" >"$at.reason"
  : >"$at.skipped"
  exit 0
}

# Publishes the values on standard input (JSON).
publish() {
  cat >"$at.output"
}

# Runs the author's sh code from descriptor 3 as USER (empty: as we are). It is a shell of its own, so that nothing in it
# can meet our functions, and its code is in no process list.
# shellcheck disable=SC2016 # the inner shell is to expand it
run_text() {
  if [ -n "$1" ]; then
    su -s /bin/sh "$1" -c 'set -e; eval "$(cat <&3)" 3<&-'
  else
    sh -c 'set -e; eval "$(cat <&3)" 3<&-'
  fi
}

# Puts the captured values NAME... into the environment as captured_NAME.
with_captured() {
  for name in "$@"; do
    if [ -e "$work/captured.$name" ]; then export "captured_$name=$(cat "$work/captured.$name")"; fi
  done
}

# What the script of a role left behind: values to publish, and what it says that it changed.
publish_results() {
  if [ -s changes.txt ]; then
    : >"$at.changed"
    head -c "$most" changes.txt >"$at.diff"
  fi
  if [ -e outputs.json ]; then publish <outputs.json; fi
}
