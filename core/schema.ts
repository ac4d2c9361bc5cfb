// A value against a JSON Schema (2020-12), as Problems an operator can act on. The only place that knows ajv.

import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formatsPlugin from 'ajv-formats';
import { RE2JS } from 're2js';
import { type Problem, problem, type Where } from './model/problem.ts';

const addFormats = formatsPlugin as unknown as (ajv: Ajv2020) => void;

/**
 * Patterns come from barclamps and are tried on what people type, so they run in linear time (RE2): `^(a+)+$` cannot hang the admin node.
 * What RE2 does not know (looking around, back references) is refused in barclamps, see `patternProblem`; our own schemas may use it.
 */
const linearTime = Object.assign(
  (pattern: string, flags: string): { test(text: string): boolean } => {
    try {
      return RE2JS.compile(RE2JS.translateRegExp(pattern));
    } catch {
      return new RegExp(pattern, flags);
    }
  },
  { code: 'new RegExp' },
);

/** Why a pattern cannot be used in a barclamp's schema; undefined when it can. */
export function patternProblem(pattern: string): string | undefined {
  try {
    new RegExp(pattern, 'u');
  } catch (error) {
    return `is no regular expression (${(error as Error).message})`;
  }
  try {
    RE2JS.compile(RE2JS.translateRegExp(pattern));
    return undefined;
  } catch {
    return 'cannot be checked in linear time';
  }
}

function newAjv(options: { useDefaults?: boolean; coerceTypes?: boolean } = {}): Ajv2020 {
  const ajv = new Ajv2020({ allErrors: true, strict: false, verbose: true, allowUnionTypes: true, code: { regExp: linearTime }, ...options });
  addFormats(ajv);
  return ajv;
}

// Compiling costs about 3 ms a schema, so each schema object is compiled once, when first used.
const compiled = new WeakMap<object, ValidateFunction>();
const checker = newAjv();
const defaulter = newAjv({ useDefaults: true });
const coercer = newAjv({ useDefaults: true, coerceTypes: true });
const compiledDefaults = new WeakMap<object, ValidateFunction>();
const compiledCoercion = new WeakMap<object, ValidateFunction>();

function compileWith(ajv: Ajv2020, cache: WeakMap<object, ValidateFunction>, schema: object): ValidateFunction {
  let validate = cache.get(schema);
  if (!validate) {
    validate = ajv.compile(schema);
    cache.set(schema, validate);
  }
  return validate;
}

/** Problems of `value` against `schema`; empty when it fits. `where.pointer` is extended by the place inside the value. */
export function checkAgainst(schema: object, value: unknown, where: Where = {}): Problem[] {
  const validate = compileWith(checker, compiled, schema);
  return validate(value) ? [] : explain(validate.errors ?? [], where);
}

/** A copy of `value` with the schema's defaults filled in. Does not check it. */
export function withDefaults<T>(schema: object, value: T): T {
  const copy = structuredClone(value);
  compileWith(defaulter, compiledDefaults, schema)(copy);
  return copy;
}

/** For values that arrive as text (URL parameters): a copy with numbers and booleans made, and the Problems left. */
export function coerceTo<T>(schema: object, value: T, where: Where = {}): { value: T; problems: Problem[] } {
  const copy = structuredClone(value);
  const validate = compileWith(coercer, compiledCoercion, schema);
  return validate(copy) ? { value: copy, problems: [] } : { value: copy, problems: explain(validate.errors ?? [], where) };
}

/** Whether this is a schema at all. */
export function checkSchema(schema: unknown, where: Where = {}): Problem[] {
  if (typeof schema !== 'object' || schema === null) return [problem('A schema must be an object.', where)];
  try {
    newAjv().compile(schema);
    return [];
  } catch (error) {
    return [
      problem(
        `This is not a valid JSON Schema: ${(error as Error).message}`,
        where,
        'See https://json-schema.org/draft/2020-12 for the words a schema may use.',
      ),
    ];
  }
}

function explain(errors: ErrorObject[], where: Where): Problem[] {
  // A failed `oneOf`/`anyOf` reports each branch and then itself; the branches say more, so the summary is left out when they are there.
  const telling = errors.filter((e) => (e.keyword !== 'anyOf' && e.keyword !== 'oneOf' && e.keyword !== 'if') || errors.length === 1);
  return telling.map((error) => {
    const pointer = (where.pointer ?? '') + error.instancePath;
    return problem(sentence(error), { ...where, ...(pointer && { pointer }) }, advice(error));
  });
}

function sentence(error: ErrorObject): string {
  const name = error.instancePath.split('/').at(-1) || 'The value';
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties':
      return `"${params.additionalProperty}" is not a known property.`;
    case 'unevaluatedProperties':
      return `"${params.unevaluatedProperty}" is not a known property.`;
    case 'required':
      return `"${params.missingProperty}" is missing.`;
    case 'enum':
      return `"${name}" must be one of ${(params.allowedValues as unknown[]).map((v) => JSON.stringify(v)).join(', ')}.`;
    case 'const':
      return `"${name}" must be ${JSON.stringify(params.allowedValue)}.`;
    case 'minimum':
      return `"${name}" must be at least ${params.limit}.`;
    case 'maximum':
      return `"${name}" must be at most ${params.limit}.`;
    case 'minLength':
      return params.limit === 1 ? `"${name}" is empty.` : `"${name}" must have at least ${params.limit} characters.`;
    case 'maxLength':
      return `"${name}" must have at most ${params.limit} characters.`;
    case 'minItems':
      return params.limit === 1 ? `"${name}" is an empty list.` : `"${name}" must list at least ${params.limit}.`;
    case 'maxItems':
      return `"${name}" must list at most ${params.limit}.`;
    default:
      return `"${name}" ${error.message}.`;
  }
}

function advice(error: ErrorObject): string | undefined {
  if (error.keyword === 'additionalProperties' || error.keyword === 'unevaluatedProperties') return 'Check the spelling, or remove it.';
  if (error.keyword === 'required') return `Add "${(error.params as { missingProperty: string }).missingProperty}".`;
  const description = (error.parentSchema as { description?: string } | undefined)?.description;
  return description;
}
