# Asks `ready` once a second until it succeeds: SECONDS WHAT
wait_until() {
  read -r now _ </proc/uptime
  end=$((${now%.*} + $1))
  until ready >"$at.said" 2>&1; do
    if [ "$mode" = check ] && [ -z "${probing-}" ]; then leave_out "waits up to $1 s $2"; fi
    read -r now _ </proc/uptime
    if [ "${now%.*}" -ge "$end" ]; then
      cat "$at.said"
      fail "waited $1 s $2"
    fi
    sleep 1
  done
}

# Whether a program on this machine listens on TCP port PORT (proc_net(5): state 0A is LISTEN).
port_is_open() {
  grep -qhiE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") [0-9A-F]+:0000 0A " /proc/net/tcp /proc/net/tcp6
}

# Whether another machine accepts connections: HOST PORT
port_answers() {
  if command -v nc >/dev/null; then
    nc -z -w 3 "$1" "$2"
  elif command -v bash >/dev/null; then
    # shellcheck disable=SC2016 # for bash to expand
    timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2"
  else
    fail 'this needs nc or bash: add one of them with a `package` item'
  fi
}

# Whether a URL answers with a status below 400.
url_answers() {
  if command -v curl >/dev/null; then
    curl -fsS -o /dev/null --max-time 10 -- "$1"
  elif command -v wget >/dev/null; then
    wget -q -O /dev/null -T 10 -- "$1"
  else
    fail 'this needs curl or wget: add one of them with a `package` item'
  fi
}
