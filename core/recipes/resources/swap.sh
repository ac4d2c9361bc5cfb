# Whether PATH is swapped to now.
is_swapped_to() {
  grep -q "^$(readlink -f -- "$1")[ 	]" /proc/swaps
}

# PATH SIZE
swap_in_file() {
  if [ -f "$1" ] && [ "$(blkid -p -s TYPE -o value -- "$1")" = swap ] && [ "$(stat -c %s -- "$1")" -eq "$(bytes_of "$2")" ]; then return 0; fi
  changing "+ $1: swap, $2" || return 0
  if is_swapped_to "$1"; then swapoff "$1"; fi
  rm -f -- "$1"
  # Blocks that are really there: swapon(8) refuses files with holes.
  (umask 077 && dd if=/dev/zero of="$1" bs=1048576 count="$(($(bytes_of "$2") / 1048576))" 2>/dev/null)
  mkswap -q "$1" >/dev/null
}

# `512M` in bytes.
bytes_of() {
  number=${1%[MGT]}
  case $1 in
    *M) echo "$((number * 1048576))" ;;
    *G) echo "$((number * 1073741824))" ;;
    *T) echo "$((number * 1099511627776))" ;;
  esac
}

# DEVICE ROLE WIPE
swap_on_device() {
  real=$(device_of "$1")
  if [ -z "$real" ]; then exit 0; fi
  claim "$1" "$2"
  if [ "$(blkid -p -s TYPE -o value -- "$real")" = swap ]; then return 0; fi
  make_blank "$1" "$3"
  changing "+ $1: swap" || return 0
  mkswap -q "$real" >/dev/null
}

# Swaps to PATH now.
swap_now() {
  if is_swapped_to "$1"; then return 0; fi
  changing "+ $1: in use" || return 0
  swapon "$1"
}

# Stops swapping to PATH, and removes it if it is a file.
remove_swap() {
  if is_swapped_to "$1"; then
    if changing "- $1: in use"; then swapoff "$1"; fi
  fi
  if [ -b "$1" ]; then
    if [ "$mode" = apply ]; then disclaim "$1"; fi
    return 0
  fi
  remove_file "$1"
}
