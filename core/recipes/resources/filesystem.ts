// filesystem: a file system on a device.

import { sh } from '../shell.ts';
import type { Resource } from './resource.ts';
import { device, wipe } from './storage.ts';

type Filesystem = { filesystem: string; device: string; label?: string; options: string[]; wipe: boolean };

export const filesystem: Resource<Filesystem> = {
  key: 'filesystem',
  summary: 'A file system on a device. Refuses one that holds data.',
  properties: {
    filesystem: { enum: ['ext4', 'xfs', 'btrfs', 'vfat'], description: 'Its kind.' },
    device,
    label: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,11}$', description: 'Given when it is made.' },
    options: { type: 'array', items: { type: 'string' }, default: [], description: 'For mkfs.' },
    wipe,
  },
  required: ['device'],
  title: (item) => `filesystem ${item.filesystem} on ${item.device}`,
  code: (item, context) => sh`keep_filesystem ${item.device} ${item.filesystem} ${item.label} ${context.role} ${item.wipe ? 'wipe' : ''} ${item.options}`,
};
