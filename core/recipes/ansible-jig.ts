// The ansible jig: a role whose folder holds playbook.yml instead of a recipe. It becomes the same kind of program as a recipe, with the
// same report, but one that runs on the admin node: it lays out the role, what Ansible is told and how it reaches the node, then runs
// the playbook against that node alone. The contract with the playbook: `hosts: all`; it finds `attributes`, `node`, `inputs`, `secrets`,
// `nodes` and `site` as variables; `set_stats` publishes; a command that ends with exit status 75 says not yet.

import { readFileSync } from 'node:fs';
import type { Checked } from '../model/problem.ts';
import type { Reach, SshReach } from '../model/reach.ts';
import type { SecretValue } from '../model/secret.ts';
import { type Compiled, defaultFolders, type Folders, writeProgram } from './program.ts';
import { code, feed, sh } from './shell.ts';

export type PlaybookInput = {
  /** `role on node`, as for recipes. */
  name: string;
  /** `b/roles/x/playbook.yml`, for messages. */
  file: string;
  /** All of the role's folder. */
  files: ReadonlyMap<string, Buffer>;
  /** What the playbook may know. Taken literally: `{{ … }}` in them is just text. */
  variables: Record<string, unknown>;
  /** Those in `variables` that are not for people's eyes. */
  secrets: Record<string, SecretValue>;
  nodeId: string;
  reach: Reach;
  /** Python 3 on the node; words before it are run too (`/usr/bin/env MARK=…`). */
  python: string;
  platform: string;
  mode: 'apply' | 'check';
  /** Time limit; an hour when absent. */
  seconds?: number;
  folders?: Folders;
};

const shipped = (name: string): Buffer => readFileSync(new URL(`./ansible/${name}`, import.meta.url));

export function compilePlaybook(input: PlaybookInput): Checked<Compiled> {
  const { reach } = input;
  const key = reach === 'here' ? {} : { 'the SSH key': reach.privateKey };
  const own: [string, Buffer | string][] = [
    ['ansible.cfg', settings],
    ['inventory.yml', `${JSON.stringify({ all: { hosts: { node: hostVariables(input) } } }, null, 2)}\n`],
    ['variables.yml', `${literally(input.variables)}\n`],
    ['callbacks/prybar.py', shipped('prybar.py')],
    ...(reach === 'here' ? [] : sshFiles(reach)),
  ];
  const files = [
    ...own.map(([name, content]) => [`ansible/${name}`, content] as const),
    ...[...input.files].map(([name, content]) => [`role/${name}`, content] as const),
  ];
  const folders = [...new Set(files.map(([name]) => name.split('/').slice(0, -1).join('/')))].sort();
  const options = input.mode === 'check' ? ['--diff', '--check'] : ['--diff'];
  const lines = [
    // The key and the variables are for root alone.
    'umask 077\nmkdir "$at.folder"\ncd "$at.folder"',
    sh`mkdir -p -- ${folders}`,
    ...files.map(([name, content]) => feed(sh`cat >${code(sh`./${name}`)}`, content)),
    sh`ansible_in ansible ../role ${options}`,
  ];
  const inOwnFolder = { ...defaultFolders, run: `${defaultFolders.run}/playbook-on-${input.nodeId}` };
  return writeProgram({ folders: reach === 'here' ? defaultFolders : inOwnFolder, ...input, secrets: { ...input.secrets, ...key } }, [
    {
      index: 1,
      name: 'playbook',
      where: { file: input.file, line: 1 },
      seconds: input.seconds ?? 3600,
      notifies: [],
      code: lines.join('\n'),
      runBy: 'playbook',
    },
  ]);
}

const settings = `[defaults]
inventory = inventory.yml
stdout_callback = prybar
callback_plugins = callbacks
local_tmp = tmp
# Gone after a reboot, and for root only, as what our own programs need.
remote_tmp = /run/prybar/ansible
retry_files_enabled = False
nocows = True
nocolor = True
[inventory]
enable_plugins = yaml
[ssh_connection]
pipelining = True
ssh_args = -F ssh_config
`;

function hostVariables({ reach, python }: PlaybookInput): Record<string, string> {
  return { ansible_connection: reach === 'here' ? 'local' : 'ssh', ansible_python_interpreter: python };
}

function sshFiles(reach: SshReach): [string, Buffer | string][] {
  const { host, port, hostKey, privateKey, inside } = reach;
  const [type, bytes] = hostKey.trim().split(/\s+/);
  const connect = [...inside, 'python3', 'connect.py', host, String(port)].join(' ');
  return [
    ['key', privateKey],
    ['known_hosts', `node ${type} ${bytes}\n`],
    [
      'ssh_config',
      [
        'Host node',
        `  HostName ${host}`,
        `  Port ${port}`,
        '  User root',
        '  IdentityFile key',
        '  IdentitiesOnly yes',
        '  HostKeyAlias node',
        `  HostKeyAlgorithms ${type === 'ssh-rsa' ? 'rsa-sha2-512,rsa-sha2-256' : type}`,
        '  UserKnownHostsFile known_hosts',
        '  GlobalKnownHostsFile /dev/null',
        '  StrictHostKeyChecking yes',
        '  PasswordAuthentication no',
        '  ServerAliveInterval 5',
        '  ControlMaster auto',
        '  ControlPath mux',
        '  ControlPersist 15',
        ...(inside.length ? [`  ProxyCommand ${connect}`, '  ProxyUseFdpass yes'] : []),
        '',
      ].join('\n'),
    ],
    ...(inside.length ? [['connect.py', shipped('connect.py')] as [string, Buffer]] : []),
  ];
}

/** YAML in which each text is marked `!unsafe`, so that nobody's value is taken for a template and run here. */
function literally(value: unknown): string {
  if (typeof value === 'string') return `!unsafe ${JSON.stringify(value)}`;
  if (Array.isArray(value)) return `[${value.map(literally).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return `{${entries.map(([name, part]) => `${JSON.stringify(name)}: ${literally(part)}`).join(', ')}}`;
}
