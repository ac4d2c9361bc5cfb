// prybar node starts … What a machine's TPM measured when it started.

import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { show, table, when } from './output.ts';

export function measuredBootCommands(program: Command, { client, output }: Cli): void {
  const node = program.commands.find((command) => command.name() === 'node')!;

  node
    .command('starts <name>')
    .description('what its TPM measured at its latest start, and what differs from the one before; with --json all that are kept')
    .action(async (name: string) => {
      const { starts } = await client().call('GET /nodes/:id/starts', { params: { id: name } });
      show(output, starts, () => {
        const [latest] = starts;
        if (!latest) return `Nothing is known of how ${name} started: it has no TPM, or was not discovered since it has one.`;
        const { at, changed, unproven, registers, events } = latest;
        return [
          `Started ${when(at)}`,
          unproven.length
            ? `The log does NOT lead to the registers ${unproven.join(', ')}: something was measured that it does not tell.`
            : 'The log leads to the registers.',
          ...(changed ? [changed.length ? `Others than at the start before: registers ${changed.join(', ')}` : 'All as at the start before.'] : []),
          '',
          table(['REGISTER', 'SHA-256'], Object.entries(registers), 'It reported no registers.'),
          '',
          table(
            ['REGISTER', 'MEASURED', 'WHAT IT SAYS'],
            events.map((event) => [String(event.register), event.name, event.text ?? '']),
            'It sent no log.',
          ),
        ].join('\n');
      });
    });
}
