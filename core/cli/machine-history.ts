// prybar node history … What happened to a machine.

import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { coloured, duration, show, table, when } from './output.ts';

export function machineHistoryCommands(program: Command, { client, output }: Cli): void {
  const node = program.commands.find((command) => command.name() === 'node')!;

  node
    .command('history <name>')
    .description('what happened to it: starts, changes and runs, the latest first')
    .option('--limit <n>', 'at most so many', '50')
    .action(async (name: string, { limit }: { limit: string }) => {
      const entries = await client().call('GET /nodes/:id/history', { params: { id: name }, query: { limit: Number(limit) } });
      const rows = entries.map((entry) => {
        if (entry.kind !== 'run') return [when(entry.at), entry.text, ''];
        const { id, role, deployment, mode, outcome, startedAt, endedAt } = entry.run;
        const took = endedAt === undefined ? '' : ` after ${duration(endedAt - startedAt)}`;
        return [when(entry.at), `${role} of ${deployment}${mode === 'remove' ? ', removal' : ''}: ${coloured(outcome ?? 'running')}${took}`, `run ${id}`];
      });
      show(output, entries, () => table(['WHEN', 'WHAT', ''], rows, 'Nothing was seen of it yet.'));
    });
}
