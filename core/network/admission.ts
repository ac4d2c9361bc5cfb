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
async function matchingRule(tx: Facility, node: Node): Promise<ApprovalRule | undefined> {
  return (await tx.list('approvalRule')).find((rule) => fits(rule, node));
}

function fits(rule: ApprovalRule, node: Node): boolean {
  if (rule.serials && !serialMatches(rule.serials, node.serial)) return false;
  if (rule.macPrefix && !node.macs.some((mac) => mac.startsWith(rule.macPrefix!.toLowerCase()))) return false;
  // A rule that says nothing lets nobody in.
  return Boolean(rule.anyone || rule.serials?.length || rule.macPrefix);
}

/** As the first rule that fits it says. Undefined where none does; a rule that cannot be followed (no free address) leaves the machine to a person. */
export async function admitByRule(store: Store, node: Revised<Node>): Promise<Checked<Revised<Node>> | undefined> {
  const rule = await matchingRule(store, node);
  return rule && admit(store, node.id, { pool: rule.pool, namePrefix: rule.namePrefix }, node.revision);
}

async function freeName(tx: Facility, prefix: string): Promise<string> {
  const taken = await tx.claims('name');
  let number = 1;
  while (taken.has(`${prefix}${number}`)) number++;
  return `${prefix}${number}`;
}

// What is known of a machine, by its id.
const ABOUT = [
  'bootOrder',
  'installing',
  'capturing',
  'bmcContact',
  'handRequest',
  'hardwareReading',
  'firmwareReading',
  'firmwareUpdate',
  'baseline',
  'bootEvidence',
] as const;
// By the keys of its node-roles, which end in its id.
const ABOUT_ROLES = ['retry', 'health', 'drift', 'check'] as const;

/**
 * Takes the machine off the books; nothing that it says of itself is believed any more. Its address stays its own until the range is needed, and so do
 * its secrets, should it come back; unless it goes for good.
 */
export async function forget(store: Store, nodeId: string, forGood = false): Promise<Checked<void>> {
  const forgotten = await store.transact(async (tx) => {
    for (const scope of ['mac', 'name']) await tx.release(nodeId, scope);
    for (const kind of ABOUT) await tx.remove(kind, nodeId);
    for (const kind of ABOUT_ROLES) for (const key of await tx.names(kind)) if (key.endsWith(`@${nodeId}`)) await tx.remove(kind, key);
    if (forGood) await forgetForGood(tx, nodeId);
    await tx.remove('node', nodeId);
    return ok(undefined);
  });
  for (const purpose of ['heartbeat', 'installed', 'installation', 'capture']) await store.revokeTokens(purpose, nodeId);
  return forgotten;
}

async function forgetForGood(tx: Facility, nodeId: string): Promise<void> {
  await tx.release(nodeId);
  for (const access of await tx.list('bmcAccess')) {
    if (access.nodeId !== nodeId) continue;
    await tx.remove('secret', access.secret);
    await tx.remove('bmcAccess', access.id);
  }
  // As access/role-secrets.ts calls those of one machine; what follows the id are the names in a certificate.
  for (const name of await tx.names('secret')) if (name.startsWith('role ') && `${name} `.includes(` for ${nodeId} `)) await tx.remove('secret', name);
}
