# Makes sure of a volume group with these devices in it: GROUP ROLE WIPE DEVICE...
keep_volume_group() {
  group=$1 role=$2 wipe=$3
  shift 3
  for path in "$@"; do
    real=$(device_of "$path")
    if [ -z "$real" ]; then exit 0; fi
    claim "$path" "$role"
    is=$(pvs --noheadings -o vg_name -- "$real" 2>/dev/null | tr -d ' ') || is=''
    if [ "$is" = "$group" ]; then continue; fi
    if [ -n "$is" ]; then fail "$path is in the volume group $is"; fi
    if [ "$(blkid -p -s TYPE -o value -- "$real")" != LVM2_member ]; then make_blank "$path" "$wipe"; fi
    changing "+ $group: $path" || continue
    if vgs "$group" >/dev/null 2>&1; then vgextend -q -y "$group" "$real"; else vgcreate -q -y "$group" "$real"; fi
  done
}

# Makes sure of a logical volume of at least this size; a file system on it grows with it: GROUP VOLUME SIZE
keep_volume() {
  option=-L
  case $3 in *%*) option=-l ;; esac
  if ! is=$(lvs --noheadings --units b --nosuffix -o lv_size "$1/$2" 2>/dev/null); then
    changing "+ $1/$2: $3" || return 0
    lvcreate -q -y -W y "$option" "$3" -n "$2" "$1"
    return 0
  fi
  # A share was taken when the volume was made; what is free now is for others.
  if [ "$option" = -l ] || [ "${is##* }" -ge "$(bytes_of "$3")" ]; then return 0; fi
  changing "- $1/$2: ${is##* } bytes" "+ $1/$2: $3" || return 0
  lvextend -q -y -r -L "$3" "$1/$2"
}
