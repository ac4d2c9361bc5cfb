// Who did what: the audit log to look through, and whether it is whole.

import type { AuditFilter, AuditRecord } from '../model/audit.ts';
import { mayActAs, type Principal } from '../model/principal.ts';
import { problem, ProblemError } from '../model/problem.ts';
import type { Handlers } from './context.ts';
import { type AuditView, type RouteName, routes } from './contract.ts';

/** What its route says of itself, up to the details. Acts that are no route say what they are. */
const inWords = (record: AuditRecord): AuditView => ({
  ...record,
  does: Object.hasOwn(routes, record.act) ? routes[record.act as RouteName].summary.split(/[:;.] /)[0]! : record.act,
});

/** What is told of an act may be more than its routes tell this one: where webhooks go, who signs in how. */
function told({ role, user }: Principal): Pick<AuditFilter, 'without'> {
  const acts = Object.entries(routes).flatMap(([act, { least }]) => (least === 'anyone' || mayActAs(role, least) ? [] : [act]));
  return acts.length ? { without: { acts, but: user } } : {};
}

export const audit = {
  'GET /audit': async ({ store }, { query, principal }) => {
    const { tenant } = principal;
    const tenants = tenant === undefined ? undefined : [tenant, ...((await store.get('tenant', tenant))?.formerly ?? [])];
    return (await store.auditLog.list({ ...query, ...told(principal), ...(tenants && { tenants }) })).map(inWords);
  },
  'GET /audit/check': async ({ store }, { query: { expected } }) => {
    if (expected === undefined) return store.auditLog.check();
    const [, seq, hash] = /^(\d+):([0-9a-f]{64})$/.exec(expected) ?? [];
    if (seq === undefined || hash === undefined)
      throw new ProblemError(problem(`${expected} is no head of the log.`, undefined, 'It is NUMBER:HASH, as prybar audit verify prints it.'), 400);
    return store.auditLog.check({ seq: Number(seq), hash });
  },
} satisfies Partial<Handlers>;
