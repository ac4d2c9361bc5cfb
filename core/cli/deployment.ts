// prybar deployment …

import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { show, table } from './output.ts';

export function deploymentCommands(program: Command, { client, output }: Cli): void {
  const deployment = program.command('deployment').description('named sets of proposals over some machines');

  deployment.command('list').description('all deployments').action(async () => {
    const all = await client().call('GET /deployments');
    show(output, all, () => table(['DEPLOYMENT', 'POOLS', 'PACE', 'SUMMARY'], all.map((d) => [d.name, d.pools.join(' ') || 'all', d.paused ? 'paused' : d.atOnce ? `${d.atOnce} at once` : '', d.summary]), 'There are none.'));
  });

  for (const [word, paused] of [['pause', true], ['resume', false]] as const) {
    deployment.command(`${word} <name>`).description(paused ? 'begin nothing of it until it is resumed' : 'go on with it').action(async (name: string) => {
      const changed = await client().call('PATCH /deployments/:name', { params: { name }, body: { paused } });
      show(output, changed, () => (paused ? `${name} is paused: what runs goes on to its end, nothing new is begun.` : `${name} goes on.`));
    });
  }

  deployment.command('pace <name> <n>').description('at most so many attempts at once; 0 for no limit').action(async (name: string, n: string) => {
    const changed = await client().call('PATCH /deployments/:name', { params: { name }, body: { atOnce: Number(n) || null } });
    show(output, changed, () => (changed.atOnce ? `${name} does ${changed.atOnce} at once.` : `${name} has no limit.`));
  });
}
