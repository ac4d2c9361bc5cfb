# Makes sure that PATH has this digest, by fetching it if need be: PATH SHA256 MODE OWNER GROUP URL...
keep_download() {
  if has_digest "$1" "$2"; then
    permit "$1" "$3" "$4" "$5"
    return 0
  fi
  changing "+ $1 (sha256 $2)" || return 0
  target=$1 digest=$2 want_mode=$3 want_owner=$4 want_group=$5
  shift 5
  if [ ! -d "${target%/*}/" ]; then fail "the directory ${target%/*} does not exist: put a \`directory\` item before this one"; fi
  fetch "${target%/*}/.${target##*/}.prybar-new" "$digest" "$@"
  chown "${want_owner:-0}:${want_group:-0}" -- "$fetched"
  chmod "${want_mode:-644}" -- "$fetched"
  mv -f -- "$fetched" "$target"
}

# Whether PATH is a file with this SHA256.
has_digest() {
  [ -f "$1" ] && [ "$(sha256sum <"$1" | cut -d ' ' -f 1)" = "$2" ]
}

# Fetches to PATH, from the first URL that has what has this digest: PATH SHA256 URL...
fetch() {
  fetched=$1 digest=$2
  shift 2
  for url in "$@"; do
    rm -f -- "$fetched"
    (umask 077 && get "$url" "$fetched") || continue
    if has_digest "$fetched" "$digest"; then return 0; fi
    echo "$url has sha256 $(sha256sum <"$fetched" | cut -d ' ' -f 1) instead of $digest" >&2
  done
  rm -f -- "$fetched"
  fail "could not fetch what has sha256 $digest from $*"
}

# URL PATH
get() {
  if command -v curl >/dev/null; then
    curl -fsSL --retry 3 --connect-timeout 10 -o "$2" -- "$1"
  elif command -v wget >/dev/null; then
    wget -q -T 30 -O "$2" -- "$1"
  else
    fail 'this needs curl or wget: add one of them with a `package` item'
  fi
}
