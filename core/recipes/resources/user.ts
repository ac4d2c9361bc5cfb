// user: an account of the machine.

import { feed, sh } from '../shell.ts';
import { absolutePath, account, presence, type Resource } from './resource.ts';

type User = {
  user: string;
  uid?: number;
  group?: string;
  groups?: string[];
  exclusive: boolean;
  home?: string;
  createHome?: boolean;
  shell?: string;
  comment?: string;
  system: boolean;
  passwordHash?: string;
  state: 'present' | 'absent';
  removeHome: boolean;
};

export const user: Resource<User> = {
  key: 'user',
  summary: 'An account of the machine.',
  properties: {
    user: { ...account, description: 'Its name.' },
    uid: { type: 'integer', minimum: 0, description: 'Its number; any when absent.' },
    group: { ...account, description: 'Its main group; one of its own name when absent.' },
    groups: { type: 'array', items: account, description: 'Further groups it is in. Others it is in already are left.' },
    exclusive: { type: 'boolean', default: false, description: 'With `groups`: these and no others.' },
    home: absolutePath,
    createHome: { type: 'boolean', description: 'Make the home directory; so by default, except for system users.' },
    shell: absolutePath,
    comment: { type: 'string', pattern: '^[^:\\n]*$', description: 'Who or what it is for.' },
    system: { type: 'boolean', default: false, description: 'A number from the range for services, no password, no expiry.' },
    passwordHash: { type: 'string', pattern: '^[^:\\n]+$', description: 'As crypt(5) writes it; `!` locks the password.' },
    state: presence,
    removeHome: { type: 'boolean', default: false, description: 'With `state: absent`: its home and mail too.' },
  },
  title: (item) => `user ${item.user}`,
  code(item) {
    if (item.state === 'absent') return sh`remove_user ${item.user} ${item.removeHome ? 'yes' : ''}`;
    const lines = [
      sh`uid=${item.uid} main_group=${item.group} home=${item.home} shell=${item.shell} comment=${item.comment} system=${item.system ? 'yes' : ''} create_home=${(item.createHome ?? !item.system) ? 'yes' : ''} exclusive=${item.exclusive ? 'yes' : ''}`,
      sh`keep_user ${item.user} ${(item.groups ?? []).join(',')}`,
    ];
    if (item.passwordHash) lines.push(feed(sh`keep_password ${item.user}`, `${item.passwordHash}\n`));
    return lines.join('\n');
  },
};
