// Who stands behind a request: a bearer token, or a session cookie that came from a page of this admin node itself.

import type { TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import { whoHasSession, whoHasToken } from '../access/sessions.ts';
import type { Principal } from '../model/principal.ts';
import type { Context } from './context.ts';

export type Asked = { headers: Record<string, string | string[] | undefined>; method?: string | undefined; socket: Socket };

// Cookies know no ports, so that over TLS has a name of its own. `__Host-`: no other host and no plain HTTP can set it (RFC 6265bis 4.1.3).
const NAMES = {
  plain: { session: 'prybar_session', browser: 'prybar_browser' },
  secure: { session: '__Host-prybar_session', browser: '__Host-prybar_browser' },
};

export const isSecure = ({ socket }: Asked): boolean => Boolean((socket as TLSSocket).encrypted);
export const cookieName = (request: Asked, which: 'session' | 'browser'): string => NAMES[isSecure(request) ? 'secure' : 'plain'][which];

export const cookieOf = (request: Asked, which: 'session' | 'browser'): string => cookieIn(request, cookieName(request, which));

export function cookieIn(request: Asked, name: string): string {
  const begin = `${name}=`;
  return (
    String(request.headers.cookie ?? '')
      .split(/;\s*/)
      .find((pair) => pair.startsWith(begin))
      ?.slice(begin.length) ?? ''
  );
}

/** `quietly`: a page that is only open does not keep its session from ending. */
export async function whoAsks({ store, now }: Pick<Context, 'store' | 'now'>, request: Asked, quietly = false): Promise<Principal | undefined> {
  const bearer = /^Bearer (\S{1,200})$/.exec(String(request.headers.authorization ?? ''))?.[1];
  if (bearer) return whoHasToken(store, bearer, now());
  const session = cookieOf(request, 'session');
  if (!session) return undefined;
  // A cookie travels by itself, so a page of another site must not be able to use it.
  if (request.method !== 'GET' && origin(request) !== 'same') return undefined;
  return whoHasSession(store, session, now(), quietly);
}

/** Where the page is that asks, by what browsers say and pages cannot (Fetch Metadata, RFC 6454); `unknown` for what is no browser. */
export function origin(asked: Asked): 'same' | 'other' | 'unknown' {
  const { headers } = asked;
  const site = headers['sec-fetch-site'];
  if (site) return site === 'same-origin' ? 'same' : 'other';
  if (!headers.origin) return 'unknown';
  const page = URL.parse(String(headers.origin));
  // The same name without TLS may be anybody on the way. What comes without it is from this machine, where something may have ended TLS before us.
  const safe = !isSecure(asked) || page?.protocol === 'https:';
  return page?.host === headers.host && safe ? 'same' : 'other';
}
