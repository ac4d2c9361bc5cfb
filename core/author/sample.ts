// Values made from a JSON Schema: one that fits, and others that each differ in one place, so that every branch of a template is come by.

import type { JsonSchema } from '../model/barclamp.ts';
import { checkAgainst } from '../schema.ts';

const formats: Record<string, string> = {
  ipv4: '192.0.2.10',
  ipv6: '2001:db8::10',
  hostname: 'host.example.net',
  'idn-hostname': 'host.example.net',
  uri: 'https://example.net/',
  'uri-reference': '/path',
  email: 'someone@example.net',
  date: '2030-01-31',
  time: '12:00:00Z',
  'date-time': '2030-01-31T12:00:00Z',
  uuid: '00000000-0000-4000-8000-000000000000',
  duration: 'PT1H',
  regex: '^.*$',
  'json-pointer': '/a',
};

// Tried in turn where a pattern asks for something special.
const words = [
  'sample',
  '1',
  '10',
  'a',
  'Sample',
  '192.0.2.10',
  '192.0.2.0/24',
  '2001:db8::10',
  'host.example.net',
  '/srv/sample',
  'https://example.net/',
  '00:00:5e:00:53:01',
  '1G',
  '10s',
  '1h',
  '10%',
  'eth0',
  'sample sample',
  'sample@example.net',
  '1.0.0',
  '12:00',
  'a:b',
  'a=b',
  'a/b',
  'ssh-ed25519 AAAA sample',
  '0644',
  '5060-5061',
  'SAMPLE',
  '00000000-0000-4000-8000-000000000000',
  'a'.repeat(64),
  '/dev/disk/by-id/sample',
];

/** A value that fits the schema as far as that can be seen: its default, its first example, else made from its type. */
export function sampleOf(schema: JsonSchema, root: JsonSchema = schema): unknown {
  const plain = followed(schema, root);
  if (plain.default !== undefined)
    return plain.type === 'object' || plain.properties ? { ...filled(plain, root), ...(plain.default as object) } : plain.default;
  if (Array.isArray(plain.examples) && plain.examples.length) return plain.examples[0];
  if (plain.const !== undefined) return plain.const;
  if (Array.isArray(plain.enum)) return plain.enum[0];
  for (const key of ['oneOf', 'anyOf'] as const) {
    const branches = plain[key] as JsonSchema[] | undefined;
    if (branches?.length && !plain.type && !plain.properties) return sampleOf(branches[0]!, root);
  }
  switch (Array.isArray(plain.type) ? plain.type[0] : (plain.type ?? (plain.properties ? 'object' : 'string'))) {
    case 'object':
      return filled(plain, root);
    case 'array':
      return Array.from({ length: Math.max(1, Number(plain.minItems ?? 0)) }, () => sampleOf((plain.items as JsonSchema | undefined) ?? {}, root));
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return Number(plain.minimum ?? (plain.exclusiveMinimum === undefined ? Math.min(1, Number(plain.maximum ?? 1)) : Number(plain.exclusiveMinimum) + 1));
    case 'null':
      return null;
    default:
      return text(plain);
  }
}

/** What stands where nothing was said: defaults, and samples of what is required. */
function filled(schema: JsonSchema, root: JsonSchema): Record<string, unknown> {
  const required = new Set((schema.required as string[] | undefined) ?? []);
  const values: Record<string, unknown> = {};
  for (const [name, property] of propertiesOf(schema)) {
    const plain = followed(property, root);
    if (plain.default !== undefined || required.has(name)) values[name] = sampleOf(plain, root);
  }
  return values;
}

function text(schema: JsonSchema): string {
  if (schema.format !== undefined) return formats[String(schema.format)] ?? 'sample';
  const candidates = words.flatMap((word) => [word, word.padEnd(Number(schema.minLength ?? 0), 'x').slice(0, Number(schema.maxLength ?? 1000))]);
  return candidates.find((candidate) => !checkAgainst(schema, candidate).length) ?? 'sample';
}

export type Sample = {
  attributes: Record<string, unknown>;
  /** How it differs from the first: `mode is "proxy"`. */
  because?: string;
};

/** The attributes of a barclamp in many ways: first as the defaults say, then each property in turn as it may also be. All fit the schema. */
export function samplesOf(schema: JsonSchema, limit = 60): Sample[] {
  const first = sampleOf(schema) as Record<string, unknown>;
  const found: Sample[] = [{ attributes: first }];
  for (const { path, value } of alternatives(schema, schema, [], first)) {
    if (found.length >= limit) break;
    const other = structuredClone(first);
    put(other, path, value);
    if (!checkAgainst(schema, other).length) found.push({ attributes: other, because: `${path.join('.')} is ${JSON.stringify(value)}` });
  }
  return found;
}

type Alternative = { path: string[]; value: unknown };

function alternatives(schema: JsonSchema, root: JsonSchema, path: string[], present: unknown): Alternative[] {
  const found: Alternative[] = [];
  for (const [name, property] of propertiesOf(schema)) {
    const plain = followed(property, root);
    const here = [...path, name];
    const now = (present as Record<string, unknown> | undefined)?.[name];
    for (const value of others(plain, root, now)) found.push({ path: here, value });
    // A schema may refer to itself.
    if (plain.properties && here.length < 6) found.push(...alternatives(plain, root, here, now));
  }
  return found;
}

function others(schema: JsonSchema, root: JsonSchema, now: unknown): unknown[] {
  const differs = (value: unknown) => JSON.stringify(value) !== JSON.stringify(now);
  if (Array.isArray(schema.enum)) return schema.enum.filter(differs);
  if (schema.type === 'boolean') return [true, false].filter(differs);
  const { default: _, ...bare } = schema;
  const branches = [...((schema.oneOf as JsonSchema[] | undefined) ?? []), ...((schema.anyOf as JsonSchema[] | undefined) ?? [])].map((branch) =>
    sampleOf(branch, root),
  );
  const own = sampleOf(bare, root);
  return [...(schema.type === 'array' ? [[]] : []), own, ...branches].filter(differs);
}

function put(target: Record<string, unknown>, path: string[], value: unknown): void {
  let at = target;
  for (const name of path.slice(0, -1)) at = (at[name] ??= {}) as Record<string, unknown>;
  at[path.at(-1)!] = value;
}

export const propertiesOf = (schema: JsonSchema): [string, JsonSchema][] => Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);

/** The schema behind a `$ref` into the same document. */
export function followed(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const { $ref: ref, ...rest } = schema;
  if (typeof ref !== 'string' || !ref.startsWith('#/')) return schema;
  let at: unknown = root;
  for (const step of ref.slice(2).split('/')) at = (at as Record<string, unknown> | undefined)?.[step.replaceAll('~1', '/').replaceAll('~0', '~')];
  return { ...followed((at as JsonSchema | undefined) ?? {}, root), ...rest };
}
