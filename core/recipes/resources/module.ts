// module: a module of the kernel, now and at boot.

import { feed, sh } from '../shell.ts';
import type { Resource } from './resource.ts';

type Module = { module: string; parameters?: string; state: 'present' | 'absent' | 'blacklisted' };

export const kernelModule: Resource<Module> = {
  key: 'module',
  summary: 'A module of the kernel, now and at boot.',
  properties: {
    module: { type: 'string', pattern: '^[A-Za-z0-9_-]+$', description: 'Its name, as modprobe(8) takes it.' },
    parameters: { type: 'string', pattern: '^[^\\n]+$', description: 'As after `options NAME` in modprobe.d(5). They count from when it is next loaded.' },
    state: { enum: ['present', 'absent', 'blacklisted'], default: 'present', description: '`absent`: no longer loaded at boot; `blacklisted`: never.' },
  },
  title: (item) => `module ${item.module}`,
  code(item) {
    const [atBoot, options] = [`/etc/modules-load.d/prybar-${item.module}.conf`, `/etc/modprobe.d/prybar-${item.module}.conf`];
    const folders = 'make_directory /etc/modules-load.d\nmake_directory /etc/modprobe.d';
    const keep = (file: string, text: string): string => feed(sh`put ${file} 644 0 0`, text);
    switch (item.state) {
      case 'present':
        return [
          folders,
          item.parameters ? keep(options, `options ${item.module} ${item.parameters}\n`) : sh`remove_file ${options}`,
          keep(atBoot, `${item.module}\n`),
          sh`load_module ${item.module}`,
        ].join('\n');
      case 'blacklisted':
        return [
          folders,
          keep(options, `blacklist ${item.module}\ninstall ${item.module} /bin/false\n`),
          sh`remove_file ${atBoot}\nunload_module ${item.module}`,
        ].join('\n');
      case 'absent':
        return sh`remove_file ${atBoot}\nremove_file ${options}`;
    }
  },
};
