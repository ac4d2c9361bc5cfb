# Runs the SQL on standard input and answers without decoration: in the $engine server on this machine, as its administrator; or, with
# $hosts, as $user with $password in the first of theirs that takes changes.
sql() {
  case $engine in
    mariadb)
      client=mariadb
      if ! command -v mariadb >/dev/null; then client=mysql; fi
      if [ -z "$hosts" ]; then
        "$client" --batch --skip-column-names --default-character-set=utf8mb4
      else
        MYSQL_PWD=$password "$client" --host="$(mariadb_host)" --port="$port" --user="$user" --batch --skip-column-names --default-character-set=utf8mb4
      fi
      ;;
    postgresql)
      if [ -z "$hosts" ]; then
        su -s /bin/sh postgres -c 'cd / && exec psql -qtAX -v ON_ERROR_STOP=1 -d postgres'
      else
        PGPASSWORD=$password psql -qtAX -v ON_ERROR_STOP=1 \
          "host=$(printf %s "$hosts" | tr ' ' ,) port=$port user=$user dbname=postgres target_session_attrs=read-write connect_timeout=5"
      fi
      ;;
  esac
}

# The first of $hosts that answers; a member of a cluster without a majority does not.
mariadb_host() {
  for host in $hosts; do
    if MYSQL_PWD=$password "$client" --connect-timeout=5 --host="$host" --port="$port" --user="$user" --execute='SELECT 1' >/dev/null 2>&1; then break; fi
  done
  # When none does, the client says of the last why.
  echo "$host"
}

# A standby takes over what its primary is told: there is nothing to do on it, and it could not be done.
not_on_a_standby() {
  if [ "$(echo 'SELECT pg_catalog.pg_is_in_recovery();' | sql)" = t ]; then leave_out 'this server is a standby; it follows its primary'; fi
}

# Whether the answer to the query on standard input is another than WANTED. A check takes a server that does not
# answer for one that an earlier item would bring.
sql_differs() {
  if answer=$(sql); then
    [ "$answer" != "$1" ]
    return
  fi
  if [ "$mode" = check ]; then return 0; fi
  fail "the $engine server${hosts:+ on $hosts} does not answer"
}
