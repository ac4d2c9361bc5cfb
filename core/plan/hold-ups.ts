// What keeps a deployment from its end until a person acts: the causes, each with the smallest act that would help, and none of what only follows
// from them.

import type { HoldUp, NodeRoleState } from '../model/plan.ts';
import type { Forecast } from './forecast.ts';
import { type Group, groupAt, keyOf, nodeAt, type Plan, stateOf, vertexOf } from './plan.ts';
import { urgency, whyNot } from './why.ts';

/** The most urgent ones; more would not be read. */
const MOST = 20;

/** One for each role in each state, told of its first machine: thousands of machines are held up by the same few causes. `deployment` as it was forecast for. */
export function holdUpsOf(plan: Plan, { endsAt }: Forecast, deployment?: string): HoldUp[] {
  const isStuck = (vertex: number): boolean => !Number.isFinite(endsAt[vertex]!);
  const isAsked = (group: Group): boolean => !deployment || group.deployment === deployment;
  const follows = (key: string): boolean => {
    const vertex = vertexOf(plan, key);
    return vertex !== undefined && isStuck(vertex) && isAsked(groupAt(plan, vertex));
  };
  const found = new Map<string, HoldUp>();
  for (const group of plan.groups) {
    if (!isAsked(group)) continue;
    const byState = new Map<NodeRoleState, { first: number; count: number }>();
    for (let vertex = group.start; vertex < group.end; vertex++) {
      const state = stateOf(plan, vertex);
      if (isStuck(vertex)) byState.set(state, { first: byState.get(state)?.first ?? vertex, count: (byState.get(state)?.count ?? 0) + 1 });
    }
    for (const [state, { first, count }] of byState) {
      const key = keyOf(plan, first);
      const cause = whyNot(plan, first).find((why) => why.key === undefined || why.key === key || !follows(why.key));
      if (!cause) continue;
      const { key: other, ...why } = cause;
      // A paused deployment holds up all of its roles by one cause.
      const known = found.get(why.what);
      if (known) known.nodeRoles += count;
      else
        found.set(why.what, {
          key,
          role: group.role.declaration.name,
          nodeName: nodeAt(plan, first).name,
          state,
          nodeRoles: count,
          why: { ...why, ...(other !== undefined && other !== key && { key: other }) },
        });
    }
  }
  return [...found.values()].sort((a, b) => urgency.indexOf(a.state) - urgency.indexOf(b.state)).slice(0, MOST);
}
