#!/usr/bin/env node
// `prybar`: everything that the web page can do, from a terminal or a program, as a client of the API; and the tools for authors of barclamps.

import { Command } from 'commander';
import { problem, ProblemError } from '../model/problem.ts';
import { version } from '../version.ts';
import { barclampCommands } from './barclamp.ts';
import { approvalCommands } from './approval.ts';
import { auditCommands } from './audit.ts';
import { backupCommands } from './backup.ts';
import { connect } from './client.ts';
import { addCompletion } from './completion.ts';
import { deploymentCommands } from './deployment.ts';
import { homeCommands } from './home.ts';
import { firmwareCommands } from './firmware.ts';
import { imageCommands } from './image.ts';
import { labCommands } from './lab.ts';
import { baselineCommands } from './baseline.ts';
import { machineHistoryCommands } from './machine-history.ts';
import { measuredBootCommands } from './measured-boot.ts';
import { authorityCommands } from './authority.ts';
import { bmcCommands } from './bmc.ts';
import { networkCommands } from './network.ts';
import { nodeCommands } from './node.ts';
import { openIdCommands } from './open-id.ts';
import { type Output, problemLines } from './output.ts';
import { planCommands } from './plan.ts';
import { proposalCommands } from './proposal.ts';
import { recipeCommands } from './recipe.ts';
import { runCommands } from './run.ts';
import { secretCommands } from './secret.ts';
import { certificateCommands } from './certificate.ts';
import { siteCommands } from './site.ts';
import { tenantCommands } from './tenant.ts';
import { userCommands } from './user.ts';
import { orderCommands } from './order.ts';
import { webhookCommands } from './webhook.ts';
import { watchCommands } from './watch.ts';

const program = new Command('prybar')
  .description('Turns a rack of bare machines into a running cloud.')
  .version(version, '--version', 'print the version')
  .option('--state <folder>', 'state folder of the admin node on this machine', process.env.PRYBAR_STATE ?? '/var/lib/prybar')
  .option('--url <url>', 'address of the admin node', process.env.PRYBAR_URL)
  .option('--token <text>', 'API token', process.env.PRYBAR_TOKEN)
  .option('--json', 'print JSON', false)
  .showHelpAfterError();

const output: Output = {
  get json() {
    return program.opts<{ json: boolean }>().json;
  },
  write: (text) => void process.stdout.write(text),
};
const cli = { client: () => connect(program.opts()), output };
// One a line, in the order of `prybar --help`.
const commands = [
  nodeCommands,
  bmcCommands,
  baselineCommands,
  firmwareCommands,
  deploymentCommands,
  proposalCommands,
  planCommands,
  recipeCommands,
  runCommands,
  watchCommands,
  webhookCommands,
  orderCommands,
  homeCommands,
  secretCommands,
  certificateCommands,
  userCommands,
  tenantCommands,
  openIdCommands,
  authorityCommands,
  auditCommands,
  backupCommands,
  siteCommands,
  barclampCommands,
  imageCommands,
  networkCommands,
  approvalCommands,
  labCommands,
  machineHistoryCommands,
  measuredBootCommands,
];
for (const add of commands) add(program, cli);
// `prybar node list --json` reads as naturally as `prybar --json node list`.
const all = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(all)];
for (const command of program.commands.flatMap(all)) command.option('--json', 'print JSON').on('option:json', () => program.setOptionValue('json', true));

await addCompletion(program, process.argv.slice(2), cli.client);

// A reader that has seen enough (head, less) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});
try {
  await program.parseAsync();
} catch (error) {
  const problems =
    error instanceof ProblemError ? error.problems : [problem(`prybar itself failed: ${(error as Error).message}`, undefined, (error as Error).stack)];
  process.stderr.write(`${output.json ? JSON.stringify({ problems }, null, 2) : problemLines(problems)}\n`);
  process.exitCode = 1;
}
// What is left open now (a connection to an engine that is gone) must not keep a finished command; what it said must have been read.
await new Promise((resolve) => process.stdout.write('', resolve));
process.exit();
