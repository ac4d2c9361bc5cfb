# Services need systemd as the first process (sd_booted(3)); without it systemctl would fail with less clear words.
need_systemd() {
  if [ ! -d /run/systemd/system ]; then fail "this machine was not started with systemd (there is no /run/systemd/system), so it has no services to manage"; fi
}

# Brings a unit to its state: UNIT running|stopped|'' yes|no|'' yes|no|'' restart|reload MARK (state, enabled, masked, on notify)
unit_state() {
  load='' active='' file='' stale='' fragment='' drop_ins=''
  while IFS='=' read -r property value; do
    case $property in
      LoadState) load=$value ;;
      ActiveState) active=$value ;;
      UnitFileState) file=$value ;;
      NeedDaemonReload) stale=$value ;;
      FragmentPath) fragment=$value ;;
      DropInPaths) drop_ins=$value ;;
    esac
  done <<END
$(systemctl show -p LoadState -p ActiveState -p UnitFileState -p NeedDaemonReload -p FragmentPath -p DropInPaths -- "$1")
END
  # systemd itself sees changed files, but not that a new one takes precedence or is added.
  written=/etc/systemd/system/$1
  if [ -f "$written" ] && [ ! -L "$written" ] && [ "$fragment" != "$written" ]; then stale=yes; fi
  if [ -e "$written.d/prybar.conf" ]; then case $drop_ins in *"$written.d/prybar.conf"*) ;; *) stale=yes ;; esac; fi
  if [ "$stale" = yes ] && [ "$mode" = apply ]; then systemctl daemon-reload; fi
  if [ "$load" = not-found ] && [ "$mode" = apply ]; then
    if [ "$2$3" = running ] || [ "$3" = yes ]; then fail "there is no unit $1: install what brings it before this item"; fi
  fi
  unit_masked "$1" "$4" "$file"
  unit_enabled "$1" "$3" "$file"
  case $2:$active in
    running:active | running:activating | running:reloading | :active | :reloading)
      if is_notified "$6"; then unit_acts "$5" "$1" "$6" "  $1 ($5: something it depends on changed)"; fi
      ;;
    running:*) unit_acts start "$1" "$6" "- $1: $active" "+ $1: running" ;;
    stopped:inactive | stopped:failed | :*) ;;
    stopped:*) unit_acts stop "$1" "$6" "- $1: $active" "+ $1: stopped" ;;
  esac
}

# Masks a unit or no longer: UNIT yes|no|'' PRESENT
unit_masked() {
  case $2:$3 in
    yes:masked | yes:masked-runtime | :*) ;;
    yes:*) if changing "- $1: not masked" "+ $1: masked"; then systemctl -q mask -- "$1"; fi ;;
    no:masked) if changing "- $1: masked" "+ $1: not masked"; then systemctl -q unmask -- "$1"; fi ;;
  esac
}

# Whether a unit starts at boot: UNIT yes|no|'' PRESENT. Old init scripts (`generated`) have to be asked about.
unit_enabled() {
  is=$3
  if [ "$is" = generated ]; then is=$(systemctl is-enabled -- "$1" 2>/dev/null) || is=disabled; fi
  case $2:$is in
    yes:enabled | yes:static | yes:alias | yes:indirect | :*) ;;
    yes:*) if changing "- $1: ${is:-not} at boot" "+ $1: enabled at boot"; then systemctl -q enable -- "$1"; fi ;;
    no:enabled | no:enabled-runtime) if changing "- $1: enabled at boot" "+ $1: disabled at boot"; then systemctl -q disable -- "$1"; fi ;;
  esac
}

# start|stop|restart|reload UNIT MARK DIFF...: afterwards nothing is left of earlier notifications.
unit_acts() {
  act=$1 unit=$2 mark=$3
  shift 3
  changing "$@" || {
    : >"$work/handled.$mark"
    return 0
  }
  # Also when it fails: the handler at the end would only fail again.
  : >"$work/handled.$mark"
  if [ "$act" = reload ]; then act=reload-or-restart; fi
  if ! systemctl "$act" -- "$unit"; then
    systemctl status --no-pager --full --lines=20 -- "$unit" || :
    fail "$unit did not $act"
  fi
  if [ -e "$state_folder/notified/$mark" ]; then rm -f "$state_folder/notified/$mark"; fi
}

# What a unit does at the end when it was notified: UNIT restart|reload. One that is stopped stays stopped.
unit_notified() {
  if ! systemctl is-active -q -- "$1"; then return 0; fi
  changing "  $1 ($2: something it depends on changed)" || return 0
  if [ "$2" = reload ]; then set -- "$1" reload-or-restart; fi
  if ! systemctl "$2" -- "$1"; then
    systemctl status --no-pager --full --lines=20 -- "$1" || :
    fail "$1 did not $2"
  fi
}

# Lets systemd forget units whose files are gone.
reload_units() {
  if [ -e "$at.changed" ] && [ "$mode" = apply ]; then systemctl daemon-reload; fi
}
