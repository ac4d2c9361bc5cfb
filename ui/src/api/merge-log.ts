// Puts two stretches of a run's log together: in order of sequence number, each event once. Keeps the old array when nothing is new.

import type { LoggedEvent } from '../../../core/api/contract.ts';

export function mergeLog(old: LoggedEvent[], more: readonly LoggedEvent[]): LoggedEvent[] {
  if (more.length === 0) return old;
  if (more[0]!.seq > (old.at(-1)?.seq ?? -1)) return [...old, ...more];
  const bySeq = new Map([...old, ...more].map((e) => [e.seq, e]));
  if (bySeq.size === old.length) return old;
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}
