// Keeps the history from growing without bound: at the start and every hour, in batches small enough that nobody notices.

import { problem, type Problem } from '../model/problem.ts';
import type { Pruned, PruneRule, Store } from './store.ts';

const EVERY_MS = 3600_000;
const PAUSE_MS = 20;
const DAY_MS = 24 * 3600_000;
// Who is further behind than this reads everything anew, which is cheaper by then.
const CHANGES_KEPT = 100_000;

/** Goes through all node-roles once. A dry run only counts. */
export async function pruneRuns(store: Store, rule: PruneRule, options: { dryRun?: boolean; signal?: AbortSignal } = {}): Promise<Pruned> {
  const total: Pruned = { runs: 0, events: 0 };
  let after: string | undefined = '';
  while (after !== undefined && !options.signal?.aborted) {
    const { runs, events, next }: Pruned & { next?: string } = await store.pruneRuns(rule, after, options.dryRun);
    total.runs += runs;
    total.events += events;
    after = next;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return total;
}

/** `auditDays`: how long records of the audit log stay. `readUpTo`: the position in the change feed that everybody inside this process has reached. */
export function keepPruning(
  store: Store,
  rule: PruneRule & { auditDays: number },
  readUpTo: () => number,
  onProblem: (problem: Problem) => void,
): { stop(): Promise<void> } {
  const ending = new AbortController();
  let pruning: Promise<void> | undefined;
  const round = async () => {
    await pruneRuns(store, rule, { signal: ending.signal });
    await store.moments.prune(Date.now() - rule.days * DAY_MS);
    await store.happenings.prune(Date.now() - rule.days * DAY_MS);
    while (!ending.signal.aborted && (await store.cutAudit(rule.auditDays)) > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const oldest = Math.min((await store.lastSeq()) - CHANGES_KEPT, readUpTo());
    while (!ending.signal.aborted && (await store.pruneChanges(oldest)) > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  };
  const begin = () => {
    pruning ??= round()
      .catch((error: Error) =>
        onProblem(problem(`Old runs could not be deleted: ${error.message}`, undefined, 'Is the disk full? It is tried again in an hour.')),
      )
      .finally(() => {
        pruning = undefined;
      });
  };
  const timer = setInterval(begin, EVERY_MS);
  begin();
  return {
    async stop() {
      clearInterval(timer);
      ending.abort();
      await pruning;
    },
  };
}
