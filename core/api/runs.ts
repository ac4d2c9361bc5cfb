// What was done: runs and what they said.

import { problem, ProblemError } from '../model/problem.ts';
import type { Run } from '../model/run.ts';
import { type Context, type Handlers, nodeCalled, notFound } from './context.ts';

async function find({ store }: Context, id: number): Promise<Run> {
  const run = await store.run(id);
  if (!run) throw notFound(`There is no run ${id}.`, 'See: prybar run list');
  return run;
}

export const runs = {
  'GET /runs': async ({ store }, { query }) =>
    store.runs({
      ...(query.node && { nodeId: (await nodeCalled(store, query.node)).id }),
      ...(query.role && { role: query.role }),
      ...(query.key && { key: query.key }),
      ...(query.before && { before: query.before }),
      ...(query.limit && { limit: query.limit }),
    }),
  'GET /runs/:id': async (context, { params }) => find(context, params.id),
  'POST /runs/:id/cancel': async (context, { params }) => {
    const run = await find(context, params.id);
    if (run.endedAt) throw new ProblemError(problem(`Run ${run.id} has ended already.`, { role: run.role, node: run.nodeName }), 409);
    await context.store.put('cancellation', String(run.id), { runId: run.id, at: context.now() }, 'any');
    return {};
  },
  'GET /runs/:id/log': async (context, { params, query }) => context.store.runEvents((await find(context, params.id)).id, query.after ?? 0),
} satisfies Partial<Handlers>;
