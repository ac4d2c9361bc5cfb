# Makes sure of a group: NAME GID SYSTEM
keep_group() {
  if entry=$(getent group "$1"); then
    rest=${entry#*:*:}
    is=${rest%%:*}
    if [ -z "$2" ] || [ "$is" = "$2" ]; then return 0; fi
    changing "- group $1: $is" "+ group $1: $2" || return 0
    groupmod -g "$2" "$1"
    return 0
  fi
  changing "+ group $1${2:+: $2}" || return 0
  groupadd ${3:+--system} ${2:+-g "$2"} "$1"
}

# Takes a group away.
remove_group() {
  if ! getent group "$1" >/dev/null; then return 0; fi
  changing "- group $1" || return 0
  groupdel "$1"
}
