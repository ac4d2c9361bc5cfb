# Puts "$at.new" in the place of PATH with its mode and owner kept, unless they differ in nothing but a newline at the end.
put_edited() {
  awk 1 "$1" >"$at.was"
  if same "$at.was" "$at.new"; then return 0; fi
  replace_with "$at.new" "$1" '' '' ''
}

# The file that is to be edited must be there; with CREATE (yes) it begins empty: PATH CREATE
# In check mode a missing file is taken for one that an earlier item would bring.
need_file() {
  if [ -f "$1" ]; then return 0; fi
  if [ "$2" = yes ] || [ "$mode" = check ]; then
    changing "+ $1" || exit 0
    : >"$1"
    return 0
  fi
  fail "there is no file $1 to edit"
}
