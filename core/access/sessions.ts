// What lets people and programs in: sessions of browsers, one-time links that begin one, and the command line's own token.
// Only hashes are stored; the texts exist in the terminal, the cookie and the file that root can read.

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { COMMAND_LINE, CONSOLE, mayActAs, type Principal, type Role, standsForNoPerson } from '../model/principal.ts';
import type { Credential, Store } from '../store/store.ts';
import { someoneRules } from './users.ts';

const HOUR_MS = 3600_000;
const LINK_MS = 24 * HOUR_MS;
/** A session ends when it was not used for so long, and at the latest after that. */
export const SESSION_MS = { idle: 4 * HOUR_MS, longest: 12 * HOUR_MS };
const BROWSER_MS = 180 * 24 * HOUR_MS;
const CLI_TOKEN_MS = 10 * 365 * 24 * HOUR_MS;

export const newText = (): string => randomBytes(24).toString('base64url');

/** Where a session was begun: for people who look through theirs. */
export type Place = { address: string; agent: string };
export type SessionBody = Place & { how: 'link' | 'passphrase' | 'openid' };
export type TokenBody = { name: string; role: Role; scopes: string[]; tenant?: string };

/** The code of a link that signs one browser in, once, within a day: as this user, or as whoever sits at the admin node's console. */
export async function issueSignInCode(store: Store, now: number, user?: string): Promise<string> {
  const code = newText();
  await store.issueToken(code, 'sign-in', user === undefined ? CONSOLE : `user ${user}`, now + LINK_MS);
  return code;
}

// What is printed at a start lies in logs afterwards.
const FIRST = 'whoever is first';

/** The same for who is to add the first user: good only until somebody rules the site, and none that was issued so before is. */
export async function issueFirstCode(store: Store, now: number): Promise<string> {
  await store.revokeTokens('sign-in', FIRST);
  const code = newText();
  await store.issueToken(code, 'sign-in', FIRST, now + LINK_MS);
  return code;
}

/** Whom the code signs in; undefined when it is not good (any more). */
export async function redeemSignInCode(store: Store, code: string, now: number): Promise<string | undefined> {
  const subject = await store.redeemToken(code, 'sign-in', now);
  if (subject === undefined || (subject === FIRST && (await someoneRules(store)))) return undefined;
  return subject.startsWith('user ') ? subject.slice('user '.length) : CONSOLE;
}

export async function beginSession(store: Store, user: string, body: SessionBody, now: number): Promise<string> {
  const text = newText();
  await store.credentials.issue(text, { kind: 'session', subject: user, expiresAt: now + SESSION_MS.longest, idleMs: SESSION_MS.idle, body }, now);
  return text;
}

/** A text by which a browser is known again that has signed this user in. */
export async function rememberBrowser(store: Store, user: string, now: number): Promise<{ text: string; ms: number }> {
  const text = newText();
  await store.credentials.issue(text, { kind: 'browser', subject: user, expiresAt: now + BROWSER_MS, body: {} }, now);
  return { text, ms: BROWSER_MS };
}

/** `quietly`: not as a use of it. */
export async function whoHasSession(store: Store, text: string, now: number, quietly?: boolean): Promise<Principal | undefined> {
  const session = await store.credentials.use(text, 'session', now, quietly);
  if (!session) return undefined;
  const found = await principalOf(store, session.subject);
  return found && { ...found, by: 'session', credential: session.id };
}

/** A token never may more than its owner may now. */
export async function whoHasToken(store: Store, text: string, now: number): Promise<Principal | undefined> {
  const token = await store.credentials.use(text, 'token', now);
  if (token) return whoOwns(store, token);
  const ours = await store.tokenSubject(text, 'api', now);
  return ours === undefined ? undefined : { user: COMMAND_LINE, role: 'admin', scopes: ['*'], by: 'command-line' };
}

async function whoOwns(store: Store, { id, subject, body }: Credential): Promise<Principal | undefined> {
  const owner = await principalOf(store, subject);
  if (!owner) return undefined;
  const { name, role, scopes, tenant = owner.tenant } = body as TokenBody;
  // Its owner was moved to another tenant since.
  if (owner.tenant !== undefined && owner.tenant !== tenant) return undefined;
  return {
    ...owner,
    role: mayActAs(owner.role, role) ? role : owner.role,
    scopes,
    by: 'token',
    token: name,
    credential: id,
    ...(tenant !== undefined && { tenant }),
  };
}

/** The user of this name as somebody who asks; undefined when there is none, or it is disabled. */
async function principalOf(store: Store, name: string): Promise<Principal | undefined> {
  if (standsForNoPerson(name)) return { user: name, role: 'admin', scopes: ['*'], by: 'session' };
  const user = await store.get('user', name);
  if (!user || user.disabled) return undefined;
  return { user: name, role: user.role, scopes: ['*'], by: 'session', ...(user.tenant !== undefined && { tenant: user.tenant }) };
}

/** The command line's token, kept in `file` for root alone; made at the first start. */
export async function commandLineToken(store: Store, file: string, now: number): Promise<string> {
  const present = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (present && (await whoHasToken(store, present, now))) return present;
  const token = newText();
  await store.issueToken(token, 'api', COMMAND_LINE, now + CLI_TOKEN_MS);
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  return token;
}
