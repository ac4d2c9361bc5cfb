// People who may sign in: adding them, what they may do, their passphrases, and letting them in. There is always one left who can let
// others in, and the console of the admin node can print a one-time link whatever happens.

import { type Role, standsForNoPerson, type User } from '../model/principal.ts';
import type { Revised } from '../model/node.ts';
import { bad, type Checked, ok, problem } from '../model/problem.ts';
import type { Facility, Store } from '../store/store.ts';
import type { Attempt, Attempts } from './attempts.ts';
import { checkPassphrase, fits, hashPassphrase, TooBusy } from './passphrases.ts';

export type NewUser = { name: string; role: Role; tenant?: string | undefined; passphrase?: string | undefined };
export type UserChange = { role?: Role | undefined; tenant?: string | null | undefined; disabled?: boolean | undefined };

export async function addUser(store: Store, { name, role, tenant, passphrase }: NewUser, now: number): Promise<Checked<Revised<User>>> {
  if (standsForNoPerson(name)) return bad(problem(`${name} stands for no person.`, undefined, 'Choose another name.'));
  const good = passphrase === undefined ? ok(undefined) : checkPassphrase(passphrase, name);
  if (!good.ok) return good;
  const hash = passphrase === undefined ? undefined : await hashPassphrase(passphrase);
  return store.transact(async (tx) => {
    const known = await checkTenant(tx, tenant);
    if (!known.ok) return known;
    const added = await tx.put('user', name, { name, role, createdAt: now, ...(tenant !== undefined && { tenant }) }, 'new');
    if (added.ok && hash) await tx.put('passphrase', name, { hash, at: now }, 'any');
    return added;
  });
}

/** Sessions of who is disabled end at once, because each request looks at the user; and for good: they do not come back with the user. */
export async function changeUser(store: Store, name: string, { role, tenant, disabled }: UserChange): Promise<Checked<Revised<User>>> {
  const changed = await store.transact<Revised<User>>(async (tx) => {
    const before = await tx.get('user', name);
    if (!before) return bad(unknownUser(name));
    const known = await checkTenant(tx, tenant ?? undefined);
    if (!known.ok) return known;
    const { tenant: present, disabled: off = false, revision, ...rest } = before;
    const at = tenant === undefined ? present : (tenant ?? undefined);
    const ends = disabled ?? off;
    const after: User = { ...rest, role: role ?? before.role, ...(at !== undefined && { tenant: at }), ...(ends && { disabled: true }) };
    if (rules(before) && !rules(after) && !(await tx.list('user')).some((other) => other.name !== name && rules(other)))
      return bad(problem(`${name} is the only admin of the site.`, undefined, 'Make somebody else one first: prybar user role NAME admin'));
    return tx.put('user', name, after, revision);
  });
  if (changed.ok && disabled !== undefined) await endSessions(store, name);
  return changed;
}

/** And forgets the browsers that were known. */
async function endSessions(store: Store, name: string, keep?: string): Promise<void> {
  await store.credentials.revokeOf('session', name, keep);
  await store.credentials.revokeOf('browser', name);
}

export const unknownUser = (name: string) => problem(`There is no user called ${name}.`, undefined, 'See: prybar user list');

/** Ends the other sessions of that user: whoever had the old one is out. */
export async function setPassphrase(store: Store, name: string, passphrase: string, now: number, keep?: string): Promise<Checked<void>> {
  if (!(await store.get('user', name))) return bad(unknownUser(name));
  const good = checkPassphrase(passphrase, name);
  if (!good.ok) return good;
  const put = await store.put('passphrase', name, { hash: await hashPassphrase(passphrase), at: now }, 'any');
  if (!put.ok) return put;
  await endSessions(store, name, keep);
  return ok(undefined);
}

/** `ms`: how long to wait. */
export type Refused = { refused: 'wrong' | 'busy' | 'wait'; ms?: number };

/** Whether this is that user. One that is disabled is told the same as one that is not there. */
export async function letIn(store: Store, attempts: Attempts, attempt: Attempt & { passphrase: string }, now: number): Promise<'in' | Refused> {
  const ms = attempts.wait(attempt, now);
  if (ms > 0) return { refused: 'wait', ms };
  attempts.failed(attempt, now);
  const user = await store.get('user', attempt.user);
  try {
    const hash = user && !user.disabled ? (await store.get('passphrase', attempt.user))?.hash : undefined;
    const right = await fits(attempt.passphrase, hash, attempt.browser !== undefined);
    if (!right) return { refused: 'wrong' };
  } catch (error) {
    attempts.dropped(attempt);
    if (error instanceof TooBusy) return { refused: 'busy' };
    throw error;
  }
  attempts.succeeded(attempt);
  return 'in';
}

/** May let others in: over the whole site, and not switched off. */
const rules = ({ role, tenant, disabled }: User): boolean => role === 'admin' && tenant === undefined && !disabled;

export const someoneRules = async (store: Pick<Facility, 'list'>): Promise<boolean> => (await store.list('user')).some(rules);

async function checkTenant(tx: Facility, tenant: string | undefined): Promise<Checked<void>> {
  if (tenant === undefined || (await tx.get('tenant', tenant))) return ok(undefined);
  return bad(problem(`There is no tenant called ${tenant}.`, undefined, 'See: prybar tenant list, or begin one: prybar tenant add NAME'));
}
