// Machines that do nothing for anybody: those that an order or a clone may take.

import type { Node } from '../model/node.ts';
import { SYSTEM } from '../model/proposal.ts';
import { groupAt, nodeAt, type Plan, stateOf, vertexCount } from './plan.ts';

/** Up, let in, and waiting, with a system or blank; of this tenant, or of none. */
export function freeIn(plan: Plan, tenant?: string): (node: Node) => boolean {
  const taken = takenIn(plan);
  return (node) =>
    node.approved &&
    node.tenant === tenant &&
    node.remote === 'ssh' &&
    !node.leaving &&
    !node.maintenance &&
    node.contact === 'up' &&
    (node.system?.kind === 'installed' || !node.installation) &&
    !taken.has(node.id);
}

// What the system deployment does on machines it does on all, and a system is what is wanted.
function takenIn(plan: Plan): Set<string> {
  const taken = new Set<string>();
  for (let vertex = 0; vertex < vertexCount(plan); vertex++) {
    const { deployment, role } = groupAt(plan, vertex);
    const idle = (deployment === SYSTEM || role.declaration.installs) && stateOf(plan, vertex) !== 'running';
    if (!idle) taken.add(nodeAt(plan, vertex).id);
  }
  return taken;
}
