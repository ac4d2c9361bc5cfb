// prybar secret … Which secrets there are, and replacing one. Values are shown nowhere.

import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { show, table, when } from './output.ts';
import { askSecret } from './secret-text.ts';

export function secretCommands(program: Command, { client, output }: Cli): void {
  const secret = program.command('secret').description('passwords, keys and certificates of roles; their values are never shown');
  secret
    .command('list')
    .description('which there are, and which roles are given them')
    .action(async () => {
      const all = await client().call('GET /secrets');
      show(output, all, () =>
        table(
          ['SECRET', 'KIND', 'REPLACED', 'ROLES'],
          all.map((s) => [s.id, s.kind, s.rotatedAt ? `${s.rotation} times, last ${when(s.rotatedAt)}` : 'never', s.roles.join(' ')]),
          'No role in use declares any.',
        ),
      );
    });
  secret
    .command('rotate <id>')
    .description('have it made anew; roles that use it are applied again')
    .option('--stdin', 'take a password of your own from standard input')
    .action(async (id: string, options: { stdin?: boolean }) => {
      const text = options.stdin ? await askSecret('', true) : undefined;
      const view = await client().call('POST /secrets/rotate', { body: { id, ...(text !== undefined && { text }) } });
      show(output, view, () => `${id} was replaced. Applied again: ${view.roles.join(', ')}.`);
    });
}
