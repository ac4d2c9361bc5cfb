// The same 20 resources for each of the three that are compared: 3 directories, 10 files from templates, 3 edited lines, 3 links, a guarded
// command. Each machine has a folder of its own for them.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Endpoint } from './converge.ts';

export const RECIPE = `
- directory: "{{ attributes.folder }}/{{ item }}"
  for: [conf, data, links]
- file: "{{ attributes.folder }}/conf/app-{{ item }}.conf"
  for: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
  content: "name = {{ node.name }}\\nnumber = {{ item }}\\n"
  mode: "0644"
- line: "{{ item }} = on"
  file: "{{ attributes.folder }}/conf/app-0.flags"
  create: true
  for: [red, green, blue]
- link: "{{ attributes.folder }}/links/{{ item }}"
  to: "{{ attributes.folder }}/conf/app-{{ item }}.conf"
  for: [1, 2]
- link: "{{ attributes.folder }}/links/flags"
  to: "{{ attributes.folder }}/conf/app-0.flags"
- command: echo made >{{ attributes.folder }}/data/made
  creates: "{{ attributes.folder }}/data/made"
`;

const PLAYBOOK = `
- hosts: all
  gather_facts: false
  tasks:
${['conf', 'data', 'links'].map((name) => `    - file: { path: "{{ folder }}/${name}", state: directory }`).join('\n')}
${Array.from({ length: 10 }, (_, i) => `    - copy: { content: "name = {{ inventory_hostname }}\\nnumber = ${i}\\n", dest: "{{ folder }}/conf/app-${i}.conf", mode: "0644" }`).join('\n')}
${['red', 'green', 'blue'].map((name) => `    - lineinfile: { path: "{{ folder }}/conf/app-0.flags", line: "${name} = on", create: true }`).join('\n')}
${[1, 2].map((i) => `    - file: { path: "{{ folder }}/links/${i}", src: "{{ folder }}/conf/app-${i}.conf", state: link }`).join('\n')}
    - file: { path: "{{ folder }}/links/flags", src: "{{ folder }}/conf/app-0.flags", state: link }
    - shell: { cmd: "echo made >{{ folder }}/data/made", creates: "{{ folder }}/data/made" }
`;

/** Writes what Ansible needs into `home`; the command, tuned as far as its manual goes: pipelining, kept connections, no facts. */
export function ansibleFiles(home: string, endpoints: Endpoint[], keys: string[], atOnce: number): { argv: string[]; environment: Record<string, string> } {
  const hosts = Object.fromEntries(
    endpoints.map(({ name, host, port, folder }) => [
      name,
      {
        ansible_host: host,
        ansible_port: port,
        ansible_ssh_private_key_file: keyOf(endpoints, keys, port),
        folder,
        ansible_python_interpreter: '/usr/bin/python3',
      },
    ]),
  );
  const inventory = path.join(home, 'inventory.yml');
  const playbook = path.join(home, 'playbook.yml');
  writeFileSync(inventory, JSON.stringify({ all: { vars: { ansible_user: 'root' }, hosts } }));
  writeFileSync(playbook, PLAYBOOK);
  return {
    argv: ['ansible-playbook', '-i', inventory, '--forks', String(atOnce), playbook],
    environment: {
      HOME: home,
      ANSIBLE_PIPELINING: 'True',
      ANSIBLE_HOST_KEY_CHECKING: 'False',
      ANSIBLE_SSH_ARGS: '-F /dev/null -o ControlMaster=auto -o ControlPersist=20s -o UserKnownHostsFile=/dev/null',
      // A socket's name has at most 108 characters. Ansible formats it once before ssh does.
      ANSIBLE_SSH_CONTROL_PATH: path.join(home, '%%h'),
      ANSIBLE_NOCOLOR: 'True',
    },
  };
}

export const pyinfraInventory = (endpoints: Endpoint[], keys: string[]): string =>
  `machines = ${JSON.stringify(
    endpoints.map(({ name, host, port, folder }) => [
      name,
      {
        ssh_hostname: host,
        ssh_port: port,
        ssh_user: 'root',
        ssh_key: keyOf(endpoints, keys, port),
        ssh_strict_host_key_checking: 'no',
        folder,
        node_name: name,
      },
    ]),
  )
    .replaceAll('[', '(')
    .replaceAll(']', ')')
    .replace(/^\(/, '[')
    .replace(/\)$/, ']')}\n`;

export const PYINFRA_DEPLOY = `
from io import StringIO
from pyinfra import host
from pyinfra.operations import files, server

folder = host.data.folder
for name in ("conf", "data", "links"):
    files.directory(path=f"{folder}/{name}")
for i in range(10):
    files.put(src=StringIO(f"name = {host.data.node_name}\\nnumber = {i}\\n"), dest=f"{folder}/conf/app-{i}.conf", mode="644")
for name in ("red", "green", "blue"):
    files.line(path=f"{folder}/conf/app-0.flags", line=f"{name} = on")
for i in (1, 2):
    files.link(path=f"{folder}/links/{i}", target=f"{folder}/conf/app-{i}.conf")
files.link(path=f"{folder}/links/flags", target=f"{folder}/conf/app-0.flags")
server.shell(commands=[f"[ -e {folder}/data/made ] || echo made >{folder}/data/made"])
`;

// Keys are in the order of the servers, endpoints grouped by server.
const keyOf = (endpoints: Endpoint[], keys: string[], port: number): string => keys[[...new Set(endpoints.map((endpoint) => endpoint.port))].indexOf(port)]!;
