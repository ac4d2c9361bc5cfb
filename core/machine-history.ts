// Follows the machines and keeps what happened to them, so that people can look back. Nothing is told of what changed while no admin node ran: nobody
// saw it.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Happening, happeningsBetween } from './model/happening.ts';
import type { Node } from './model/node.ts';
import { problem, type Problem } from './model/problem.ts';
import { followChanges } from './store/follow.ts';
import type { Store } from './store/store.ts';
import { takeTurns } from './take-turns.ts';

/** Between two looks, so that a rack that powers on is a few transactions and not thousands. */
const PAUSE_MS = 100;
const BATCH = 1000;

export type MachineHistoryOptions = { store: Store; now(): number; onProblem(problem: Problem): void };

export type KeptHistory = {
  /** Looks now: what there is to be seen at the call is kept when it returns. */
  look(): Promise<void>;
  stop(): Promise<void>;
};

export function keepMachineHistory({ store, now, onProblem }: MachineHistoryOptions): KeptHistory {
  let position: number | undefined;
  const known = new Map<string, Node>();
  /** Who asked what to boot and did not start since: firmware asks again and again while there is nothing for it. */
  const asking = new Set<string>();

  /** Whether there may be more to look at. */
  const lookOnce = async (): Promise<boolean> => {
    if (position === undefined) {
      position = await store.lastSeq();
      for (const node of await store.list('node')) known.set(node.id, node);
      return false;
    }
    const changes = await store.changes(position, BATCH);
    const at = now();
    const seen: (Happening & { nodeId: string })[] = [];
    for (const mac of idsOf(changes, 'sighting')) {
      const sighting = await store.get('sighting', mac);
      const nodeId = sighting?.nodeId;
      // What it asks for after that may come so soon that the first was not seen.
      if (!sighting || sighting.stage === 'inventory' || nodeId === undefined || !known.has(nodeId) || asking.has(nodeId)) continue;
      asking.add(nodeId);
      seen.push({ nodeId, at, kind: 'asked' });
    }
    for (const nodeId of idsOf(changes, 'node')) {
      const node = await store.get('node', nodeId);
      const found = happeningsBetween(known.get(nodeId), node);
      if (node) known.set(nodeId, node);
      else known.delete(nodeId);
      if (found.some(({ kind }) => kind === 'started' || kind === 'answers')) asking.delete(nodeId);
      seen.push(...found.map((happening) => ({ nodeId, at, ...happening })));
    }
    if (seen.length) await store.happenings.append(seen);
    position = changes.at(-1)?.seq ?? position;
    return changes.length === BATCH;
  };
  // One after the other: each look goes on where the one before ended.
  const inTurn = takeTurns();
  const look = (): Promise<void> =>
    inTurn(async () => {
      while (await lookOnce());
    });

  const following = followChanges(
    store,
    async (signal) => {
      await look();
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
    },
    (error) =>
      onProblem(problem(`What happened to machines could not be kept: ${error.message}`, undefined, 'Is the disk full? It is tried again at the next change.')),
  );
  return {
    look,
    async stop() {
      await following.stop();
      await inTurn(async () => {});
    },
  };
}

const idsOf = (changes: readonly { kind: string; id: string }[], kind: string): Set<string> =>
  new Set(changes.filter((change) => change.kind === kind).map(({ id }) => id));
