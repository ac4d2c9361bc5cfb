// Keeps who was turned away at a door that machines knock at. Whoever knocks there is untrusted: one address is one fact, written at most once a minute
// unless the reason is another, so few are new in a minute, and so many are kept.

import { ok, problem, type Problem } from '../model/problem.ts';
import { type Refusal, REFUSAL_KEPT_MS } from '../model/refusal.ts';
import type { Facility, Store } from './store.ts';

const EVERY_MS = 60_000;
const NEW_IN_A_MINUTE = 30;
const MOST = 200;
const LONGEST = 300;

export type Refusals = {
  note(address: string, asked: string, problem: Problem): void;
  /** It was let in. */
  forget(address: string): void;
  /** When all that was noted is written. */
  settled(): Promise<void>;
};

type Noted = { summary: string; count: number; writtenAt: number };

export function openRefusals({ store, door, now, log }: { store: Store; door: Refusal['door']; now(): number; log(problem: Problem): void }): Refusals {
  const noted = new Map<string, Noted>();
  let fresh: number[] = [];
  let writing: Promise<unknown> = Promise.resolve();
  const inTurn = (work: (tx: Facility) => Promise<unknown>) => {
    writing = writing
      .then(() => store.transact(async (tx) => ok(await work(tx))))
      .catch((error: Error) => log(problem(`Who was turned away could not be kept: ${error.message}`)));
  };

  return {
    note(address, wanted, told) {
      const at = now();
      const asked = plain(wanted);
      const found = { ...told, summary: plain(told.summary) };
      const known = noted.get(address);
      if (known && known.summary === found.summary && at - known.writtenAt < EVERY_MS) {
        known.count++;
        return;
      }
      fresh = fresh.filter((one) => one > at - EVERY_MS);
      if (!known && fresh.length >= NEW_IN_A_MINUTE) return;
      if (!known) fresh.push(at);
      const count = (known?.count ?? 0) + 1;
      noted.set(address, { summary: found.summary, count: 0, writtenAt: at });
      // The one that was noted first goes first.
      if (noted.size > MOST) noted.delete(noted.keys().next().value!);
      inTurn((tx) => keep(tx, { door, address, asked, problem: found, count, at }));
    },
    forget(address) {
      noted.delete(address);
      inTurn((tx) => tx.remove('refusal', idOf(door, address)));
    },
    settled: async () => void (await writing),
  };
}

/** Some of it is what was sent: nothing that a terminal or a page could take for more than text, and not much of it. */
const plain = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, LONGEST);

const idOf = (door: Refusal['door'], address: string): string => `${door} ${address}`;

async function keep(tx: Facility, { count, ...seen }: Omit<Refusal, 'id' | 'firstAt'>): Promise<void> {
  const id = idOf(seen.door, seen.address);
  const before = await tx.get('refusal', id);
  if (!before) await makeRoom(tx, seen.at);
  await tx.put('refusal', id, { id, ...seen, firstAt: before?.firstAt ?? seen.at, count: (before?.count ?? 0) + count }, 'any');
}

async function makeRoom(tx: Facility, at: number): Promise<void> {
  if ((await tx.names('refusal')).length < MOST) return;
  const all = (await tx.list('refusal')).toSorted((a, b) => b.at - a.at);
  for (const [index, { id, at: last }] of all.entries()) if (index >= MOST - 1 || last < at - REFUSAL_KEPT_MS) await tx.remove('refusal', id);
}
