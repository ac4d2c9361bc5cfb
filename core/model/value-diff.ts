// Two versions of a document, compared value by value: what people see when somebody else was quicker, and what can be put together by itself.

/** `pointer` as in RFC 6901; a side is absent where the value is not there. Lists are compared whole: their order has a meaning. */
export type ValueChange = { pointer: string; before?: unknown; after?: unknown };

export function valueDiff(before: unknown, after: unknown, pointer = ''): ValueChange[] {
  if (same(before, after)) return [];
  if (!isMapping(before) || !isMapping(after)) return [{ pointer, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => valueDiff(before[key], after[key], `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`));
}

/** `base` with both changes, or undefined when they touch the same place in different ways. */
export function merged<T>(base: T, mine: T, theirs: T): T | undefined {
  const [ours, others] = [valueDiff(base, mine), valueDiff(base, theirs)];
  const clash = ours.some((a) => others.some((b) => overlap(a.pointer, b.pointer) && !(a.pointer === b.pointer && same(a.after, b.after))));
  return clash ? undefined : (others.reduce<unknown>((document, change) => withChange(document, change), mine) as T);
}

const isMapping = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const overlap = (a: string, b: string): boolean => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((value, index) => same(value, b[index]));
  if (!isMapping(a) || !isMapping(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && same(a[key], b[key]));
}

function withChange(document: unknown, { pointer, after }: ValueChange): unknown {
  const [, first, ...rest] = pointer.split('/');
  if (first === undefined) return after;
  const key = first.replaceAll('~1', '/').replaceAll('~0', '~');
  const { [key]: present, ...others } = isMapping(document) ? document : {};
  const value = withChange(present, { pointer: rest.length ? `/${rest.join('/')}` : '', after });
  return value === undefined ? others : { ...others, [key]: value };
}

/** `attributes.servers: ["a"] → ["b"]` */
export function changeText({ pointer, before, after }: ValueChange): string {
  const place = pointer.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
  const text = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
  return `${place}: ${text(before)} → ${text(after)}`;
}
