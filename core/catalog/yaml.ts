// YAML text to values, with Problems that name file and line. Only what JSON can say is accepted:
// `0755` stays text-like trouble for its author to quote, `yes` is a string.

import { JSON_SCHEMA, load, YAMLException } from 'js-yaml';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { bad, type Checked, ok, problem, type Problem } from '../model/problem.ts';

export function parseYaml(text: string, file: string): Checked<unknown> {
  try {
    return ok(load(text, { schema: JSON_SCHEMA, filename: file }));
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const line = error.mark ? error.mark.line + 1 : undefined;
    return bad(
      problem(
        `This is not valid YAML: ${error.reason}.`,
        { file, ...(line && { line }) },
        'Check the indentation and quotes on this line and the one above it.',
      ),
    );
  }
}

/** The 1-based line at which the value under a JSON pointer starts; the nearest parent's when the value is not there. */
export const lineOf = (text: string, pointer: string): number | undefined => lineFinder(text)(pointer);

/** `lineOf` for many pointers into one text. */
export function lineFinder(text: string): (pointer: string) => number | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  return (pointer) => {
    const steps = pointer
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    for (let depth = steps.length; depth >= 0; depth--) {
      const keys = steps.slice(0, depth).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
      const value = keys.length ? document.getIn(keys, true) : document.contents;
      if (isNode(value) && value.range) return lines.linePos(value.range[0]).line;
    }
    return undefined;
  };
}

/** Problems found in a document by pointer, with the file and line added. */
export function located(problems: Problem[], file: string, text: string): Problem[] {
  const find = lineFinder(text);
  return problems.map((p) => {
    const line = find(p.where?.pointer ?? '');
    return { ...p, where: { ...p.where, file, ...(line && { line }) } };
  });
}
