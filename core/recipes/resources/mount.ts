// mount: something mounted, now and at boot.

import { sh } from '../shell.ts';
import { absolutePath, type Resource } from './resource.ts';

type Mount = { mount: string; device?: string; type: string; options: string; state: 'mounted' | 'unmounted' | 'absent' };

const word = '^[^\\s\\\\]+$';

export const mount: Resource<Mount> = {
  key: 'mount',
  summary: 'Something mounted, now and at boot.',
  properties: {
    mount: { ...absolutePath, pattern: '^/[^\\s\\\\]*[^\\s\\\\/]$', description: 'The directory it is mounted on; made if need be.' },
    device: { type: 'string', pattern: word, description: 'What is mounted: /dev/disk/by-id/…, UUID=…, host:/path, tmpfs.' },
    type: { type: 'string', pattern: word, default: 'auto', description: 'Kind of file system.' },
    options: { type: 'string', pattern: word, default: 'defaults', description: 'As in fstab(5).' },
    state: { enum: ['mounted', 'unmounted', 'absent'], default: 'mounted', description: '`unmounted`: in fstab only; `absent`: not there either.' },
  },
  rules: { anyOf: [{ required: ['device'] }, { properties: { state: { const: 'absent' } }, required: ['state'] }] },
  title: (item) => `mount ${item.mount}`,
  code: (item) =>
    item.state === 'absent'
      ? sh`fstab_entry ${item.mount} ''\nunmount ${item.mount}`
      : [
          sh`fstab_entry ${item.mount} ${`${item.device} ${item.mount} ${item.type} ${item.options} 0 0`}`,
          item.state === 'mounted' ? sh`mount_now ${item.mount}` : sh`unmount ${item.mount}`,
        ].join('\n'),
};
