// From a call to its answer. Who a machine is, its key says, which the handshake has proven; what it may, what people decided; whether it is alone,
// its serial and the step that it brings along from its last call.

import { randomBytes } from 'node:crypto';
import { type Caller, CALL_SECONDS } from '../model/home.ts';
import { ok, type Problem, problem } from '../model/problem.ts';
import type { EventKind } from '../model/webhook.ts';
import type { Revised } from '../model/node.ts';
import type { Facility, Store } from '../store/store.ts';
import { tell } from '../webhooks/webhooks.ts';
import type { Call } from './call.ts';
import { hashOf, redeem } from './invitations.ts';

/** Who calls, from the handshake. */
export type From = {
  /** Of its public key, as in Caller. */
  id: string;
  /** PEM. */
  publicKey: string;
  address: string;
  /** End of the certificate that it showed, Unix ms; absent where it is none of ours. */
  certifiedUntil?: number;
};

export type Answer = {
  status: 200 | 202 | 403 | 409 | 503;
  /** It is to call again then. */
  seconds: number;
  /** To bring along. */
  step?: string;
  /** PEM; present when it needs another one. */
  certificate?: string;
  problem?: Problem;
};

export type CallOptions = {
  store: Store;
  /** For this public key; PEM. */
  certify(id: string, publicKey: string, days: number): Promise<{ cert: string; serial: string; endsAt: number }>;
  certificateDays: number;
  now(): number;
};

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Strangers that wait for somebody: more are sent away. */
export const MOST_WAITING = 500;
const WAITING_KEPT_MS = 30 * DAY * 1000;
const ENDED = 'Its certificate ended before it called again.';
/** Nobody else is to have this serial. */
export const SERIAL = 'caller serial';

export async function takeCall(options: CallOptions, call: Call, from: From): Promise<Answer> {
  const { store, certify, certificateDays, now } = options;
  const step = randomBytes(18).toString('base64url');
  const answered = await store.transact(async (tx) => ok(await judge(tx, call, from, step, now())));
  const answer = valueOf(answered);
  const renewed = now() + (certificateDays * DAY * 1000) / 3;
  if (answer.status !== 200 || (from.certifiedUntil ?? 0) > renewed) return answer;
  // Outside of the transaction, for it takes a process; where its answer is lost, the next call has another one made.
  const { cert, serial, endsAt } = await certify(from.id, from.publicKey, certificateDays);
  await store.transact(async (tx) => {
    const caller = await tx.get('caller', from.id);
    if (!caller?.verdict?.allowed) return ok(undefined);
    if (!caller.certificate) await tellOf(tx, caller, 'home.registered', now());
    return tx.put('caller', from.id, { ...caller, certificate: { serial, endsAt } }, caller.revision);
  });
  return { ...answer, certificate: cert };
}

/** First match wins. */
async function judge(tx: Facility, call: Call, from: From, step: string, at: number): Promise<Answer> {
  const known = await tx.get('caller', from.id);
  if (!known) return arrive(tx, call, from, step, at);
  if (known.serial !== call.serial) return twin(tx, known, `A machine with the serial ${call.serial} calls with its key.`, from, at);
  if (known.verdict && !known.verdict.allowed) return refusal(known);
  const { given, taken } = known.steps ?? {};
  const brought = hashOf(call.step);
  // It brings the one before where our last answer was lost on the way, and no other unless two of them call by turns.
  if (given !== undefined && brought !== given && brought !== taken) return twin(tx, known, 'Two machines call with its key.', from, at);

  const { verdict, waits, ...rest } = known;
  const ended = known.certificate !== undefined && known.certificate.endsAt < at;
  const heard: Caller = { ...rest, ...seen(call, from, at), steps: { given: hashOf(step), taken: brought } };
  if (verdict && !ended) heard.verdict = verdict;
  else if (known.conflict) heard.waits = waits ?? ENDED;
  else {
    // Somebody may have invited it since.
    const invited = await redeem(tx, call.invitation, call.serial, at);
    if ('why' in invited) heard.waits = ended ? ENDED : invited.why;
    else {
      heard.verdict = { allowed: true, by: invited.by, at };
      delete heard.certificate;
    }
  }
  await tx.put('caller', from.id, heard, known.revision);
  if (verdict && !heard.verdict) await tellOf(tx, heard, 'home.waiting', at);
  return { ...standing(heard, at), step };
}

