// repository: a source of packages, with the key that signs it.

import { feed, sh } from '../shell.ts';
import { type Context, presence, type Resource } from './resource.ts';
import { toolOf } from './package.ts';

type Repository = {
  repository: string;
  url?: string;
  suite?: string;
  components: string[];
  architectures?: string[];
  key?: string;
  trusted: boolean;
  priority?: number;
  state: 'present' | 'absent';
};

export const repository: Resource<Repository> = {
  key: 'repository',
  summary: 'A source of packages, with the key that signs it.',
  properties: {
    repository: { type: 'string', pattern: '^[A-Za-z0-9_-]+$', description: 'Its name on the node.' },
    url: { type: 'string', pattern: '^(https?|ftp|file|mirror\\+\\w+):/[^\\s]+$', description: 'Where it is.' },
    suite: { type: 'string', pattern: '^\\S+$', description: 'apt: the suite, such as `bookworm`; `./` for a flat repository.' },
    components: { type: 'array', items: { type: 'string', pattern: '^\\S+$' }, default: ['main'], description: 'apt: which components.' },
    architectures: { type: 'array', items: { type: 'string', pattern: '^\\S+$' }, description: 'apt: only these.' },
    key: { type: 'string', description: 'The public key: its text in PEM form, or a file of the role (files/…).' },
    trusted: { type: 'boolean', default: false, description: 'Use it without a signature. For repositories on the machine itself.' },
    priority: { type: 'integer', description: 'apt: pin of all its packages (apt_preferences(5)); dnf: its priority.' },
    state: presence,
  },
  rules: {
    anyOf: [
      { required: ['url', 'key'] },
      { required: ['url', 'trusted'], properties: { trusted: { const: true } } },
      { properties: { state: { const: 'absent' } }, required: ['state'] },
    ],
  },
  title: (item) => `repository ${item.repository}`,
  code(item, context) {
    const files = filesOf(item, context);
    const lines = files.map(([path, content]) =>
      item.state === 'absent' || content === undefined ? sh`remove_file ${path}` : feed(sh`put ${path} 644 0 0`, content),
    );
    if (item.state === 'absent') lines.reverse();
    return [...(item.state === 'present' && context.family === 'debian' ? [sh`make_directory /etc/apt/keyrings 755 0 0`] : []), ...lines].join('\n');
  },
};

/** Path and content, in the order in which they must be there; without content when there is to be no such file. */
function filesOf(item: Repository, context: Context): [string, string | Buffer | undefined][] {
  const key = item.key === undefined ? undefined : item.key.startsWith('files/') ? context.read(item.key) : `${item.key.trim()}\n`;
  if (toolOf(context) === 'apt') {
    if (item.state === 'present' && !item.suite) context.problem('A repository for apt needs a `suite`.', 'Such as `bookworm`, or `./` for a flat one.');
    // apt tells the two formats apart by these endings.
    const [armored, binary] = [`/etc/apt/keyrings/${item.repository}.asc`, `/etc/apt/keyrings/${item.repository}.gpg`];
    const isArmored = String(key).startsWith('-----BEGIN');
    const keyFile = isArmored ? armored : binary;
    return [
      [armored, isArmored ? key : undefined],
      [binary, isArmored ? undefined : key],
      [
        `/etc/apt/preferences.d/${item.repository}`,
        item.priority === undefined ? undefined : `Package: *\nPin: origin "${hostOf(item.url)}"\nPin-Priority: ${item.priority}\n`,
      ],
      [
        `/etc/apt/sources.list.d/${item.repository}.sources`,
        deb822({
          Types: 'deb',
          URIs: item.url,
          Suites: item.suite,
          Components: item.suite?.endsWith('/') ? undefined : item.components.join(' '),
          Architectures: item.architectures?.join(' '),
          'Signed-By': key && keyFile,
          Trusted: item.trusted ? 'yes' : undefined,
        }),
      ],
    ];
  }
  const keyFile = `/etc/pki/rpm-gpg/RPM-GPG-KEY-${item.repository}`;
  const folder = toolOf(context) === 'zypper' ? '/etc/zypp/repos.d' : '/etc/yum.repos.d';
  return [
    [keyFile, key],
    [
      `${folder}/${item.repository}.repo`,
      [
        `[${item.repository}]`,
        `name=${item.repository}`,
        `baseurl=${item.url}`,
        'enabled=1',
        `gpgcheck=${key ? 1 : 0}`,
        ...(key ? [`gpgkey=file://${keyFile}`] : []),
        ...(item.priority === undefined ? [] : [`priority=${item.priority}`]),
        '',
      ].join('\n'),
    ],
  ];
}

const deb822 = (fields: Record<string, string | undefined>): string =>
  Object.entries(fields)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\n`]))
    .join('');

const hostOf = (url: string | undefined): string => (url?.startsWith('http') ? new URL(url).hostname : '');
