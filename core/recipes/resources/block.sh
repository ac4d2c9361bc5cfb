# Makes sure that PATH holds the lines on standard input between two marks, at its end if they are not there yet: PATH BEGIN END
keep_block() {
  cat >"$at.block"
  begin=$2 end=$3 block=$at.block awk '
    function put(  text) { while ((getline text <ENVIRON["block"]) > 0) print text; done = 1 }
    $0 == ENVIRON["begin"] && !done { print; put(); inside = 1; next }
    inside && $0 == ENVIRON["end"] { inside = 0 }
    !inside { print }
    END { if (!done) { print ENVIRON["begin"]; put(); print ENVIRON["end"] } else if (inside) print ENVIRON["end"] }
  ' "$1" >"$at.new"
  put_edited "$1"
}

# Takes the lines out, and the marks around them: PATH BEGIN END
drop_block() {
  if [ ! -f "$1" ]; then return 0; fi
  begin=$2 end=$3 awk '
    $0 == ENVIRON["begin"] { inside = 1; next }
    inside && $0 == ENVIRON["end"] { inside = 0; next }
    !inside { print }
  ' "$1" >"$at.new"
  put_edited "$1"
}
