# Loads a module that is neither loaded nor built in.
load_module() {
  if [ -d "/sys/module/$(printf %s "$1" | tr - _)" ]; then return 0; fi
  # What is built in and has no parameters has no directory there.
  if modprobe -n -q --show-depends -- "$1" 2>/dev/null | grep -q '^builtin'; then return 0; fi
  changing "+ module $1: loaded" || return 0
  modprobe -- "$1"
}

# Unloads a module that is loaded.
unload_module() {
  if ! grep -q "^$(printf %s "$1" | tr - _) " /proc/modules; then return 0; fi
  changing "- module $1: loaded" || return 0
  modprobe -r -- "$1"
}
