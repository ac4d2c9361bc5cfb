// package: packages of the distribution, installed in one transaction.

import { feed, sh, shellFunction } from '../shell.ts';
import { type Context, listOf, type Resource } from './resource.ts';

type Package = {
  package: string | string[];
  state: 'present' | 'latest' | 'absent' | 'purged';
  version?: string;
  hold?: boolean;
  recommends: boolean;
  answers?: string[];
};

export const packages: Resource<Package> = {
  key: 'package',
  summary: 'Packages of the distribution; a list is one transaction.',
  properties: {
    package: {
      type: ['string', 'array'],
      items: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9+._:-]*$' },
      pattern: '^[A-Za-z0-9][A-Za-z0-9+._:-]*$',
      minItems: 1,
      description: 'One name or several. Real packages: a virtual one never counts as installed.',
    },
    state: { enum: ['present', 'latest', 'absent', 'purged'], default: 'present', description: '`purged` takes its configuration away too.' },
    version: { type: 'string', pattern: '^[A-Za-z0-9.+:~^*-]+$', description: 'Exactly this version; `4.3*` for any that begins so.' },
    hold: { type: 'boolean', description: 'Keep upgrades from touching it.' },
    recommends: { type: 'boolean', default: false, description: 'Also what the package recommends.' },
    answers: { type: 'array', items: { type: 'string' }, description: 'Answers for debconf, as debconf-set-selections(1) reads them.' },
  },
  seconds: 1800,
  title: (item) => `package ${listOf(item.package).join(', ')}`,
  code(item, context) {
    const names = listOf(item.package);
    if (item.version !== undefined && names.length > 1)
      context.problem('`version` is for one package.', 'Write an item for each package that has a version of its own.');
    const lines = [sh`tool=${toolOf(context)} recommends=${item.recommends ? 'yes' : ''}`];
    if (item.answers?.length) lines.push(shellFunction('answers', feed('debconf-set-selections', `${item.answers.join('\n')}\n`)));
    if (item.hold === false) lines.push(sh`hold_packages release ${names}`);
    switch (item.state) {
      case 'present':
        lines.push(sh`install_packages ${item.version} ${names}`);
        break;
      case 'latest':
        lines.push(sh`upgrade_packages ${names}`);
        break;
      case 'absent':
        lines.push(sh`remove_packages remove ${names}`);
        break;
      case 'purged':
        lines.push(sh`remove_packages purge ${names}`);
        break;
    }
    if (item.hold) lines.push(sh`hold_packages hold ${names}`);
    return lines.join('\n');
  },
};

/** The package tool of the platform: first match wins. */
export function toolOf(context: Context): 'apt' | 'zypper' | 'dnf' {
  if (context.family === 'debian') return 'apt';
  if (/^(opensuse|sles)/.test(context.platform)) return 'zypper';
  return 'dnf';
}
