// prybar webhook … Programs elsewhere that are told what happens here.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { type Attempt, type Delivery, eventKinds } from '../model/webhook.ts';
import { problem, ProblemError } from '../model/problem.ts';
import type { Cli } from './cli.ts';
import { coloured, show, table, when } from './output.ts';

export function webhookCommands(program: Command, { client, output }: Cli): void {
  const webhook = program.command('webhook').description('programs elsewhere that are told what happens here');
  const cameOf = (attempt: Attempt | undefined): string =>
    !attempt ? '' : attempt.status === undefined ? `no answer: ${attempt.problem?.summary ?? ''}` : `status ${attempt.status}`;

  webhook
    .command('add <name> <url>')
    .description('have a program told what happens here')
    .option('--event <kind...>', `what it wants to hear: ${Object.keys(eventKinds).join(', ')}, or as node.*`, ['*'])
    .option('--secret <text>', 'what it checks signatures with: whsec_ and 24 to 64 bytes in base64; made unless given')
    .action(async (name: string, url: string, options: { event: string[]; secret?: string }) => {
      const made = await client().call('POST /webhooks', { body: { name, url, events: options.event, ...(options.secret && { secret: options.secret }) } });
      show(output, made, () => `${name} is told ${made.events.join(', ')}. It checks signatures with this, which is shown once:\n${made.secret}`);
    });

  webhook
    .command('list')
    .description('who is told what, and how that goes')
    .action(async () => {
      const all = await client().call('GET /webhooks');
      const rows = all.map((w) => [
        w.name,
        w.url,
        w.events.join(' '),
        String(w.waiting),
        w.dropped ? String(w.dropped) : '',
        w.gone ? `gone since ${when(w.gone)}` : cameOf(w.last),
      ]);
      show(output, all, () =>
        table(['WEBHOOK', 'URL', 'EVENTS', 'WAITING', 'DROPPED', 'LAST'], rows, 'Nobody is told anything. Begin: prybar webhook add NAME URL'),
      );
    });

  webhook
    .command('show <name>')
    .description('what is told to it, and what became of that')
    .action(async (name: string) => {
      const all = await client().call('GET /webhooks/:name/deliveries', { params: { name } });
      const rows = all.map((d) => [
        when(d.at),
        d.telling.type,
        coloured(d.state),
        String(d.attempts.length),
        cameOf(d.attempts.at(-1)),
        d.state === 'waiting' ? when(d.due) : '',
      ]);
      show(output, all, () => table(['NOTICED', 'EVENT', 'STATE', 'ATTEMPTS', 'LAST', 'NEXT'], rows, 'Nothing was told to it yet.'));
    });

  webhook
    .command('test <name>')
    .description('tell it that this is a test, and wait for what it says')
    .action(async (name: string) => {
      const api = client();
      const { at } = await api.call('POST /webhooks/:name/test', { params: { name } });
      for (;;) {
        const own = (await api.call('GET /webhooks/:name/deliveries', { params: { name } })).find((d) => d.telling.type === 'webhook.test' && d.at >= at);
        if (!own) throw new ProblemError(problem(`Too many deliveries to ${name} wait already.`, undefined, `See why: prybar webhook show ${name}`));
        const attempt = own.attempts.at(-1);
        if (attempt) return answered(name, own, attempt);
        await sleep(200);
      }
    });

  const answered = (name: string, delivery: Delivery, attempt: Attempt): void => {
    if (delivery.state === 'delivered') return show(output, delivery, () => `${name} has taken it (${attempt.ms} ms).`);
    throw new ProblemError(attempt.problem ?? problem(`${name} answered ${attempt.status}.`, undefined, 'It takes a delivery by answering 200 to 299.'));
  };

  webhook
    .command('remove <name>')
    .description('tell it nothing more')
    .action(async (name: string) => {
      await client().call('DELETE /webhooks/:name', { params: { name } });
      show(output, { removed: name }, () => `${name} is told nothing more.`);
    });
}
