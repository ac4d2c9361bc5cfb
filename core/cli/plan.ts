// prybar plan … When what is wanted will be done, what that end waits for, and the milestones on the way; and how it went until now.

import type { Command } from 'commander';
import * as colours from './colours.ts';
import type { ForecastView, PlanMoments } from '../model/plan.ts';
import type { Cli } from './cli.ts';
import { bar, coloured, duration, show, table, when } from './output.ts';
import { timeOf } from './run.ts';

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
  plan
    .command('history')
    .description('when node-roles came into other states, and what was committed meanwhile')
    .option('--deployment <name>', 'of one deployment')
    .option('--around <when>', 'before and after this: 2026-07-31T14:00, or 90m, 6h, 2d ago; else the latest')
    .option('--limit <count>', 'most moments to list', '40')
    .action(async ({ deployment, around, limit }: { deployment?: string; around?: string; limit: string }) => {
      const query = { limit: Number(limit), ...(deployment && { deployment }), ...(around && { around: timeOf(around) }) };
      const found = await client().call('GET /plan/moments', { query });
      show(output, found, () => momentLines(found));
    });
  plan
    .command('at <when>')
    .description('how it stood then: 2026-07-31T14:00:05, or 90m, 6h, 2d ago')
    .option('--deployment <name>', 'of one deployment')
    .action(async (when: string, options: { deployment?: string }) => {
      const found = await client().call('GET /plan/summary', { query: { ...options, at: timeOf(when) } });
      show(output, found, () =>
        table(
          ['DEPLOYMENT', 'ROLE', 'DONE', 'OTHERS'],
          found.groups.map(({ deployment, role, totals }) => {
            const others = Object.entries(totals).filter(([state]) => state !== 'done');
            return [
              deployment,
              role,
              `${totals.done ?? 0}/${Object.values(totals).reduce((a, b) => a + b, 0)}`,
              others.map(([state, n]) => `${n} ${coloured(state)}`).join(', '),
            ];
          }),
          'Nothing was planned then, or nothing is kept of it.',
        ),
      );
    });
}

export function forecastLines({ ms, criticalPath, stuck, holdUps, guessed }: ForecastView): string[] {
  const steps = criticalPath.map((step) => [`  ${duration(step.startsInMs)}`, step.role, step.nodeName, duration(step.ms)]);
  return [
    criticalPath.length ? `About ${duration(ms)} until it is done. The end waits for:` : 'Nothing that could be done is left.',
    ...(steps.length ? [table(['  IN', 'ROLE', 'MACHINE', 'TAKES'], steps, '')] : []),
    ...(stuck ? [`${stuck} node-role${stuck === 1 ? ' waits' : 's wait'} for a person, or for something that does:`] : []),
    ...holdUps.flatMap(({ role, nodeName, nodeRoles, why: { what, next } }) => [
      `  ${role} on ${nodeName}${nodeRoles > 1 ? ` and ${nodeRoles - 1} more` : ''}: ${what}`,
      ...(next ? [`    next: ${next}`] : []),
    ]),
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

function momentLines({ moments, commits, earlier }: PlanMoments): string {
  const all = [
    ...moments.map((m) => ({ ...m, what: `${m.changed} changed${m.failed ? `, ${colours.red(`${m.failed} failed`)}` : ''}`, left: `${m.undone} not done` })),
    ...commits.map((c) => ({ ...c, what: `commit ${c.commit} of ${c.barclamp}${c.note ? `: ${c.note}` : ''}`, left: '' })),
  ].sort((a, b) => a.at - b.at);
  const lines = table(
    ['WHEN', 'DEPLOYMENT', 'WHAT', 'AFTER IT'],
    all.map(({ at, deployment, what, left }) => [when(at), deployment, what, left]),
    'Nothing has changed yet.',
  );
  return earlier ? `${lines}\nThere is more before it: --around, --limit` : lines;
}
