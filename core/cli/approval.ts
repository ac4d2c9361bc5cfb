// prybar approval … Which machines are let in without a person.

import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { problemLines, show, table } from './output.ts';

export function approvalCommands(program: Command, { client, output }: Cli): void {
  const approval = program.command('approval').description('which machines are let in without a person');

  approval
    .command('list')
    .description('the rules, in the order in which they are tried')
    .action(async () => {
      const all = await client().call('GET /approval-rules');
      const rows = all.map(({ id, anyone, serials, macPrefix, pool, namePrefix }) => [
        id,
        [anyone && 'any machine', serials?.length && `serial ${serials.join(', ')}`, macPrefix && `MAC ${macPrefix}…`].filter(Boolean).join(' and '),
        pool,
        `${namePrefix}1, ${namePrefix}2, …`,
      ]);
      show(output, all, () => table(['RULE', 'LETS IN', 'POOL', 'NAMES'], rows, 'None: each machine waits for a person. See: prybar node approve'));
    });

  type Rule = { anyone?: boolean; serial?: string[]; mac?: string; pool: string; prefix: string };
  approval
    .command('set <rule>')
    .description('let machines in from now on, those too that wait already; all that is named must fit')
    .option('--anyone', 'every machine that reports itself')
    .option('--serial <serial...>', 'serial numbers; * stands for any text')
    .option('--mac <prefix>', 'how one of its MACs begins, as 52:54:00')
    .option('--pool <name>', 'pool that they come into', 'default')
    .option('--prefix <text>', 'their names are this and a number', 'n')
    .action(async (id: string, { anyone, serial, mac, pool, prefix }: Rule) => {
      const body = { ...(anyone && { anyone }), ...(serial && { serials: serial }), ...(mac && { macPrefix: mac }), pool, namePrefix: prefix };
      const made = await client().call('PUT /approval-rules/:id', { params: { id }, body });
      show(output, made, () =>
        [
          `The rule ${id} holds.${made.admitted.length ? ` It let in ${made.admitted.join(', ')}.` : ''}`,
          ...(made.problems.length ? [problemLines(made.problems)] : []),
        ].join('\n'),
      );
    });

  approval
    .command('remove <rule>')
    .description('let nobody in by it any more; those that are in stay')
    .action(async (id: string) => {
      await client().call('DELETE /approval-rules/:id', { params: { id } });
      show(output, { removed: id }, () => `The rule ${id} is gone.`);
    });
}
