# Makes sure of a directory: PATH [MODE OWNER GROUP]
make_directory() {
  if [ ! -d "$1" ]; then
    changing "+ $1/" || return 0
    mkdir -p -- "$1"
    if command -v restorecon >/dev/null; then restorecon "$1"; fi
  fi
  if [ "$#" -gt 1 ]; then permit "$@"; fi
}

# Takes a directory away, and what is in it if so told: PATH RECURSIVE
remove_directory() {
  if [ -L "$1" ]; then fail "$1 is a symbolic link"; fi
  if [ ! -e "$1" ]; then return 0; fi
  if [ -z "$2" ] && [ -n "$(ls -A -- "$1")" ]; then fail "$1 is not empty: say \`recursive: true\` if all in it may go"; fi
  changing "- $1/" || return 0
  if grep -q " $1[ /]" /proc/self/mounts; then fail "something is mounted at or below $1"; fi
  rm -rf -- "$1"
}

# Takes a directory away in which nothing is left.
remove_if_empty() {
  if [ "$mode" = apply ] && [ -d "$1" ] && [ -z "$(ls -A -- "$1")" ]; then rmdir -- "$1"; fi
}
