# apt-get as programs must call it: asks nothing, keeps changed configuration files, waits for whoever holds the lock.
apt() {
  DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 APT_LISTCHANGES_FRONTEND=none NEEDRESTART_SUSPEND=1 \
    apt-get -y -q -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
    -o Dpkg::Use-Pty=0 -o APT::Install-Recommends="${recommends:-no}" "$@"
}

# Brings apt's lists up to date when there are none, when they are older than a day, or when the sources changed since.
apt_refresh() {
  lists=/var/lib/apt/lists
  if [ -n "$(find "$lists" -maxdepth 1 -name '*_Packages*' 2>/dev/null | head -n 1)" ] &&
    [ -n "$(find "$lists/partial" -maxdepth 0 -mtime -1 2>/dev/null)" ] &&
    [ -z "$(find /etc/apt/sources.list /etc/apt/sources.list.d -newer "$lists/partial" 2>/dev/null | head -n 1)" ]; then
    return 0
  fi
  apt update
}

# One transaction with $tool: install|upgrade|remove|purge NAME...
transact() {
  act=$1
  shift
  case $tool:$act in
    apt:install | apt:upgrade)
      # What a run that was cut off left half done.
      if [ -n "$(ls -A /var/lib/dpkg/updates)" ]; then DEBIAN_FRONTEND=noninteractive dpkg --configure -a --force-confdef --force-confold; fi
      apt_refresh
      answers
      apt --allow-downgrades --allow-change-held-packages install "$@"
      ;;
    apt:*) apt "$act" "$@" ;;
    dnf:remove | dnf:purge) dnf -y -q remove "$@" ;;
    dnf:*) dnf -y -q --setopt=install_weak_deps="${recommends:-no}" "$act" "$@" ;;
    zypper:remove | zypper:purge) zypper -n -q remove "$@" ;;
    zypper:*)
      weak=--no-recommends
      if [ -n "$recommends" ]; then weak=--recommends; fi
      zypper -n -q install "$weak" "$@"
      ;;
  esac
}

# No answers for debconf, unless the item gives some.
answers() {
  return 0
}

# `NAME VERSION` of those that are installed; with `traces` also those whose configuration is left: [traces] NAME...
installed_of() {
  states='i'
  if [ "$1" = traces ]; then
    states='ic'
    shift
  fi
  if [ "$tool" = apt ]; then
    # shellcheck disable=SC2016 # dpkg-query's own format
    dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\n${db:Status-Abbrev} ${Package}:${Architecture} ${Version}\n' -- "$@" 2>/dev/null | sed -n "s/^.[$states]. *//p"
  else
    rpm -q --qf '%{NAME} %{VERSION}-%{RELEASE}\n' "$@" | grep -v ' is not installed$' || :
  fi
}

# Installs in one transaction what is not there in the wanted VERSION (empty for any): VERSION NAME...
install_packages() {
  version=$1 equals='=' missing=''
  shift
  if [ "$tool" = dnf ]; then equals=-; fi
  installed=$(installed_of "$@")
  for name in "$@"; do
    is=$(printf '%s\n' "$installed" | sed -n "s/^$name //p")
    # shellcheck disable=SC2254 # the version may hold a *
    case $is in
      '') printf '%s\n' "+ $name${version:+ $version}" >>"$at.diff" ;;
      ${version:-*}) continue ;;
      *) printf '%s\n' "- $name $is" "+ $name $version" >>"$at.diff" ;;
    esac
    missing="$missing $name${version:+$equals$version}"
  done
  if [ -z "$missing" ]; then return 0; fi
  changing || return 0
  # shellcheck disable=SC2086 # a list of names
  transact install $missing
  installed=$(installed_of "$@")
  for name in "$@"; do
    if ! printf '%s\n' "$installed" | grep -q "^$name "; then fail "$name is not a real package: name the one that provides it"; fi
  done
}

# Installs, or upgrades to the latest there is: NAME...
upgrade_packages() {
  install_packages '' "$@"
  case $tool in
    apt)
      if [ "$mode" = apply ]; then apt_refresh; fi
      newer=$(apt -s install "$@" | sed -n 's/^Inst \([^ ]*\) \[[^]]*\] (\([^ ]*\).*/+ \1 \2/p')
      ;;
    dnf) newer=$(dnf -q check-update "$@" | sed -n 's/^\([^ ]*\)\.[^. ]*  *\([^ ]*\).*/+ \1 \2/p') ;;
    zypper) newer=$(for name in "$@"; do zypper -n -q list-updates | grep -F "| $name " || :; done) ;;
  esac
  if [ -z "$newer" ]; then return 0; fi
  changing "$newer" || return 0
  transact upgrade "$@"
}

# Takes packages away: remove|purge NAME...
remove_packages() {
  act=$1 there=''
  shift
  if [ "$act" = purge ]; then installed=$(installed_of traces "$@"); else installed=$(installed_of "$@"); fi
  for name in "$@"; do
    if printf '%s\n' "$installed" | grep -q "^$name "; then
      there="$there $name"
      printf '%s\n' "- $name" >>"$at.diff"
    fi
  done
  if [ -z "$there" ]; then return 0; fi
  changing || return 0
  # shellcheck disable=SC2086 # a list of names
  transact "$act" $there
}

# Keeps upgrades from touching packages, or no longer: hold|release NAME...
hold_packages() {
  wanted=$1
  shift
  for name in "$@"; do
    held=$(
      case $tool in
        apt) apt-mark showhold "$name" ;;
        dnf) dnf -q versionlock list | grep "^$name-" ;;
        zypper) zypper -n -q locks | grep -F "| $name " ;;
      esac
    ) || held=''
    is=release
    if [ -n "$held" ]; then is=hold; fi
    if [ "$is" = "$wanted" ]; then continue; fi
    changing "- $name: $is" "+ $name: $wanted" || continue
    case $tool:$wanted in
      apt:hold) apt-mark hold "$name" ;;
      apt:release) apt-mark unhold "$name" ;;
      dnf:hold) dnf -y -q versionlock add "$name" ;;
      dnf:release) dnf -y -q versionlock delete "$name" ;;
      zypper:hold) zypper -n -q addlock "$name" ;;
      zypper:release) zypper -n -q removelock "$name" ;;
    esac
  done
}
