// Tenants, and whose machines and deployments are.

import { rulesSite } from '../access/permissions.ts';
import type { Principal } from '../model/principal.ts';
import { problem, ProblemError } from '../model/problem.ts';
import { type Context, type Handlers, notFound, orRefuse } from './context.ts';

/** Throws unless this one may say whose something is; undefined leaves it as it is, null gives it to the site. */
export async function mayGive({ store }: Context, principal: Principal, tenant: string | null | undefined): Promise<void> {
  if (tenant === undefined) return;
  if (!rulesSite(principal))
    throw new ProblemError(
      problem(`Whose something is, admins of the site say; ${principal.user} is none.`, undefined, 'Leave the tenant out, or ask one of them.'),
      403,
    );
  if (tenant !== null && !(await store.get('tenant', tenant)))
    throw notFound(`There is no tenant called ${tenant}.`, 'See: prybar tenant list, or begin one: prybar tenant add NAME');
}

/** The same, belonging to this tenant; to the site with null; to whom it did with undefined. */
export function givenTo<T extends { tenant?: string }>(fact: T, tenant: string | null | undefined): T {
  if (tenant === undefined) return fact;
  const { tenant: _, ...rest } = fact;
  return { ...rest, ...(tenant !== null && { tenant }) } as T;
}

export const tenants = {
  'GET /tenants': async ({ store }) => store.list('tenant'),
  'POST /tenants': async ({ store }, { body: { name, summary = '' } }) => orRefuse(await store.put('tenant', name, { name, summary }, 'new'), 409),
  'DELETE /tenants/:name': async ({ store }, { params: { name } }) => {
    if (!(await store.get('tenant', name))) throw notFound(`There is no tenant called ${name}.`, 'See: prybar tenant list');
    const left = (
      await Promise.all((['node', 'deployment', 'user'] as const).map(async (kind) => (await store.list(kind)).filter((fact) => fact.tenant === name)))
    )
      .flat()
      .map((fact) => fact.name);
    if (left.length)
      throw new ProblemError(
        problem(`To ${name} still belong ${left.slice(0, 10).join(', ')}.`, undefined, 'Give them to another tenant or to the site first.'),
        409,
      );
    await store.remove('tenant', name);
    return {};
  },
} satisfies Partial<Handlers>;
