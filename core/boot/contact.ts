// Who is up: heartbeats are kept in memory, and only a change (heard again, gone silent) becomes a fact.

import type { Store } from '../store/store.ts';

// A live system reports every 10 s; three in a row must be lost before anybody is told.
export const HEARTBEAT_SECONDS = 10;
const SILENT_AFTER_MS = 35_000;
const CHECK_MS = 5000;

export type Contact = {
  /** The machine was heard just now. */
  heard(nodeId: string): Promise<void>;
  stop(): void;
};

export function watchContact(store: Store, now: () => number): Contact {
  const lastHeard = new Map<string, number>();
  const started = now();

  const change = async (nodeId: string, contact: 'up' | 'silent') => {
    const node = await store.get('node', nodeId);
    if (!node || node.contact === contact) return;
    // Somebody else wrote the node at the same moment: the next heartbeat or check tries again.
    await store.put('node', nodeId, { ...node, contact, contactAt: now() }, node.revision);
  };

  const check = async () => {
    for (const node of await store.list('node')) {
      // Systems that we did not put there send no heartbeats.
      if (node.remote !== 'ssh' || node.contact !== 'up' || (node.system?.kind !== 'live' && !node.installation)) continue;
      // After a start everybody gets the time to be heard once.
      if (now() - (lastHeard.get(node.id) ?? started) > SILENT_AFTER_MS) await change(node.id, 'silent');
    }
  };
  let checking: Promise<void> | undefined;
  const timer = setInterval(() => {
    checking ??= check().finally(() => {
      checking = undefined;
    });
  }, CHECK_MS);

  return {
    async heard(nodeId) {
      lastHeard.set(nodeId, now());
      await change(nodeId, 'up');
    },
    stop: () => clearInterval(timer),
  };
}
