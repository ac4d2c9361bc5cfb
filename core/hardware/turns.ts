// Orders to one controller wait for each other, with a moment between them: most hold few sessions, and some stop answering for
// minutes when they are asked too quickly.

import { setTimeout as sleep } from 'node:timers/promises';

const GAP_MS = 100;

const turns = new Map<string, Promise<unknown>>();

/** `work` when all that was asked of this address before has ended. */
export function inTurn<T>(address: string, work: () => Promise<T>): Promise<T> {
  const before = turns.get(address);
  const mine = before ? before.then(work) : work();
  const rest = (): Promise<void> => sleep(GAP_MS);
  const over = mine.then(rest, rest);
  turns.set(address, over);
  void over.then(() => {
    if (turns.get(address) === over) turns.delete(address);
  });
  return mine;
}
