// What roles took so far, from the last runs of each, for forecasts.

import type { Run } from '../model/run.ts';
import type { Durations } from '../plan/forecast.ts';
import type { Store } from '../store/store.ts';

export type History = { durations(roles: Iterable<string>): Promise<Durations> };

const RUNS = 40;
const FRESH_MS = 30_000;

type Known = { at: number; apply?: number; remove?: number };

export function openHistory(store: Store, now: () => number): History {
  const known = new Map<string, Known>();
  const learn = async (role: string): Promise<void> => {
    if ((known.get(role)?.at ?? 0) > now() - FRESH_MS) return;
    const done = (await store.runs({ role, limit: RUNS })).filter((run) => run.outcome === 'done');
    const [apply, remove] = [typical(done, 'apply'), typical(done, 'remove')];
    // What was never done may be done any moment.
    if (done.length) known.set(role, { at: now(), ...(apply !== undefined && { apply }), ...(remove !== undefined && { remove }) });
  };
  return {
    async durations(roles) {
      await Promise.all([...new Set(roles)].map(learn));
      return ({ declaration }, mode) => known.get(declaration.name)?.[mode];
    },
  };
}

/** The median of those that changed something, for what is still to be done will; of all, where none did. In ms. */
function typical(runs: readonly Run[], mode: Run['mode']): number | undefined {
  const ours = runs.filter((run) => run.mode === mode);
  const changing = ours.filter((run) => run.counts?.changed);
  const lengths = (changing.length ? changing : ours).map((run) => run.endedAt! - run.startedAt).sort((a, b) => a - b);
  return lengths[Math.floor(lengths.length / 2)];
}
