// raid: an array of disks, made by the kernel (md).

import { sh } from '../shell.ts';
import type { Resource } from './resource.ts';
import { device, wipe } from './storage.ts';

type Raid = { raid: string; level: number; devices: string[]; spares: string[]; wipe: boolean };

export const raid: Resource<Raid> = {
  key: 'raid',
  summary: 'An array of disks, made by the kernel. Needs mdadm.',
  properties: {
    raid: { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9_-]{0,31}$', description: 'Its name: /dev/md/<name>.' },
    level: { enum: [0, 1, 4, 5, 6, 10], description: 'Which kind of redundancy.' },
    devices: { type: 'array', items: device, minItems: 2, description: 'The disks in use.' },
    spares: { type: 'array', items: device, default: [], description: 'Disks that wait to replace one that fails.' },
    wipe,
  },
  required: ['level', 'devices'],
  title: (item) => `raid ${item.raid}`,
  code: (item, context) =>
    sh`keep_array ${item.raid} ${item.level} ${item.devices.length} ${item.spares.length || undefined} ${context.role} ${item.wipe ? 'wipe' : ''} ${item.devices} ${item.spares}`,
};
