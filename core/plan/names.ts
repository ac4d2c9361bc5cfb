// The order of names that people number: n2 before n10.

// Each run of digits gets its length in front, so that plain text order is the order of the numbers.
const naturalKey = (name: string): string => name.replaceAll(/\d+/g, (digits) => String.fromCharCode(0x30 + Math.min(digits.length, 40)) + digits);

export function compareNames(a: string, b: string): number {
  const [x, y] = [naturalKey(a), naturalKey(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

const keys = new WeakMap<object, string>();

function keyOf(named: { name: string }): string {
  let key = keys.get(named);
  if (key === undefined) keys.set(named, (key = naturalKey(named.name)));
  return key;
}

/** A sorted copy. Facts are replaced, never edited, so a fact's key is made once. */
export function sortedByName<T extends { name: string }>(list: readonly T[]): T[] {
  return list.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
}
