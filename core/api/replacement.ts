// Spares for machines that failed: which there are, and putting one into another's place.

import { problem, ProblemError } from '../model/problem.ts';
import { candidates, lacks, replace, silence } from '../network/replacement.ts';
import { type Handlers, nodeCalled, orRefuse } from './context.ts';
import { viewOf } from './nodes.ts';

export const replacements = {
  'GET /nodes/:id/candidates': async ({ store }, { params }) =>
    candidates(await nodeCalled(store, params.id), await store.list('node')).map(({ node: { id, name, serial, pool }, ...rest }) => ({
      id,
      name,
      pool,
      ...(serial && { serial }),
      ...rest,
    })),

  'POST /nodes/:id/replace': async (context, { params, body }) => {
    const { store } = context;
    const failed = await nodeCalled(store, params.id);
    const spare = await nodeCalled(store, body.by);
    const missing = lacks(failed, spare);
    if (missing.length && !body.despite)
      throw new ProblemError(
        problem(
          `${spare.name} lacks what ${failed.name} has: ${missing.join('; ')}.`,
          { node: spare.name },
          'Choose another, or say that it shall be all the same (--despite).',
        ),
      );
    const node = orRefuse(await replace(store, { failed, spare }, context.now()), 409);
    await silence(store, { failed, spare });
    // It still has its old name and address, and learns of the new ones when it starts.
    const power = orRefuse(await context.power(node, 'cycle'));
    return { node: await viewOf(context, await nodeCalled(store, node.id)), power: power === 'asked' ? 'asked' : 'on' };
  },
} satisfies Partial<Handlers>;
