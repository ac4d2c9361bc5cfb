// Signing in through OpenID Connect: authorization code with PKCE (RFC 7636), state and nonce. The provider says who somebody is; what that one
// may do here is read from its claims anew each time.

import * as oidc from 'openid-client';
import { randomBytes } from 'node:crypto';
import type { OpenIdRefusal, OpenIdSettings } from '../model/open-id.ts';
import { mayActAs, type Role, standsForNoPerson, type User } from '../model/principal.ts';
import { bad, type Checked, ok } from '../model/problem.ts';
import type { Store } from '../store/store.ts';

const LONGEST_MS = 10 * 60_000;
const AT_ONCE = 1000;

type Begun = { verifier: string; state: string; nonce: string; redirect: string; at: number };
export type Claims = Record<string, unknown> & { sub: string; iss: string };

export type OpenId = {
  /** Where to send the browser, and the text by which it is known when it is back. */
  begin(settings: OpenIdSettings, secret: string | undefined, redirect: string, now: number): Promise<{ url: URL; ticket: string }>;
  /** What the provider says of whoever came back to `url`; a ticket is good once. Throws NotBegun without one. */
  finish(settings: OpenIdSettings, secret: string | undefined, ticket: string, url: URL, now: number): Promise<Claims>;
};

/** This browser did not begin it, or too long ago: anybody can ask so. */
export class NotBegun extends Error {}

export function openOpenId(): OpenId {
  const begun = new Map<string, Begun>();
  return {
    async begin(settings, secret, redirect, now) {
      const configuration = await discover(settings, secret);
      const [verifier, state, nonce] = [oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce()];
      const url = oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: redirect,
        scope: ['openid', ...settings.scopes].join(' '),
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      });
      const ticket = randomBytes(24).toString('base64url');
      begun.set(ticket, { verifier, state, nonce, redirect, at: now });
      for (const [old, { at }] of begun) if (at < now - LONGEST_MS || begun.size > AT_ONCE) begun.delete(old);
      return { url, ticket };
    },
    async finish(settings, secret, ticket, url, now) {
      const mine = begun.get(ticket);
      begun.delete(ticket);
      if (!mine || mine.at < now - LONGEST_MS) throw new NotBegun();
      const configuration = await discover(settings, secret);
      // As the provider was told, whatever stands before us on the way.
      const back = new URL(mine.redirect);
      back.search = url.search;
      const tokens = await oidc.authorizationCodeGrant(configuration, back, {
        pkceCodeVerifier: mine.verifier,
        expectedState: mine.state,
        expectedNonce: mine.nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims()!;
      // Many providers give groups there only.
      const more = configuration.serverMetadata().userinfo_endpoint ? await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub) : {};
      return { ...more, ...claims };
    },
  };
}

/** Plain HTTP is trusted on this machine only. */
export const isOwnMachine = ({ protocol, hostname }: URL): boolean => protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);

/** Read anew each time: keys and addresses of providers change, and people sign in seldom. */
export async function discover({ issuer, clientId }: Pick<OpenIdSettings, 'issuer' | 'clientId'>, secret: string | undefined): Promise<oidc.Configuration> {
  const url = new URL(issuer);
  return oidc.discovery(url, clientId, secret, secret === undefined ? oidc.None() : undefined, {
    timeout: 10,
    ...(isOwnMachine(url) && { execute: [oidc.allowInsecureRequests] }),
  });
}

const textsIn = (claim: unknown): string[] =>
  typeof claim === 'string' ? [claim] : Array.isArray(claim) ? claim.filter((one) => typeof one === 'string') : [];

/** What its claims make of somebody here. */
export function meaningOf(settings: OpenIdSettings, claims: Claims): { role: Role; tenant?: string } | Extract<OpenIdRefusal, 'no-role' | 'no-tenant'> {
  const given = textsIn(claims[settings.roleClaim]).flatMap((value) => (Object.hasOwn(settings.roles, value) ? [settings.roles[value]!] : []));
  const role = given.reduce<Role | undefined>((highest, next) => (highest === undefined || mayActAs(next, highest) ? next : highest), undefined);
  if (!role) return 'no-role';
  if (settings.tenantClaim === undefined) return { role };
  const [tenant] = textsIn(claims[settings.tenantClaim]);
  if (tenant === undefined) return 'no-tenant';
  return tenant === 'site' ? { role } : { role, tenant };
}

const NAME = /^[a-z0-9][a-z0-9._@-]{0,63}$/;

/** The user of these claims, added or brought up to date. A name that another user has is not taken over. */
export async function userOf(store: Store, settings: OpenIdSettings, claims: Claims, now: number): Promise<Checked<User> | OpenIdRefusal> {
  const meaning = meaningOf(settings, claims);
  if (typeof meaning === 'string') return meaning;
  if (meaning.tenant !== undefined && !(await store.get('tenant', meaning.tenant))) return 'no-tenant';
  const vouchedBy = { issuer: claims.iss, subject: claims.sub };
  const present = (await store.list('user')).find((user) => user.vouchedBy?.issuer === claims.iss && user.vouchedBy.subject === claims.sub);
  if (present?.disabled) return 'disabled';
  const name =
    present?.name ?? [claims.preferred_username, claims.email, claims.sub].map((text) => String(text ?? '').toLowerCase()).find((text) => NAME.test(text));
  if (name === undefined || standsForNoPerson(name) || (!present && (await store.get('user', name)))) return 'name-taken';
  const user: User = { name, ...meaning, createdAt: present?.createdAt ?? now, vouchedBy };
  const { revision, ...before } = present ?? { revision: 'new' as const };
  if (JSON.stringify(before) === JSON.stringify(user)) return ok(user);
  const put = await store.put('user', name, user, revision);
  return put.ok ? ok(user) : bad(...put.problems);
}
