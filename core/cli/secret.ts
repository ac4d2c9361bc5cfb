// prybar secret … Which secrets there are, and replacing one. Values are shown nowhere.

import type { Command } from 'commander';
import { problem, ProblemError } from '../model/problem.ts';
import type { Cli } from './cli.ts';
import { show, table, when } from './output.ts';

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
      const text = options.stdin ? (await readAll(process.stdin)).replace(/\r?\n$/, '') : undefined;
      if (text === '') throw new ProblemError(problem('Standard input was empty.', undefined, 'printf %s PASSWORD | prybar secret rotate ID --stdin'));
      const view = await client().call('POST /secrets/rotate', { body: { id, ...(text !== undefined && { text }) } });
      show(output, view, () => `${id} was replaced. Applied again: ${view.roles.join(', ')}.`);
    });
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}
