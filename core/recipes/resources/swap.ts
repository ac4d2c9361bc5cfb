// swap: room to swap to, in a file or on a device, now and at boot.

import { sh } from '../shell.ts';
import { absolutePath, presence, type Resource } from './resource.ts';
import { size, wipe } from './storage.ts';

type Swap = { swap: string; size?: string; wipe: boolean; state: 'present' | 'absent' };

export const swap: Resource<Swap> = {
  key: 'swap',
  summary: 'Room to swap to, now and at boot.',
  properties: {
    swap: { ...absolutePath, pattern: '^/[^\\s\\\\]*[^\\s\\\\/]$', description: 'A file, which is made with `size`; or a device below /dev.' },
    size,
    wipe,
    state: presence,
  },
  title: (item) => `swap ${item.swap}`,
  code(item, context) {
    const isDevice = item.swap.startsWith('/dev/');
    if (item.state === 'present' && isDevice === (item.size !== undefined))
      context.problem(isDevice ? 'A device has its size.' : 'A swap file needs a `size`.');
    if (item.state === 'absent') return sh`fstab_entry ${item.swap} ''\nremove_swap ${item.swap}`;
    const make = isDevice ? sh`swap_on_device ${item.swap} ${context.role} ${item.wipe ? 'wipe' : ''}` : sh`swap_in_file ${item.swap} ${item.size}`;
    return [make, sh`fstab_entry ${item.swap} ${`${item.swap} none swap sw 0 0`}`, sh`swap_now ${item.swap}`].join('\n');
  },
};
