// Brings a node into the discovery image, in which its disks belong to nobody: what installs and what erases is applied there.

import type { Node } from '../model/node.ts';
import { type Checked, ok, problem } from '../model/problem.ts';
import type { RunEvent } from '../model/run.ts';
import type { Store } from '../store/store.ts';

export type Restarting = {
  store: Store;
  now(): number;
  /** Starts the node again, by its BMC or from inside. */
  restart(node: Node, signal: AbortSignal): Promise<Checked<unknown>>;
};

// Firmware of real servers takes minutes to start, and so does a disk check.
export const REPORT_MS = 30 * 60_000;

/** The node as it is in the live system; one that runs an installed system is started into it first. */
export async function intoDiscovery(
  { store, now, restart }: Restarting,
  { node, onEvent, signal }: { node: Node; onEvent(event: RunEvent): void; signal: AbortSignal },
  reason: string,
): Promise<Checked<Node>> {
  if (node.system?.kind === 'live') return ok(node);
  await store.put('bootOrder', node.id, { nodeId: node.id, target: 'discovery', createdAt: now(), reason }, 'any');
  onEvent({ kind: 'log', text: 'The machine runs an installed system: starting it into the discovery image.' });
  const restarted = await restart(node, signal);
  const live = restarted.ok && (await nodeWhen(store, node.id, (now) => now.system?.kind === 'live' && now.contact === 'up', REPORT_MS, signal));
  if (live) return ok(live);
  await store.remove('bootOrder', node.id);
  if (!restarted.ok) return restarted;
  return {
    ok: false,
    problems: [
      problem(
        `${node.name} was started anew and has not come up in the discovery image.`,
        { node: node.name },
        'Look at its console: does it start from the network?',
      ),
    ],
  };
}

/** The node as soon as it is as wanted; undefined when the time is over, or nobody waits any more. */
export async function nodeWhen(store: Store, id: string, wanted: (node: Node) => boolean, timeoutMs: number, signal: AbortSignal): Promise<Node | undefined> {
  const over = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  for (;;) {
    // Listening begins before looking, so that nothing falls between.
    const changed = nextChange(store, over);
    const node = await store.get('node', id);
    if (node && wanted(node)) return node;
    if (over.aborted) return undefined;
    await changed;
  }
}

function nextChange(store: Store, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = store.onChange(done);
    function done() {
      stop();
      over.removeEventListener('abort', done);
      resolve();
    }
    over.addEventListener('abort', done);
    if (over.aborted) done();
  });
}
