# Makes sure of one line: PATH LINE REGEX. The first line that matches becomes it, further ones go; without a match it is appended.
keep_line() {
  # What is there once already, as nearly always, costs one look.
  if [ -z "$3" ] && [ "$(grep -cFx -e "$2" -- "$1")" = 1 ]; then return 0; fi
  if [ -n "$3" ]; then
    found=$(grep -nE -e "$3" -- "$1" | cut -d : -f 1) || :
  else
    found=$(grep -nFx -e "$2" -- "$1" | cut -d : -f 1) || :
  fi
  line=$2 found=$found awk '
    BEGIN { count = split(ENVIRON["found"], number, "\n"); for (i = 1; i <= count; i++) is[number[i]] = i }
    !(NR in is) { print; next }
    is[NR] == 1 { print ENVIRON["line"] }
    END { if (!count) print ENVIRON["line"] }
  ' "$1" >"$at.new"
  put_edited "$1"
}

# Takes out the lines that match, or that are exactly this: PATH LINE REGEX
drop_line() {
  if [ ! -f "$1" ]; then return 0; fi
  if [ -n "$3" ]; then
    grep -vE -e "$3" -- "$1" >"$at.new" || :
  else
    grep -vFx -e "$2" -- "$1" >"$at.new" || :
  fi
  put_edited "$1"
}
