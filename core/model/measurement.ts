// What a burn-in measured, and what of it is unlike the same on machines of the same make and model. Pure.

export type Measurement = {
  /** `processors`, `sda`. */
  what: string;
  /** `reading`. */
  measure: string;
  /** Those of one group can be compared: `disk ssd Fast reading`. */
  group: string;
  value: number;
  unit: string;
  least?: number;
  most?: number;
};

/** What the role `burn-in` publishes, as JSON. */
export type BurnIn = { measured: Measurement[]; skipped: { what: string; reason: string }[] };

/** A measurement among its peers. */
export type Compared = Measurement & {
  /** How many of its group there are, with it. */
  peers: number;
  /** Of the group; absent where there are too few to say what is usual. */
  median?: number;
  /** It lies far off. */
  unlike?: 'above' | 'below';
};

/** Fewer say nothing of what is usual. */
const LEAST_PEERS = 5;
/** B. Iglewicz and D. Hoaglin, "How to Detect and Handle Outliers", 1993: the modified z-score, and where they draw the line. */
const FAR = 3.5;
const NORMAL = 1.4826;
/** What differs less is no matter, however alike the others are. */
const MATTERS = 0.1;

/** Each of `own` among all of its group; `all` holds them too. */
export function amongPeers(own: readonly Measurement[], all: readonly Measurement[]): Compared[] {
  const groups = new Map<string, Measurement[]>();
  for (const one of all) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
  return own.map((measurement) => {
    const values = (groups.get(measurement.group) ?? []).map(({ value }) => value);
    const peers = values.length;
    if (peers < LEAST_PEERS) return { ...measurement, peers };
    const median = medianOf(values);
    const off = measurement.value - median;
    const spread = NORMAL * medianOf(values.map((value) => Math.abs(value - median)));
    const isUnlike = Math.abs(off) > FAR * spread && Math.abs(off) > MATTERS * Math.abs(median);
    return { ...measurement, peers, median, ...(isUnlike && { unlike: off > 0 ? ('above' as const) : ('below' as const) }) };
  });
}

/** Of at least one. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Undefined where the text is none: it comes from a machine. */
export function readBurnIn(text: unknown): BurnIn | undefined {
  try {
    const { measured, skipped } = JSON.parse(String(text)) as Partial<BurnIn>;
    if (!Array.isArray(measured) || !Array.isArray(skipped)) return undefined;
    return { measured: measured.filter(({ group, value }) => typeof group === 'string' && Number.isFinite(value)), skipped };
  } catch {
    return undefined;
  }
}
