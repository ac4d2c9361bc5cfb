// Signing in through the organisation's own provider: the settings, and the two addresses that a browser is sent to and comes back to. Those
// two are no part of the contract: they answer browsers with where to go, not programs with data.

import type { Request, Response, Router } from 'express';
import { audited } from '../access/audited.ts';
import { isOwnMachine, NotBegun, openOpenId, userOf } from '../access/open-id.ts';
import { tryProvider } from '../access/try-provider.ts';
import type { OpenIdRefusal } from '../model/open-id.ts';
import { problem, type Problem, ProblemError } from '../model/problem.ts';
import type { Context, Handlers } from './context.ts';
import { notFound, orRefuse } from './context.ts';
import { openSession } from './sign-in.ts';
import { cookieIn, isSecure } from './who-asks.ts';

const ID = 'site';
const SECRET = 'openid client';
const SCOPES = ['profile', 'email'];
const TICKET = 'prybar_openid';
const TICKET_MS = 10 * 60_000;
const HERE = '/api/v1/openid';

export function openIdRoutes(api: Router, context: Context, log: (found: Problem) => void): void {
  const { store, now } = context;
  const openId = openOpenId();
  const settingsAndSecret = async () => {
    const found = await store.get('openId', ID);
    if (!found) throw notFound('Nobody can sign in here through OpenID Connect.', 'An admin can set it up: prybar openid set');
    return { settings: found, secret: await context.secretCalled(SECRET) };
  };
  const ticketCookie = (request: Request) => ({ httpOnly: true, sameSite: 'lax', path: HERE, secure: isSecure(request) }) as const;

  api.get('/openid/begin', async (request, response) => {
    const { settings, secret } = await settingsAndSecret();
    const redirect = `${isSecure(request) ? 'https' : 'http'}://${request.headers.host}${HERE}/callback`;
    try {
      const { url, ticket } = await openId.begin(settings, secret, redirect, now());
      // Lax: the way back is a link on another site, with which a strict cookie would not come along.
      response.cookie(TICKET, ticket, { ...ticketCookie(request), maxAge: TICKET_MS }).redirect(url.href);
    } catch (error) {
      log(problem(`The OpenID provider ${settings.issuer} cannot be asked: ${reasonOf(error)}`, undefined, 'See: prybar openid show'));
      refuse(response, 'failed');
    }
  });

  api.get('/openid/callback', async (request, response) => {
    const { settings, secret } = await settingsAndSecret();
    const entry = { at: now(), by: 'nobody' as const, address: request.socket.remoteAddress ?? '', act: `GET ${HERE}/callback` };
    response.clearCookie(TICKET, ticketCookie(request));
    let who = 'somebody';
    try {
      const claims = await openId.finish(settings, secret, cookieIn(request, TICKET), new URL(request.originalUrl, 'http://here'), now());
      who = String(claims.preferred_username ?? claims.email ?? claims.sub).slice(0, 100);
      const user = await userOf(audited(store, { ...entry, who }).store, settings, claims, now());
      if (typeof user === 'string') {
        await store.audit({ ...entry, who, outcome: 'refused', why: refusals[user], facts: [] });
        return refuse(response, user);
      }
      await openSession(context, request, response, { user: orRefuse(user).name, how: 'openid' });
      response.redirect('/');
    } catch (error) {
      // Noise, which strangers can make as much of as they like.
      if (error instanceof NotBegun) return refuse(response, 'failed');
      log(problem(`Signing ${who} in through ${settings.issuer} failed: ${reasonOf(error)}`));
      await store.audit({ ...entry, who, outcome: 'refused', why: reasonOf(error), facts: [] });
      refuse(response, 'failed');
    }
  });
}

const refusals: Record<OpenIdRefusal, string> = {
  failed: 'The provider did not say who that is.',
  'no-role': 'None of its roles has a meaning here.',
  'no-tenant': 'It names no tenant that is known here.',
  'name-taken': 'Another user has that name here.',
  disabled: 'It is disabled here.',
};

const refuse = (response: Response, why: OpenIdRefusal): void => response.redirect(`/sign-in?refused=${why}`);
const reasonOf = (error: unknown): string => {
  const { message, cause } = error as Error & { cause?: { message?: string; error_description?: string } };
  return [message, cause?.error_description ?? cause?.message].filter(Boolean).join(': ').slice(0, 300);
};

function checkIssuer(issuer: string): void {
  const url = URL.parse(issuer);
  if (url?.protocol !== 'https:' && !(url && isOwnMachine(url)))
    throw new ProblemError(problem(`${issuer} is no address that can be trusted.`, { file: 'request body', pointer: '/issuer' }, 'It begins with https://.'));
}

export const openIdSettings = {
  'GET /openid': async ({ store, secretCalled }) => {
    const found = await store.get('openId', ID);
    if (!found) throw notFound('Nobody can sign in here through OpenID Connect.', 'Set it up: prybar openid set');
    return { ...found, secret: (await secretCalled(SECRET)) !== undefined };
  },
  'PUT /openid': async ({ store, keepSecret, secretCalled }, { body }) => {
    const { clientSecret, label = 'OpenID Connect', scopes = SCOPES, roleClaim = 'groups', ...rest } = body;
    checkIssuer(rest.issuer);
    if (clientSecret !== undefined) await keepSecret(SECRET, clientSecret);
    // What was given for one provider is shown to no other.
    else if ((await store.get('openId', ID))?.issuer !== rest.issuer) await store.remove('secret', SECRET);
    const put = orRefuse(await store.put('openId', ID, { label, scopes, roleClaim, ...rest }, 'any'));
    return { ...put, secret: (await secretCalled(SECRET)) !== undefined };
  },
  'POST /openid/test': async ({ store, secretCalled }, { body }) => {
    const kept = await store.get('openId', ID);
    const { issuer = kept?.issuer, clientId = kept?.clientId, scopes = kept?.scopes ?? SCOPES, redirect } = body;
    if (issuer === undefined || clientId === undefined)
      throw new ProblemError(problem('There is no provider to try.', { file: 'request body', pointer: '/issuer' }, 'Name its issuer and the client.'));
    checkIssuer(issuer);
    // As above.
    const secret = body.clientSecret ?? (kept?.issuer === issuer ? await secretCalled(SECRET) : undefined);
    return tryProvider({ issuer, clientId, scopes }, secret, redirect);
  },
  'DELETE /openid': async ({ store }) => {
    await store.remove('openId', ID);
    await store.remove('secret', SECRET);
    return {};
  },
} satisfies Partial<Handlers>;
