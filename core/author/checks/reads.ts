// What templates and recipes read is declared, and what is declared is read: found in the text, so in every branch.

import { lineFinder, type Read, readsOfExpression, readsOfTemplate } from '../../catalog/catalog.ts';
import type { JsonSchema, RoleDeclaration } from '../../model/barclamp.ts';
import type { Role } from '../../model/catalog.ts';
import { problem, type Problem, type Where, warning } from '../../model/problem.ts';
import { followed, propertiesOf, samplesOf } from '../sample.ts';
import { sampleGroup } from '../sample-site.ts';
import type { Subject } from '../subject.ts';
import { textsOf } from '../texts.ts';

type Found = Read & { role: string; file: string };

export function checkReads(subject: Subject): Problem[] {
  const reads = [
    ...subject.roles.flatMap((role) => inConditions(subject, role)),
    ...textsOf(subject).flatMap(({ role, file, line, text, isExpression }) =>
      (isExpression ? readsOfExpression : readsOfTemplate)(text).map((read) => ({ ...read, line: line + read.line - 1, role, file })),
    ),
  ];
  const derived = new Map(subject.roles.map((role) => [role.declaration.name, derivedFor(subject, role)]));
  return [...reads.flatMap((read) => checkRead(subject, derived, read)), ...unusedInputs(subject, reads), ...unusedAttributes(subject, reads)];
}

function inConditions({ name, declaredAt }: Subject, { declaration }: Role): Found[] {
  const conditions = [
    ...(declaration.when === undefined ? [] : [[`/roles/${declaration.name}/when`, declaration.when] as const]),
    ...Object.values(declaration.edgesWhen ?? {}).map((expression) => [`/roles/${declaration.name}`, expression] as const),
  ];
  return conditions.flatMap(([pointer, expression]) =>
    readsOfExpression(expression).map((read) => ({ ...read, line: declaredAt(pointer), role: declaration.name, file: `${name}/barclamp.yml` })),
  );
}

function checkRead({ barclamp, name, roles }: Subject, derivedOf: ReadonlyMap<string, ReadonlySet<string>>, { path, line, file, role }: Found): Problem[] {
  const [root, first] = path;
  const where = { file, line };
  const declaration = roles.find((r) => r.declaration.name === role)!.declaration;
  const derived = derivedOf.get(role);
  switch (root) {
    case 'attributes': {
      const unknown = undeclared(barclamp.proposalSchema, path.slice(1));
      if (!unknown) return [];
      return [
        problem(
          `It reads ${['attributes', ...unknown.path].join('.')}, which proposal.schema.json does not declare.`,
          where,
          unknown.known.length ? `Declared there: ${unknown.known.join(', ')}.` : `Declare it in ${name}/proposal.schema.json.`,
        ),
      ];
    }
    case 'inputs':
      if (!first || derived?.has(first) || declaration.inputs.some((input) => !input.startsWith('site.') && input.split('.')[1] === first)) return [];
      return [
        problem(
          `It reads inputs.${first}, which ${role} does not declare.`,
          where,
          `Add the role and output it comes from to inputs: of ${role} in barclamp.yml.`,
        ),
      ];
    case 'site':
      if (!first || declaration.inputs.includes(`site.${first}`)) return [];
      return [problem(`It reads site.${first}, which ${role} does not declare.`, where, `Add site.${first} to inputs: of ${role} in barclamp.yml.`)];
    case 'secrets':
      return checkSecretRead(path.slice(1), declaration, where);
    default:
      return [];
  }
}

const parts = {
  password: [],
  'password-of-node': [],
  'ssh-keypair': ['private', 'public'],
  'ssh-keypair-of-node': ['private', 'public'],
  x509: ['key', 'cert', 'ca'],
  'x509-of-node': ['key', 'cert', 'ca'],
};

// By Prybar itself, to roles that install or make images of machines; see annealer/reveal.ts.
const givenToInstall = ['installation', 'replaces'];
const givenToCapture = ['capture', 'captured', 'others', 'disks'];

