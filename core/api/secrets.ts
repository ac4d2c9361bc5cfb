// The secrets of roles, by name only: no route gives a value. Replacing one has the roles that name it applied again.

import { problem, ProblemError } from '../model/problem.ts';
import type { Context, Handlers } from './context.ts';
import { notFound, orRefuse } from './context.ts';
import type { SecretView } from './contract.ts';

async function known({ facts, planner, sight }: Context): Promise<Map<string, SecretView>> {
  await facts.refresh();
  const found = new Map<string, SecretView>();
  for (const { secrets, role, deployment } of planner.plan().groups) {
    if (!sight.deployment(deployment)) continue;
    for (const { id, declaration, rotation } of secrets) {
      const at = facts.current.rotations.get(id)?.at;
      const view = found.get(id) ?? { id, kind: declaration.kind, rotation, ...(at && { rotatedAt: at }), roles: [] };
      if (!view.roles.includes(role.declaration.name)) view.roles.push(role.declaration.name);
      found.set(id, view);
    }
  }
  return found;
}

export const secrets = {
  'GET /secrets': async (context) => [...(await known(context)).values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
  'POST /secrets/rotate': async (context, { body: { id, text } }) => {
    const secret = (await known(context)).get(id);
    if (!secret) throw notFound(`There is no secret ${id}.`, 'See: prybar secret list');
    if (text !== undefined && secret.kind !== 'password')
      throw new ProblemError(
        problem(`${id} is made by Prybar (${secret.kind}) and cannot be set.`, undefined, 'Leave the text out, and it is made anew.'),
        422,
      );
    const before = await context.store.get('secretRotation', id);
    orRefuse(await context.rotateSecret(id, before?.revision ?? 'new', text), 409);
    return (await known(context)).get(id)!;
  },
} satisfies Partial<Handlers>;
