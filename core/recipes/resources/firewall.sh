# Brings the rules in a file into the kernel, when the files changed or the kernel's are not those that were loaded last.
load_firewall() {
  if ! command -v nft >/dev/null; then
    if [ "$mode" = check ]; then return 0; fi
    fail 'this needs nft: add `package: nftables` before it'
  fi
  loaded=$state_folder/firewall
  if [ ! -e "$at.changed" ] && [ -e "$loaded" ] && nft -s list table inet prybar 2>/dev/null | cmp -s - "$loaded"; then return 0; fi
  changing "  firewall: rules loaded" || return 0
  nft -f "$1"
  nft -s list table inet prybar >"$loaded"
}

# Has the rules loaded at boot, where systemd boots.
enable_firewall() {
  if [ ! -d /run/systemd/system ] || systemctl is-enabled -q prybar-firewall.service 2>/dev/null; then return 0; fi
  changing "+ prybar-firewall.service: enabled at boot" || return 0
  systemctl daemon-reload
  systemctl -q enable prybar-firewall.service
}
