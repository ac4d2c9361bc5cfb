// From a request that is known to come from somebody to its answer: may they, what are they shown of the site, and what is kept of it.

import type { Request } from 'express';
import { audited, starred } from '../access/audited.ts';
import { refusal } from '../access/permissions.ts';
import { actorOf, type AuditEntry } from '../model/audit.ts';
import { changes, type Permission, type Principal } from '../model/principal.ts';
import { problem, problemText, ProblemError } from '../model/problem.ts';
import { checkRequest } from './check-request.ts';
import type { Context, Handlers } from './context.ts';
import { type RouteName, routes } from './contract.ts';
import { contextFor } from './sight.ts';

type Entry = Omit<AuditEntry, 'facts' | 'outcome'>;
export type Served = Omit<Handlers, 'GET /sign-in' | 'POST /session' | 'GET /session' | 'DELETE /session'>;

// Whoever tries the same again and again is noted once in this time.
const SAME_REFUSAL_MS = 60_000;

export type Answering = {
  /** Throws where it may not be used. */
  mayUse(name: RouteName, principal: Principal, request: Request): Promise<void>;
  answer<N extends keyof Served>(name: N, principal: Principal, request: Request): Promise<unknown>;
};

export function answering(context: Context, handlers: Served): Answering {
  const { store, now } = context;
  const noted = new Map<string, number>();

  const noteRefusal = async (entry: Entry, why: string): Promise<void> => {
    const key = `${entry.who} ${entry.token ?? ''} ${entry.act}`;
    if ((noted.get(key) ?? 0) > now() - SAME_REFUSAL_MS) return;
    if (noted.size > 10_000) noted.clear();
    noted.set(key, now());
    await store.audit({ ...entry, outcome: 'refused', why, facts: [] });
  };

  const entryOf = (name: RouteName, principal: Principal, request: Request): Entry => ({
    at: now(),
    ...actorOf(principal),
    address: request.socket.remoteAddress ?? '',
    act: name,
    ...(Object.keys(request.params).length > 0 && { asked: { ...request.params } }),
  });

  return {
    async mayUse(name, principal, request) {
      const refused = refusal(principal, name, routes[name]);
      if (!refused) return;
      await noteRefusal(entryOf(name, principal, request), refused.summary);
      throw new ProblemError(refused, 403);
    },

    async answer(name, principal, request) {
      const { params, query, body } = checkRequest(name, request);
      const route = routes[name] as Permission & { body?: object; file?: string };
      const entry = { ...entryOf(name, principal, request) };
      if (route.file && !request.is('application/octet-stream'))
        throw new ProblemError(problem('This takes a file as it is.', undefined, 'Send it with the Content-Type application/octet-stream.'), 415);
      if (route.file) entry.asked = { ...query };
      if (changes(name, route)) entry.asked = { ...(entry.asked as object | undefined), ...(starred(body, route.body) as object) };
      const keeping = audited(store, entry);
      const handle = handlers[name] as (context: Context, input: unknown) => Promise<unknown>;
      try {
        const answer = await handle(contextFor({ ...context, store: keeping.store }, principal), {
          params,
          query,
          body,
          principal,
          ...(route.file && { file: request }),
        });
        if (changes(name, route) && !keeping.records()) await store.audit({ ...entry, outcome: 'done', facts: [] });
        return answer;
      } catch (error) {
        const why = error instanceof ProblemError ? error.problems.map(problemText).join('\n').slice(0, 1000) : 'The admin node failed to answer.';
        if (error instanceof ProblemError && error.status === 403) await noteRefusal(entry, why);
        else if (changes(name, route)) await store.audit({ ...entry, outcome: 'failed', why, facts: [] });
        throw error;
      }
    },
  };
}
