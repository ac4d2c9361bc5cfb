// migrations/<from>-to-<to>.yml: how a proposal made for one version of a barclamp becomes one for a later version. A list of small
// declared steps; nothing is run but expressions over the proposal's own attributes. `from` may be a version or the beginning of one.

import path from 'node:path';
import { compare, gt, lte, satisfies } from 'semver';
import { bad, type Checked, ok, problem, type Problem } from '../model/problem.ts';
import type { NodeSelector, ProposalBody } from '../model/proposal.ts';
import { checkAgainst } from '../schema.ts';
import { listFiles, readText } from './files.ts';
import { evaluate } from './render.ts';
import { located, parseYaml } from './yaml.ts';

type Step =
  | { rename: string; to: string }
  | { remove: string }
  | { set: string; value?: unknown; from?: string; replace?: boolean }
  | { map: string; values: Record<string, unknown> };
type RoleStep = { rename: string; to: string } | { remove: string };

export type Migration = {
  /** `ntp/migrations/1-to-2.0.0.yml`, for messages. */
  file: string;
  /** A version or its beginning: `1`, `1.2`, `1.2.3`. */
  from: string;
  to: string;
  attributes: Step[];
  roles: RoleStep[];
  /** What it must do: tried by lint. */
  examples: { before: Partial<ProposalBody>; after: Partial<ProposalBody> }[];
};

type Written = Pick<Migration, 'examples'> & Partial<Pick<Migration, 'attributes' | 'roles'>>;

const pointer = { type: 'string', pattern: '^(/[^/]+)+$' };
const body = { type: 'object', additionalProperties: false, properties: { attributes: { type: 'object' }, roles: { type: 'object' } } };

/** What may stand in a migration; the same words are in docs/writing-a-barclamp.md. */
export const migrationSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['examples'],
  properties: {
    attributes: {
      type: 'array',
      default: [],
      description:
        'Steps in order. A step whose setting is not there does nothing. Settings are named by JSON pointer; `*` stands for each of a list or mapping.',
      items: {
        type: 'object',
        properties: {
          rename: { ...pointer, description: 'Moves a setting to the pointer in `to`.' },
          to: pointer,
          remove: { ...pointer, description: 'Takes a setting away.' },
          set: { ...pointer, description: 'Gives a setting a value where it has none; with `replace: true` in any case.' },
          value: { description: 'The value to set.' },
          from: { type: 'string', description: 'An expression over `attributes` that gives the value to set.' },
          replace: { type: 'boolean' },
          map: { ...pointer, description: 'Replaces values by others, as listed in `values`.' },
          values: { type: 'object' },
        },
        additionalProperties: false,
        oneOf: [
          { required: ['rename', 'to'] },
          { required: ['remove'] },
          { required: ['set', 'value'] },
          { required: ['set', 'from'] },
          { required: ['map', 'values'] },
        ],
      },
    },
    roles: {
      type: 'array',
      default: [],
      description:
        'Roles that have another name, or are gone. To machines a renamed role is another role: it is applied, and nothing of the old one is undone.',
      items: {
        type: 'object',
        properties: { rename: { type: 'string' }, to: { type: 'string' }, remove: { type: 'string' } },
        additionalProperties: false,
        oneOf: [{ required: ['rename', 'to'] }, { required: ['remove'] }],
      },
    },
    examples: {
      type: 'array',
      minItems: 1,
      description: 'Proposals before and after.',
      items: { type: 'object', additionalProperties: false, required: ['before', 'after'], properties: { before: body, after: body } },
    },
  },
} as const;

/** The migrations in a barclamp's folder, by what they lead to. */
export function loadMigrations(folder: string, name: string): Checked<Migration[]> {
  const problems: Problem[] = [];
  const found: Migration[] = [];
  for (const entry of listFiles(path.join(folder, 'migrations'))) {
    const file = `${name}/migrations/${entry}`;
    const [, from, to] = /^(\d+(?:\.\d+){0,2})-to-(\d+\.\d+\.\d+)\.yml$/.exec(entry) ?? [];
    if (!from || !to) {
      problems.push(problem(`No migration is called ${entry}.`, { file }, 'Name it <from>-to-<to>.yml, such as 1-to-2.0.0.yml.'));
      continue;
    }
    const text = readText(path.join(folder, 'migrations', entry))!;
    const parsed = parseYaml(text, file);
    if (!parsed.ok) {
      problems.push(...parsed.problems);
      continue;
    }
    const faults = checkAgainst(migrationSchema, parsed.value);
    if (faults.length) problems.push(...located(faults, file, text));
    else found.push({ attributes: [], roles: [], ...(parsed.value as Written), file, from, to });
  }
  return problems.length ? bad(...problems) : ok(found.sort((a, b) => compare(a.to, b.to)));
}

