// What was applied, as a short text to compare: same fingerprint, nothing to do. It has three parts, joined by dots, so that
// a plan of half a million node-roles hashes each role and each node once: what the role is, what the node is, and which
// system the work was done to.

import { hash } from 'node:crypto';
import { nicsInOrder } from '../model/inventory.ts';
import type { Lasting } from '../model/barclamp.ts';
import type { Node } from '../model/node.ts';
import type { ScopeNode } from '../model/recipe.ts';
import type { Group } from './plan.ts';

const PART_LENGTH = 16;
const part = (value: unknown): string => hash('sha256', canonical(value)).slice(0, PART_LENGTH);

/** The role's files and declaration, its attributes, and everything it reads from elsewhere; of secrets, how often each was replaced. */
export const rolePart = (group: Group): string =>
  part([group.role.digest, group.attributes, group.inputs, group.site, group.roleNodes, group.secrets.map((secret) => secret.rotation)]);

// Facts are replaced, never edited: what was hashed of a node holds as long as the node does.
function once(make: (node: Node) => string): (node: Node) => string {
  const made = new WeakMap<Node, string>();
  return (node) => {
    let text = made.get(node);
    if (text === undefined) made.set(node, (text = make(node)));
    return text;
  };
}

/** What templates may read of the node, but for the speed of its ports: a link that came up slower is no reason to do everything again. */
export const nodePart = once((node) => {
  const { nics, ...rest } = scopeNode(node);
  return part({ ...rest, nics: nics.map(({ name, mac }) => ({ name, mac })) });
});

/** Changes when the system that earlier work was done to no longer exists. */
export const instancePart = once((node) => part(node.system?.instance ?? ''));

/** Changes when the hardware is another: that of the machine that took its place. */
export const machinePart = once((node) => part([node.macs.toSorted(), node.serial ?? '']));

/** What stands behind the role's part, by what the role's work is done to. */
export type NodeFingerprints = Record<Lasting, string>;

export const nodeFingerprints = (node: Node): NodeFingerprints => ({ system: `.${nodePart(node)}.${instancePart(node)}`, machine: `.${machinePart(node)}` });

/** Whether what such a fingerprint was made for is still there. */
export const stillThere = (fingerprint: string, node: Node, lasts: Lasting): boolean =>
  fingerprint.endsWith(`.${lasts === 'machine' ? machinePart(node) : instancePart(node)}`);

export const scopeNode = (node: Node): ScopeNode => ({
  id: node.id,
  name: node.name,
  pool: node.pool,
  platform: node.system?.platform ?? '',
  addresses: node.addresses,
  macs: node.macs,
  nics: nicsInOrder(node.inventory).map(({ name, mac, speed }) => ({ name, mac, ...(speed !== undefined && { speed }) })),
  ...(node.leaving && { leaving: { disks: node.leaving.disks ?? [] } }),
});

/** JSON with the keys of every object sorted, so that equal values give equal text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, v]) => v !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, v]) => `${JSON.stringify(key)}:${canonical(v)}`).join(',')}}`;
}
