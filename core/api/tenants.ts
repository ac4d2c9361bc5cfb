// Tenants, and whose machines and deployments are.

import { rulesSite } from '../access/permissions.ts';
import type { Revised } from '../model/node.ts';
import type { Principal, Tenant } from '../model/principal.ts';
import { bad, type Checked, ok, problem, ProblemError } from '../model/problem.ts';
import type { Facility } from '../store/store.ts';
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

/** A name that one had stays its own: its records in the audit log bear it. */
async function checkFree(tx: Facility, name: string, own?: string): Promise<Checked<void>> {
  const holder = (await tx.list('tenant')).find((tenant) => tenant.name !== own && [tenant.name, ...(tenant.formerly ?? [])].includes(name));
  if (!holder) return ok(undefined);
  return bad(
    problem(holder.name === name ? `There is a tenant ${name} already.` : `${holder.name} was called ${name} once.`, undefined, 'Choose another name.'),
  );
}

/** Whatever says to whom it belongs says the new name. */
async function rename(tx: Facility, from: Revised<Tenant>, name: string, summary: string): Promise<Checked<Revised<Tenant>>> {
  const free = await checkFree(tx, name, from.name);
  if (!free.ok) return free;
  for (const kind of ['node', 'deployment', 'user'] as const)
    for (const fact of await tx.list(kind)) {
      if (fact.tenant !== from.name) continue;
      const put = await tx.put(kind, (fact as { id?: string }).id ?? fact.name, { ...fact, tenant: name }, fact.revision);
      if (!put.ok) return put;
    }
  await tx.remove('tenant', from.name);
  const formerly = [...new Set([...(from.formerly ?? []), from.name])].filter((old) => old !== name);
  return tx.put('tenant', name, { name, summary, formerly }, 'new');
}

export const tenants = {
  'GET /tenants': async ({ store }) => store.list('tenant'),
  'POST /tenants': async ({ store }, { body: { name, summary = '' } }) =>
    orRefuse(
      await store.transact(async (tx) => {
        const free = await checkFree(tx, name);
        return free.ok ? tx.put('tenant', name, { name, summary }, 'new') : free;
      }),
      409,
    ),
  'PATCH /tenants/:name': async ({ store }, { params, body }) => {
    const tenant = await store.get('tenant', params.name);
    if (!tenant) throw notFound(`There is no tenant called ${params.name}.`, 'See: prybar tenant list');
    const { revision, ...present } = tenant;
    const { name = tenant.name, summary = tenant.summary } = body;
    const changed = await store.transact((tx) =>
      name === tenant.name ? tx.put('tenant', name, { ...present, summary }, revision) : rename(tx, tenant, name, summary),
    );
    const renamed = orRefuse(changed, 409);
    // After the facts: until then they let nobody in, for there is no such tenant any more.
    if (name !== tenant.name) await store.credentials.moveTenant(tenant.name, name);
    return renamed;
  },
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
