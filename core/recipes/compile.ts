// A recipe to one sh program: unfold the list, fill in and check each item, let its resource write the code, put it together.
// This is the front door. What the resources do is in resources/, what all programs share in prelude.sh, how a report is read in report.ts.

import { createHash } from 'node:crypto';
import type { JsonSchema } from '../model/barclamp.ts';
import { familyOf } from '../model/platform.ts';
import { bad, type Checked, type Problem, problem, type Where } from '../model/problem.ts';
import type { RecipeItem, RecipeSource, Scope } from '../model/recipe.ts';
import { privateParts } from '../model/secret.ts';
import { coerceTo } from '../schema.ts';
import { fillIn, type Templates, type Variables } from './fill-in.ts';
import { type Compiled, type Folders, type Part, type ProgramMode, writeProgram } from './program.ts';
import { hideSecrets, secretsIn } from './redact.ts';
import { resources } from './resources/index.ts';
import { type AnyResource, type Context, duration, listOf, secondsOf } from './resources/resource.ts';

export type { Compiled, Folders, ProgramMode } from './program.ts';
export { fillIn } from './fill-in.ts';
export { type ProgramEnd, readReport, type Report, type ReportLimits } from './report.ts';
export { compilePlaybook, type PlaybookInput } from './ansible-jig.ts';
export { compileScript, type ScriptInput } from './script-jig.ts';
export { resources } from './resources/index.ts';
export type { AnyResource } from './resources/resource.ts';

export type CompileInput = Templates & {
  /** For the header of the program and the lock's messages: `ntp-server on n1`. Names the role on the node, so it must not change. */
  name: string;
  source: RecipeSource;
  scope: Scope;
  platform: string;
  mode: ProgramMode;
  /** `files/…` or `templates/…` of the role's folder. */
  readFile(path: string): Checked<Buffer>;
  /** Where the admin node has the file with this SHA-256. */
  atAdmin?(sha256: string): string | undefined;
  folders?: Folders;
};

/** What may stand in any item beside its resource. */
const common: Record<string, JsonSchema> = {
  as: { type: 'string', minLength: 1, description: 'Its name in the log, and for `notify`.' },
  notify: { type: ['string', 'array'], items: { type: 'string' }, description: 'Services or items that react when this one changes something.' },
  on: { type: ['string', 'array'], items: { type: 'string' }, description: 'Only on this family (debian, rpm) or these platforms.' },
  when: { type: ['string', 'boolean'], description: 'Expression; the item is left out where it is false.' },
  for: { type: ['string', 'array', 'object'], description: 'Expression or list: once for each `item` of it.' },
  timeout: { ...duration, description: 'Time limit; the resource has a default.' },
};

/** The schema of an item with this resource, for lint, documentation and editors. */
export function itemSchema(resource: AnyResource): JsonSchema {
  return {
    type: 'object',
    description: resource.summary,
    properties: { ...resource.properties, ...common },
    required: [resource.key, ...(resource.required ?? [])],
    ...resource.rules,
    additionalProperties: false,
  };
}

const schemas = new Map(resources.map((resource) => [resource.key, itemSchema(resource)]));
const byKey = new Map(resources.map((resource) => [resource.key, resource]));
const DEFAULT_SECONDS = 600;

export function compile(input: CompileInput): Checked<Compiled> {
  const problems: Problem[] = [];
  const unfolded = input.source.items.flatMap((item, position) => unfold(input, item, position, problems));
  const parts = unfolded.map((one, i) => partOf(input, one, i + 1, problems));
  checkNotifications(unfolded, parts, problems);
  if (!problems.length) return writeProgram({ ...input, file: input.source.file, secrets: input.scope.secrets }, parts);
  return bad(...problems.sort((a, b) => position(a) - position(b)));
}

const position = (p: Problem): number => Number(p.where?.pointer?.split('/')[1] ?? 0);

/** One resource to be applied: what is left of an item after `on`, `for` and `when`. */
type Unfolded = { raw: RecipeItem; resource: AnyResource; variables: Variables; where: Where; skipped?: string };

function unfold(input: CompileInput, raw: RecipeItem, position: number, problems: Problem[]): Unfolded[] {
  const where: Where = { file: input.source.file, line: input.source.lines[position] ?? 1, pointer: `/${position}` };
  // The first key that names a resource: `user` is one, and also a property of `command`.
  const key = Object.keys(raw).find((name) => byKey.has(name));
  if (key === undefined) {
    problems.push(
      problem(`No key of this item is a resource: ${Object.keys(raw).join(', ')}.`, where, `Begin it with one of ${[...byKey.keys()].join(', ')}.`),
    );
    return [];
  }
  const one = { raw, resource: byKey.get(key)!, variables: { ...input.scope }, where };
  if (raw.on !== undefined && !isOn(raw.on, input.platform)) return [{ ...one, skipped: `only on ${listOf(raw.on).join(', ')}` }];
  const rounds = roundsOf(input, raw.for, one.variables, where, problems);
  if (!rounds.length) return [{ ...one, skipped: 'the list of `for` is empty' }];
  return rounds.map((variables) => {
    const wanted = isWanted(input, raw.when, variables, where, problems);
    return { ...one, variables, ...(!wanted && { skipped: `not when ${String(raw.when)}` }) };
  });
}

const isOn = (on: unknown, platform: string): boolean => listOf(on).some((name) => name === platform || name === familyOf(platform));

