# Makes PATH a symbolic link to TARGET; replaces another link, never a file: PATH TARGET
make_link() {
  is=''
  if [ -L "$1" ]; then
    is=$(readlink -- "$1")
    if [ "$is" = "$2" ]; then return 0; fi
    set -- "$1" "$2" "- $1 -> $is"
  elif [ -e "$1" ]; then
    fail "$1 exists and is not a link: remove it first"
  else
    set -- "$1" "$2" ''
  fi
  changing ${3:+"$3"} "+ $1 -> $2" || return 0
  # Over to the new target in one step.
  rm -f -- "$1.prybar-new"
  ln -s -- "$2" "$1.prybar-new"
  mv -fT -- "$1.prybar-new" "$1"
}

# Takes a link away, and only a link.
remove_link() {
  if [ ! -L "$1" ]; then
    if [ -e "$1" ]; then fail "$1 is not a link"; fi
    return 0
  fi
  changing "- $1 -> $(readlink -- "$1")" || return 0
  rm -f -- "$1"
}
