# rabbitmqctl, saying no more than it must. A check takes a server that does not answer for one that an earlier item would bring.
rabbitmq() {
  rabbitmqctl --quiet "$@"
}

# What the server answers; in check mode nothing, when it does not.
rabbitmq_says() {
  rabbitmq "$@" || {
    if [ "$mode" = check ]; then return 0; fi
    fail "rabbitmqctl $1 failed"
  }
}

# Makes sure of a virtual host: NAME QUEUE-TYPE, which may be empty.
keep_vhost() {
  vhosts=$(rabbitmq_says list_vhosts --no-table-headers name)
  if printf '%s\n' "$vhosts" | grep -qFx -e "$1"; then return 0; fi
  changing "+ virtual host $1" || return 0
  rabbitmq add_vhost "$1" ${2:+--default-queue-type "$2"}
}

# Makes sure of an account with the password on standard input.
keep_queue_user() {
  read -r password
  users=$(rabbitmq_says list_users --no-table-headers)
  if ! printf '%s\n' "$users" | cut -f 1 | grep -qFx -e "$1"; then
    changing "+ queue user $1" || return 0
    printf '%s\n' "$password" | rabbitmq add_user "$1"
    return 0
  fi
  if printf '%s\n' "$password" | rabbitmq authenticate_user "$1" >/dev/null 2>&1; then return 0; fi
  changing "  queue user $1: password (not shown)" || return 0
  printf '%s\n' "$password" | rabbitmq change_password "$1"
}

# NAME TAGS-AS-SHOWN TAG...
tag_queue_user() {
  name=$1 wanted="[$2]"
  shift 2
  users=$(rabbitmq_says list_users --no-table-headers)
  is=$(printf '%s\n' "$users" | awk -F '\t' -v name="$name" '$1 == name { print $2 }')
  if [ "$is" = "$wanted" ]; then return 0; fi
  changing "  queue user $name: tags $wanted" || return 0
  rabbitmq set_user_tags "$name" "$@"
}

# NAME VHOST CONFIGURE WRITE READ
permit_queue_user() {
  permissions=$(rabbitmq_says list_permissions --no-table-headers -p "$2")
  is=$(printf '%s\n' "$permissions" | awk -F '\t' -v name="$1" '$1 == name { print $2 " " $3 " " $4 }')
  if [ "$is" = "$3 $4 $5" ]; then return 0; fi
  changing "  queue user $1 in $2: configure $3, write $4, read $5" || return 0
  rabbitmq set_permissions -p "$2" "$1" "$3" "$4" "$5"
}

# Takes an account away.
remove_queue_user() {
  users=$(rabbitmq_says list_users --no-table-headers)
  if ! printf '%s\n' "$users" | cut -f 1 | grep -qFx -e "$1"; then return 0; fi
  changing "- queue user $1" || return 0
  rabbitmq delete_user "$1"
}