function roundsOf(input: CompileInput, list: unknown, variables: Variables, where: Where, problems: Problem[]): Variables[] {
  if (list === undefined) return [variables];
  const value = typeof list === 'string' ? input.evaluate(list, variables, where) : fillIn(list, {}, variables, where, input);
  if (!value.ok) {
    problems.push(...value.problems);
    return [];
  }
  if (typeof value.value !== 'object' || value.value === null) {
    problems.push(
      problem(
        `The \`for\` of this item gives ${JSON.stringify(value.value ?? null)}, which is not a list.`,
        where,
        'Name a list, or a mapping whose `item.key` and `item.value` are wanted.',
      ),
    );
    return [];
  }
  const items: unknown[] = Array.isArray(value.value) ? value.value : Object.entries(value.value).map(([key, part]) => ({ key, value: part as unknown }));
  return items.map((item, index) => ({ ...variables, item, index }));
}

function isWanted(input: CompileInput, when: unknown, variables: Variables, where: Where, problems: Problem[]): boolean {
  if (typeof when !== 'string') return when !== false;
  const value = input.evaluate(when, variables, where);
  if (!value.ok) problems.push(...value.problems);
  return value.ok && Boolean(value.value);
}

function partOf(input: CompileInput, one: Unfolded, index: number, problems: Problem[]): Part {
  const { resource, where } = one;
  const oneLine = (text: string): string => hideSecrets(text, secrets).replace(/\s+/g, ' ').slice(0, 200);
  const secrets = secretsIn(input.scope.secrets);
  const plainName = oneLine(
    String(one.raw.as ?? `${resource.key} ${typeof one.raw[resource.key] === 'string' ? (one.raw[resource.key] as string) : ''}`).trim(),
  );
  const nothing: Part = { index, name: plainName, where, seconds: 0, notifies: [], code: '' };
  if (one.skipped !== undefined) return { ...nothing, skipped: oneLine(one.skipped) };

  const schema = schemas.get(resource.key)!;
  const variables = resource.readsCaptured ? { ...one.variables, captured: capturedMarks(input.source) } : one.variables;
  const { on: _on, when: _when, for: _for, ...own } = one.raw;
  const filled = fillIn(own, schema, variables, where, input);
  if (!filled.ok) {
    problems.push(...filled.problems);
    return nothing;
  }
  const checked = coerceTo(schema, filled.value, where);
  if (checked.problems.length) {
    problems.push(...checked.problems.map((p) => ({ ...p, where: { ...p.where, resource: plainName } })));
    return nothing;
  }

  const item = checked.value as never;
  const { as, notify, timeout } = checked.value as { as?: string; notify?: string | string[]; timeout?: string | number };
  const name = oneLine(as ?? resource.title(item));
  const reaction = resource.onNotify?.(item);
  const mark = `${fileName(input.name)}.${fileName(as ?? reaction?.name ?? resource.title(item))}`;
  const context = contextOf(input, { ...where, resource: name }, mark, one.variables, problems);
  const code = resource.code(item, context);
  const seconds = typeof resource.seconds === 'function' ? resource.seconds(item) : (resource.seconds ?? DEFAULT_SECONDS);
  return {
    index,
    name,
    where: context.where,
    seconds: timeout === undefined ? seconds : secondsOf(timeout),
    notifies: listOf(notify),
    code,
    ...(reaction && { reaction: { ...reaction, name: as ?? reaction.name, title: oneLine(reaction.title ?? name), mark } }),
  };
}

/** What stands for a captured value until the report brings it: the control characters keep it from being anybody's text. */
export const capturedMark = (name: string): string => `\u001fcaptured ${name}\u001f`;

const capturedMarks = (source: RecipeSource): Record<string, string> =>
  Object.fromEntries(source.items.filter((item) => typeof item.capture === 'string').map((item) => [item.capture, capturedMark(item.capture as string)]));

function contextOf(input: CompileInput, where: Where, mark: string, variables: Variables, problems: Problem[]): Context {
  const secrets = privateParts(input.scope.secrets).filter((secret) => secret !== '');
  const report = <T>(result: Checked<T>, otherwise: T): T => {
    if (result.ok) return result.value;
    problems.push(...result.problems.map((p) => ({ ...p, where: { ...where, ...p.where } })));
    return otherwise;
  };
  return {
    platform: input.platform,
    family: familyOf(input.platform),
    where,
    role: input.source.file.split('/').at(-2) ?? 'prybar',
    mark,
    problem: (summary, next) => problems.push(problem(summary, where, next)),
    read: (path) => report(input.readFile(path), Buffer.alloc(0)),
    atAdmin: (sha256) => input.atAdmin?.(sha256),
    besideRecipe: (path) => input.source.file.replace(/[^/]*$/, path),
    render: (text, place) => report(input.render(text, variables, place), ''),
    holdsSecret: (content) => secrets.some((secret) => content.includes(secret)),
  };
}

// Names that would lose more than blanks get a digest, so that no two become one.
function fileName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_@-]/g, '-').slice(0, 60);
  return plain === name.replaceAll(' ', '-') ? plain : `${plain}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

function checkNotifications(unfolded: Unfolded[], parts: Part[], problems: Problem[]): void {
  const known = new Set(parts.flatMap((part) => (part.reaction ? [part.reaction.name] : [])));
  // An item that is left out on this node may be named all the same.
  for (const { raw, resource, skipped } of unfolded) if (skipped !== undefined) known.add(String(raw.as ?? raw[resource.key]));
  for (const part of parts) {
    for (const name of part.notifies) {
      if (known.has(name)) continue;
      problems.push(
        problem(
          `It notifies ${name}, but nothing in this recipe is called so.`,
          part.where,
          `Add a \`service\` item for it, or a command with \`as: ${name}\` and \`onNotify: run\`.`,
        ),
      );
    }
  }
}