function checkSecretRead([name, part]: string[], role: RoleDeclaration, where: Where): Problem[] {
  if (!name || (role.installs && givenToInstall.includes(name)) || (role.captures && givenToCapture.includes(name))) return [];
  const declared = role.secrets[name];
  if (!declared)
    return [problem(`It reads secrets.${name}, which ${role.name} does not declare.`, where, `Add ${name} to secrets: of ${role.name} in barclamp.yml.`)];
  // What a reference leads to is checked where it is declared.
  if (declared.kind === 'reference') return [];
  const known: string[] = parts[declared.kind];
  if (part ? known.includes(part) : !known.length) return [];
  return [
    problem(
      `It reads secrets.${[name, ...(part ? [part] : [])].join('.')}, which is ${known.length ? 'not a text' : 'a text without parts'}.`,
      where,
      known.length ? `Read ${known.map((one) => `secrets.${name}.${one}`).join(', ')}.` : `Read secrets.${name}.`,
    ),
  ];
}

/** The part of the path that leads out of the schema, and what would have been known there. */
function undeclared(root: JsonSchema, path: string[]): { path: string[]; known: string[] } | undefined {
  let schema = root;
  for (const [index, name] of path.entries()) {
    const plain = followed(schema, root);
    const properties = propertiesOf(plain);
    const property = properties.find(([known]) => known === name)?.[1];
    // Branches, lists and free-form objects may hold anything.
    const open = plain.additionalProperties !== undefined && plain.additionalProperties !== false;
    if (!property && (!properties.length || open || plain.oneOf || plain.anyOf || plain.allOf)) return undefined;
    if (!property) return { path: path.slice(0, index + 1), known: properties.map(([known]) => known) };
    schema = property;
  }
  return undefined;
}

/** What its extension adds to the inputs of a role, with whatever settings. */
function derivedFor(subject: Subject, role: Role): Set<string> {
  if (!subject.barclamp.extension?.deriveInputs) return new Set();
  return new Set(samplesOf(subject.barclamp.proposalSchema).flatMap(({ attributes }) => Object.keys(sampleGroup(subject, role, attributes).inputs)));
}

const readsByItself = (subject: Subject): boolean => subject.text('extension.ts') !== undefined;

function unusedInputs({ roles, name, barclamp, declaredAt }: Subject, reads: Found[]): Problem[] {
  return roles.flatMap(({ declaration }) => {
    // Scripts and playbooks are given all their inputs in a file, and extensions all of them at once.
    if ((declaration.jig !== 'recipe' && declaration.jig !== 'hardware') || barclamp.extension?.deriveInputs) return [];
    const own = reads.filter((read) => read.role === declaration.name);
    return declaration.inputs.flatMap((input, index) => {
      const [source, output] = input.split('.') as [string, string];
      const path = source === 'site' ? ['site', output] : ['inputs', output];
      if (own.some((read) => read.path[0] === path[0] && (read.path[1] === undefined || read.path[1] === path[1]))) return [];
      return [
        warning(
          `${declaration.name} declares the input ${input} and never reads it.`,
          { file: `${name}/barclamp.yml`, line: declaredAt(`/roles/${declaration.name}/inputs/${index}`) },
          'Take it away: whatever changes it would have the role done again.',
        ),
      ];
    });
  });
}

function unusedAttributes(subject: Subject, reads: Found[]): Problem[] {
  const { barclamp, roles, name, text } = subject;
  if (readsByItself(subject) || roles.some(({ declaration: { jig } }) => jig !== 'recipe' && jig !== 'hardware')) return [];
  const paths = reads.filter((read) => read.path[0] === 'attributes').map((read) => read.path.slice(1).join('\0'));
  const find = lineFinder(text('proposal.schema.json')!);
  const unused = (schema: JsonSchema, path: string[], pointer: string): Problem[] =>
    propertiesOf(followed(schema, barclamp.proposalSchema)).flatMap(([property, inner]) => {
      const here = [...path, property];
      const at = `${pointer}/properties/${property}`;
      const key = here.join('\0');
      if (paths.some((read) => key === read || key.startsWith(`${read}\0`) || read === '')) return [];
      if (paths.some((read) => read.startsWith(`${key}\0`))) return inner.$ref ? [] : unused(inner, here, at);
      return [
        warning(
          `No template or recipe reads the setting ${here.join('.')}.`,
          { file: `${name}/proposal.schema.json`, line: find(at) ?? 1 },
          'Use it or take it away: who sets it expects that something happens.',
        ),
      ];
    });
  return unused(barclamp.proposalSchema, [], '');
}
