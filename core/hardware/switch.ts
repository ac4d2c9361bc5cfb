// Switches a machine: finds its BMC and the account for it, and gives the order in the BMC's own protocol.

import type { Node } from '../model/node.ts';
import { bad, type Checked, ok, problem } from '../model/problem.ts';
import type { Namespace } from '../network/namespace.ts';
import type { Store } from '../store/store.ts';
import { bmcOf } from './bmc-access.ts';
import { ipmiBmc } from './ipmi.ts';
import type { Power } from './power.ts';

export type Switching = {
  store: Store;
  secrets: { get(name: string): Promise<string | undefined> };
  namespace: Pick<Namespace, 'command'>;
};

/** The machine's power; a Problem when no way to its BMC is known. */
export async function powerOf(node: Node, { store, secrets, namespace }: Switching): Promise<Checked<Power>> {
  const bmc = bmcOf(node, await store.list('bmcAccess'));
  if (!bmc) return bad(problem(`No way to the BMC of ${node.name} is known.`, { node: node.name }, 'Switch it by hand.'));
  if (bmc.protocol !== 'ipmi')
    return bad(
      problem(
        `The BMC of ${node.name} speaks Redfish, which cannot be switched yet.`,
        { node: node.name },
        'Enable IPMI over LAN on it, or switch it by hand.',
      ),
    );
  const password = await secrets.get(bmc.secret);
  if (password === undefined) return bad(problem(`The passphrase of the BMC of ${node.name} is not in the store.`, { node: node.name }, 'Enter it again.'));
  return ok(ipmiBmc({ address: bmc.address, ...(bmc.port && { port: bmc.port }), user: bmc.user, password }, { namespace }));
}

/** Gives the order and returns what the machine's power then is: what the BMC says for `status`, else what it was told. */
export async function switchPower(node: Node, action: 'on' | 'off' | 'cycle' | 'status', switching: Switching): Promise<Checked<'on' | 'off'>> {
  const found = await powerOf(node, switching);
  if (!found.ok) return found;
  if (action === 'status') return found.value.status();
  const done = await found.value[action]();
  return done.ok ? ok(action === 'off' ? 'off' : 'on') : done;
}
