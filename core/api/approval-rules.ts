// Which machines are let in without a person.

import { bad, ok, problem, type Problem, ProblemError } from '../model/problem.ts';
import { admitByRule } from '../network/admission.ts';
import { type Handlers, orRefuse } from './context.ts';

export const approvalRules = {
  'GET /approval-rules': async ({ store }) => store.list('approvalRule'),

  'PUT /approval-rules/:id': async ({ store }, { params: { id }, body }) => {
    if (!body.anyone && !body.serials?.length && !body.macPrefix)
      throw new ProblemError(problem('This rule says of no machine that it is let in.', { pointer: '/serials' }, 'Name serials, how a MAC begins, or anyone.'));
    const rule = orRefuse(await store.put('approvalRule', id, { id, ...body }, 'any'));
    const admitted: string[] = [];
    const problems: Problem[] = [];
    // Those that wait already would otherwise have to be restarted for it.
    for (const node of await store.list('node')) {
      if (node.approved || !node.inventory) continue;
      const result = await admitByRule(store, node);
      if (result?.ok) admitted.push(result.value.name);
      else if (result) problems.push(...result.problems);
    }
    return { rule, admitted, problems };
  },

  'DELETE /approval-rules/:id': async ({ store }, { params: { id } }) => {
    orRefuse(
      await store.transact(async (tx) => {
        if (!(await tx.get('approvalRule', id))) return bad(problem(`There is no rule ${id}.`, undefined, 'See: prybar approval list'));
        return ok(await tx.remove('approvalRule', id));
      }),
      404,
    );
    return {};
  },
} satisfies Partial<Handlers>;
