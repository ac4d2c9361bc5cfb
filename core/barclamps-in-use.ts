// Which barclamps are in use: from that follows what is kept for machines that have no internet.

import type { Barclamp } from './model/barclamp.ts';
import type { Store } from './store/store.ts';

/** Those that there is a proposal of, and this one more. By name. */
export async function barclampsInUse(store: Store, barclamps: ReadonlyMap<string, Barclamp>, more?: string): Promise<Barclamp[]> {
  const names = (await store.list('proposal')).map(({ barclamp }) => barclamp);
  return [...new Set(more === undefined ? names : [...names, more])].sort().flatMap((name) => barclamps.get(name) ?? []);
}
