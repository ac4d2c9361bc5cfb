# Sets a kernel parameter now, if it is not so: KEY VALUE
set_sysctl() {
  is=$(sysctl -n -- "$1" 2>/dev/null | tr -s ' \t' ' ') || is=''
  if [ -z "$is" ] && [ "$mode" = check ]; then return 0; fi
  if [ "$is" = "$(printf %s "$2" | tr -s ' \t' ' ')" ]; then return 0; fi
  changing "- $1 = $is" "+ $1 = $2" || return 0
  sysctl -q -w -- "$1=$2"
}
