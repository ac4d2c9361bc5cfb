# Runs the SQL on standard input in the server on this machine, $engine, as its administrator; answers without decoration.
sql() {
  case $engine in
    mariadb)
      client=mariadb
      if ! command -v mariadb >/dev/null; then client=mysql; fi
      "$client" --batch --skip-column-names --default-character-set=utf8mb4
      ;;
    postgresql) su -s /bin/sh postgres -c 'cd / && exec psql -qtAX -v ON_ERROR_STOP=1 -d postgres' ;;
  esac
}

# Whether the answer to the query on standard input is another than WANTED. A check takes a server that does not
# answer for one that an earlier item would bring.
sql_differs() {
  if answer=$(sql); then
    [ "$answer" != "$1" ]
    return
  fi
  if [ "$mode" = check ]; then return 0; fi
  fail "the $engine server does not answer"
}
