// Lets a discovered machine in: a name, an address in the admin network and a pool, all or nothing.
// Asked for by a person through the API, or by a rule as soon as the machine has reported itself.

import type { ApprovalRule, Node, Revised } from '../model/node.ts';
import { serialMatches } from '../model/node.ts';
import { type Checked, ok } from '../model/problem.ts';
import type { Facility, Store } from '../store/store.ts';
import { allocateAddress } from './allocate.ts';

export type Admission = { name?: string; pool?: string; namePrefix?: string };

export function admit(store: Store, nodeId: string, admission: Admission, expected: number): Promise<Checked<Revised<Node>>> {
  return store.transact(async (tx) => {
    const node = (await tx.get('node', nodeId))!;
    const name = admission.name ?? (node.approved ? node.name : await freeName(tx, admission.namePrefix ?? 'n'));
    await tx.release(nodeId, 'name');
    const named = await tx.claim('name', name, nodeId);
    if (!named.ok) return named;
    const addresses: Record<string, string> = {};
    for (const network of await tx.list('network')) {
      // What it uses already is kept, so that nothing that talks to it now is cut off.
      const address = await allocateAddress(tx, network, nodeId, node.addresses[network.name]);
      if (!address.ok) return address;
      addresses[network.name] = address.value;
    }
    return tx.put('node', nodeId, { ...node, name, addresses, pool: admission.pool ?? node.pool, approved: true }, expected);
  });
}

/** The first rule that fits the machine, by the rules' ids. */
export async function matchingRule(tx: Facility, node: Node): Promise<ApprovalRule | undefined> {
  return (await tx.list('approvalRule')).find((rule) => fits(rule, node));
}

function fits(rule: ApprovalRule, node: Node): boolean {
  if (rule.serials && !serialMatches(rule.serials, node.serial)) return false;
  if (rule.macPrefix && !node.macs.some((mac) => mac.startsWith(rule.macPrefix!.toLowerCase()))) return false;
  // A rule that says nothing lets nobody in.
  return Boolean(rule.serials?.length || rule.macPrefix);
}

async function freeName(tx: Facility, prefix: string): Promise<string> {
  const taken = await tx.claims('name');
  let number = 1;
  while (taken.has(`${prefix}${number}`)) number++;
  return `${prefix}${number}`;
}

/** Takes the machine off the books. Its address stays its own until the range is needed, should it come back. */
export function forget(store: Store, nodeId: string): Promise<Checked<void>> {
  return store.transact(async (tx) => {
    await tx.release(nodeId, 'mac');
    await tx.release(nodeId, 'name');
    for (const kind of ['bootOrder', 'bmcContact', 'handRequest', 'hardwareReading', 'baseline', 'bootEvidence'] as const) await tx.remove(kind, nodeId);
    await tx.remove('node', nodeId);
    return ok(undefined);
  });
}