export type Migrated = { body: ProposalBody; by: Migration[] };

/** The proposal as the version `to` wants it. Where no migration leads on, it stays as it is: whether it fits is for the schema to say. */
export function migrate(proposal: ProposalBody, migrations: readonly Migration[], from: string, to: string): Checked<Migrated> {
  const by = pathFrom(migrations, from, to);
  let at = structuredClone(proposal);
  for (const migration of by) {
    const next = applyMigration(at, migration);
    if (!next.ok) return next;
    at = next.value;
  }
  return ok({ body: at, by });
}

/** The migrations that lead from one version to another, each as small a step as there is. */
export function pathFrom(migrations: readonly Migration[], from: string, to: string): Migration[] {
  const found: Migration[] = [];
  let at = from;
  for (;;) {
    const next = migrations.find((migration) => satisfies(at, migration.from, { includePrerelease: true }) && gt(migration.to, at) && lte(migration.to, to));
    if (!next) return found;
    found.push(next);
    at = next.to;
  }
}

export function applyMigration(proposal: ProposalBody, { attributes: steps, roles: roleSteps, file }: Migration): Checked<ProposalBody> {
  const attributes = structuredClone(proposal.attributes);
  for (const [index, step] of steps.entries()) {
    const problems = applyStep(attributes, step, { file, pointer: `/attributes/${index}` });
    if (problems.length) return bad(...problems);
  }
  const roles: Record<string, NodeSelector> = { ...proposal.roles };
  for (const step of roleSteps) {
    const name = 'remove' in step ? step.remove : step.rename;
    const selector = roles[name];
    delete roles[name];
    if ('to' in step && selector !== undefined) roles[step.to] = selector;
  }
  return ok({ attributes, roles });
}

function applyStep(attributes: Record<string, unknown>, step: Step, where: { file: string; pointer: string }): Problem[] {
  if ('set' in step) {
    for (const at of placesFor(attributes, step.set)) {
      if (read(attributes, at) !== undefined && !step.replace) continue;
      const value = step.from === undefined ? ok(structuredClone(step.value)) : evaluate(step.from, { attributes }, where);
      if (!value.ok) return value.problems;
      write(attributes, at, value.value);
    }
  } else if ('rename' in step) {
    for (const at of placesFor(attributes, step.rename)) {
      const value = read(attributes, at);
      if (value === undefined) continue;
      erase(attributes, at);
      const stars = starsOf(step.rename, at);
      write(
        attributes,
        stepsOf(step.to).map((part) => (part === '*' ? (stars.shift() ?? '*') : part)),
        value,
      );
    }
  } else if ('remove' in step) {
    for (const at of placesFor(attributes, step.remove).reverse()) erase(attributes, at);
  } else {
    for (const at of placesFor(attributes, step.map)) {
      const value = read(attributes, at);
      const other = value === undefined ? undefined : step.values[String(value)];
      if (other !== undefined) write(attributes, at, structuredClone(other));
    }
  }
  return [];
}

type Place = string[];

const stepsOf = (text: string): Place =>
  text
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
const starsOf = (text: string, at: Place): string[] => stepsOf(text).flatMap((part, index) => (part === '*' ? [at[index]!] : []));

/** The places a pointer means, `*` unfolded; the last step need not be there yet. */
function placesFor(root: unknown, text: string): Place[] {
  let places: Place[] = [[]];
  for (const part of stepsOf(text)) {
    places = places.flatMap((place) => {
      if (part !== '*') return [[...place, part]];
      const at = read(root, place);
      return typeof at === 'object' && at !== null ? Object.keys(at).map((key) => [...place, key]) : [];
    });
  }
  return places;
}

function read(root: unknown, place: Place): unknown {
  let at = root;
  for (const step of place) at = typeof at === 'object' && at !== null && Object.hasOwn(at, step) ? (at as Record<string, unknown>)[step] : undefined;
  return at;
}

function write(root: Record<string, unknown>, place: Place, value: unknown): void {
  let at = root;
  for (const step of place.slice(0, -1)) {
    const next = Object.hasOwn(at, step) ? at[step] : undefined;
    if (typeof next !== 'object' || next === null) define(at, step, {});
    at = Object.getOwnPropertyDescriptor(at, step)!.value as Record<string, unknown>;
  }
  define(at, place.at(-1)!, value);
}

// A step called __proto__ is a key like any other.
const define = (target: object, key: string, value: unknown): void =>
  void Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });

function erase(root: Record<string, unknown>, place: Place): void {
  const parent = read(root, place.slice(0, -1)) as Record<string, unknown> | unknown[] | undefined;
  if (Array.isArray(parent)) parent.splice(Number(place.at(-1)), 1);
  else if (parent) delete parent[place.at(-1)!];
}
