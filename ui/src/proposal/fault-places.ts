// Where in a draft's text each Problem stands, for marks beside the lines: by line, by JSON pointer, or by the role and machine that it is about. Pure.

import { type Document, isMap, isScalar, isSeq, type Node, type Pair, parseDocument } from 'yaml';
import type { Problem } from '../../../core/model/problem.ts';
import { pathOf } from './draft-edit.ts';

/** Offsets in the text; `to` may be `from` where there is nothing to underline. */
export type FaultPlace = { from: number; to: number; severity: Problem['severity']; text: string };

export function placesOf(text: string, problems: readonly Problem[]): FaultPlace[] {
  const document = parseDocument(text);
  return problems.map((problem) => ({
    ...rangeOf(text, document, problem),
    severity: problem.severity,
    text: [problem.summary, problem.next].filter(Boolean).join(' '),
  }));
}

type Range = Pick<FaultPlace, 'from' | 'to'>;

function rangeOf(text: string, document: Document, { where }: Problem): Range {
  if (where?.line !== undefined) return lineRange(text, where.line);
  if (where?.pointer) return walk(document.contents, pathOf(where.pointer)) ?? lineRange(text, 1);
  if (where?.role) return walk(document.contents, ['roles', where.role, ...(where.node === undefined ? [] : [where.node])]) ?? lineRange(text, 1);
  return lineRange(text, 1);
}

function lineRange(text: string, line: number): Range {
  const lines = text.split('\n');
  const index = Math.min(line, lines.length) - 1;
  const from = lines.slice(0, index).reduce((sum, { length }) => sum + length + 1, 0);
  return { from, to: from + lines[index]!.length };
}

/** As far down as there is something: the plain value at the end of the path, else the name of what holds it. */
function walk(node: unknown, [step, ...rest]: string[], found?: Range): Range | undefined {
  if (step === undefined) return isScalar(node) ? (spanOf(node) ?? found) : found;
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step) as Pair<Node, Node> | undefined;
    return pair ? walk(pair.value, rest, spanOf(pair.key) ?? found) : found;
  }
  if (!isSeq(node)) return found;
  // A machine is named by itself, anything else by its number.
  const item = node.items.find((one) => isScalar(one) && one.value === step) ?? (/^\d+$/.test(step) ? node.items[Number(step)] : undefined);
  return item === undefined ? found : walk(item, rest, spanOf(item as Node) ?? found);
}

function spanOf({ range }: Node): Range | undefined {
  return range ? { from: range[0], to: range[1] } : undefined;
}
