# Runs "$at.script" as USER: USER INTERPRETER... -- ARGUMENTS... It is given to the interpreter, because /run may be mounted noexec.
run_script() {
  as=$1
  shift
  file=$at.script
  if [ -n "$as" ]; then
    folder=$(umask 077 && mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    file=$folder/script
    cp "$at.script" "$file"
    chown -R "$as" "$folder"
  fi
  # The interpreter and its options stand before `--`, the script takes its place.
  count=$#
  for word in "$@"; do
    if [ "$word" = -- ] && [ -n "$file" ]; then
      word=$file file=''
    fi
    set -- "$@" "$word"
  done
  shift "$count"
  if [ -n "$as" ]; then
    # shellcheck disable=SC2016 # the inner shell is to expand it
    su -s /bin/sh "$as" -c 'exec "$0" "$@"' -- "$@"
  else
    "$@"
  fi
}
