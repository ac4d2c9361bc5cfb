// Where the keyboard goes among machines: rows of places, of which Tab reaches one and the arrows the others. Pure.

/** One row of what is drawn: each place by a name of its own. */
export type StopRow = readonly string[];

/** The place that a key leads to; nothing where it leads nowhere, or means nothing here. `perPage`: rows that are in sight at once. */
export function stepFrom(rows: readonly StopRow[], from: string, key: string, far: boolean, perPage: number): string | undefined {
  const row = rows.findIndex((stops) => stops.includes(from));
  if (row < 0) return undefined;
  const stops = rows[row]!;
  const at = stops.indexOf(from);
  const inRow = (wanted: number) => {
    const there = rows[Math.max(0, Math.min(rows.length - 1, wanted))]!;
    return there[Math.min(at, there.length - 1)];
  };
  switch (key) {
    case 'ArrowRight':
      return stops[at + 1] ?? rows[row + 1]?.[0];
    case 'ArrowLeft':
      return stops[at - 1] ?? rows[row - 1]?.at(-1);
    case 'ArrowDown':
      return inRow(row + 1);
    case 'ArrowUp':
      return inRow(row - 1);
    case 'PageDown':
      return inRow(row + perPage);
    case 'PageUp':
      return inRow(row - perPage);
    case 'Home':
      return far ? rows[0]![0] : stops[0];
    case 'End':
      return far ? rows.at(-1)!.at(-1) : stops.at(-1);
    default:
      return undefined;
  }
}

/** The one that Tab reaches: the same as before, what came to its place when it is gone, or the first. */
export function stopAt(rows: readonly StopRow[], before: { stop: string; index: number } | undefined): { stop: string; index: number } | undefined {
  const all = rows.flat();
  if (!all.length) return undefined;
  const same = before ? all.indexOf(before.stop) : 0;
  const index = same >= 0 ? same : Math.min(before!.index, all.length - 1);
  return { stop: all[index]!, index };
}
