// group: a group of users.

import { sh } from '../shell.ts';
import { account, presence, type Resource } from './resource.ts';

type Group = { group: string; gid?: number; system: boolean; state: 'present' | 'absent' };

export const group: Resource<Group> = {
  key: 'group',
  summary: 'A group of users.',
  properties: {
    group: { ...account, description: 'Its name.' },
    gid: { type: 'integer', minimum: 0, description: 'Its number; any when absent.' },
    system: { type: 'boolean', default: false, description: 'A number from the range for services.' },
    state: presence,
  },
  title: (item) => `group ${item.group}`,
  code: (item) => (item.state === 'absent' ? sh`remove_group ${item.group}` : sh`keep_group ${item.group} ${item.gid} ${item.system ? 'system' : ''}`),
};
