# Makes sure that a directory holds what an archive does: PATH SHA256 tar|zip STRIP MODE OWNER GROUP URL...
# The digest is kept beside the content, in .prybar-archive; a directory without it is somebody else's.
keep_archive() {
  is=''
  if [ -e "$1/.prybar-archive" ]; then read -r is <"$1/.prybar-archive"; fi
  if [ "$is" = "$2" ]; then
    permit "$1" "$5" "$6" "$7"
    return 0
  fi
  if [ -z "$is" ] && [ -n "$(ls -A -- "$1" 2>/dev/null)" ]; then fail "$1 is not empty and was not unpacked by this"; fi
  changing "+ $1/ (sha256 $2)" || return 0
  target=$1 digest=$2 kind=$3 strip=$4 want_mode=$5 want_owner=$6 want_group=$7
  shift 7
  mkdir -p -- "${target%/*}"
  fetch "${target%/*}/.${target##*/}.prybar-archive" "$digest" "$@"
  fresh=${target%/*}/.${target##*/}.prybar-new
  rm -rf -- "$fresh"
  mkdir -- "$fresh"
  case $kind in
    tar) tar -C "$fresh" --strip-components="$strip" --no-same-owner -xf "$fetched" ;;
    zip) unzip -q -d "$fresh" "$fetched" ;;
  esac
  echo "$digest" >"$fresh/.prybar-archive"
  if [ -n "$want_owner$want_group" ]; then chown -R "$want_owner${want_group:+:$want_group}" -- "$fresh"; fi
  if [ -n "$want_mode" ]; then chmod "$want_mode" -- "$fresh"; fi
  if [ -e "$target" ]; then mv -T -- "$target" "$fresh-old"; fi
  mv -T -- "$fresh" "$target"
  rm -rf -- "$fresh-old" "$fetched"
}
