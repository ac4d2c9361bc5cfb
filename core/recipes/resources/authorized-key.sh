# Edits ~/.ssh/authorized_keys: USER present|absent|exclusive, with the lines on standard input. A key counts as there when its
# type and base64 text are, with whatever options and comment; it then gets the line as it is given.
edit_authorized_keys() {
  cat >"$at.keys"
  if ! entry=$(getent passwd "$1"); then
    if [ "$mode" = check ]; then changing "+ authorized keys of $1" || return 0; fi
    fail "there is no user $1"
  fi
  IFS=: read -r _ _ uid gid _ home _ <<END
$entry
END
  file=$home/.ssh/authorized_keys
  # Its owner could point these anywhere.
  if [ -L "$home/.ssh" ] || [ -L "$file" ]; then fail "$file or its directory is a symbolic link"; fi
  if [ ! -f "$file" ] && [ "$2" = absent ]; then return 0; fi
  if [ -f "$file" ]; then cat "$file" >"$at.old"; else : >"$at.old"; fi
  act=$2 keys=$at.keys awk '
    function key_in(text,  words, i, n) {
      n = split(text, words, /[ \t]+/)
      for (i = 1; i < n; i++) if (words[i] ~ /^(ssh|ecdsa|sk)-/ && words[i + 1] ~ /^AAAA/) return words[i] " " words[i + 1]
      return ""
    }
    BEGIN { while ((getline text <ENVIRON["keys"]) > 0) { id = key_in(text); if (!(id in line)) order[++count] = id; line[id] = text } }
    { id = key_in($0) }
    id in line { if (ENVIRON["act"] != "absent" && !(id in done)) { print line[id]; done[id] = 1 }; next }
    id != "" && ENVIRON["act"] == "exclusive" { next }
    { print }
    END { if (ENVIRON["act"] != "absent") for (i = 1; i <= count; i++) if (!(order[i] in done)) print line[order[i]] }
  ' "$at.old" >"$at.new"
  make_directory "$home/.ssh" 700 "$uid" "$gid"
  if [ "$mode" = check ] && [ ! -d "$home/.ssh" ]; then return 0; fi
  replace_with "$at.new" "$file" 600 "$uid" "$gid"
}
