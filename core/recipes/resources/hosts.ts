// hosts: names of machines in /etc/hosts, in a block of their own.

import { blockCode } from './block.ts';
import { presence, type Resource } from './resource.ts';

type Hosts = { hosts: Record<string, string | string[]>; name?: string; state: 'present' | 'absent' };

const names = { type: 'string', pattern: '^[A-Za-z0-9._-]+( +[A-Za-z0-9._-]+)*$' };

export const hosts: Resource<Hosts> = {
  key: 'hosts',
  summary: 'Names of machines in /etc/hosts; what others wrote there stays.',
  properties: {
    hosts: {
      type: 'object',
      propertyNames: { pattern: '^[0-9A-Fa-f:.]+$' },
      additionalProperties: { ...names, type: ['string', 'array'], items: names },
      description: 'Address → names, the full one first.',
    },
    name: { type: 'string', pattern: '^[A-Za-z0-9 ._-]+$', description: 'Tells the entries of several items apart; the role’s name when absent.' },
    state: presence,
  },
  title: (item) => `hosts ${Object.keys(item.hosts).length} addresses`,
  code(item, context) {
    const lines = Object.entries(item.hosts).map(([address, known]) => `${address} ${Array.isArray(known) ? known.join(' ') : known}\n`);
    return blockCode('/etc/hosts', item.name ?? context.role, lines.join(''), { comment: '#', create: true, state: item.state }, context);
  },
};
