// Tells programs elsewhere what happens here. News becomes deliveries in the store in the same transaction in which it counts as told, so none
// is lost or doubled by a crash; each is tried until it is taken, with growing pauses, for a day.

import { randomBytes } from 'node:crypto';
import { ok, type Problem, problem } from '../model/problem.ts';
import { type Attempt, type Delivery, type EventKind, type Telling, type ToldNode, wants, type Webhook } from '../model/webhook.ts';
import type { Plan } from '../plan/plan.ts';
import { followChanges } from '../store/follow.ts';
import type { Facility, Store } from '../store/store.ts';
import type { Destinations } from './destination.ts';
import { newsOf, type News, sameTold, standing } from './news.ts';
import { send } from './send.ts';

export type WebhooksOptions = {
  store: Store;
  /** The present one. */
  plan(): Promise<Plan>;
  destinations: Destinations;
  secretOf(name: string): Promise<string | undefined>;
  now(): number;
  onProblem(problem: Problem): void;
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
// After the first attempt, the second, …; then it is given up.
const PAUSES_MS = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, 16 * HOUR];
/** Of one receiver: more are not kept while it takes none. */
export const MOST_WAITING = 1000;
/** Of those that are over, so that people can see what became of them. */
const KEPT = 50;
const GONE = 410;

export const secretNameOf = (webhook: string): string => `webhook ${webhook}`;

/** Puts each in line for everybody who wants it. */
export async function tell(tx: Facility, webhooks: readonly Webhook[], news: readonly News[], now: number): Promise<void> {
  const all = await tx.list('delivery');
  for (const webhook of webhooks) {
    const wanted = news.filter(({ type }) => type === 'webhook.test' || wants(webhook, type));
    if (!wanted.length) continue;
    const own = all.filter((one) => one.webhook === webhook.name);
    const room = Math.max(0, MOST_WAITING - own.filter(({ state }) => state === 'waiting').length);
    for (const { type, data } of wanted.slice(0, room)) await tx.put('delivery', ...inLine(webhook, type, data, now));
    if (wanted.length > room) {
      const present = (await tx.get('webhook', webhook.name))!;
      await tx.put('webhook', webhook.name, { ...present, dropped: (present.dropped ?? 0) + wanted.length - room }, present.revision);
    }
    const over = own.filter(({ state }) => state !== 'waiting').toSorted((a, b) => b.at - a.at);
    for (const old of over.slice(KEPT)) await tx.remove('delivery', old.id);
  }
}

let lined = 0;
function inLine(webhook: Webhook, type: EventKind, data: Record<string, unknown>, at: number): [string, Delivery, 'new'] {
  // What is noticed in one moment is told in its order.
  const id = `msg_${at.toString(36)}${(++lined).toString(36).padStart(5, '0')}${randomBytes(12).toString('hex')}`;
  const telling: Telling = { id, type, timestamp: new Date(at).toISOString(), data };
  return [id, { id, webhook: webhook.name, telling, at, attempts: [], state: 'waiting', due: at }, 'new'];
}

export function openWebhooks({ store, plan, destinations, secretOf, now, onProblem }: WebhooksOptions): { stop(): Promise<void> } {
  const busy = new Map<string, Promise<void>>(); // by webhook: each is told one thing at a time
  let timer: NodeJS.Timeout | undefined;

  // As the store has it, which nobody else writes.
  let told: Map<string, ToldNode> | undefined;
  const notice = async (webhooks: readonly Webhook[]) => {
    told ??= new Map((await store.list('told')).map(({ revision: _, id, ...node }) => [id, node]));
    const before = told;
    const present = webhooks.length ? await plan() : undefined;
    const after = present ? standing(present) : new Map<string, ToldNode>();
    const changed = [...new Set([...before.keys(), ...after.keys()])].filter((id) => !sameTold(before.get(id), after.get(id)));
    if (!changed.length) return;
    // What was there before the first receiver was, is no news.
    const news = present && before.size ? changed.flatMap((id) => newsOf(present, id, before.get(id), after.get(id))) : [];
    await store.transact(async (tx) => {
      await tell(tx, webhooks, news, now());
      for (const id of changed) {
        const node = after.get(id);
        if (node) await tx.put('told', id, { id, ...node }, 'any');
        else await tx.remove('told', id);
      }
      return ok(undefined);
    });
    told = after;
  };

  const look = async (signal: AbortSignal) => {
    const webhooks = await store.list('webhook');
    await notice(webhooks);
    const waiting = (await store.list('delivery')).filter(({ state }) => state === 'waiting');
    clearTimeout(timer);
    let next = Number.POSITIVE_INFINITY;
    for (const webhook of webhooks) {
      if (busy.has(webhook.name) || signal.aborted) continue;
      const own = waiting.filter((one) => one.webhook === webhook.name).toSorted((a, b) => a.due - b.due || a.at - b.at || (a.id < b.id ? -1 : 1));
      const first = own[0];
      if (!first) continue;
      if (first.due > now()) next = Math.min(next, first.due);
      else
        busy.set(
          webhook.name,
          deliver(webhook, first, signal)
            .catch((error: Error) => onProblem(problem(`${webhook.name} could not be told: ${error.message}`, undefined, error.stack)))
            .finally(() => {
              busy.delete(webhook.name);
              following.wake();
            }),
        );
    }
    if (Number.isFinite(next)) timer = setTimeout(() => following.wake(), Math.min(next - now(), HOUR));
  };

  const deliver = async (webhook: Webhook, delivery: Delivery, signal: AbortSignal) => {
    const secret = await secretOf(webhook.name);
    if (!secret) return;
    const attempt = await send({ url: webhook.url, id: delivery.telling.id, body: JSON.stringify(delivery.telling), secret, destinations, now, signal });
    // Nobody waited for the answer: it is tried again at the next start.
    if (signal.aborted && attempt.status === undefined) return;
    await store.transact(async (tx) => {
      // Taken away in the meantime.
      if (!(await tx.get('delivery', delivery.id))) return ok(undefined);
      await tx.put('delivery', delivery.id, after(delivery, attempt), 'any');
      const present = attempt.status === GONE ? await tx.get('webhook', webhook.name) : undefined;
      if (present) await tx.put('webhook', webhook.name, { ...present, gone: now() }, present.revision);
      return ok(undefined);
    });
  };

  const following = followChanges(store, look, (error) => onProblem(problem(`Receivers could not be told: ${error.message}`, undefined, error.stack)));
  return {
    async stop() {
      await following.stop();
      clearTimeout(timer);
      await Promise.all(busy.values());
    },
  };
}

function after({ attempts, ...delivery }: Delivery, attempt: Attempt): Delivery {
  const all = [...attempts, attempt];
  if (attempt.status !== undefined && attempt.status >= 200 && attempt.status < 300) return { ...delivery, attempts: all, state: 'delivered' };
  const pause = PAUSES_MS[attempts.length];
  if (pause === undefined || attempt.status === GONE) return { ...delivery, attempts: all, state: 'given-up' };
  return { ...delivery, attempts: all, due: attempt.at + attempt.ms + pause };
}
