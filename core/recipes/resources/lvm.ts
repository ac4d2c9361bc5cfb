// lvm: a logical volume, with its volume group and the devices below.

import { sh } from '../shell.ts';
import type { Resource } from './resource.ts';
import { device, size, wipe } from './storage.ts';

type Lvm = { lvm: string; devices: string[]; size?: string; wipe: boolean };

const name = '[A-Za-z0-9+_.][A-Za-z0-9+_.-]*';

export const lvm: Resource<Lvm> = {
  key: 'lvm',
  summary: 'A volume group on devices, and a logical volume in it. Grows, never shrinks.',
  properties: {
    lvm: { type: 'string', pattern: `^${name}(/${name})?$`, description: 'group, or group/volume.' },
    devices: { type: 'array', items: device, minItems: 1, description: 'What the group is made of.' },
    size: { ...size, pattern: '^([0-9]+[MGT]|[0-9]+%(FREE|VG))$', description: 'Of the volume: with M, G or T, or as `100%FREE`.' },
    wipe,
  },
  required: ['devices'],
  title: (item) => `lvm ${item.lvm}`,
  code(item, context) {
    const [group, volume] = item.lvm.split('/') as [string, string?];
    if ((volume === undefined) !== (item.size === undefined)) context.problem('A volume has a `size`, a group alone has none.');
    const lines = [sh`keep_volume_group ${group} ${context.role} ${item.wipe ? 'wipe' : ''} ${item.devices}`];
    if (volume !== undefined) lines.push(sh`keep_volume ${group} ${volume} ${item.size}`);
    return lines.join('\n');
  },
};
