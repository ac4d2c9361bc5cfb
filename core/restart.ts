// Starts a machine again, so that it asks the network what to boot or goes to its disk: told from inside where its system answers, so that nothing on it is
// lost, and from outside where not.

import { tellSystem } from './bmcs.ts';
import type { Power } from './hardware/power.ts';
import type { Node } from './model/node.ts';
import { type Checked } from './model/problem.ts';
import type { Remote } from './remote/remote.ts';

export type RestartOptions = {
  remote: Remote;
  /** The way to its BMC; a Problem when none is known. */
  power(node: Node): Promise<Checked<Power>>;
  /** In whichever way there is. */
  cycle(node: Node): Promise<Checked<unknown>>;
  signal: AbortSignal;
};

/** UEFI tries each way of booting from the network for a minute before it comes to the disk. */
export async function startFromDisk(node: Node, power: RestartOptions['power']): Promise<void> {
  const bmc = await power(node);
  if (bmc.ok) await bmc.value.setNextBoot('disk');
}

export async function restart(node: Node, from: 'pxe' | 'disk', { remote, power, cycle, signal }: RestartOptions): Promise<Checked<unknown>> {
  const bmc = await power(node);
  // Not every firmware has the network first in its order.
  if (bmc.ok) await bmc.value.setNextBoot(from);
  if (node.contact === 'up') {
    const told = await tellSystem(remote, node, 'reboot', signal);
    if (told.ok) return told;
  }
  return bmc.ok ? bmc.value.cycle() : cycle(node);
}
