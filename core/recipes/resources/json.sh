# Merges the JSON object on standard input into that of a file, and takes out what the jq paths name: PATH DELETIONS
# Needs jq. A file that already says it stays as it is written.
edit_json() {
  cat >"$at.wanted"
  if ! command -v jq >/dev/null; then
    if [ "$mode" = check ]; then leave_out 'there is no jq yet to look into it'; fi
    fail 'this needs jq: add `package: jq` before it'
  fi
  if [ ! -s "$1" ]; then echo '{}' >"$at.old"; else cat "$1" >"$at.old"; fi
  if jq -e --slurpfile wanted "$at.wanted" "(. * \$wanted[0] | del($2)) == ." "$at.old" >/dev/null; then return 0; fi
  jq --slurpfile wanted "$at.wanted" ". * \$wanted[0] | del($2)" "$at.old" >"$at.new"
  replace_with "$at.new" "$1" '' '' ''
}
