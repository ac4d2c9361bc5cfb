// The plan as it stands, and another attempt where a person asks for one.

import type { NodeRoleView } from '../model/plan.ts';
import { problem, ProblemError } from '../model/problem.ts';
import { runOf } from '../model/run.ts';
import { groupAt, keyOf, nodeAt, stateOf } from '../plan/plan.ts';
import { forecast } from '../plan/forecast.ts';
import { forecastView } from '../plan/milestones.ts';
import { planView, totalsOf } from '../plan/why.ts';
import type { Snapshot } from '../store/snapshot.ts';
import { type Handlers, nodeRoleCalled, notFound, orRefuse } from './context.ts';
import { narrowedForecast } from './sight.ts';
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

export const plan = {
  'GET /plan': async ({ facts, planner, catalog, sight }, { query }) => {
    await facts.refresh();
    const made = planner.plan();
    const view = planView(made, catalog(), facts.current.seq, (vertex) => {
      const node = nodeAt(made, vertex);
      const group = groupAt(made, vertex);
      return (
        sight.nodeRole(keyOf(made, vertex)) &&
        (!query.node || query.node === node.name || query.node === node.id) &&
        (!query.role || query.role === group.role.declaration.name) &&
        (!query.deployment || query.deployment === group.deployment) &&
        (!query.state || query.state === stateOf(made, vertex))
      );
    });
    return {
      ...view,
      choices: view.choices.filter(({ deployment }) => sight.deployment(deployment)),
      problems: view.problems.filter(sight.problem),
      totals: totalsOf(made, (vertex) => sight.nodeRole(keyOf(made, vertex))),
      nodeRoles: view.nodeRoles.map((nodeRole) => ({ ...watched(nodeRole, facts.current), whyNot: nodeRole.whyNot.map(sight.hindrance) })),
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
