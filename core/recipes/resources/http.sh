# One request with the settings that the function REQUEST writes; the answer goes to "$at.answer". True when it is as expected:
# REQUEST STATUS-PATTERN BODY-PATTERN [BODY-FILE]
requested() {
  if ! command -v curl >/dev/null; then fail 'this needs curl: add `package: curl` before it'; fi
  status=$("$1" | curl -sS --max-time 30 -o "$at.answer" -w '%{http_code}' ${4:+--data-binary "@$4"} -K -) || return 1
  if ! printf %s "$status" | grep -qxE "$2"; then
    echo "status $status:"
    head -c 2000 "$at.answer"
    return 1
  fi
  [ -z "$3" ] || grep -qE -e "$3" "$at.answer"
}

# Asks once a second until the answer is as expected: SECONDS STATUS-PATTERN BODY-PATTERN
ask() {
  status_wanted=$2 body_wanted=$3
  ready() {
    requested request "$status_wanted" "$body_wanted"
  }
  wait_until "$1" 'for the expected answer'
}

# Keeps the answer as a captured value.
keep_answer() {
  cp "$at.answer" "$work/captured.$1"
  echo "$1" >"$at.captured"
}

# Tells it, unless the answer to the first request says that it is so; asks that again before it repeats itself:
# SECONDS STATUS BODY FIRST-STATUS FIRST-BODY
tell() {
  status_wanted=$2 body_wanted=$3 status_first=$4 body_first=$5 body=''
  if [ -e "$at.body" ]; then body=$at.body; fi
  if requested request_first "$4" "$5" >"$at.said" 2>&1; then return 0; fi
  changing "+ $title" || return 0
  ready() {
    requested request "$status_wanted" "$body_wanted" "$body" || requested request_first "$status_first" "$body_first"
  }
  wait_until "$1" 'for the expected answer'
}
