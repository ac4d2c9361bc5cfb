// Which of two versions of firmware is the newer one. Vendors number as they like (2.19.1, U46 v2.42, 1.4b, TEE142E-2.30), so that this can also not be known.

const piece = /\d+|[a-z]+/gi;

/** Below 0: `a` is older; above 0: newer; undefined: they are not of one kind. */
export function compareVersions(a: string, b: string): number | undefined {
  const [left, right] = [a.match(piece) ?? [], b.match(piece) ?? []];
  for (const [index, one] of left.entries()) {
    const other = right[index];
    // 1.4b comes after 1.4.
    if (other === undefined) return 1;
    if (/^\d/.test(one) && /^\d/.test(other)) {
      const [first, second] = [BigInt(one), BigInt(other)];
      if (first !== second) return first < second ? -1 : 1;
    } else if (one.toLowerCase() !== other.toLowerCase()) {
      // A letter behind a number counts on; one at the beginning names a line of versions of its own, as would words.
      if (index === 0 || one.length > 1 || other.length > 1 || /^\d/.test(one) || /^\d/.test(other)) return undefined;
      return one.toLowerCase() < other.toLowerCase() ? -1 : 1;
    }
  }
  return left.length < right.length ? -1 : 0;
}
