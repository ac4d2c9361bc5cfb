// Who may talk to the API: a one-time link begins a browser session, a token file lets the command line in.
// Only hashes are stored; the texts exist in the terminal, the cookie and the file that root can read.

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Principal } from '../model/principal.ts';
import type { Store } from '../store/store.ts';

const LINK_MS = 24 * 3600_000;
const SESSION_MS = 12 * 3600_000;
const CLI_TOKEN_MS = 10 * 365 * 24 * 3600_000;

const newText = (): string => randomBytes(24).toString('base64url');

export const sessionMs = SESSION_MS;

/** The code of a link that signs one browser in, once, within a day. */
export async function issueSignInCode(store: Store, now: number): Promise<string> {
  const code = newText();
  await store.issueToken(code, 'sign-in', 'admin', now + LINK_MS);
  return code;
}

/** A session's text for the code, or undefined when the code is not good (any more). */
export async function beginSession(store: Store, code: string, now: number): Promise<{ session: string; user: string } | undefined> {
  const user = await store.redeemToken(code, 'sign-in', now);
  if (!user) return undefined;
  const session = newText();
  await store.issueToken(session, 'session', user, now + SESSION_MS);
  return { session, user };
}

export async function whoHasSession(store: Store, session: string, now: number): Promise<Principal | undefined> {
  const user = await store.tokenSubject(session, 'session', now);
  return user === undefined ? undefined : { user, role: 'admin', scopes: ['*'], by: 'session' };
}
export async function whoHasToken(store: Store, token: string, now: number): Promise<Principal | undefined> {
  const user = await store.tokenSubject(token, 'api', now);
  return user === undefined ? undefined : { user, role: 'admin', scopes: ['*'], by: 'command-line' };
}

export async function endSession(store: Store, session: string, now: number): Promise<void> {
  await store.redeemToken(session, 'session', now);
}

/** The command line's token, kept in `file` for root alone; made at the first start. */
export async function commandLineToken(store: Store, file: string, now: number): Promise<string> {
  const present = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (present && (await whoHasToken(store, present, now))) return present;
  const token = newText();
  await store.issueToken(token, 'api', 'command-line', now + CLI_TOKEN_MS);
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  return token;
}
