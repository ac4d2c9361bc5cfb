// API tokens: for programs, narrowed to a role, scopes and a tenant, good for a while. The text is given once.

import { rulesSite } from '../access/permissions.ts';
import { newText, type TokenBody } from '../access/sessions.ts';
import { mayActAs } from '../model/principal.ts';
import { problem, ProblemError } from '../model/problem.ts';
import type { Credential } from '../store/store.ts';
import { type Handlers, notFound } from './context.ts';
import type { TokenView } from './contract.ts';
import { whose } from './users.ts';

const DAYS = 90;
const DAY_MS = 24 * 3600_000;

const viewOf = ({ id, subject, createdAt, expiresAt, lastAt, body }: Credential): TokenView => ({
  id,
  owner: subject,
  ...(body as TokenBody),
  madeAt: createdAt,
  expiresAt,
  ...(lastAt > createdAt && { lastAt }),
});

export const tokens = {
  'GET /tokens': async ({ store, now }, { query, principal }) => (await store.credentials.list('token', now(), whose(principal, query.all))).map(viewOf),

  'POST /tokens': async ({ store, now }, { body, principal }) => {
    const { name, role = principal.role, scopes = ['*'], tenant = principal.tenant, days = DAYS } = body;
    if (!mayActAs(principal.role, role))
      throw new ProblemError(
        problem(`A token may not do more than you: ${role} is more than ${principal.role}.`, undefined, `Leave the role out, or give ${principal.role}.`),
        403,
      );
    if (principal.tenant !== undefined && tenant !== principal.tenant)
      throw new ProblemError(problem(`You belong to ${principal.tenant}, and so does each token of yours.`, undefined, 'Leave the tenant out.'), 403);
    if (tenant !== undefined && !(await store.get('tenant', tenant))) throw notFound(`There is no tenant called ${tenant}.`, 'See: prybar tenant list');
    if ((await store.credentials.list('token', now(), principal.user)).some((other) => (other.body as TokenBody).name === name))
      throw new ProblemError(problem(`You have a token called ${name} already.`, undefined, 'Choose another name, or revoke that one first.'), 409);
    const text = `pry_${newText()}`;
    const made: TokenBody = { name, role, scopes, ...(tenant !== undefined && { tenant }) };
    return {
      ...viewOf(await store.credentials.issue(text, { kind: 'token', subject: principal.user, expiresAt: now() + days * DAY_MS, body: made }, now())),
      text,
    };
  },

  'DELETE /tokens/:id': async ({ store, now }, { params, principal }) => {
    const all = await store.credentials.list('token', now(), rulesSite(principal) ? undefined : principal.user);
    const found =
      all.find(({ id }) => id === params.id) ?? all.find(({ subject, body }) => subject === principal.user && (body as TokenBody).name === params.id);
    if (!found) throw notFound(`There is no token ${params.id}.`, 'See: prybar token list');
    await store.credentials.revoke(found.id);
    return {};
  },
} satisfies Partial<Handlers>;
