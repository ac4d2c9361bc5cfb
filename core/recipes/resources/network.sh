# Stops before anything is changed when an interface is not there: NAME-OR-MAC... A member of a bond shows its own MAC as permaddr.
need_interfaces() {
  for wanted in "$@"; do
    if [ -e "/sys/class/net/$wanted" ]; then continue; fi
    case $wanted in *:*:*:*:*:*) if ip -o link | grep -qiF " $wanted "; then continue; fi ;; esac
    fail "this machine has no interface $wanted, but $(echo /sys/class/net/* | sed 's|/sys/class/net/||g')"
  done
}

# Lays a file of the new configuration ready: PATH, with its text on standard input
stage_network_file() {
  mkdir -p "$at.staged${1%/*}"
  cat >"$at.staged$1"
}

# Changes the network: SECONDS INTERFACE-THAT-IS-MADE...
# On standard input is the code that brings files into effect; also as `apply_network`. `ready` says whether the node is still
# reached. Until then another process waits to bring the old files back, which outlives this program and its connection.
change_network() {
  seconds=$1
  shift
  network_differs || return 0
  changing || return 0

  # A folder of this run's own: the process that waits for an earlier one must not take this for its.
  rollback=$(mktemp -d "$state_folder/network.XXXXXX")
  mkdir "$rollback/files"
  # shellcheck disable=SC2086 # a pattern
  for file in $network_files; do
    if [ -e "$file" ]; then
      mkdir -p "$rollback/files${file%/*}"
      cp -a "$file" "$rollback/files$file"
    fi
  done
  {
    printf '#!/bin/sh\n# Brings the network back to what it was before the last change.\n'
    printf "rm -f %s\ncp -a '%s/files/.' /\n" "$network_files" "$rollback"
    for interface in "$@"; do
      if [ ! -e "/sys/class/net/$interface" ]; then printf 'ip link delete %s 2>/dev/null\n' "$interface"; fi
    done
    cat
  } >"$rollback/script"
  # Renaming the script decides between the two who may both want to act.
  # shellcheck disable=SC2016 # the inner shell is to expand it
  setsid sh -c 'sleep "$0"; mv "$1/script" "$1/late" && sh "$1/late"; rm -rf "$1"' "$((2 * seconds))" "$rollback" </dev/null >/dev/null 2>&1 &

  # shellcheck disable=SC2086 # a pattern
  rm -f $network_files
  cp -R "$at.staged/." /
  if (apply_network) && stays_so "$seconds" && mv "$rollback/script" "$rollback/confirmed" 2>/dev/null; then return 0; fi
  if mv "$rollback/script" "$rollback/at-once" 2>/dev/null; then sh "$rollback/at-once"; fi
  fail "the node was not reached within $seconds s of the change, so the old configuration is back"
}

# Whether the files that are there differ from those laid ready; leaves for the report how.
network_differs() {
  differs=''
  # shellcheck disable=SC2086 # a pattern
  for file in $network_files; do
    if [ -e "$file" ] && [ ! -e "$at.staged$file" ]; then
      differs=yes
      printf '%s\n' "- $file" >>"$at.diff"
    fi
  done
  for file in $(cd "$at.staged" && find . -type f | sort); do
    file=${file#.}
    if [ -f "$file" ] && same "$at.staged$file" "$file"; then continue; fi
    differs=yes
    show_diff "$file" "$at.staged$file"
  done
  [ -n "$differs" ]
}

# Whether `ready` succeeds in that time, and again a second later: what applies the change may take a moment to begin.
stays_so() {
  sleep 2
  before=no
  read -r now _ </proc/uptime
  end=$((${now%.*} + $1))
  while [ "${now%.*}" -lt "$end" ]; do
    is=no
    if ready; then is=yes; fi
    if [ "$before$is" = yesyes ]; then return 0; fi
    before=$is
    sleep 1
    read -r now _ </proc/uptime
  done
  return 1
}
