# Makes sure of an account: NAME GROUPS (with commas), and $uid $main_group $home $shell $comment $system $create_home $exclusive around it
keep_user() {
  if ! entry=$(getent passwd "$1"); then
    changing "+ user $1" || return 0
    own_group=--user-group
    if [ -n "$main_group" ]; then own_group=''; fi
    make_home=--no-create-home
    if [ -n "$create_home" ]; then make_home=--create-home; fi
    useradd "$make_home" ${own_group:+"$own_group"} ${system:+--system} ${uid:+--uid "$uid"} ${main_group:+--gid "$main_group"} \
      ${home:+--home-dir "$home"} ${shell:+--shell "$shell"} ${comment:+--comment "$comment"} ${2:+--groups "$2"} -- "$1"
    return 0
  fi
  IFS=: read -r _ _ is_uid _ is_comment is_home is_shell <<END
$entry
END
  alter_user "$1" --uid "$is_uid" "$uid"
  alter_user "$1" --gid "$(id -gn "$1")" "$main_group"
  alter_user "$1" --comment "$is_comment" "$comment"
  alter_user "$1" --home "$is_home" "$home"
  alter_user "$1" --shell "$is_shell" "$shell"
  for group in $(echo "$2" | tr , ' '); do
    case " $(id -Gn "$1") " in
      *" $group "*) ;;
      *) if changing "+ user $1: in group $group"; then usermod --append --groups "$group" "$1"; fi ;;
    esac
  done
  if [ -z "$exclusive" ]; then return 0; fi
  for group in $(id -Gn "$1"); do
    if [ "$group" = "$(id -gn "$1")" ]; then continue; fi
    case ",$2," in
      *",$group,"*) ;;
      *) if changing "- user $1: in group $group"; then gpasswd --delete "$1" "$group" >/dev/null; fi ;;
    esac
  done
}

# NAME OPTION IS WANTED, where an empty WANTED leaves it as it is
alter_user() {
  if [ -z "$4" ] || [ "$3" = "$4" ]; then return 0; fi
  changing "- user $1: ${2#--} $3" "+ user $1: ${2#--} $4" || return 0
  usermod "$2" "$4" "$1"
}

# Gives an account the password hash on standard input.
keep_password() {
  read -r hash
  if is=$(getent shadow "$1" | cut -d : -f 2) && [ "$is" = "$hash" ]; then return 0; fi
  changing "- user $1: password" "+ user $1: password (not shown)" || return 0
  printf '%s:%s\n' "$1" "$hash" | chpasswd -e
}

# Takes an account away: NAME HOME-TOO
remove_user() {
  if ! getent passwd "$1" >/dev/null; then return 0; fi
  changing "- user $1" || return 0
  userdel ${2:+--remove} "$1"
}
