// prybar recipe … The programs that roles become.

import type { Command } from 'commander';
import { problem, ProblemError } from '../model/problem.ts';
import type { Cli } from './cli.ts';
import { show } from './output.ts';

type Options = { node: string; deployment?: string; check?: boolean; remove?: boolean };

export function recipeCommands(program: Command, { client, output }: Cli): void {
  program
    .command('recipe')
    .description('the programs that roles become')
    .command('print <role>')
    .description('the program that would be run for a role on a machine; secrets in it are stars')
    .requiredOption('--node <name>', 'the machine')
    .option('--deployment <name>', 'where several deployments give it this role')
    .option('--check', 'the one that only says what would change')
    .option('--remove', 'the one that takes the role away')
    .action(async (role: string, { node, deployment, check, remove }: Options) => {
      const api = client();
      const { nodeRoles } = await api.call('GET /plan', { query: { node, role, ...(deployment && { deployment }) } });
      if (nodeRoles.length !== 1)
        throw new ProblemError(nodeRoles.length ? several(nodeRoles) : problem(`${node} does not hold the role ${role}.`, undefined, 'See: prybar status'));
      const query = { ...(check && { check }), ...(remove && { remove }) };
      const made = await api.call('GET /node-roles/:key/program', { params: { key: nodeRoles[0]!.key }, query });
      show(output, made, () => made.program.trimEnd());
    });
}

const several = (found: { deployment: string }[]) =>
  problem('Several deployments give it this role.', undefined, `Choose one: ${found.map((one) => `--deployment ${one.deployment}`).join(', ')}`);
