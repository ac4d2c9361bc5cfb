// What a template or an expression does, found in its text, so also in the branches that no rendering comes through: which variables it reads,
// and loops that do not do what they seem to.

import nunjucks from 'nunjucks';

/** `attributes.time.servers` is the path [attributes, time, servers]; `line` counts from 1 in the text. */
export type Read = { path: string[]; line: number };

type Node = { typename: string; lineno: number; fields: string[] } & Record<string, unknown>;
const { parse } = (nunjucks as unknown as { parser: { parse(text: string, extensions: [], options: object): Node } }).parser;

/** Reads of variables that the text does not itself make (with set, for or macro). Nothing when it cannot be parsed: rendering says why. */
export function readsOfTemplate(text: string): Read[] {
  const root = parsed(text);
  return root ? readsIn(root) : [];
}

function parsed(text: string): Node | undefined {
  try {
    return parse(text, [], { trimBlocks: true, lstripBlocks: true });
  } catch {
    return undefined;
  }
}

export const readsOfExpression = (expression: string): Read[] => readsOfTemplate(`{{ ${expression} }}`);

/** Lines of `{% for x in list if cond %}`: read as `list if cond`, which is the whole list or nothing. In parentheses that is meant so. */
export function linesOfLoopsWithIf(text: string): number[] {
  const lines: number[] = [];
  const visit = (node: unknown): void => {
    if (!isNode(node)) return;
    const list = loops.has(node.typename) ? (node.arr as Node) : undefined;
    if (list?.typename === 'InlineIf' && !list.else_) lines.push(node.lineno + 1);
    for (const part of partsOf(node)) visit(part);
  };
  visit(parsed(text));
  return lines;
}

const loops = new Set(['For', 'AsyncEach', 'AsyncAll']);

function readsIn(root: Node): Read[] {
  const reads: Read[] = [];
  const own = new Set(['loop', 'caller']);
  const visit = (node: unknown): void => {
    if (!isNode(node)) return;
    for (const name of madeBy(node)) own.add(name);
    const path = pathOf(node);
    if (path) return void reads.push({ path, line: node.lineno + 1 });
    for (const part of partsOf(node)) visit(part);
  };
  visit(root);
  return reads.filter(({ path }) => !own.has(path[0]!));
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'typename' in value;

/** `a.b['c']` as a path; of `a[x].b` only what is certain is none. */
function pathOf(node: Node): string[] | undefined {
  if (node.typename === 'Symbol') return [String(node.value)];
  if (node.typename !== 'LookupVal') return undefined;
  const target = pathOf(node.target as Node);
  const key = node.val as Node;
  return target && key.typename === 'Literal' ? [...target, String(key.value)] : undefined;
}

/** Names that a block gives a value to. */
function madeBy(node: Node): string[] {
  const names = (part: unknown): string[] => {
    if (Array.isArray(part)) return part.flatMap(names);
    if (!isNode(part)) return [];
    return part.typename === 'Symbol' ? [String(part.value)] : names(part.children);
  };
  switch (node.typename) {
    case 'For':
    case 'AsyncEach':
    case 'AsyncAll':
      return names(node.name);
    case 'Set':
      return names(node.targets);
    case 'Macro':
    case 'Caller':
      return [
        ...names(node.name),
        ...names(node.args),
        ...(node.args as { children?: Node[] }).children!.flatMap((part) => (part.typename === 'KeywordArgs' ? keys(part) : [])),
      ];
    default:
      return [];
  }
}

const keys = (dict: Node): string[] => (dict.children as Node[]).map((pair) => String((pair.key as Node).value));

/** What stands inside a node and is read: not the names of filters, tests and keys. */
function partsOf(node: Node): unknown[] {
  switch (node.typename) {
    case 'Filter':
      return [node.args];
    case 'Pair':
      return [node.value];
    case 'Is':
      return [node.left];
    case 'Set':
      return [node.value, node.body];
    case 'For':
      return [node.arr, node.body, node.else_];
    case 'Macro':
    case 'Caller':
      return [node.body];
    default: {
      const children = (node.children as unknown[] | undefined) ?? [];
      return [...children, ...node.fields.filter((field) => field !== 'children').map((field) => node[field])].flat();
    }
  }
}
