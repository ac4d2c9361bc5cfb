// link: a symbolic link.

import { sh } from '../shell.ts';
import { absolutePath, presence, type Resource } from './resource.ts';

type Link = { link: string; to?: string; state: 'present' | 'absent' };

export const link: Resource<Link> = {
  key: 'link',
  summary: 'A symbolic link.',
  properties: {
    link: absolutePath,
    to: { type: 'string', minLength: 1, description: 'What it points to, absolute or relative to the directory of the link.' },
    state: presence,
  },
  rules: { anyOf: [{ required: ['to'] }, { properties: { state: { const: 'absent' } }, required: ['state'] }] },
  title: (item) => `link ${item.link}`,
  code: (item) => (item.state === 'absent' ? sh`remove_link ${item.link}` : sh`make_link ${item.link} ${item.to}`),
};
