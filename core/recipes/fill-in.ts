// The properties of an item with their templates filled in, each by what its schema says it is: text, sh code, or any value.

import type { JsonSchema } from '../model/barclamp.ts';
import { bad, type Checked, ok, type Problem, problem, type Where } from '../model/problem.ts';
import { shellText } from './shell-text.ts';

export type Variables = Record<string, unknown>;

/** The two things that recipes need of a template language. */
export type Templates = {
  /** Fills in a template, strictly: a variable without a value is a Problem. */
  render(text: string, variables: Variables, where: Where): Checked<string>;
  /** The value of an expression. */
  evaluate(expression: string, variables: Variables, where: Where): Checked<unknown>;
};

export function fillIn(value: unknown, schema: JsonSchema, variables: Variables, where: Where, templates: Templates): Checked<unknown> {
  if (typeof value === 'string') return fillText(value, schema, variables, where, templates);
  if (typeof value !== 'object' || value === null) return ok(value);
  const problems: Problem[] = [];
  const filled = Object.entries(value).map(([key, part]) => {
    const result = fillIn(part, partSchema(schema, key, Array.isArray(value)), variables, where, templates);
    if (!result.ok) problems.push(...result.problems);
    return [key, result.ok ? result.value : undefined] as const;
  });
  if (problems.length) return { ok: false, problems };
  return ok(Array.isArray(value) ? filled.map(([, part]) => part) : Object.fromEntries(filled));
}

function partSchema(schema: JsonSchema, key: string, inList: boolean): JsonSchema {
  const part = inList ? schema.items : ((schema.properties as JsonSchema | undefined)?.[key] ?? schema.additionalProperties);
  return typeof part === 'object' && part !== null ? (part as JsonSchema) : {};
}

function fillText(text: string, schema: JsonSchema, variables: Variables, where: Where, templates: Templates): Checked<unknown> {
  if (text.includes('\0'))
    return bad(problem('The text holds a NUL byte, which sh cannot carry.', where, 'Use `source` with a file of the role for binary content.'));
  if (!text.includes('{{') && !text.includes('{%') && !text.includes('{#')) return ok(text);
  if (schema['x-shell']) return shellText(text, (template) => templates.render(template, variables, where), where);
  // `{{ attributes.port }}` alone is that value, so that lists and numbers stay what they are.
  const alone = /^\{\{-?((?:(?!\}\}|\{\{)[\s\S])*?)-?\}\}$/.exec(text.trim());
  if (!alone || schema.type === 'string') return checkText(templates.render(text, variables, where), where);
  const result = templates.evaluate(alone[1]!.trim(), variables, where);
  if (result.ok && (result.value === undefined || result.value === null)) {
    return bad(
      problem(`${text.trim()} has no value.`, where, 'Give it one in the proposal or a default in proposal.schema.json, or guard the item with `when`.'),
    );
  }
  return result;
}

function checkText(text: Checked<string>, where: Where): Checked<string> {
  if (!text.ok || !text.value.includes('\0')) return text;
  return bad(problem('A value holds a NUL byte, which sh cannot carry.', where, 'Correct the value in the proposal.'));
}
