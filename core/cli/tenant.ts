// prybar tenant … People who share a site without seeing each other's machines, and what belongs to them.

import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { show, table } from './output.ts';

export function tenantCommands(program: Command, { client, output }: Cli): void {
  const tenant = program.command('tenant').description('people who share this site and see only their own machines and deployments');
  tenant
    .command('list')
    .description('who there is, and what belongs to them')
    .action(async () => {
      const api = client();
      const [tenants, nodes, deployments] = await Promise.all([api.call('GET /tenants'), api.call('GET /nodes'), api.call('GET /deployments')]);
      const of = <T extends { tenant?: string; name: string }>(all: readonly T[], name: string) =>
        all.filter((one) => one.tenant === name).map((one) => one.name);
      const rows = tenants.map(({ name, summary }) => ({ name, summary, nodes: of(nodes, name), deployments: of(deployments, name) }));
      show(output, rows, () =>
        table(
          ['TENANT', 'MACHINES', 'DEPLOYMENTS', 'ABOUT'],
          rows.map((row) => [row.name, row.nodes.join(' '), row.deployments.join(' '), row.summary]),
          'Nobody shares this site.',
        ),
      );
    });
  tenant
    .command('add <name>')
    .description('begin one')
    .option('--summary <text>', 'who that is', '')
    .action(async (name: string, { summary }: { summary: string }) => {
      const added = await client().call('POST /tenants', { body: { name, summary } });
      show(
        output,
        added,
        () => `${name} has nothing yet. Give it machines: prybar tenant give ${name} --node NAME; people: prybar user add NAME --tenant ${name}`,
      );
    });
  tenant
    .command('remove <name>')
    .description('end one that nothing belongs to any more')
    .action(async (name: string) => {
      await client().call('DELETE /tenants/:name', { params: { name } });
      show(output, { name }, () => `${name} is gone.`);
    });
  tenant
    .command('rename <name> <new>')
    .description('give it another name, which follows to its machines, deployments, people and tokens')
    .action(async (name: string, to: string) => {
      const renamed = await client().call('PATCH /tenants/:name', { params: { name }, body: { name: to } });
      show(output, renamed, () => `${name} is called ${to} now. Where people sign in through OpenID Connect, their provider has to say so, too.`);
    });
  for (const [verb, about] of [
    ['give', 'have machines and deployments belong to it'],
    ['take', 'have machines and deployments of it belong to the site again'],
  ] as const)
    tenant
      .command(`${verb} <name>`)
      .description(about)
      .option('--node <name...>', 'machines', [])
      .option('--deployment <name...>', 'deployments', [])
      .action(async (name: string, { node, deployment }: { node: string[]; deployment: string[] }) => {
        const api = client();
        const owner = verb === 'give' ? name : null;
        for (const id of node) await api.call('PATCH /nodes/:id', { params: { id }, body: { tenant: owner } });
        for (const one of deployment) await api.call('PATCH /deployments/:name', { params: { name: one }, body: { tenant: owner } });
        const things = [...node, ...deployment].join(', ') || 'Nothing';
        show(
          output,
          { tenant: owner, node, deployment },
          () => `${things} ${node.length + deployment.length > 1 ? 'belong' : 'belongs'} to ${owner ?? 'the site'} now.`,
        );
      });
}
