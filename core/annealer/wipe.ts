// Roles that erase the disks of a node that is retired. Around the role itself, which is applied in the live system like any other: bring the
// node there, and afterwards remember that nothing is installed on it, so that it is never sent to an empty disk.

import type { Node } from '../model/node.ts';
import type { Outcome, RunEvent } from '../model/run.ts';
import { intoDiscovery, type Restarting } from './into-discovery.ts';

export type Wipe = {
  node: Node;
  /** Applies the role to the node in the discovery image. */
  apply(node: Node): Promise<Outcome>;
  onEvent(event: RunEvent): void;
  signal: AbortSignal;
};

export async function wipe(options: Restarting, wish: Wipe): Promise<Outcome> {
  const live = await intoDiscovery(options, wish, 'its disks are to be erased');
  if (!live.ok) return { kind: 'failed', problem: live.problems[0]! };
  // From the first byte on nothing is installed there any more.
  await options.store.transact(async (tx) => {
    const node = (await tx.get('node', live.value.id))!;
    const { installation: _, revision, ...blank } = node;
    return tx.put('node', node.id, blank, revision);
  });
  return wish.apply(live.value);
}
