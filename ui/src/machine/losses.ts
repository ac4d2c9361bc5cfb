// What switching a machine would destroy or interrupt, in sentences for the confirmation. Pure.

import type { NodeView } from '../../../core/api/contract.ts';
import type { NodeRoleView } from '../../../core/model/plan.ts';
import { counted } from '../parts/words.ts';

export type PowerAction = 'off' | 'cycle';

const names = (nodeRoles: readonly NodeRoleView[]): string => {
  const roles = [...new Set(nodeRoles.map((n) => n.role))];
  return roles.length > 4 ? `${roles.slice(0, 4).join(', ')} and ${roles.length - 4} more` : roles.join(', ');
};

/** `plan`: node-roles of all machines, so that those which lean on this one are found. */
export function lossesOf(node: NodeView, plan: readonly NodeRoleView[], action: PowerAction): string[] {
  const own = plan.filter((n) => n.nodeId === node.id);
  const running = own.filter((n) => n.state === 'running');
  const done = own.filter((n) => n.state === 'done' || n.state === 'outdated');
  const losses: string[] = [];
  if (running.length > 0) losses.push(`${counted(running.length, 'run')} in progress (${names(running)}) breaks off and is done again later.`);
  if (node.system?.kind === 'live') losses.push(`${node.name} runs from RAM: everything on it is gone at power-off.`);
  if (node.system?.kind === 'live' && done.length > 0) losses.push(`${counted(done.length, 'finished node-role')} (${names(done)}) must be applied again.`);
  if (node.system?.kind === 'installed') losses.push(`The system is not asked to shut down: what it has not yet written to disk is lost.`);
  if (node.system?.kind === 'installed' && done.length > 0)
    losses.push(`What it serves stops ${action === 'off' ? 'until it is switched on again' : 'until it is back'}: ${names(done)}.`);
  const others = new Set(plan.filter((n) => n.nodeId !== node.id && n.whyNot.some((w) => w.key?.endsWith(`@${node.id}`))).map((n) => n.nodeName));
  if (others.size > 0) losses.push(`Still waiting for it: ${[...others].join(', ')}.`);
  return losses.length > 0 ? losses : [`Nothing that Prybar knows of: ${node.name} runs no system and holds no finished node-role.`];
}
