// prybar order … Servers for programs, and for people who are in a hurry.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Body, OrderView } from '../api/contract.ts';
import { parseYaml } from '../catalog/yaml.ts';
import { problem, ProblemError } from '../model/problem.ts';
import type { Cli } from './cli.ts';
import type { Client } from './client.ts';
import { bytes, coloured, confirmed, duration, problemLines, show, table, when } from './output.ts';

type Create = {
  count?: string;
  pool: string;
  where?: string;
  image?: string;
  role?: string[];
  settings?: string;
  keys?: string;
  names?: string;
  console?: boolean;
  sealFor?: string;
  key?: string;
  wait?: boolean;
};

export function orderCommands(program: Command, { client, output }: Cli): void {
  const order = program.command('order').description('servers, from free machines of a pool to ready');

  order
    .command('create')
    .description('order servers')
    .requiredOption('--pool <pool>', 'from which pool')
    .option('--count <n>', 'how many', '1')
    .option('--where <condition>', 'as memory >= 64GiB and disks.ssd >= 2')
    .option('--image <name>', 'as the deployment of the pool says unless given')
    .option('--role <name...>', 'roles that each is given')
    .option('--settings <file>', 'YAML: settings by barclamp')
    .option('--keys <file>', 'public SSH keys that open root, one line each')
    .option('--names <pattern>', 'as web-{n}')
    .option('--console', 'make a passphrase for root at the console, sealed for --seal-for')
    .option('--seal-for <key>', 'an SSH public key, a file with one, or age1…')
    .option('--key <text>', 'yours: the same key again gives the same order')
    .option('--wait', 'until it is ready, or failed')
    .action(async (options: Create) => {
      const api = client();
      const placed = await api.call('POST /orders', { body: bodyOf(options) });
      const found = options.wait ? await settled(api, placed) : placed;
      show(output, found, () => details(found));
      if (options.wait && found.state !== 'ready') process.exitCode = 1;
    });

  order
    .command('list')
    .description('all orders, the latest first')
    .action(async () => {
      const all = await client().call('GET /orders');
      const rows = all.map((o) => [
        o.id,
        coloured(o.state),
        `${o.servers.length} of ${o.request.count}`,
        o.request.pool,
        o.by,
        when(o.at),
        o.readyAt ? duration(o.readyAt - o.at) : '',
      ]);
      show(output, all, () =>
        table(['ORDER', 'STATE', 'SERVERS', 'POOL', 'BY', 'PLACED', 'READY AFTER'], rows, 'Nothing was ordered yet. Begin: prybar order create --pool NAME'),
      );
    });

  order
    .command('show <id>')
    .description('one order, with the times of its steps')
    .action(async (id: string) => {
      const found = await client().call('GET /orders/:id', { params: { id } });
      show(output, found, () => details(found));
    });

  order
    .command('credentials <id>')
    .description('sealed credentials of its servers; open each with: age --decrypt --identity KEY')
    .action(async (id: string) => {
      const { servers } = await client().call('GET /orders/:id', { params: { id } });
      const sealed = servers.flatMap(({ name, sealed: text }) => (text ? [{ name, sealed: text }] : []));
      if (!sealed.length)
        throw new ProblemError(problem('None of its servers has credentials.', undefined, 'Order with --console, and wait until it is ready.'));
      show(output, sealed, () => sealed.map((one) => `# ${one.name}\n${one.sealed}`).join('\n'));
    });

  order
    .command('release <id>')
    .description('give it back: its machines are retired')
    .option('--keep-disks', 'leave what is on their disks')
    .option('--yes', 'do not ask')
    .action(async (id: string, options: { keepDisks?: boolean; yes?: boolean }) => {
      const api = client();
      const erase = !options.keepDisks;
      const { servers } = await api.call('GET /orders/:id', { params: { id } });
      const lines = await Promise.all(
        servers.map(async ({ name, nodeId }) => {
          const { disks } = await api.call('GET /nodes/:id/retirement', { params: { id: nodeId } }).catch(() => ({ disks: [] }));
          return [`  retires  ${name}`, ...disks.map(({ disk, size }) => `  ${erase ? 'erases' : 'leaves'}   ${disk}  ${bytes(size)}`)].join('\n');
        }),
      );
      if (!options.yes) await confirmed([`Giving back the order ${id}`, ...lines].join('\n'), 'Give --yes to do it without being asked.');
      const released = await api.call('POST /orders/:id/release', { params: { id }, body: { erase } });
      show(output, released, () =>
        released.state === 'cancelled' ? `The order ${id} is cancelled.` : `The order ${id} is being given back. See how far: prybar order show ${id}`,
      );
    });
}

function bodyOf(options: Create): Body<'POST /orders'> {
  const settings = options.settings === undefined ? undefined : parseYaml(readFileSync(options.settings, 'utf8'), options.settings);
  if (settings?.ok === false) throw new ProblemError(settings.problems);
  const keys = options.keys === undefined ? undefined : linesIn(readFileSync(options.keys, 'utf8'));
  const sealFor =
    options.sealFor && /^(ssh-|age1)/.test(options.sealFor) ? options.sealFor : options.sealFor && linesIn(readFileSync(options.sealFor, 'utf8'))[0];
  return {
    pool: options.pool,
    count: Number(options.count),
    ...(options.where && { where: options.where }),
    ...(options.image && { image: options.image }),
    ...(options.role && { roles: options.role }),
    ...(settings && { settings: settings.value as Record<string, Record<string, unknown>> }),
    ...(keys && { keys }),
    ...(options.names && { names: options.names }),
    ...(options.console && { console: true }),
    ...(sealFor && { sealFor }),
    ...(options.key && { key: options.key }),
  };
}

const linesIn = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith('#'));

async function settled(api: Client, { id }: OrderView): Promise<OrderView> {
  for (;;) {
    const found = await api.call('GET /orders/:id', { params: { id } });
    if (found.state !== 'waiting' && found.state !== 'working') return found;
    await sleep(1000);
  }
}

function details(order: OrderView): string {
  const since = (at: number | undefined): string => (at === undefined ? '' : duration(at - order.at));
  const { count, pool, where, image, roles } = order.request;
  const head = [
    `${order.id}  ${coloured(order.state)}  ${count} of the pool ${pool}${where ? ` with ${where}` : ''}${image ? `, ${image}` : ''}${roles.length ? `, ${roles.join(' ')}` : ''}`,
    `placed ${when(order.at)} by ${order.by}${order.readyAt ? `, ready after ${since(order.readyAt)}` : ''}`,
    ...(order.missing ? [`${order.missing} more free machine${order.missing === 1 ? ' is' : 's are'} needed.`] : []),
  ];
  const rows = order.servers.map((s) => [
    s.name,
    s.addresses?.admin ?? '',
    s.path,
    since(s.allocatedAt),
    since(s.installedAt),
    since(s.readyAt),
    s.sealed ? 'sealed' : '',
  ]);
  return [
    ...head,
    ...(rows.length ? ['', table(['SERVER', 'ADDRESS', 'PATH', 'ALLOCATED', 'INSTALLED', 'READY', 'CREDENTIALS'], rows, '')] : []),
    ...(order.problems.length ? ['', problemLines(order.problems)] : []),
  ].join('\n');
}
