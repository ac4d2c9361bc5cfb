// Whether what is done works, and whether machines still are as their roles left them: read from the facts that the rounds leave.

import { problem, ProblemError } from '../model/problem.ts';
import { parseNodeRoleKey, runOf } from '../model/run.ts';
import { canCheck, type Drift, type Health } from '../model/watch.ts';
import { groupAt, stateOf } from '../plan/plan.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { Handlers } from './context.ts';
import { nodeRoleCalled } from './context.ts';
import type { WatchedView } from './contract.ts';

/** Of an attempt that is not the latest one nothing is told: its work may be gone. */
export function ofLatestRun<T extends Health | Drift>(found: T | undefined, snapshot: Snapshot): T | undefined {
  return found && found.runId === runOf(snapshot.latest, found.key)?.id ? found : undefined;
}

/** With what its key stands for in words. */
function placed<T extends Health | Drift>(found: T, { nodes }: Snapshot): WatchedView<T> {
  const { deployment, role, nodeId } = parseNodeRoleKey(found.key)!;
  return { ...found, deployment, role, nodeName: nodes.get(nodeId)?.name ?? nodeId };
}

export const watch = {
  'GET /health': async ({ facts, sight }, { query }) => {
    await facts.refresh();
    return [...facts.current.health.values()]
      .filter((health) => sight.nodeRole(health.key) && ofLatestRun(health, facts.current) && (query.all || health.state === 'failing'))
      .map((health) => placed(health, facts.current))
      .filter((health) => !query.deployment || health.deployment === query.deployment);
  },
  'GET /drift': async ({ facts, sight }, { query }) => {
    await facts.refresh();
    return [...facts.current.drift.values()]
      .filter((drift) => sight.nodeRole(drift.key) && ofLatestRun(drift, facts.current) && (query.all || drift.changed > 0 || drift.problem))
      .map((drift) => placed(drift, facts.current))
      .filter((drift) => (!query.deployment || drift.deployment === query.deployment) && (!query.key || drift.key === query.key));
  },
  'POST /node-roles/:key/check': async (context, { params: { key } }) => {
    const { facts, planner, store, now } = context;
    await facts.refresh();
    const plan = planner.plan();
    const vertex = nodeRoleCalled(context, plan, key);
    const { role } = groupAt(plan, vertex);
    if (!canCheck(role))
      throw new ProblemError(
        problem(
          `${role.declaration.name} is a script or installs a system, so nobody can say what it would change.`,
          undefined,
          `Apply it again: prybar run retry ${key}`,
        ),
        409,
      );
    if (stateOf(plan, vertex) !== 'done')
      throw new ProblemError(
        problem(`${key} is ${stateOf(plan, vertex)}: only what is done can drift.`, undefined, 'Wait until it is done, or see why it is not: prybar status'),
        409,
      );
    const at = now();
    await store.put('check', key, { key, at }, 'any');
    return { at };
  },
} satisfies Partial<Handlers>;
