# A role's playbook, run on this machine against the node: INDEX SECONDS NAME
# Its tasks report themselves through prybar.py; what is said here is what stands around them.
playbook() {
  index=$1 seconds=$2 title=$3 notifies=''
  at=$work/$index
  # Nobody listens any more: the tasks are told too, and stop before the next one.
  trap 'lost=yes ticked=yes; : >"$at.lost"' HUP
  read -r now _ </proc/uptime
  frame begin "$index" "$now" "$title"
  supervise "resource_$index"
  read -r now _ </proc/uptime
  if [ -e "$at.unreachable" ]; then
    read -r reason <"$at.unreachable"
    frame finished lost "$reason"
    lost=yes
  elif [ -n "$lost" ]; then
    return
  elif [ -e "$at.not_yet" ]; then
    read -r not_yet <"$at.not_yet"
    not_yet=${not_yet:-'a task said: not yet (exit status 75)'}
  elif [ "$status" -ne 0 ] || [ -e "$at.failed" ]; then
    # Closes what is still open: the task in hand, or the reading of the playbook.
    frame end "$index" "$now" failed "${reason:-exit status $status}"
    failed=yes
  fi
}

# Ansible with the files of FOLDER, for ROLE-FOLDER/playbook.yml: FOLDER ROLE-FOLDER [OPTIONS...]
ansible_in() {
  cd "$1"
  role=$2
  shift 2
  status=0
  ANSIBLE_CONFIG=$PWD/ansible.cfg PRYBAR_TOKEN=$token PRYBAR_AT=$at HOME=${HOME:-/root} \
    ansible-playbook --extra-vars @variables.yml "$@" "$role/playbook.yml" 2>"$at.complaints" || status=$?
  cat "$at.complaints"
  # A playbook that cannot be read is shown with its lines; the reason stands above them.
  if [ "$status" -ne 0 ]; then sed -n 's/^ERROR! //p' "$at.complaints" | head -n 1 | cut -c 1-300 >"$at.reason"; fi
  # The connection that Ansible keeps for the next task would outlive its key.
  if [ -e ssh_config ]; then ssh -F ssh_config -O exit node 2>/dev/null || true; fi
  return "$status"
}
