// sysctl: settings of the kernel, now and at boot.

import { feed, sh } from '../shell.ts';
import type { Resource } from './resource.ts';

type Sysctl = { sysctl: Record<string, string | number>; name?: string; state: 'present' | 'absent' };

export const sysctl: Resource<Sysctl> = {
  key: 'sysctl',
  summary: 'Settings of the kernel, now and at boot.',
  properties: {
    sysctl: {
      type: 'object',
      minProperties: 1,
      propertyNames: { pattern: '^[a-z][A-Za-z0-9._/*-]*$' },
      additionalProperties: { type: ['string', 'integer'], pattern: '^[^\\n]+$' },
      description: 'Key → value: { net.ipv4.ip_forward: 1 }.',
    },
    name: { type: 'string', pattern: '^[A-Za-z0-9_-]+$', description: 'Of the file in /etc/sysctl.d, when a role has several; the role’s when absent.' },
    state: { enum: ['present', 'absent'], default: 'present', description: '`absent` removes the file; what it set stays set until the next boot.' },
  },
  title: (item) => `sysctl ${Object.keys(item.sysctl).join(', ')}`,
  code(item, context) {
    const file = `/etc/sysctl.d/60-${item.name ?? context.role}.conf`;
    if (item.state === 'absent') return sh`remove_file ${file}`;
    const settings = Object.entries(item.sysctl);
    return [
      'make_directory /etc/sysctl.d',
      feed(sh`put ${file} 644 0 0`, `${settings.map(([key, value]) => `${key} = ${value}`).join('\n')}\n`),
      ...settings.map(([key, value]) => sh`set_sysctl ${key} ${value}`),
    ].join('\n');
  },
};
