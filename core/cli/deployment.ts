// prybar deployment …

import type { Command } from 'commander';
import type { CloneView } from '../api/contract.ts';
import type { Cli } from './cli.ts';
import { confirmed, problemLines, show, table } from './output.ts';

export function deploymentCommands(program: Command, { client, output }: Cli): void {
  const deployment = program.command('deployment').description('named sets of proposals over some machines');

  deployment
    .command('list')
    .description('all deployments')
    .action(async () => {
      const all = await client().call('GET /deployments');
      show(output, all, () =>
        table(
          ['DEPLOYMENT', 'POOLS', 'PACE', 'SUMMARY'],
          all.map((d) => [d.name, d.pools.join(' ') || 'all', d.paused ? 'paused' : d.atOnce ? `${d.atOnce} at once` : '', d.summary]),
          'There are none.',
        ),
      );
    });

  for (const [word, paused] of [
    ['pause', true],
    ['resume', false],
  ] as const) {
    deployment
      .command(`${word} <name>`)
      .description(paused ? 'begin nothing of it until it is resumed' : 'go on with it')
      .action(async (name: string) => {
        const changed = await client().call('PATCH /deployments/:name', { params: { name }, body: { paused } });
        show(output, changed, () => (paused ? `${name} is paused: what runs goes on to its end, nothing new is begun.` : `${name} goes on.`));
      });
  }

  deployment
    .command('pace <name> <n>')
    .description('at most so many attempts at once; 0 for no limit')
    .action(async (name: string, n: string) => {
      const changed = await client().call('PATCH /deployments/:name', { params: { name }, body: { atOnce: Number(n) || null } });
      show(output, changed, () => (changed.atOnce ? `${name} does ${changed.atOnce} at once.` : `${name} has no limit.`));
    });

  deployment
    .command('clone <name>')
    .description('make it once more on other machines, with secrets of its own')
    .requiredOption('--as <new>', 'its name, and the pool that its machines go to')
    .option('--pool <pool>', 'where free machines are taken from that lack nothing')
    .option('--onto <old=new...>', 'which machine stands for which')
    .option('--yes', 'do not ask')
    .action(async (name: string, options: { as: string; pool?: string; onto?: string[]; yes?: boolean }) => {
      const onto = Object.fromEntries((options.onto ?? []).map((pair) => pair.split('=', 2) as [string, string]));
      const body = { as: options.as, ...(options.pool && { pool: options.pool }), ...(options.onto && { onto }) };
      const what = await client().call('POST /deployments/:name/clone', { params: { name }, body: { ...body, dryRun: true } });
      if (!options.yes) await confirmed([`Cloning ${name} as ${options.as}`, ...cloneLines(what)].join('\n'), 'Give --yes to do it without being asked.');
      const made = await client().call('POST /deployments/:name/clone', { params: { name }, body });
      show(output, made, () =>
        [
          `${options.as} is begun.`,
          ...cloneLines(made),
          `When it is done, try it: prybar deployment test ${options.as}; then: prybar deployment promote ${options.as}`,
        ].join('\n'),
      );
    });

  deployment
    .command('test <name>')
    .description('whether all of it is done and works, by the probes of its roles')
    .action(async (name: string) => {
      const found = await client().call('GET /deployments/:name/test', { params: { name } });
      show(output, found, () =>
        found.well
          ? `All ${found.total} node-roles of ${name} are done, and what has probes works.`
          : [
              ...found.open.map((one) => `  not done         ${one}`),
              ...found.unwell.map((one) => `  not known to work  ${one}`),
              ...(found.total ? [] : [`${name} has no roles on any machine.`]),
            ].join('\n'),
      );
      if (!found.well) process.exitCode = 1;
    });

  for (const [word, about] of [
    ['promote', 'put a clone into the place of its original, in the settings of all others'],
    ['demote', 'put the original back into its place'],
  ] as const) {
    deployment
      .command(`${word} <name>`)
      .description(about)
      .option('--despite', 'also when what takes the place does not work')
      .option('--yes', 'do not ask')
      .action(async (name: string, options: { despite?: boolean; yes?: boolean }) => {
        const api = client();
        const ask = (body: { dryRun?: boolean; despite?: boolean }) =>
          word === 'promote'
            ? api.call('POST /deployments/:name/promote', { params: { name }, body })
            : api.call('POST /deployments/:name/demote', { params: { name }, body });
        const what = await ask({ dryRun: true });
        const lines = [
          ...what.moves.flatMap(({ proposal, changes }) => [`  ${proposal}`, ...changes.map((change) => `    ${change}`)]),
          ...(what.problems.length ? [problemLines(what.problems)] : []),
        ];
        if (!options.yes)
          await confirmed(
            [`What others are told:`, ...(lines.length ? lines : ['  nothing names its machines'])].join('\n'),
            'Give --yes to do it without being asked.',
          );
        const moved = await ask(options.despite ? { despite: true } : {});
        show(output, moved, () =>
          [...lines, word === 'promote' ? `${name} has taken the place. Back: prybar deployment demote ${name}` : `The original has its place back.`].join(
            '\n',
          ),
        );
      });
  }
}

const cloneLines = ({ pairs, proposals }: CloneView): string[] => [
  ...pairs.map(({ from, to, lacks }) => `  ${from} → ${to}${lacks.length ? `, which lacks ${lacks.join('; ')}` : ''}`),
  ...proposals.flatMap(({ barclamp, changes }) => [`  ${barclamp}`, ...changes.map((change) => `    ${change}`)]),
];
