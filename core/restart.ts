// Starts a machine again so that it asks the network what to boot: told from inside where its system answers, so that nothing on it is
// lost, and by its BMC where not.

import type { Power } from './hardware/power.ts';
import type { Node } from './model/node.ts';
import { type Checked, ok } from './model/problem.ts';
import type { Remote } from './remote/remote.ts';

export type RestartOptions = {
  remote: Remote;
  /** The way to its BMC; a Problem when none is known. */
  power(node: Node): Promise<Checked<Power>>;
  signal: AbortSignal;
};

/** UEFI tries each way of booting from the network for a minute before it comes to the disk. */
export async function startFromDisk(node: Node, power: RestartOptions['power']): Promise<void> {
  const bmc = await power(node);
  if (bmc.ok) await bmc.value.setNextBoot('disk');
}

const LIMIT_MS = 20_000;
// A moment later, so that the connection can say that the order arrived.
const ORDER = 'systemd-run --quiet --on-active=1 systemctl reboot';

export async function restart(node: Node, { remote, power, signal }: RestartOptions): Promise<Checked<unknown>> {
  const bmc = await power(node);
  // Not every firmware has the network first in its order.
  if (bmc.ok) await bmc.value.setNextBoot('pxe');
  if (node.contact === 'up') {
    const end = await remote.run(ORDER, { signal, timeoutMs: LIMIT_MS, onOutput: () => {}, onError: () => {} });
    if (end.kind === 'exited' && end.code === 0) return ok(undefined);
  }
  return bmc.ok ? bmc.value.cycle() : bmc;
}
