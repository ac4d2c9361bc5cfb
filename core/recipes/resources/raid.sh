# Makes sure of an array: NAME LEVEL DEVICES SPARES ROLE WIPE DEVICE...
# It is known by its name in the superblock of its first disk, so that a renumbered one is still the same.
keep_array() {
  array=$1 level=$2 count=$3 spares=$4 role=$5 wipe=$6
  shift 6
  for path in "$@"; do
    real=$(device_of "$path")
    if [ -z "$real" ]; then exit 0; fi
    claim "$path" "$role"
  done
  is=$(mdadm --examine --export "$1" 2>/dev/null | sed -n 's/^MD_NAME=\([^:]*:\)\{0,1\}//p') || is=''
  if [ "$is" = "$array" ]; then
    if [ -e "/dev/md/$array" ]; then return 0; fi
    changing "+ /dev/md/$array: assembled" || return 0
    mdadm --assemble --quiet "/dev/md/$array" "$@"
    return 0
  fi
  for path in "$@"; do make_blank "$path" "$wipe"; done
  changing "+ /dev/md/$array: RAID $level of $*" || return 0
  mdadm --create "/dev/md/$array" --quiet --run --homehost=any --metadata=1.2 --name="$array" --level="$level" --raid-devices="$count" ${spares:+--spare-devices="$spares"} "$@"
  conf=/etc/mdadm.conf
  if [ -d /etc/mdadm ]; then conf=/etc/mdadm/mdadm.conf; fi
  if ! grep -qs "/dev/md/$array " "$conf"; then mdadm --detail --brief "/dev/md/$array" >>"$conf"; fi
  if command -v update-initramfs >/dev/null; then update-initramfs -u; fi
}
