// People who may sign in, their passphrases and their sessions.

import { rulesSite } from '../access/permissions.ts';
import { issueSignInCode, type SessionBody } from '../access/sessions.ts';
import { addUser, changeUser, letIn, setPassphrase, unknownUser } from '../access/users.ts';
import type { Revised } from '../model/node.ts';
import { CONSOLE, type Principal, type User } from '../model/principal.ts';
import { problem, ProblemError } from '../model/problem.ts';
import type { Store } from '../store/store.ts';
import { type Handlers, notFound, orRefuse } from './context.ts';
import type { UserView } from './contract.ts';
import { notNow } from './sign-in.ts';

const viewOf = async (store: Store, user: Revised<User>): Promise<UserView> => ({ ...user, passphrase: Boolean(await store.get('passphrase', user.name)) });

/** Over everybody's sessions and tokens; of others only who rules the whole site. */
export function whose(principal: Principal, all = false): string | undefined {
  if (!all) return principal.user;
  if (rulesSite(principal)) return undefined;
  throw new ProblemError(
    problem(`Those of others are shown to admins of the site; ${principal.user} is none.`, undefined, 'Leave `all` out for your own.'),
    403,
  );
}

export const users = {
  'GET /users': async ({ store }) => Promise.all((await store.list('user')).map((user) => viewOf(store, user))),
  'POST /users': async ({ store, now }, { body }) => viewOf(store, orRefuse(await addUser(store, body, now()), 409)),
  'PATCH /users/:name': async ({ store }, { params, body }) => {
    if (!(await store.get('user', params.name))) throw new ProblemError(unknownUser(params.name), 404);
    return viewOf(store, orRefuse(await changeUser(store, params.name, body), 409));
  },
  'PUT /users/:name/passphrase': async ({ store, now }, { params, body }) => {
    if (!(await store.get('user', params.name))) throw new ProblemError(unknownUser(params.name), 404);
    orRefuse(await setPassphrase(store, params.name, body.passphrase, now()));
    return {};
  },

  'PUT /session/passphrase': async ({ store, now, attempts }, { body, principal }) => {
    const user = await store.get('user', principal.user);
    if (!user) throw new ProblemError(problem(`${principal.user} is no user with a passphrase.`, undefined, 'Add one for yourself: prybar user add NAME'), 409);
    const [session] = (await store.credentials.list('session', now(), user.name)).filter(({ id }) => id === principal.credential);
    const byLink = (session?.body as SessionBody | undefined)?.how === 'link';
    // Whoever found a session open is not to find out the passphrase with it.
    const attempt = { user: user.name, passphrase: body.current ?? '', address: '', browser: principal.credential };
    const shown = byLink ? 'in' : await letIn(store, attempts, attempt, now());
    if (shown !== 'in' && shown.refused !== 'wrong') throw notNow(shown);
    if (shown !== 'in')
      throw new ProblemError(
        problem('The present passphrase is another one.', { file: 'request body', pointer: '/current' }, 'An admin can give you a new one.'),
        403,
      );
    orRefuse(await setPassphrase(store, user.name, body.passphrase, now(), principal.credential));
    return {};
  },
  'POST /sign-in-codes': async ({ store, now }, { body: { user } }) => {
    if (user !== undefined && user !== CONSOLE && !(await store.get('user', user))) throw new ProblemError(unknownUser(user), 404);
    return { code: await issueSignInCode(store, now(), user === CONSOLE ? undefined : user) };
  },

  'GET /sessions': async ({ store, now }, { query, principal }) =>
    (await store.credentials.list('session', now(), whose(principal, query.all))).map(({ id, subject, createdAt, lastAt, expiresAt, idleMs, body }) => {
      const { how, address, agent } = body as SessionBody;
      return {
        id,
        user: subject,
        how,
        address,
        agent,
        beganAt: createdAt,
        lastAt,
        endsAt: Math.min(expiresAt, lastAt + idleMs),
        own: id === principal.credential,
      };
    }),
  'DELETE /sessions/:id': async ({ store, now }, { params, principal }) => {
    const found = (await store.credentials.list('session', now(), rulesSite(principal) ? undefined : principal.user)).find(({ id }) => id === params.id);
    if (!found) throw notFound(`There is no session ${params.id}.`, 'See: prybar session list');
    await store.credentials.revoke(found.id);
    return {};
  },
} satisfies Partial<Handlers>;
