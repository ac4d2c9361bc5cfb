// Who did what: the audit log to look through, and whether it is whole.

import { problem, ProblemError } from '../model/problem.ts';
import type { Handlers } from './context.ts';

export const audit = {
  'GET /audit': async ({ store }, { query, principal: { tenant } }) => {
    if (tenant === undefined) return store.auditLog.list(query);
    return store.auditLog.list({ ...query, tenants: [tenant, ...((await store.get('tenant', tenant))?.formerly ?? [])] });
  },
  'GET /audit/check': async ({ store }, { query: { expected } }) => {
    if (expected === undefined) return store.auditLog.check();
    const [, seq, hash] = /^(\d+):([0-9a-f]{64})$/.exec(expected) ?? [];
    if (seq === undefined || hash === undefined)
      throw new ProblemError(problem(`${expected} is no head of the log.`, undefined, 'It is NUMBER:HASH, as prybar audit verify prints it.'), 400);
    return store.auditLog.check({ seq: Number(seq), hash });
  },
} satisfies Partial<Handlers>;
