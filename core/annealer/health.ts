// Health: the probes of each role that has a health.yml, right after it was applied and then regularly. Only what changes is written.

import type { Health } from '../model/watch.ts';
import { parseNodeRoleKey } from '../model/run.ts';
import type { Plan } from '../plan/plan.ts';
import { millisecondsOf } from '../model/duration.ts';
import { probeHealth } from './look-at-role.ts';
import { type RoundContext, startRounds } from './rounds.ts';

const PROBES_AT_ONCE = 50;
const REFRESH_MS = 3600_000;

/** `everyMs` is for roles that say nothing else by `healthEvery`. */
export function watchHealth(context: RoundContext, everyMs: number): { stop(): Promise<void> } {
  const { store, facts, now } = context;
  const started = now();
  return startRounds(context, {
    limit: PROBES_AT_ONCE,
    wants: (state) => state === 'done' || state === 'outdated',
    every({ role }) {
      if (!role.health) return undefined;
      return role.declaration.healthEvery === undefined ? everyMs : millisecondsOf(role.declaration.healthEvery);
    },
    // At once when it has just been applied, or when nobody knows whether it works since it was.
    firstDue: (key, run) => (run.endedAt! >= started || facts.current.health.get(key)?.runId !== run.id ? now() : undefined),
    askedFor: () => false,
    look: probeHealth,
    async keep({ key, run }, { problem }) {
      const before = facts.current.health.get(key);
      const state = problem ? 'failing' : 'ok';
      const same = before?.state === state && before.problem?.summary === problem?.summary && before.runId === run.id;
      if (same && now() - before.checkedAt < REFRESH_MS) return;
      const since = before?.state === state ? before.since : now();
      await store.put('health', key, { key, runId: run.id, state, since, checkedAt: now(), ...(problem && { problem }) } satisfies Health, 'any');
    },
    sweep: async (plan) => {
      for (const key of absent(plan, facts.current.health.keys())) await store.remove('health', key);
    },
  });
}

/** Keys of node-roles that are not in the plan any more. */
export function absent(plan: Plan, keys: Iterable<string>): string[] {
  const nodes = new Map(plan.nodes.map((node, index) => [node.id, index]));
  const groups = new Map(plan.groups.filter((g) => !g.orphan).map((g) => [`${g.deployment}/${g.role.declaration.name}`, g]));
  return [...keys].filter((key) => {
    const { deployment, role, nodeId } = parseNodeRoleKey(key)!;
    return (groups.get(`${deployment}/${role}`)?.at[nodes.get(nodeId) ?? -1] ?? -1) < 0;
  });
}
