// prybar user …, token …, session …: who may sign in, what programs may do, and who is signed in now.

import type { Command } from 'commander';
import type { Role } from '../model/principal.ts';
import { problem, ProblemError } from '../model/problem.ts';
import type { Cli } from './cli.ts';
import { show, table, when } from './output.ts';
import { askSecret } from './secret-text.ts';

export function userCommands(program: Command, cli: Cli): void {
  people(program, cli);
  tokens(program, cli);
  sessions(program, cli);
}

function people(program: Command, { client, output }: Cli): void {
  const user = program.command('user').description('people who may sign in');
  user
    .command('list')
    .description('who there is, and what they may do')
    .action(async () => {
      const all = await client().call('GET /users');
      show(output, all, () =>
        table(
          ['USER', 'ROLE', 'TENANT', 'SIGNS IN BY', 'SINCE'],
          all.map((u) => [
            u.name,
            u.disabled ? `${u.role}, disabled` : u.role,
            u.tenant ?? '',
            u.vouchedBy ? u.vouchedBy.issuer : u.passphrase ? 'passphrase' : 'one-time link',
            when(u.createdAt),
          ]),
          'Nobody yet. Add yourself: prybar user add NAME --role admin',
        ),
      );
    });
  user
    .command('add <name>')
    .description('let somebody sign in; asks for a passphrase')
    .option('--role <role>', 'viewer, operator or admin', 'viewer')
    .option('--tenant <name>', 'sees and changes only what belongs to it')
    .option('--stdin', 'take the passphrase from standard input')
    .option('--no-passphrase', 'none: signs in by one-time link (prybar sign-in --user NAME)')
    .action(async (name: string, { role, tenant, stdin, passphrase: wanted }: { role: string; tenant?: string; stdin?: boolean; passphrase: boolean }) => {
      const passphrase = wanted ? await askSecret(`Passphrase for ${name}`, stdin) : undefined;
      const added = await client().call('POST /users', {
        body: { name, role: role as Role, ...(tenant !== undefined && { tenant }), ...(passphrase !== undefined && { passphrase }) },
      });
      show(output, added, () => `${name} may sign in, as ${added.role}${added.tenant ? ` of ${added.tenant}` : ''}.`);
    });
  user
    .command('role <name> <role>')
    .description('viewer, operator or admin')
    .action(async (name: string, role: string) => {
      const changed = await client().call('PATCH /users/:name', { params: { name }, body: { role: role as Role } });
      show(output, changed, () => `${name} is ${changed.role} now.`);
    });
  user
    .command('tenant <name> [tenant]')
    .description('belongs to this tenant from now on, or to none')
    .action(async (name: string, tenant?: string) => {
      const changed = await client().call('PATCH /users/:name', { params: { name }, body: { tenant: tenant ?? null } });
      show(output, changed, () => `${name} ${changed.tenant ? `belongs to ${changed.tenant}` : 'belongs to the whole site'} now.`);
    });
  for (const [verb, disabled, said] of [
    ['disable', true, 'cannot sign in any more; its sessions and tokens are of no use.'],
    ['enable', false, 'may sign in again.'],
  ] as const)
    user
      .command(`${verb} <name>`)
      .description(disabled ? 'keep somebody out from now on' : 'let somebody in again')
      .action(async (name: string) => {
        const changed = await client().call('PATCH /users/:name', { params: { name }, body: { disabled } });
        show(output, changed, () => `${name} ${said}`);
      });
  user
    .command('passphrase <name>')
    .description('give somebody another one; asks for it')
    .option('--stdin', 'take it from standard input')
    .action(async (name: string, { stdin }: { stdin?: boolean }) => {
      const passphrase = await askSecret(`New passphrase for ${name}`, stdin);
      await client().call('PUT /users/:name/passphrase', { params: { name }, body: { passphrase } });
      show(output, { name }, () => `${name} has a new passphrase; its sessions have ended.`);
    });
}

function tokens(program: Command, { client, output }: Cli): void {
  const token = program.command('token').description('API tokens, for programs');
  token
    .command('list')
    .description('which there are, and when they were used last')
    .action(async () => {
      const all = await client().call('GET /tokens', { query: { all: true } });
      show(output, all, () =>
        table(
          ['ID', 'TOKEN', 'OF', 'ROLE', 'TENANT', 'SCOPES', 'ENDS', 'LAST USED'],
          all.map((t) => [t.id, t.name, t.owner, t.role, t.tenant ?? '', t.scopes.join(' '), when(t.expiresAt), t.lastAt ? when(t.lastAt) : 'never']),
          'None.',
        ),
      );
    });
  token
    .command('add <name>')
    .description('make one; its text is shown this once')
    .option('--role <role>', 'viewer, operator or admin', 'viewer')
    .option('--scope <scope...>', 'what it is narrowed to, as nodes:read or *:read', ['*'])
    .option('--tenant <name>', 'sees and changes only what belongs to it')
    .option('--days <n>', 'how long it is good', '90')
    .action(async (name: string, { role, scope, tenant, days }: { role: string; scope: string[]; tenant?: string; days: string }) => {
      if (!/^\d{1,4}$/.test(days)) throw new ProblemError(problem(`${days} is no number of days.`, undefined, 'As --days 30.'));
      const made = await client().call('POST /tokens', {
        body: { name, role: role as Role, scopes: scope, days: Number(days), ...(tenant !== undefined && { tenant }) },
      });
      show(output, made, () => `${made.text}\nIt is shown this once, and is good until ${when(made.expiresAt)}. Use it as: Authorization: Bearer …`);
    });
  token
    .command('revoke <id>')
    .description('have it let nobody in any more')
    .action(async (id: string) => {
      await client().call('DELETE /tokens/:id', { params: { id } });
      show(output, { id }, () => `${id} is revoked.`);
    });
}

function sessions(program: Command, { client, output }: Cli): void {
  const session = program.command('session').description('browsers that are signed in');
  session
    .command('list')
    .description('who is signed in, from where')
    .action(async () => {
      const all = await client().call('GET /sessions', { query: { all: true } });
      show(output, all, () =>
        table(
          ['ID', 'USER', 'BY', 'FROM', 'SINCE', 'LAST USED', 'ENDS'],
          all.map((s) => [s.id, s.user, s.how, s.address, when(s.beganAt), when(s.lastAt), when(s.endsAt)]),
          'Nobody is signed in.',
        ),
      );
    });
  session
    .command('end <id>')
    .description('sign that browser out')
    .action(async (id: string) => {
      await client().call('DELETE /sessions/:id', { params: { id } });
      show(output, { id }, () => `The session ${id} has ended.`);
    });
}
