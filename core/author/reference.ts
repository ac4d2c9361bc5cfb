// The reference of a barclamp as Markdown: what it does, its roles, every setting. Made from the declarations, so it cannot lie.

import type { Barclamp, JsonSchema, RoleDeclaration } from '../model/barclamp.ts';
import type { Platform } from '../model/platform.ts';
import { followed, propertiesOf } from './sample.ts';

export function reference(barclamp: Barclamp): string {
  const parts = [
    `# ${barclamp.name} ${barclamp.version}`,
    `${barclamp.summary}.`,
    facts(barclamp),
    '## Roles',
    ...Object.values(barclamp.roles).map(roleText),
    '## Settings',
    settings(barclamp.proposalSchema),
  ];
  return `${parts.join('\n\n')}\n`;
}

function facts(barclamp: Barclamp): string {
  const needs = [...(barclamp.needs.prybar ? [['Prybar', barclamp.needs.prybar]] : []), ...Object.entries(barclamp.needs.barclamps)];
  const packages = (platform: Platform): string => (barclamp.bundle[platform]?.packages ?? []).map(code).join(', ');
  return [
    `- License: ${barclamp.license}`,
    `- Platforms: ${barclamp.platforms.join(', ')}`,
    ...(needs.length ? [`- Needs: ${needs.map(([name, range]) => `${name} ${code(range!)}`).join(', ')}`] : []),
    ...barclamp.platforms.filter(packages).map((platform) => `- Packages on ${platform}: ${packages(platform)}`),
    ...(barclamp.bundle.downloads ?? []).map(({ url, as }) => `- Downloads: ${as ? `${as}, ` : ''}${url}`),
  ].join('\n');
}

function roleText(role: RoleDeclaration): string {
  const lines: [string, string][] = [
    ['On', onWhat(role)],
    ['Same machine, done first', role.requires.map(code).join(', ')],
    ['Everywhere done first', role.waitsFor.map(code).join(', ')],
    ['Not together with', role.conflictsWith.map(code).join(', ')],
    ['Stands in for', role.provides.map(code).join(', ')],
    ['Reads', role.inputs.map(code).join(', ')],
    [
      'Publishes',
      Object.entries(role.outputs)
        .map(([name, schema]) => `${code(name)} (${typeOf(schema, schema)})`)
        .join(', '),
    ],
    ['Only where', role.when ? code(role.when) : ''],
    ['Care', [role.destructive && 'it may lose data, and runs again only when a person asks', role.once && 'it runs once'].filter(Boolean).join('; ')],
    ['Taken away', role.irreversible ? `cannot be undone: ${role.irreversible}` : 'undone'],
  ];
  return [`### ${role.name}`, '', `${role.summary}.`, '', ...lines.filter(([, text]) => text).map(([label, text]) => `- ${label}: ${text}`)].join('\n');
}

function onWhat({ nodes, implicit, runsOn }: RoleDeclaration): string {
  const { min, max, odd } = nodes;
  const count =
    min !== undefined && max !== undefined
      ? min === max
        ? `${min}`
        : `${min} to ${max}`
      : min !== undefined
        ? `at least ${min}`
        : max !== undefined
          ? `at most ${max}`
          : '';
  const many = implicit ? 'every machine by itself' : count ? `${count} machine${count === '1' ? '' : 's'}` : 'any number of machines';
  const kinds = { live: 'with the discovery image in RAM', installed: 'with an installed system', admin: 'the admin node' };
  return `${many}${odd ? ', an odd number' : ''}: ${runsOn.map((kind) => kinds[kind]).join(', or ')}`;
}

function settings(schema: JsonSchema): string {
  const rows = rowsOf(schema, schema, '', []);
  if (!rows.length) return 'There are none.';
  return ['| setting | type | default | what it sets |', '|---|---|---|---|', ...rows].join('\n');
}

function rowsOf(schema: JsonSchema, root: JsonSchema, prefix: string, above: JsonSchema[]): string[] {
  // A schema may refer to itself.
  if (above.includes(schema)) return [];
  const plain = followed(schema, root);
  const required = new Set((plain.required as string[] | undefined) ?? []);
  return propertiesOf(plain).flatMap(([name, property]) => {
    const inner = followed(property, root);
    const path = prefix ? `${prefix}.${name}` : name;
    const standard = inner.default === undefined ? (required.has(name) ? '**needed**' : '') : code(JSON.stringify(inner.default));
    const row = `| ${code(path)} | ${cell(typeOf(inner, root))} | ${standard} | ${cell([inner.description, limits(inner)].filter(Boolean).join(' '))} |`;
    const items = inner.items as JsonSchema | undefined;
    const deeper = [...above, schema];
    return [row, ...rowsOf(inner, root, path, deeper), ...(items ? rowsOf(followed(items, root), root, `${path}[]`, deeper) : [])];
  });
}

function typeOf(schema: JsonSchema, root: JsonSchema): string {
  const plain = followed(schema, root);
  if (Array.isArray(plain.enum)) return plain.enum.map((value) => code(JSON.stringify(value))).join(' or ');
  if (plain.const !== undefined) return code(JSON.stringify(plain.const));
  const branches = (plain.oneOf ?? plain.anyOf) as JsonSchema[] | undefined;
  if (branches && !plain.type) return branches.map((branch) => typeOf(branch, root)).join(' or ');
  if (plain.type === 'array') return `list of ${plain.items ? typeOf(plain.items as JsonSchema, root) : 'anything'}`;
  const kinds = [plain.type].flat().filter(Boolean).join(' or ');
  return plain.format ? `${String(plain.format)}` : kinds || 'anything';
}

function limits({ minimum, maximum, minLength, maxLength, minItems, maxItems, pattern }: JsonSchema): string {
  const range = (least: unknown, most: unknown, what: string): string =>
    least !== undefined && most !== undefined
      ? `${least} to ${most}${what}.`
      : least !== undefined
        ? `At least ${least}${what}.`
        : most !== undefined
          ? `At most ${most}${what}.`
          : '';
  return [
    range(minimum, maximum, ''),
    range(minLength, maxLength, ' characters'),
    range(minItems, maxItems, ' entries'),
    pattern ? `Matches ${code(String(pattern))}.` : '',
  ]
    .filter(Boolean)
    .join(' ');
}

const code = (text: string): string => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``).replaceAll('|', '\\|');
const cell = (text: string): string => text.replaceAll(/(?<!\\)\|/g, '\\|').replaceAll('\n', ' ');
