// Signing in and out. These routes deal in cookies and are open to strangers, so they are written with the response at hand, and say to a
// stranger nothing but whether it was right.

import express, { type Request, type Response, type Router } from 'express';
import { beginSession, redeemSignInCode, rememberBrowser, SESSION_MS, type SessionBody } from '../access/sessions.ts';
import { refusal } from '../access/permissions.ts';
import { letIn, type Refused as NotLetIn } from '../access/users.ts';
import type { AuditEntry } from '../model/audit.ts';
import type { Permission, Principal } from '../model/principal.ts';
import { problem, ProblemError } from '../model/problem.ts';
import { checkRequest } from './check-request.ts';
import type { Context } from './context.ts';
import { routes, type SessionView, type SignInView } from './contract.ts';
import { cookieName, cookieOf, isSecure, origin, whoAsks } from './who-asks.ts';

// A name and a passphrase.
const BODY_LIMIT = '16kb';

type Opening = { user: string; how: SessionBody['how'] };
type Refused = { refused: ProblemError };

export const notSignedIn = (): ProblemError =>
  new ProblemError(
    problem('You are not signed in.', undefined, 'Sign in with your name and passphrase, or with a one-time link: prybar sign-in, on the admin node'),
    401,
  );

export function signInRoutes(api: Router, context: Context): void {
  const { store } = context;
  api.get('/sign-in', async (_request, response) => {
    const openId = await store.get('openId', 'site');
    const view: SignInView = { passphrase: (await store.list('passphrase')).length > 0, ...(openId && { openId: { label: openId.label } }) };
    response.json(view);
  });

  api.post('/session', express.json({ limit: BODY_LIMIT, strict: true }), async (request, response) => {
    if (origin(request) === 'other')
      throw new ProblemError(problem('Another site has your browser ask to sign in here.', undefined, 'Open the page of the admin node itself.'), 403);
    const { body } = checkRequest('POST /session', request);
    const opening = body.code !== undefined ? await byCode(context, body.code) : await byPassphrase(context, request, body);
    if ('refused' in opening) {
      // A wrong code is noise, and so is what was not looked at; a wrong passphrase for a name is not.
      if (body.user !== undefined && opening.refused.status === 401)
        await keep(context, request, { who: body.user, outcome: 'refused', why: opening.refused.problems[0]!.summary });
      throw opening.refused;
    }
    const principal = await openSession(context, request, response, opening);
    response.json(await sessionView(context, principal));
  });

  api.get('/session', async (request, response) => {
    const principal = await whoAsks(context, request);
    if (!principal) throw notSignedIn();
    response.json(await sessionView(context, principal));
  });

  api.delete('/session', async (request, response) => {
    const principal = await whoAsks(context, request);
    if (principal?.by === 'session') {
      await store.credentials.revoke(principal.credential!);
      await keep(context, request, { who: principal.user, outcome: 'done' });
    }
    response.clearCookie(cookieName(request, 'session'), { path: '/', secure: isSecure(request) }).json({});
  });
}

const refused = (status: number, summary: string, next: string) => ({ refused: new ProblemError(problem(summary, undefined, next), status) });

/** Signing in and out is kept like any other act. */
async function keep({ store, now }: Context, request: Request, entry: Pick<AuditEntry, 'who' | 'outcome' | 'why' | 'asked'>): Promise<void> {
  await store.audit({ at: now(), by: 'nobody', address: request.socket.remoteAddress ?? '', act: `${request.method} /session`, facts: [], ...entry });
}

async function byCode({ store, now }: Context, code: string): Promise<Opening | Refused> {
  const user = await redeemSignInCode(store, code, now());
  if (user !== undefined) return { user, how: 'link' };
  return refused(
    401,
    'This link was used already, or is older than a day.',
    'An admin makes another one under Settings, Users; on the admin node it is: prybar sign-in',
  );
}

async function byPassphrase(
  { store, now, attempts }: Context,
  request: Request,
  { user, passphrase }: { user?: string; passphrase?: string },
): Promise<Opening | Refused> {
  if (user === undefined || passphrase === undefined)
    throw new ProblemError(problem('A name and its passphrase are needed, or the code of a link.', { file: 'request body' }), 400);
  const known = await store.credentials.use(cookieOf(request, 'browser'), 'browser', now());
  const browser = known?.subject === user ? known.id : undefined;
  const result = await letIn(store, attempts, { user, passphrase, address: request.socket.remoteAddress ?? '', browser }, now());
  if (result === 'in') return { user, how: 'passphrase' };
  if (result.refused === 'wrong')
    return refused(401, 'The name or the passphrase is wrong.', 'On the admin node, prybar sign-in prints a link that needs neither.');
  return { refused: notNow(result) };
}

/** A passphrase was not looked at. */
export function notNow({ refused: why, ms = 0 }: NotLetIn): ProblemError {
  const next = 'Wait that long, or sign in with a one-time link: prybar sign-in, on the admin node';
  if (why === 'busy') return refused(429, 'Too many people sign in at this moment.', next).refused;
  return refused(429, `There were too many wrong passphrases; the next one counts in ${Math.ceil(ms / 1000)} s.`, next).refused;
}

/** Begins a session of this user in the browser that asks; the one before ends. */
export async function openSession(context: Context, request: Request, response: Response, { user, how }: Opening): Promise<Principal> {
  const { store, now } = context;
  const before = await whoAsks(context, request);
  if (before?.by === 'session') await store.credentials.revoke(before.credential!);
  const place = { address: request.socket.remoteAddress ?? '', agent: String(request.headers['user-agent'] ?? '').slice(0, 200) };
  const text = await beginSession(store, user, { ...place, how }, now());
  const kept = { httpOnly: true, sameSite: 'strict', path: '/', secure: isSecure(request) } as const;
  response.cookie(cookieName(request, 'session'), text, { ...kept, maxAge: SESSION_MS.longest });
  if (how === 'passphrase') {
    const browser = await rememberBrowser(store, user, now());
    response.cookie(cookieName(request, 'browser'), browser.text, { ...kept, maxAge: browser.ms });
  }
  const principal = await whoAsks(context, { method: 'GET', headers: { cookie: `${cookieName(request, 'session')}=${text}` }, socket: request.socket });
  // Switched off between the two.
  if (!principal) throw notSignedIn();
  await keep(context, request, { who: user, outcome: 'done', asked: { how } });
  return principal;
}

async function sessionView({ store }: Context, principal: Principal): Promise<SessionView> {
  const { user, role, tenant } = principal;
  return {
    user,
    role,
    ...(tenant !== undefined && { tenant }),
    passphrase: Boolean(await store.get('passphrase', user)),
    firstUser: (await store.list('user')).length === 0,
    acts: Object.entries(routes).flatMap(([route, permission]) =>
      route.startsWith('GET ') || refusal(principal, route, permission as Permission) ? [] : [route],
    ),
  };
}
