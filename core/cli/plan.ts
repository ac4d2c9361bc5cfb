// prybar plan … When what is wanted will be done, what that end waits for, and the milestones on the way.

import type { Command } from 'commander';
import * as colours from './colours.ts';
import type { ForecastView } from '../model/plan.ts';
import type { Cli } from './cli.ts';
import { bar, duration, show, table } from './output.ts';

export function planCommands(program: Command, { client, output }: Cli): void {
  const plan = program.command('plan').description('what follows from all proposals');
  plan
    .command('forecast')
    .description('when it will be done, and what that end waits for')
    .option('--deployment <name>', 'of one deployment')
    .action(async (options: { deployment?: string }) => {
      const found = await client().call('GET /plan/forecast', { query: options });
      show(output, found, () => [...forecastLines(found), ...milestoneLines(found)].join('\n'));
    });
}

export function forecastLines({ ms, criticalPath, stuck, guessed }: ForecastView): string[] {
  const steps = criticalPath.map((step) => [`  ${duration(step.startsInMs)}`, step.role, step.nodeName, duration(step.ms)]);
  return [
    criticalPath.length ? `About ${duration(ms)} until it is done. The end waits for:` : 'Nothing that could be done is left.',
    ...(steps.length ? [table(['  IN', 'ROLE', 'MACHINE', 'TAKES'], steps, '')] : []),
    ...(stuck ? [`${stuck} node-role${stuck === 1 ? ' waits' : 's wait'} for a person, or for something that does: prybar status`] : []),
    ...(guessed.length ? [colours.dim(`Never done before, so only guessed: ${guessed.join(', ')}`)] : []),
  ];
}

function milestoneLines({ milestones }: ForecastView): string[] {
  if (!milestones.length) return [];
  const when = (m: ForecastView['milestones'][number]): string =>
    m.reached ? colours.green('reached') : m.inMs === undefined ? colours.yellow('waits for a person') : `in ${duration(m.inMs)}`;
  return [
    '',
    table(
      ['MILESTONE', 'DEPLOYMENT', 'MACHINES', '', 'WHEN'],
      milestones.map((m) => [m.title, m.deployment, `${m.done}/${m.total}`, bar(m.done / m.total, 12), when(m)]),
      '',
    ),
  ];
}
