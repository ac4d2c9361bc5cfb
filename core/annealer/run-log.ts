// The log of one run on its way to the store: events are numbered as they come and written in small batches,
// so that a chatty role costs few transactions and a reader sees them within a tenth of a second.

import type { ResourceResult, RunEvent } from '../model/run.ts';
import type { LoggedEvent, Store } from '../store/store.ts';

const FLUSH_MS = 100;

export type RunLog = {
  add(event: RunEvent): void;
  /** Writes what is left; returns the resources by result. */
  close(): Promise<Partial<Record<ResourceResult, number>>>;
};

export function recordLog(store: Store, runId: number, now: () => number): RunLog {
  let waiting: LoggedEvent[] = [];
  let seq = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  const counts: Partial<Record<ResourceResult, number>> = {};

  const flush = () => {
    timer = undefined;
    const batch = waiting;
    waiting = [];
    if (batch.length) writing = writing.then(() => store.appendRunEvents(runId, batch));
  };

  return {
    add(event) {
      if (event.kind === 'end') counts[event.result] = (counts[event.result] ?? 0) + 1;
      waiting.push({ seq: ++seq, at: now(), event });
      timer ??= setTimeout(flush, FLUSH_MS);
    },
    async close() {
      clearTimeout(timer);
      flush();
      await writing;
      return counts;
    },
  };
}
