// Programs elsewhere that are told what happens here: who is told what, and what became of it.

import type { Revised } from '../model/node.ts';
import { ok, problem, ProblemError } from '../model/problem.ts';
import { eventKinds, type Webhook } from '../model/webhook.ts';
import { checkUrl } from '../webhooks/destination.ts';
import { isSecret, newSecret } from '../webhooks/send.ts';
import { secretNameOf, tell } from '../webhooks/webhooks.ts';
import { type Context, type Handlers, notFound, orRefuse } from './context.ts';
import type { WebhookView } from './contract.ts';

async function called({ store }: Context, name: string): Promise<Revised<Webhook>> {
  const webhook = await store.get('webhook', name);
  if (!webhook) throw notFound(`There is no webhook ${name}.`, 'See: prybar webhook list');
  return webhook;
}

async function viewOf({ store }: Context, webhook: Revised<Webhook>): Promise<WebhookView> {
  const own = (await store.list('delivery')).filter((one) => one.webhook === webhook.name).toSorted((a, b) => b.at - a.at);
  const [last] = own.flatMap((one) => one.attempts.slice(-1)).toSorted((a, b) => b.at - a.at);
  return { ...webhook, waiting: own.filter(({ state }) => state === 'waiting').length, ...(last && { last }) };
}

/** Kinds and patterns that nothing will ever fit are mistakes. */
function checkEvents(events: readonly string[]): void {
  const kinds = Object.keys(eventKinds);
  const wrong = events.filter((wanted) => !kinds.some((kind) => kind === wanted || (wanted.endsWith('*') && kind.startsWith(wanted.slice(0, -1)))));
  if (wrong.length)
    throw new ProblemError(wrong.map((wanted) => problem(`Nothing is called ${wanted}.`, { pointer: '/events' }, `There is ${kinds.join(', ')}.`)));
}

export const webhooks = {
  'GET /webhooks': async (context) => Promise.all((await context.store.list('webhook')).map((webhook) => viewOf(context, webhook))),

  'POST /webhooks': async (context, { body, principal }) => {
    const { store, destinations, keepSecret, now } = context;
    checkEvents(body.events);
    orRefuse(checkUrl(body.url, destinations));
    if (body.secret !== undefined && !isSecret(body.secret))
      throw new ProblemError(
        problem('That is no secret for this.', { pointer: '/secret' }, 'Give whsec_ and 24 to 64 bytes in base64, or none, and one is made.'),
      );
    const secret = body.secret ?? newSecret();
    const webhook = { name: body.name, url: body.url, events: body.events, by: principal.user, at: now() };
    const put = orRefuse(await store.put('webhook', body.name, webhook, 'new'), 409);
    await keepSecret(secretNameOf(body.name), secret);
    return { ...(await viewOf(context, put)), secret };
  },

  'DELETE /webhooks/:name': async (context, { params }) => {
    const { name } = await called(context, params.name);
    await context.store.transact(async (tx) => {
      for (const delivery of await tx.list('delivery')) if (delivery.webhook === name) await tx.remove('delivery', delivery.id);
      await tx.remove('secret', secretNameOf(name));
      await tx.remove('webhook', name);
      return ok(undefined);
    });
    return {};
  },

  'POST /webhooks/:name/test': async (context, { params }) => {
    const webhook = await called(context, params.name);
    const at = context.now();
    await context.store.transact(async (tx) => {
      const { revision, gone: _, ...present } = webhook;
      await tx.put('webhook', webhook.name, present, revision);
      return ok(await tell(tx, [webhook], [{ type: 'webhook.test', data: { webhook: webhook.name } }], at));
    });
    return { at };
  },

  'GET /webhooks/:name/deliveries': async (context, { params }) => {
    const { name } = await called(context, params.name);
    return (await context.store.list('delivery')).filter((one) => one.webhook === name).toSorted((a, b) => b.at - a.at);
  },
} satisfies Partial<Handlers>;
