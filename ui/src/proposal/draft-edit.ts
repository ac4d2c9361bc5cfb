// Changes one value in a draft's text and leaves the rest of it as it was written, comments and order included. Pure.

import { type Document, isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml';
import type { ProposalBody } from '../../../core/model/proposal.ts';
import { type Format, textOf } from './proposal-text.ts';

export type Path = (string | number)[];

/** `undefined` takes the value away, and maps that become empty by that with it, up to `attributes` and `roles`. */
export function withValue(text: string, format: Format, path: Path, value: unknown): string {
  const document = parseDocument(text);
  if (document.contents === null) document.contents = document.createNode({}) as never;
  if (value === undefined) takeAway(document, path);
  else put(document, path, value);
  return format === 'json'
    ? textOf(document.toJS() as ProposalBody, 'json')
    : document.toString({ lineWidth: 120, flowCollectionPadding: /[[{] \S/.test(text) });
}

function put(document: Document, path: Path, value: unknown): void {
  // What stood there as `null` or as an empty flow map is written anew as a block.
  for (let length = 1; length < path.length; length++) {
    const there = document.getIn(path.slice(0, length), true) as Node | undefined;
    const empty = isMap(there) && there.items.length === 0;
    if (!isMap(there) && !isSeq(there)) document.setIn(path.slice(0, length), document.createNode(typeof path[length] === 'number' ? [] : {}));
    else if (empty) there.flow = false;
  }
  const there = document.getIn(path, true);
  // What was empty was quoted only for that.
  if (isScalar(there) && there.value === '') delete there.type;
  // A plain value is put into the node that is there, which keeps the comment behind it.
  document.setIn(path, typeof value === 'object' ? document.createNode(value) : value);
}

function takeAway(document: Document, path: Path): void {
  if (!document.hasIn(path)) return;
  document.deleteIn(path);
  const above = path.slice(0, -1);
  if (above.length < 2 || typeof path.at(-1) === 'number') return;
  const there = document.getIn(above, true);
  if (isMap(there) && there.items.length === 0) takeAway(document, above);
}

/** `/attributes/a~1b/0` taken apart (RFC 6901); numbers stay texts. */
export const pathOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
export const pointerOf = (path: Path): string => path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
