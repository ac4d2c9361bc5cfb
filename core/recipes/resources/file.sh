# Makes PATH hold what is on standard input: PATH MODE OWNER GROUP, where an empty word leaves that as it is.
# It is replaced in one step, so that nobody reads half of it. A symbolic link in its place is replaced, not followed.
# The item may set $hide_diff (why its content is not shown) and $backup before, and define `validate`.
put() {
  cat >"$at.new"
  replace_with "$at.new" "$@"
}

# Makes a file hold what another does: NEW PATH MODE OWNER GROUP
replace_with() {
  if [ -d "$2" ] && [ ! -L "$2" ]; then fail "$2 is a directory"; fi
  if [ -f "$2" ] && [ ! -L "$2" ] && same "$1" "$2"; then
    permit "$2" "$3" "$4" "$5"
    return 0
  fi
  show_diff "$2" "$1"
  if [ "$mode" = check ]; then
    changing || return 0
  fi
  if [ ! -d "${2%/*}/" ]; then fail "the directory ${2%/*} does not exist: put a \`directory\` item before this one"; fi
  candidate=${2%/*}/.${2##*/}.prybar-new
  rm -f -- "$candidate"
  # noclobber: where others may write, nobody can slip a link under the name
  (umask 077 && set -C && cat "$1" >"$candidate")
  if [ -f "$2" ] && [ ! -L "$2" ]; then
    set -- "$1" "$2" "${3:-$(stat -c %a -- "$2")}" "${4:-$(stat -c %u -- "$2")}" "${5:-$(stat -c %g -- "$2")}"
  fi
  if ! chown "${4:-0}:${5:-0}" -- "$candidate" || ! chmod "${3:-644}" -- "$candidate" || ! validate; then
    rm -f -- "$candidate"
    fail "the new $2 was not accepted; the old one stays"
  fi
  changing
  if [ -n "$backup" ] && [ -e "$2" ] && [ ! -e "$2.before-prybar" ]; then cp -p -- "$2" "$2.before-prybar"; fi
  mv -f -- "$candidate" "$2"
  # SELinux: the label that belongs to this path
  if command -v restorecon >/dev/null; then restorecon "$2"; fi
}

# Gives PATH its MODE, OWNER and GROUP, each where it is not empty.
permit() {
  if [ -z "$2$3$4" ]; then return 0; fi
  path=$1
  # shellcheck disable=SC2046 # five words
  set -- "$2" "$3" "$4" $(stat -c '%a %U %u %G %g' -- "$path")
  regrant=''
  if [ -n "$2" ] && [ "$2" != "$5" ] && [ "$2" != "$6" ]; then
    if changing "- $path: owner $5" "+ $path: owner $2"; then chown -h "$2" -- "$path"; fi
    regrant=yes
  fi
  if [ -n "$3" ] && [ "$3" != "$7" ] && [ "$3" != "$8" ]; then
    if changing "- $path: group $7" "+ $path: group $3"; then chgrp -h "$3" -- "$path"; fi
    regrant=yes
  fi
  if [ -z "$1" ]; then return 0; fi
  if [ "$1" != "$4" ]; then
    changing "- $path: mode $4" "+ $path: mode $1" || return 0
  elif [ -z "$regrant" ] || [ "$mode" = check ]; then
    return 0
  fi
  # Also after a change of owner, which takes the set-user-id bit away.
  chmod "$1" -- "$path"
}

# Whether two files hold the same bytes.
same() {
  if command -v cmp >/dev/null; then
    cmp -s -- "$1" "$2"
  else
    [ "$(sha256sum <"$1")" = "$(sha256sum <"$2")" ]
  fi
}

# Leaves for the report how PATH will differ: PATH NEW
show_diff() {
  if [ -n "$hide_diff" ]; then
    printf '%s\n' "- $1" "+ $1 (not shown: $hide_diff)" >>"$at.diff"
    return 0
  fi
  old=$1
  if [ ! -f "$1" ]; then old=/dev/null; fi
  if command -v diff >/dev/null; then
    diff -u -L "$1" -L "$1 (new)" -- "$old" "$2" | head -c "$most" >>"$at.diff"
  else
    printf '%s\n' "- $1" "+ $1 (not shown: this machine has no diff)" >>"$at.diff"
  fi
}

# Nothing to validate, unless the item says otherwise.
validate() {
  return 0
}

# Makes sure that PATH is a file, whatever it holds: PATH MODE OWNER GROUP
keep_file() {
  if [ -f "$1" ]; then
    permit "$@"
  else
    put "$@" </dev/null
  fi
}

# Takes a file or link away.
remove_file() {
  if [ ! -e "$1" ] && [ ! -L "$1" ]; then return 0; fi
  if [ -d "$1" ] && [ ! -L "$1" ]; then fail "$1 is a directory"; fi
  changing "- $1" || return 0
  rm -f -- "$1"
}

# Brings back what `backup` kept of PATH; without a backup there was no file before.
restore_file() {
  if [ ! -e "$1.before-prybar" ]; then
    remove_file "$1"
    return 0
  fi
  if [ -f "$1" ]; then show_diff "$1" "$1.before-prybar"; fi
  changing || return 0
  mv -f -- "$1.before-prybar" "$1"
}
