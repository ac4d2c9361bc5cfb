// proposal.schema.json: drives checks, form, defaults and reference, so it must be a schema and say what each property is for.

import path from 'node:path';
import type { JsonSchema } from '../model/barclamp.ts';
import { bad, type Checked, ok, problem, type Problem } from '../model/problem.ts';
import { checkSchema, patternProblem } from '../schema.ts';
import { readText } from './files.ts';
import { located } from './yaml.ts';

/** The schema of a barclamp's attributes, checked as a schema, as a form and as something that cannot hang. */
export function loadProposalSchema(folder: string, name: string): Checked<JsonSchema> {
  const file = `${name}/proposal.schema.json`;
  const text = readText(path.join(folder, 'proposal.schema.json'));
  if (text === undefined) return bad(problem('There is no proposal.schema.json.', { file }, 'Add one; `{ "type": "object", "properties": {} }` is the least.'));
  try {
    const schema = JSON.parse(text) as JsonSchema;
    // A pattern that is none would make the schema none; the first says which it is.
    const patterns = unusablePatterns(schema, '');
    const problems = [...(patterns.length ? patterns : checkSchema(schema)), ...undescribed(schema, '')];
    return problems.length ? { ok: false, problems: located(problems, file, text) } : ok(schema);
  } catch (error) {
    return bad(
      problem(`This is not valid JSON: ${(error as Error).message}.`, { file, line: jsonErrorLine(text, error as Error) }, 'Check commas and quotes there.'),
    );
  }
}

function jsonErrorLine(text: string, error: Error): number {
  const position = /position (\d+)/.exec(error.message);
  return position ? text.slice(0, Number(position[1])).split('\n').length : text.split('\n').length;
}

// The schema is also the form and the reference: a property without words helps nobody. A branch (`oneOf`, `then`) that only
// says more about a property that is described outside need not repeat it.
function undescribed(schema: JsonSchema, pointer: string, outside: ReadonlySet<string> = new Set()): Problem[] {
  const problems: Problem[] = [];
  const own = (schema.properties ?? {}) as Record<string, JsonSchema>;
  for (const [name, property] of Object.entries(own)) {
    const here = `${pointer}/properties/${step(name)}`;
    if (!property.description && !outside.has(name)) {
      problems.push(problem(`The property ${name} has no description.`, { pointer: here }, 'Say in one sentence what it sets, and in which unit.'));
    }
    problems.push(...undescribed(property, here));
  }
  const described = new Set([...outside, ...Object.keys(own)]);
  for (const [at, inner, isBranch] of subschemas(schema)) problems.push(...undescribed(inner, `${pointer}/${at}`, isBranch ? described : undefined));
  return problems;
}

/** Schemas directly inside, beside `properties`; a branch is about the same value. */
function subschemas(schema: JsonSchema): [at: string, inner: JsonSchema, isBranch: boolean][] {
  const found: [string, unknown, boolean][] = [];
  for (const key of ['items', 'additionalProperties', 'contains', 'unevaluatedProperties']) found.push([key, schema[key], false]);
  for (const key of ['if', 'then', 'else', 'not']) found.push([key, schema[key], true]);
  for (const key of ['oneOf', 'anyOf', 'allOf', 'prefixItems']) {
    for (const [index, inner] of ((schema[key] as unknown[] | undefined) ?? []).entries()) found.push([`${key}/${index}`, inner, key !== 'prefixItems']);
  }
  for (const key of ['$defs', 'patternProperties', 'dependentSchemas']) {
    for (const [name, inner] of Object.entries((schema[key] as object | undefined) ?? {}))
      found.push([`${key}/${step(name)}`, inner, key === 'dependentSchemas']);
  }
  return found.filter((entry): entry is [string, JsonSchema, boolean] => typeof entry[1] === 'object' && entry[1] !== null);
}

function unusablePatterns(schema: JsonSchema, pointer: string): Problem[] {
  const problems: Problem[] = [];
  const check = (pattern: unknown, at: string) => {
    const why = typeof pattern === 'string' && patternProblem(pattern);
    if (why)
      problems.push(
        problem(`The pattern ${pattern} ${why}.`, { pointer: at }, 'Do without looking ahead or behind and without back references; counts go up to 1000.'),
      );
  };
  check(schema.pattern, `${pointer}/pattern`);
  check((schema.propertyNames as JsonSchema | undefined)?.pattern, `${pointer}/propertyNames/pattern`);
  for (const pattern of Object.keys((schema.patternProperties as object | undefined) ?? {})) check(pattern, `${pointer}/patternProperties/${step(pattern)}`);
  for (const [name, property] of Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>))
    problems.push(...unusablePatterns(property, `${pointer}/properties/${step(name)}`));
  for (const [at, inner] of subschemas(schema)) problems.push(...unusablePatterns(inner, `${pointer}/${at}`));
  return problems;
}

const step = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
