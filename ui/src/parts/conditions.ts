// How a machine is, derived from its facts, and the states of node-roles in the order in which people read them. Pure; what each means and looks like
// is in states.tsx.

import type { NodeView } from '../../../core/api/contract.ts';
import type { NodeRoleState } from '../../../core/model/plan.ts';

/** In the order of bars and legends: what needs a person first, what is finished last. */
export const nodeRoleStates: readonly NodeRoleState[] = ['failed', 'outdated', 'running', 'runnable', 'waiting', 'blocked', 'held', 'orphan', 'done'];

export const nodeConditions = ['new', 'retiring', 'silent', 'maintenance', 'off', 'up'] as const;
export type NodeCondition = (typeof nodeConditions)[number];

/** First match wins. */
export function conditionOf(node: Pick<NodeView, 'approved' | 'contact' | 'maintenance'> & { leaving?: unknown }): NodeCondition {
  if (!node.approved) return 'new';
  if (node.leaving) return 'retiring';
  if (node.maintenance) return 'maintenance';
  return node.contact;
}
