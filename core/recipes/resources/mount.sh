# Makes the line of fstab(5) whose second (for swap: first) field is KEY this one, or takes it out when LINE is empty: KEY LINE
fstab_entry() {
  if [ ! -e /etc/fstab ] && [ "$mode" = apply ]; then : >/etc/fstab; fi
  key=$1 line=$2 awk '
    !/^[ \t]*#/ && ($2 == ENVIRON["key"] || ($3 == "swap" && $1 == ENVIRON["key"])) {
      if (ENVIRON["line"] == "" || done) next
      done = 1
      fields = split(ENVIRON["line"], wanted, " "); same = (NF == fields)
      for (i = 1; i <= fields; i++) if ($i != wanted[i]) same = 0
      if (same) print; else print ENVIRON["line"]
      next
    }
    { print }
    END { if (ENVIRON["line"] != "" && !done) print ENVIRON["line"] }
  ' /etc/fstab >"$at.new"
  put_edited /etc/fstab
}

# Mounts by fstab what is not mounted; mounts anew what is mounted otherwise than fstab says.
mount_now() {
  if awk -v path="$1" '$2 == path { found = 1 } END { exit !found }' /proc/self/mounts; then
    if [ ! -e "$at.changed" ]; then return 0; fi
    changing "  $1: mounted anew" || return 0
    mount -o remount "$1" || {
      umount "$1"
      mount "$1"
    }
    return 0
  fi
  changing "+ $1: mounted" || return 0
  mkdir -p -- "$1"
  mount "$1"
}

# Unmounts what is mounted.
unmount() {
  if ! awk -v path="$1" '$2 == path { found = 1 } END { exit !found }' /proc/self/mounts; then return 0; fi
  changing "- $1: mounted" || return 0
  umount "$1"
}
