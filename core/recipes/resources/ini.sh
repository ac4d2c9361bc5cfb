# Changes settings of an INI file: PATH SEPARATOR. On standard input a line each: section, key and values, each ended by the
# character 037; no value means that the key goes. A line that already says it stays as it is written.
edit_ini() {
  cat >"$at.wanted"
  separator=$2 wanted=$at.wanted awk '
    function trimmed(text) { sub(/^[ \t]+/, "", text); sub(/[ \t\r]+$/, "", text); return text }
    function put(id,  i) { for (i = found[id] + 1; i <= values[id]; i++) print key_of[id] ENVIRON["separator"] value[id, i]; written[id] = 1 }
    function leave(  i) { for (i = 1; i <= count; i++) if (section_of[ids[i]] == section && !written[ids[i]]) put(ids[i]); printf "%s", blank; blank = "" }
    BEGIN {
      while ((getline text <ENVIRON["wanted"]) > 0) {
        fields = split(text, field, "\037")
        id = field[1] SUBSEP field[2]
        ids[++count] = id; section_of[id] = field[1]; key_of[id] = field[2]; known[id] = 1
        values[id] = fields - 3
        for (i = 1; i <= values[id]; i++) value[id, i] = field[i + 2]
      }
      section = ""
    }
    # Blank lines wait, so that what is added to a section stands before those that end it.
    /^[ \t\r]*$/ { blank = blank $0 "\n"; next }
    /^[ \t]*\[.*\]/ {
      leave()
      section = $0; sub(/^[ \t]*\[/, "", section); sub(/\].*$/, "", section); seen[section] = 1
      print; next
    }
    { printf "%s", blank; blank = "" }
    /^[ \t]*[#;]/ || !/[=:]/ { print; next }
    {
      match($0, /[=:]/)
      id = section SUBSEP trimmed(substr($0, 1, RSTART - 1))
      if (!(id in known)) { print; next }
      found[id]++
      if (found[id] <= values[id] && trimmed(substr($0, RSTART + 1)) == trimmed(value[id, found[id]])) { print; if (found[id] == values[id]) written[id] = 1; next }
      # From here on the rest of the values is written, and further lines of this key are dropped.
      if (!written[id]) { for (i = found[id]; i <= values[id]; i++) print key_of[id] ENVIRON["separator"] value[id, i]; written[id] = 1; found[id] = values[id] + 1 }
    }
    END {
      leave()
      for (i = 1; i <= count; i++) {
        name = section_of[ids[i]]
        if (written[ids[i]] || !values[ids[i]] || name in seen) continue
        seen[name] = 1
        print "\n[" name "]"
        for (j = i; j <= count; j++) if (section_of[ids[j]] == name) put(ids[j])
      }
    }
  ' "$1" >"$at.new"
  put_edited "$1"
}
