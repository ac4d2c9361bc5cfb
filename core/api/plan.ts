// The plan as it stands, and another attempt where a person asks for one.

import type { NodeRoleView } from '../model/plan.ts';
import { problem, ProblemError } from '../model/problem.ts';
import { groupName, parseNodeRoleKey, runOf } from '../model/run.ts';
import { groupAt, keyOf, nodeAt, type Plan, stateOf, vertexOf } from '../plan/plan.ts';
import { forecast } from '../plan/forecast.ts';
import { forecastView } from '../plan/milestones.ts';
import { planSummary, planView, totalsOf, whyNot } from '../plan/why.ts';
import type { Snapshot } from '../store/snapshot.ts';
import { type Handlers, nodeRoleCalled, notFound, orRefuse } from './context.ts';
import { momentsAround, planAt, summaryAt } from './past.ts';
import { narrowedForecast, type Sight } from './sight.ts';
import { ofLatestRun } from './watch.ts';

/** With what is known of whether it works and whether it has drifted. */
function watched(view: NodeRoleView, snapshot: Snapshot): NodeRoleView {
  const health = ofLatestRun(snapshot.health.get(view.key), snapshot);
  const drift = ofLatestRun(snapshot.drift.get(view.key), snapshot);
  return {
    ...view,
    ...(health && { health: { state: health.state, since: health.since, checkedAt: health.checkedAt, ...(health.problem && { problem: health.problem }) } }),
    ...(drift && { drift: { checkedAt: drift.checkedAt, changed: drift.changed, ...(drift.problem && { problem: drift.problem }) } }),
  };
}

/** Half a million keys are not made to hear that everything is seen. */
const isSeen = (made: Plan, vertex: number, sight: Sight): boolean => sight.tenant === undefined || sight.nodeRole(keyOf(made, vertex));

/** Only what is blocked can, and why is worked out for that alone. */
const standsBecauseOf = (made: Plan, vertex: number, node: string): boolean =>
  stateOf(made, vertex) === 'blocked' && whyNot(made, vertex).some(({ key }) => key !== undefined && parseNodeRoleKey(key)?.nodeId === node);

function countedBy(found: readonly { key: string }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { key } of found) {
    const { deployment, role } = parseNodeRoleKey(key)!;
    const name = groupName(deployment, role);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

export const plan = {
  'GET /plan/moments': async (context, { query }) => momentsAround(context, query),

  'GET /plan': async (context, { query }) => {
    if (query.at !== undefined) return planAt(context, { ...query, at: query.at });
    const { facts, planner, catalog, sight } = context;
    await facts.refresh();
    const made = planner.plan();
    const wantedKey = query.key === undefined ? undefined : (vertexOf(made, query.key) ?? -1);
    const wanted = (vertex: number): boolean => {
      if (wantedKey !== undefined) return vertex === wantedKey && isSeen(made, vertex, sight);
      const node = nodeAt(made, vertex);
      const group = groupAt(made, vertex);
      return (
        (!query.node || query.node === node.name || query.node === node.id) &&
        (!query.role || query.role === group.role.declaration.name) &&
        (!query.deployment || query.deployment === group.deployment) &&
        (!query.state || query.state === stateOf(made, vertex)) &&
        isSeen(made, vertex, sight) &&
        (!query.waitsFor || standsBecauseOf(made, vertex, query.waitsFor))
      );
    };
    const view = planView(made, catalog(), facts.current.seq, wanted, query.limit);
    return {
      ...view,
      choices: view.choices.filter(({ deployment }) => sight.deployment(deployment)),
      problems: view.problems.filter(sight.problem),
      totals: totalsOf(made, (vertex) => isSeen(made, vertex, sight)),
      nodeRoles: view.nodeRoles.map((nodeRole) => ({ ...watched(nodeRole, facts.current), whyNot: nodeRole.whyNot.map(sight.hindrance) })),
    };
  },

  'GET /plan/summary': async (context, { query: { deployment, at } }) => {
    if (at !== undefined) return summaryAt(context, { at, ...(deployment && { deployment }) });
    const { facts, planner, catalog, sight } = context;
    await facts.refresh();
    const { current } = facts;
    const made = planner.plan();
    const wanted = (vertex: number): boolean => (!deployment || groupAt(made, vertex).deployment === deployment) && isSeen(made, vertex, sight);
    const summary = planSummary(made, catalog(), current.seq, wanted);
    const failing = countedBy([...current.health.values()].filter((one) => one.state === 'failing' && ofLatestRun(one, current) && sight.nodeRole(one.key)));
    const drifted = countedBy([...current.drift.values()].filter((one) => one.changed > 0 && ofLatestRun(one, current) && sight.nodeRole(one.key)));
    return {
      ...summary,
      choices: summary.choices.filter((choice) => sight.deployment(choice.deployment)),
      problems: summary.problems.filter(sight.problem),
      totals: totalsOf(made, (vertex) => isSeen(made, vertex, sight)),
      groups: summary.groups.map(({ nodeRoles, ...group }) => ({
        ...group,
        failing: failing.get(groupName(group.deployment, group.role)) ?? 0,
        drifted: drifted.get(groupName(group.deployment, group.role)) ?? 0,
        ...(nodeRoles && { nodeRoles: nodeRoles.map((one) => ({ ...watched(one, current), whyNot: one.whyNot.map(sight.hindrance) })) }),
      })),
    };
  },

  'GET /plan/forecast': async ({ facts, planner, history, limit, now, sight }, { query: { deployment } }) => {
    await facts.refresh();
    const made = planner.plan();
    const durations = await history.durations(made.groups.map((group) => group.role.declaration.name));
    if (deployment && !sight.deployment(deployment)) throw notFound(`There is no deployment ${deployment}.`, 'See: prybar deployment list');
    const own = forecastView(made, forecast(made, { durations, limit, now: now(), ...(deployment && { deployment }) }), deployment);
    return narrowedForecast(own, sight);
  },

  'GET /node-roles/:key/inputs': async (context, { params: { key } }) => {
    await context.facts.refresh();
    const made = context.planner.plan();
    const { attributes, inputs, missing, secrets } = groupAt(made, nodeRoleCalled(context, made, key));
    return { attributes, inputs, missing, secrets: secrets.map(({ id }) => id) };
  },
  'GET /node-roles/:key/program': async (context, { params: { key }, query }) => {
    const { facts, planner, foresee } = context;
    await facts.refresh();
    const made = planner.plan();
    const vertex = nodeRoleCalled(context, made, key);
    const program = foresee.program(groupAt(made, vertex), nodeAt(made, vertex), query.remove ? 'remove' : 'apply', query.check ? 'check' : 'apply');
    return { program: orRefuse(program) };
  },

  'POST /node-roles/:key/retry': async (context, { params }) => {
    const { facts, planner, store, now } = context;
    await facts.refresh();
    const made = planner.plan();
    const state = stateOf(made, nodeRoleCalled(context, made, params.key));
    const run = runOf(facts.current.latest, params.key);
    if (!run?.endedAt) {
      throw new ProblemError(problem(`${params.key} is ${state}: there is no ended attempt to repeat.`, undefined, 'Wait until it has run.'), 409);
    }
    await store.put('retry', params.key, { key: params.key, afterRun: run.id, at: now() }, 'any');
    return {};
  },
} satisfies Partial<Handlers>;
