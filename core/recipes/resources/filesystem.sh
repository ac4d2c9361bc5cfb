# Makes sure of a file system: DEVICE TYPE LABEL ROLE WIPE MKFS-OPTIONS...
keep_filesystem() {
  real=$(device_of "$1")
  if [ -z "$real" ]; then exit 0; fi
  device=$1 type=$2 label=$3 role=$4 wipe=$5
  shift 5
  claim "$device" "$role"
  if [ "$(blkid -p -s TYPE -o value -- "$real")" = "$type" ]; then return 0; fi
  make_blank "$device" "$wipe"
  changing "+ $device: $type" || return 0
  case $type in
    vfat) mkfs.vfat ${label:+-n "$label"} "$@" "$real" ;;
    ext4) mkfs.ext4 -q ${label:+-L "$label"} "$@" "$real" ;;
    *) "mkfs.$type" -q ${label:+-L "$label"} "$@" "$real" ;;
  esac
}
