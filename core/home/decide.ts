// What people decide about machines that call home. It reaches a machine at its next call.

import { type Caller } from '../model/home.ts';
import type { Revised } from '../model/node.ts';
import { bad, type Checked, ok, problem } from '../model/problem.ts';
import type { Facility } from '../store/store.ts';
import { forget, SERIAL } from './take-call.ts';

export type Decision = { by: string; at: number; reason?: string };

/** By key, by the beginning of one (8 digits or more), or by serial. Problems: nobody, or more than one. */
export async function callerCalled(tx: Pick<Facility, 'list'>, name: string): Promise<Checked<Revised<Caller>>> {
  const all = await tx.list('caller');
  const byKey = name.length >= 8 ? all.filter(({ id }) => id.startsWith(name.toLowerCase())) : [];
  const found = byKey.length ? byKey : all.filter(({ serial }) => serial === name);
  if (found.length === 1) return ok(found[0]!);
  return bad(
    found.length
      ? problem(`${found.length} machines call home as ${name}.`, undefined, `Say which by its key: ${found.map(({ id }) => id.slice(0, 16)).join(' or ')}.`)
      : problem(`No machine ${name} has called home.`, undefined, 'See: prybar home list'),
  );
}

/** From now on it is the one with its serial; another that was is refused. Whatever step it brings next is taken. */
export async function allow(tx: Facility, caller: Revised<Caller>, { by, at }: Decision): Promise<Checked<Revised<Caller>>> {
  const { revision, waits: _waits, conflict, steps: _steps, certificate, ...rest } = caller;
  const holder = await tx.ownerOf(SERIAL, caller.serial);
  const other = holder !== undefined && holder !== caller.id ? await tx.get('caller', holder) : undefined;
  if (other) {
    const { revision: its, conflict: _conflict, ...before } = other;
    const reason = `its serial is that of ${caller.id.slice(0, 16)} now.`;
    await tx.put('caller', other.id, { ...before, verdict: { allowed: false, by, at, reason } }, its);
    await tx.release(other.id, SERIAL);
  } else if (conflict?.with !== undefined) await settle(tx, conflict.with, caller.id);
  const claimed = await tx.claim(SERIAL, caller.serial, caller.id);
  if (!claimed.ok) return claimed;
  // One that has ended would have it wait again.
  const good = certificate && certificate.endsAt > at ? certificate : undefined;
  return tx.put('caller', caller.id, { ...rest, ...(good && { certificate: good }), verdict: { allowed: true, by, at } }, revision);
}

export async function refuse(tx: Facility, caller: Revised<Caller>, { by, at, reason }: Decision): Promise<Checked<Revised<Caller>>> {
  const { revision, waits: _, conflict, ...rest } = caller;
  if (conflict?.with !== undefined) await settle(tx, conflict.with, caller.id);
  return tx.put('caller', caller.id, { ...rest, verdict: { allowed: false, by, at, ...(reason !== undefined && { reason }) } }, revision);
}

export async function forgetCaller(tx: Facility, caller: Caller): Promise<void> {
  if (caller.conflict?.with !== undefined) await settle(tx, caller.conflict.with, caller.id);
  await forget(tx, caller.id);
}

/** The conflict with that other one is over for this one, if it goes by its serial with right. */
async function settle(tx: Facility, id: string, other: string): Promise<void> {
  const caller = await tx.get('caller', id);
  if (!caller?.verdict || caller.conflict?.with !== other) return;
  const { revision, conflict: _, ...rest } = caller;
  await tx.put('caller', id, rest, revision);
}