/** Nobody knows this key yet. */
async function arrive(tx: Facility, call: Call, from: From, step: string, at: number): Promise<Answer> {
  const first = { id: from.id, serial: call.serial, firstAt: at, ...seen(call, from, at), steps: { given: hashOf(step), taken: hashOf(call.step) } };
  const holder = await tx.ownerOf(SERIAL, call.serial);
  const other = holder === undefined ? undefined : await tx.get('caller', holder);
  const invited = other ? { why: 'Another machine with this serial calls home already.' } : await redeem(tx, call.invitation, call.serial, at);
  if ('why' in invited && !(await roomFor(tx, at)))
    return {
      status: 503,
      seconds: HOUR,
      problem: problem('Too many machines wait for somebody to decide about them.', undefined, 'Allow, refuse or forget some: prybar home list'),
    };
  const caller: Caller = {
    ...first,
    ...('by' in invited ? { verdict: { allowed: true, by: invited.by, at } } : { waits: invited.why }),
    ...(other && { conflict: { at, text: 'Its serial is that of another.', address: other.address, with: other.id } }),
  };
  await tx.put('caller', from.id, caller, 'new');
  if (other) {
    const { revision, ...before } = other;
    await tx.put(
      'caller',
      other.id,
      { ...before, conflict: { at, text: 'Another machine calls with its serial.', address: from.address, with: from.id } },
      revision,
    );
    await tellOf(tx, caller, 'home.conflict', at);
  } else {
    await tx.claim(SERIAL, call.serial, from.id);
    if ('why' in invited) await tellOf(tx, caller, 'home.waiting', at);
  }
  return { ...standing(caller, at), step };
}

const seen = (call: Call, { address }: From, at: number) => ({ name: call.name, health: call.health, address, lastAt: at });

/** What one that is alone is told. */
function standing(caller: Caller, at: number): Answer {
  if (caller.verdict) return { status: 200, seconds: CALL_SECONDS };
  if (caller.conflict) return conflict(caller.waits ?? caller.conflict.text);
  const age = (at - caller.firstAt) / 1000;
  const seconds = age < HOUR ? MINUTE : age < DAY ? CALL_SECONDS : HOUR;
  return { status: 202, seconds, problem: problem(caller.waits ?? 'Somebody has to decide.', undefined, `At home: prybar home allow ${caller.serial}`) };
}

// Once a day, so that one that is allowed again comes back by itself.
const refusal = ({ verdict, serial }: Caller): Answer => ({
  status: 403,
  seconds: DAY,
  problem: problem(`It is refused${verdict?.reason ? `: ${verdict.reason}` : '.'}`, undefined, `At home: prybar home allow ${serial}`),
});

const conflict = (text: string): Answer => ({ status: 409, seconds: HOUR, problem: problem(text, undefined, 'At home: prybar home list') });

/** The second of two: it is noted at the first, whose facts it does not touch otherwise. */
async function twin(tx: Facility, known: Revised<Caller>, text: string, { address }: From, at: number): Promise<Answer> {
  const { revision, ...caller } = known;
  // Each call of it would be another write.
  if (caller.conflict?.text !== text || caller.conflict.address !== address) {
    await tx.put('caller', caller.id, { ...caller, conflict: { at, text, address } }, revision);
    await tellOf(tx, caller, 'home.conflict', at);
  }
  return conflict(text);
}

async function roomFor(tx: Facility, at: number): Promise<boolean> {
  const waiting = (await tx.list('caller')).filter(({ verdict }) => !verdict);
  const old = waiting.filter(({ lastAt }) => lastAt < at - WAITING_KEPT_MS);
  for (const { id } of old) await forget(tx, id);
  return waiting.length - old.length < MOST_WAITING;
}

/** It is a stranger when it calls again. */
export async function forget(tx: Facility, id: string): Promise<void> {
  await tx.release(id, SERIAL);
  await tx.remove('caller', id);
}

async function tellOf(tx: Facility, { id, serial, name, address, waits, conflict: found }: Caller, type: EventKind, now: number): Promise<void> {
  const webhooks = await tx.list('webhook');
  const caller = { key: id, serial, name, address, ...(waits !== undefined && { waits }), ...(found && { conflict: found.text }) };
  if (webhooks.length) await tell(tx, webhooks, [{ type, data: { caller } }], now);
}

function valueOf<T>(checked: { ok: true; value: T } | { ok: false; problems: Problem[] }): T {
  if (checked.ok) return checked.value;
  throw new Error(checked.problems.map(({ summary }) => summary).join('; '));
}
