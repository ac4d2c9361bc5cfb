// prybar recipe … The programs that roles become, and what they are given.

import type { Command } from 'commander';
import { problem, ProblemError } from '../model/problem.ts';
import type { Cli } from './cli.ts';
import type { Client } from './client.ts';
import { show } from './output.ts';
import { stringify } from 'yaml';

type Place = { node: string; deployment?: string };
type Options = Place & { check?: boolean; remove?: boolean };

export function recipeCommands(program: Command, { client, output }: Cli): void {
  const recipe = program.command('recipe').description('the programs that roles become, and what they are given');
  recipe
    .command('print <role>')
    .description('the program that would be run for a role on a machine; secrets in it are stars')
    .requiredOption('--node <name>', 'the machine')
    .option('--deployment <name>', 'where several deployments give it this role')
    .option('--check', 'the one that only says what would change')
    .option('--remove', 'the one that takes the role away')
    .action(async (role: string, { check, remove, ...place }: Options) => {
      const api = client();
      const query = { ...(check && { check }), ...(remove && { remove }) };
      const made = await api.call('GET /node-roles/:key/program', { params: { key: await keyAt(api, role, place) }, query });
      show(output, made, () => made.program.trimEnd());
    });
  recipe
    .command('inputs <role>')
    .description('what a role on a machine is given: settings, what other roles published, and the names of its secrets')
    .requiredOption('--node <name>', 'the machine')
    .option('--deployment <name>', 'where several deployments give it this role')
    .action(async (role: string, place: Place) => {
      const api = client();
      const given = await api.call('GET /node-roles/:key/inputs', { params: { key: await keyAt(api, role, place) } });
      show(output, given, () => stringify(given).trimEnd());
    });
}

async function keyAt(api: Client, role: string, { node, deployment }: Place): Promise<string> {
  const { nodeRoles } = await api.call('GET /plan', { query: { node, role, ...(deployment && { deployment }) } });
  if (nodeRoles.length !== 1)
    throw new ProblemError(nodeRoles.length ? several(nodeRoles) : problem(`${node} does not hold the role ${role}.`, undefined, 'See: prybar status'));
  return nodeRoles[0]!.key;
}

const several = (found: { deployment: string }[]) =>
  problem('Several deployments give it this role.', undefined, `Choose one: ${found.map((one) => `--deployment ${one.deployment}`).join(', ')}`);
