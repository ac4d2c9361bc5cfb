// prybar health, prybar drift: what is done and does not work, or is not as it was left.

import type { Command } from 'commander';
import type { Client } from './client.ts';
import type { Cli } from './cli.ts';
import { coloured, show, table, when } from './output.ts';
import { diffLines } from './run.ts';
import type { WatchedView } from '../api/contract.ts';
import { problem, ProblemError } from '../model/problem.ts';
import type { Drift } from '../model/watch.ts';

const POLL_MS = 300;
const CHECK_LIMIT_MS = 330_000;

export function watchCommands(program: Command, { client, output }: Cli): void {
  program
    .command('health')
    .description('what is done and does not work')
    .option('--deployment <name>')
    .option('--all', 'what works as well')
    .action(async (options: { deployment?: string; all?: boolean }) => {
      const found = await client().call('GET /health', { query: options });
      show(output, found, () =>
        table(
          ['ROLE', 'MACHINE', 'STATE', 'SINCE', 'WHY'],
          found.map((h) => [`${h.deployment}/${h.role}`, h.nodeName, coloured(h.state), when(h.since), h.problem?.summary ?? '']),
          options.all ? 'No role was probed yet.' : 'Nothing is failing.',
        ),
      );
    });

  const drift = program.command('drift').description('what somebody else has changed on machines since their roles were applied');
  drift
    .command('list', { isDefault: true })
    .description('roles that would change something if they were applied again')
    .option('--deployment <name>')
    .option('--all', 'what has not drifted as well')
    .action(async (options: { deployment?: string; all?: boolean }) => {
      const found = await client().call('GET /drift', { query: options });
      show(output, found, () => (found.length ? found.map(driftText).join('\n') : options.all ? 'Nothing was looked at yet.' : 'Nothing has drifted.'));
    });
}

/** Has a node-role looked at now, and waits for what is found. */
export async function checkNow(api: Client, key: string): Promise<WatchedView<Drift>> {
  const { at } = await api.call('POST /node-roles/:key/check', { params: { key } });
  const deadline = Date.now() + CHECK_LIMIT_MS;
  while (Date.now() < deadline) {
    const found = (await api.call('GET /drift', { query: { key, all: true } }))[0];
    if (found && found.checkedAt >= at) return found;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new ProblemError(
    problem(
      `${key} has not been looked at within ${CHECK_LIMIT_MS / 1000} s.`,
      undefined,
      'Its machine may be worked on; the check follows. See: prybar drift',
    ),
  );
}

export function driftText(drift: WatchedView<Drift>): string {
  const place = `${drift.deployment}/${drift.role} on ${drift.nodeName}`;
  const head = drift.changed ? `${place} would change ${drift.changed} resource${drift.changed === 1 ? '' : 's'}` : `${place} is as it was left`;
  return [
    `${drift.problem && !drift.changed ? `${place} could not be checked` : head} (${when(drift.checkedAt)})`,
    ...(drift.problem ? [`  ${drift.problem.summary}`] : []),
    ...drift.resources.flatMap(({ name, diff }) => [`  ${name}`, ...(diff ? [diffLines(diff)] : [])]),
  ].join('\n');
}
