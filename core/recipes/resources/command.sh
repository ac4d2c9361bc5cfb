# Goes to the directory in which the item works. A check does not ask for one that an earlier item would make.
enter() {
  if [ "$mode" = check ] && [ ! -d "$1" ]; then
    changing "+ $title"
    exit 0
  fi
  cd "$1"
}

# Keeps what `author_code` writes to standard output as the captured value NAME.
capture() {
  author_code >"$work/captured.$1"
  echo "$1" >"$at.captured"
}

# Runs `author_code`, which has changed something when what it writes matches REGEX; keeps its standard output as NAME, if given.
run_and_look() {
  if [ "$mode" = check ]; then leave_out 'it runs every time, and only then it shows whether it changes something'; fi
  author_code >"$at.stdout" 2>"$at.stderr" || {
    code=$?
    cat "$at.stdout" "$at.stderr"
    exit "$code"
  }
  cat "$at.stderr"
  if [ -n "$2" ]; then
    mv "$at.stdout" "$work/captured.$2"
    echo "$2" >"$at.captured"
    set -- "$1" "$work/captured.$2"
  else
    cat "$at.stdout"
    set -- "$1" "$at.stdout"
  fi
  if cat "$2" "$at.stderr" | grep -qE -e "$1"; then changing "+ $title"; fi
}
