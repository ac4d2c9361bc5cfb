# The real device behind a path, which must be a block device.
device_of() {
  if [ ! -b "$1" ]; then
    if [ "$mode" = check ]; then leave_out "$1 is not there yet"; fi
    fail "$1 is not a block device of this machine"
  fi
  readlink -f -- "$1"
}

# Refuses a device that another role has claimed, and claims it for this one: PATH ROLE
# Claims go by the kernel's device number and are kept with what else outlives a run, so that two roles never take one disk.
claim() {
  claims=$state_folder/claims
  number=$(stat -L -c %t:%T -- "$1")
  if [ -e "$claims/$number" ]; then
    read -r owner path <"$claims/$number"
    if [ "$owner" != "$2" ]; then fail "$1 is claimed by the role $owner (as $path)"; fi
    return 0
  fi
  if [ "$mode" = check ]; then return 0; fi
  (umask 077 && mkdir -p "$claims" && echo "$2 $1" >"$claims/$number")
}

# Gives up this role's claim on a device.
disclaim() {
  number=$(stat -L -c %t:%T -- "$1" 2>/dev/null) || return 0
  rm -f "$state_folder/claims/$number"
}

# What is on a device: the types of the signatures that are found, empty for none.
signatures() {
  wipefs -n -p -- "$1" | sed -n 's/^[^#].*,\([^,]*\)$/\1/p' | sort -u | tr '\n' ' '
}

# Refuses a device that holds something or is in use, unless it may be wiped: PATH WIPE
# In apply mode it is then wiped.
make_blank() {
  if grep -q "^$(readlink -f -- "$1")[ 0-9]" /proc/self/mounts /proc/swaps; then fail "$1 is in use"; fi
  if [ -n "$(ls "/sys/class/block/$(basename "$(readlink -f -- "$1")")/holders" 2>/dev/null)" ]; then fail "$1 is part of another device"; fi
  holds=$(signatures "$1")
  if [ -z "$holds" ]; then return 0; fi
  if [ -z "$2" ]; then fail "$1 holds ${holds% }: say \`wipe: true\` if all on it may be lost"; fi
  changing "- $1: ${holds% }" || return 0
  wipefs -q -a -- "$1"
}
