// A proposal's body as text and back. JSON is YAML too, so either may be typed or pasted, whatever is shown. Pure.

import { LineCounter, parseDocument, stringify } from 'yaml';
import type { Problem } from '../../../core/model/problem.ts';
import type { ProposalBody } from '../../../core/model/proposal.ts';

export type Format = 'yaml' | 'json';
export type Read = { ok: true; value: ProposalBody } | { ok: false; problems: Problem[] };

export function textOf(body: ProposalBody, format: Format): string {
  const ordered = { attributes: body.attributes, roles: body.roles };
  return format === 'json' ? `${JSON.stringify(ordered, null, 2)}\n` : stringify(ordered, { lineWidth: 120 });
}

/** Same wish, however it is written. */
export const sameBody = (a: ProposalBody, b: ProposalBody): boolean => textOf(a, 'json') === textOf(b, 'json');

const example = 'Write it as two maps, for example “attributes: {}” and “roles: { ntp-server: [node-1] }”.';

/** Syntax and the two maps only; the admin node checks the rest against the barclamp's schema. */
export function bodyOf(text: string): Read {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  // The first alone: those after it mostly follow from it.
  if (document.errors.length > 0)
    return {
      ok: false,
      problems: document.errors.slice(0, 1).map((error) => ({
        severity: 'error',
        summary: error.message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '.'),
        where: { file: 'your text', line: lines.linePos(error.pos[0]).line },
        next: 'Correct the line; nothing is saved before the text can be read.',
      })),
    };
  const value = document.toJS() as unknown;
  if (!isMap(value)) return refused('The text is not a map of “attributes” and “roles”.');
  const unknown = Object.keys(value).filter((key) => key !== 'attributes' && key !== 'roles');
  if (unknown.length > 0) return refused(`“${unknown[0]}” is not part of a proposal.`);
  const { attributes = {}, roles = {} } = value;
  if (!isMap(attributes)) return refused('“attributes” is not a map.');
  if (!isMap(roles)) return refused('“roles” is not a map.');
  return { ok: true, value: { attributes, roles: roles as ProposalBody['roles'] } };
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const refused = (summary: string): Read => ({ ok: false, problems: [{ severity: 'error', summary, next: example }] });
