// The plan as it was: moments at which it changed, and how it stood at one of them, in the shapes in which the present is told.

import type { PlanMoment, PlanMoments, PlanSummary, PlanView } from '../model/plan.ts';
import { problem, ProblemError } from '../model/problem.ts';
import { type NodeRoleKey, parseNodeRoleKey, runOf } from '../model/run.ts';
import { fewOfEach, mostUrgent, type Past, type PastStates, pastPlaces, pastSummary, pastView, type PastWords, replayed, totalsIn } from '../plan/past.ts';
import type { Context } from './context.ts';
import type { Query } from './contract.ts';

const MOMENTS = 500;
const COMMITS = 1000;

type At = { at: number };

/** The stretch that ends with the latest, or the one with `around` in its middle. */
export async function momentsAround(context: Context, { deployment, around, limit = MOMENTS }: Query<'GET /plan/moments'>): Promise<PlanMoments> {
  await context.lookAtPlan();
  const of = await deploymentsOf(context, deployment);
  const { moments: kept } = context.store;
  const filter = { ...(of && { deployments: of }) };
  // One more than is sent tells whether there are more.
  const following = around === undefined ? [] : await kept.list({ ...filter, after: around, limit: Math.floor(limit / 2) + 1 });
  const later = following.length > Math.floor(limit / 2);
  if (later) following.pop();
  const room = limit - following.length;
  const before = await kept.list({ ...filter, limit: room + 1, ...(around !== undefined && { upTo: around }) });
  const earlier = before.length > room;
  if (earlier) before.pop();
  const moments = [...before.reverse(), ...following].map(({ seq: _, ...moment }): PlanMoment => moment);
  return { moments, earlier, later, commits: await commitsAmong(context, moments, { earlier, later }, deployment) };
}

/** Those whose effects are among the moments: a commit comes just before what it changes. */
async function commitsAmong({ store, sight }: Context, moments: readonly PlanMoment[], more: { earlier: boolean; later: boolean }, deployment?: string) {
  if (!moments.length) return [];
  const found = await store.commitsBetween(more.earlier ? moments[0]!.at : 0, more.later ? moments.at(-1)!.at : Number.MAX_SAFE_INTEGER, COMMITS);
  return found
    .map(({ proposalId, ...commit }) => {
      const [of, barclamp] = proposalId.split('.') as [string, string];
      return { deployment: of, barclamp, ...commit };
    })
    .filter((commit) => sight.deployment(commit.deployment) && (!deployment || commit.deployment === deployment));
}

export async function planAt(
  context: Context,
  { at, key, node, role, deployment, state, waitsFor, limit = Infinity }: Query<'GET /plan'> & At,
): Promise<PlanView> {
  if (waitsFor !== undefined)
    throw new ProblemError(
      problem('What waited for a machine in the past is not known.', { pointer: '/waitsFor' }, 'Ask without waitsFor, or without at.'),
      400,
    );
  const { past, seq } = await pastOf(context, at, deployment ?? (key === undefined ? undefined : parseNodeRoleKey(key)?.deployment));
  const all = pastPlaces(past, ({ key: one }) => context.sight.nodeRole(one));
  const fits = all.filter(
    (one) =>
      (key === undefined || one.key === key) &&
      (!node || one.nodeId === node || context.facts.current.nodes.get(one.nodeId)?.name === node) &&
      (!role || one.role === role) &&
      (!state || one.state === state),
  );
  const shown = mostUrgent(fits, limit);
  return { ...pastView(fits, shown, context.catalog(), await wordsOf(context, shown, at)), totals: totalsIn(all), seq };
}

export async function summaryAt(context: Context, { at, deployment }: Query<'GET /plan/summary'> & At): Promise<PlanSummary> {
  const { past, seq } = await pastOf(context, at, deployment);
  const places = pastPlaces(past, ({ key }) => context.sight.nodeRole(key));
  const shown = fewOfEach(places);
  return { ...pastSummary(places, shown, context.catalog(), await wordsOf(context, shown, at)), seq };
}

async function pastOf({ store, facts, lookAtPlan }: Context, at: number, deployment: string | undefined): Promise<{ past: Past; seq: number }> {
  await lookAtPlan();
  const past = new Map<string, PastStates>();
  for (const one of deployment ? [deployment] : await store.moments.deployments()) past.set(one, replayed(await store.moments.bodies(one, at)));
  return { past, seq: facts.current.seq };
}

/** Undefined: of all. */
async function deploymentsOf({ store, sight }: Context, deployment: string | undefined): Promise<string[] | undefined> {
  if (sight.tenant === undefined) return deployment ? [deployment] : undefined;
  return (deployment ? [deployment] : await store.moments.deployments()).filter(sight.deployment);
}

async function wordsOf({ store, facts: { current } }: Context, shown: readonly { key: NodeRoleKey; state: string }[], at: number): Promise<PastWords> {
  const runs = new Map(
    (
      await store.runsAt(
        shown.map(({ key }) => key),
        at,
      )
    ).map((run) => [run.key, run]),
  );
  const failed = new Set(shown.filter(({ state }) => state === 'failed').map(({ key }) => key));
  return {
    nodeName: (nodeId, key) => current.nodes.get(nodeId)?.name ?? runs.get(key)?.nodeName ?? runOf(current.latest, key)?.nodeName ?? nodeId,
    told(key) {
      const run = runs.get(key);
      const why = failed.has(key) ? run?.problem : undefined;
      return { ...(run && { runId: run.id }), whyNot: why ? [{ what: why.summary, ...(why.next && { next: why.next }) }] : [] };
    },
  };
}
