// prybar status, prybar sign-in: the admin node as a whole.

import type { Command } from 'commander';
import { nodeRoleStates } from '../model/plan.ts';
import type { Cli } from './cli.ts';
import { bar, coloured, problemLines, show, table, when } from './output.ts';

export function siteCommands(program: Command, { client, output }: Cli): void {
  program
    .command('status')
    .description('what there is, what is being done, and why something is not done')
    .action(async () => {
      const api = client();
      const [status, plan, failing] = await Promise.all([api.call('GET /status'), api.call('GET /plan'), api.call('GET /health')]);
      show(output, { ...status, nodeRoles: plan.nodeRoles, failing }, () => {
        const counts = nodeRoleStates.filter((state) => status.totals[state]).map((state) => `${status.totals[state]} ${coloured(state)}`);
        const open = plan.nodeRoles.filter((vertex) => vertex.state !== 'done');
        return [
          `${status.nodes.total} machines: ${status.nodes.approved} approved, ${status.nodes.up} up`,
          `Roles: ${counts.join(', ') || 'none yet'}${status.converged ? ' — converged' : ''}`,
          ...status.activities.map((a) => `${a.title}: ${a.phase}${a.fraction === undefined || a.endedAt ? '' : ` ${bar(a.fraction)}`}`),
          ...(open.length
            ? [
                table(
                  ['ROLE', 'MACHINE', 'STATE', 'WHY', 'NEXT'],
                  open.map((v) => [`${v.deployment}/${v.role}`, v.nodeName, coloured(v.state), v.whyNot[0]?.what ?? '', v.whyNot[0]?.next ?? '']),
                  '',
                ),
              ]
            : []),
          ...failing.map(
            (h) => `${coloured('failing')} ${h.deployment}/${h.role} on ${h.nodeName} since ${when(h.since)}: ${h.problem?.summary ?? 'its probes fail'}`,
          ),
          ...(status.problems.length ? [problemLines(status.problems)] : []),
        ].join('\n');
      });
    });

  program
    .command('sign-in')
    .description('print a new one-time sign-in link for the web page')
    .option('--user <name>', 'whom it signs in; without, you may do everything')
    .action(async ({ user }: { user?: string }) => {
      const api = client();
      const { code } = await api.call('POST /sign-in-codes', { body: { ...(user !== undefined && { user }) } });
      const link = `${api.url}/sign-in/${code}`;
      show(output, { link }, () => link);
    });
}
