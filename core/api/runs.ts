// What was done: runs and what they said.

import { problem, ProblemError } from '../model/problem.ts';
import type { Run } from '../model/run.ts';
import { pruneRuns } from '../store/prune.ts';
import type { RunFilter } from '../store/store.ts';
import { type Context, type Handlers, nodeCalled, notFound, orRefuse } from './context.ts';
import type { Query } from './contract.ts';

async function find({ store }: Context, id: number): Promise<Run> {
  const run = await store.run(id);
  if (!run) throw notFound(`There is no run ${id}.`, 'See: prybar run list');
  return run;
}

/** What both lists of runs can be narrowed to. */
async function filterOf({ store }: Context, query: Query<'GET /runs'>): Promise<RunFilter> {
  const { node, ...rest } = query;
  return { ...rest, ...(node && { nodeId: (await nodeCalled(store, node)).id }) };
}

export const runs = {
  'GET /runs': async (context, { query }) => context.store.runs(await filterOf(context, query)),
  'GET /runs/search': async (context, { query: { text, olderThan, ...rest } }) => {
    const [runId, seq] = (olderThan ?? '').split('.').map(Number) as [number, number];
    return orRefuse(await context.store.searchRuns({ ...(await filterOf(context, rest)), text, ...(olderThan && { olderThan: { runId, seq } }) }), 400);
  },
  'POST /runs/prune': async ({ store, keep }, { body }) => pruneRuns(store, keep, body),
  'GET /runs/:id': async (context, { params }) => find(context, params.id),
  'POST /runs/:id/cancel': async (context, { params }) => {
    const run = await find(context, params.id);
    if (run.endedAt) throw new ProblemError(problem(`Run ${run.id} has ended already.`, { role: run.role, node: run.nodeName }), 409);
    await context.store.put('cancellation', String(run.id), { runId: run.id, at: context.now() }, 'any');
    return {};
  },
  'GET /runs/:id/log': async (context, { params, query }) => context.store.runEvents((await find(context, params.id)).id, query.after ?? 0),
} satisfies Partial<Handlers>;
