// limits: what users and services started through PAM may use (limits.conf(5)).

import { feed, sh } from '../shell.ts';
import { presence, type Resource } from './resource.ts';

type Limit = { domain: string; type: 'soft' | 'hard' | '-'; item: string; value: string | number };
type Limits = { limits: Limit[]; name?: string; state: 'present' | 'absent' };

const word = { type: 'string', pattern: '^[^\\s#]+$' };

export const limits: Resource<Limits> = {
  key: 'limits',
  summary: 'What users may use: open files, processes, memory (limits.conf(5)).',
  properties: {
    limits: {
      type: 'array',
      description: 'One for each line of limits.conf(5).',
      items: {
        type: 'object',
        properties: {
          domain: { ...word, description: 'User, @group or *.' },
          type: { enum: ['soft', 'hard', '-'], default: '-', description: '`-` sets both.' },
          item: { ...word, description: 'nofile, nproc, memlock, …' },
          value: { ...word, type: ['string', 'integer'], description: 'A number, or `unlimited`.' },
        },
        required: ['domain', 'item', 'value'],
        additionalProperties: false,
      },
    },
    name: { type: 'string', pattern: '^[A-Za-z0-9_-]+$', description: 'Of the file in /etc/security/limits.d; the role’s when absent.' },
    state: presence,
  },
  title: (item) => `limits ${[...new Set(item.limits.map((limit) => limit.domain))].join(', ')}`,
  code(item, context) {
    const file = `/etc/security/limits.d/60-${item.name ?? context.role}.conf`;
    if (item.state === 'absent') return sh`remove_file ${file}`;
    const lines = item.limits.map((limit) => `${limit.domain} ${limit.type} ${limit.item} ${limit.value}\n`);
    return feed(sh`put ${file} 644 0 0`, lines.join(''));
  },
};
