// prybar openid … Signing in through the organisation's own provider.

import type { Command } from 'commander';
import type { OpenIdView } from '../api/contract.ts';
import type { Role } from '../model/principal.ts';
import { problem, ProblemError } from '../model/problem.ts';
import type { Cli } from './cli.ts';
import { problemLines, show } from './output.ts';
import { askSecret } from './secret-text.ts';

type Options = { issuer: string; client: string; label?: string; roleClaim?: string; role: string[]; tenantClaim?: string; stdin?: boolean };

export function openIdCommands(program: Command, { client, output }: Cli): void {
  const openId = program.command('openid').description('sign-in through OpenID Connect');
  openId
    .command('show')
    .description('how it is set up')
    .action(async () => {
      const found = await client().call('GET /openid');
      show(output, found, () => lines(found, client().url));
    });
  openId
    .command('set')
    .description('let people sign in through a provider')
    .requiredOption('--issuer <url>', 'as https://sso.example.org')
    .requiredOption('--client <id>', 'what the provider calls this admin node')
    .option('--label <text>', 'on the button of the sign-in page')
    .option('--role-claim <claim>', 'claim with the groups of a person')
    .requiredOption('--role <value=role...>', 'what a group may do here, as ops=operator')
    .option('--tenant-claim <claim>', 'claim with the name of a tenant, or site')
    .option('--stdin', "take the client's secret from standard input")
    .action(async ({ issuer, client: clientId, label, roleClaim, role, tenantClaim, stdin }: Options) => {
      const clientSecret = stdin ? await askSecret('', true) : undefined;
      const found = await client().call('PUT /openid', {
        body: {
          issuer,
          clientId,
          roles: rolesIn(role),
          ...(label !== undefined && { label }),
          ...(roleClaim !== undefined && { roleClaim }),
          ...(tenantClaim !== undefined && { tenantClaim }),
          ...(clientSecret !== undefined && { clientSecret }),
        },
      });
      show(output, found, () => lines(found, client().url));
    });
  openId
    .command('test')
    .description('try a provider: the one that is set up, or another one before it is')
    .option('--issuer <url>', 'another one')
    .option('--client <id>', 'what it calls this admin node')
    .option('--stdin', "take the client's secret from standard input")
    .action(async ({ issuer, client: clientId, stdin }: Partial<Options>) => {
      const clientSecret = stdin ? await askSecret('', true) : undefined;
      const { good, problems } = await client().call('POST /openid/test', {
        body: {
          redirect: `${client().url}/api/v1/openid/callback`,
          ...(issuer !== undefined && { issuer }),
          ...(clientId !== undefined && { clientId }),
          ...(clientSecret !== undefined && { clientSecret }),
        },
      });
      const warnings = problems.filter(({ severity }) => severity === 'warning');
      show(output, { good, problems }, () => [...good, ...(warnings.length ? [problemLines(warnings)] : [])].join('\n'));
      if (problems.some(({ severity }) => severity === 'error')) throw new ProblemError(problems);
    });
  openId
    .command('remove')
    .description('let nobody sign in that way any more')
    .action(async () => {
      await client().call('DELETE /openid');
      show(output, {}, () => 'Nobody signs in through OpenID Connect any more. Sessions that were begun go on: prybar session list');
    });
}

const rolesIn = (given: readonly string[]): Record<string, Role> =>
  Object.fromEntries(
    given.map((text) => {
      const [, value, role] = /^(.+)=(viewer|operator|admin)$/.exec(text) ?? [];
      if (value === undefined) throw new ProblemError(problem(`${text} says no role.`, undefined, 'Write it as GROUP=viewer, GROUP=operator or GROUP=admin.'));
      return [value, role as Role];
    }),
  );

const lines = (view: OpenIdView, url: string): string =>
  [
    `${view.label}: ${view.issuer}, as ${view.clientId} ${view.secret ? 'with a secret' : 'without a secret'}`,
    `Roles by ${view.roleClaim}: ${Object.entries(view.roles)
      .map(([value, role]) => `${value} → ${role}`)
      .join(', ')}`,
    `Tenants: ${view.tenantClaim ? `by ${view.tenantClaim}` : 'everybody is of the whole site'}`,
    `The provider sends people back to ${url}/api/v1/openid/callback; tell it so.`,
  ].join('\n');
