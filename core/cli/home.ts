// prybar home … Machines that were sent away, and call home.

import type { Command } from 'commander';
import type { CallerView } from '../api/contract.ts';
import type { Cli } from './cli.ts';
import { bytes, coloured, confirmed, duration, show, table, when } from './output.ts';

const short = (key: string): string => key.slice(0, 16);
const DAY_S = 86_400;

export function homeCommands(program: Command, { client, output }: Cli): void {
  const home = program.command('home').description('machines that were sent away, and call home');

  home
    .command('address')
    .description('where they call, and by what they know it: the settings of the barclamp call-home')
    .action(async () => {
      const found = await client().call('GET /home');
      show(output, found, () =>
        [`home: ${found.url ?? '(nobody listens: start the admin node with --home PORT)'}`, `authority: ${found.fingerprint}`].join('\n'),
      );
    });

  home
    .command('invite')
    .description('let machines in that bring the text along which this prints')
    .option('--serial <serial...>', 'for these only, each a literal or a glob with *')
    .option('--count <n>', 'how many machines', '1')
    .option('--days <n>', 'how long it is good', '30')
    .option('--into <secret>', 'also set it here, for machines that this admin node sends away: sealed/call-home/invitation')
    .action(async ({ serial, count, days, into }: { serial?: string[]; count: string; days: string; into?: string }) => {
      const api = client();
      const made = await api.call('POST /invitations', { body: { ...(serial && { serials: serial }), count: Number(count), days: Number(days) } });
      if (into !== undefined) await api.call('POST /secrets/rotate', { body: { id: into, text: made.text } });
      const about = `Good until ${when(made.endsAt)} for ${made.left === 1 ? 'one machine' : `${made.left} machines`}${serial ? ` of ${serial.join(', ')}` : ''}`;
      show(output, made, () =>
        into === undefined
          ? `${about}. The text is shown once:\n${made.text}\nWho sends machines away sets it: prybar secret rotate DEPLOYMENT/call-home/invitation --stdin`
          : `${about}, and set as ${into}.`,
      );
    });

  home
    .command('invitations')
    .description('what lets machines in without a person')
    .action(async () => {
      const all = await client().call('GET /invitations');
      const rows = all.map((i) => [i.id, String(i.left), i.serials?.join(' ') ?? 'any', i.by, when(i.at), i.endsAt < Date.now() ? 'ended' : when(i.endsAt)]);
      show(output, all, () => table(['INVITATION', 'LEFT', 'SERIALS', 'BY', 'MADE', 'GOOD UNTIL'], rows, 'Nobody is invited. Begin: prybar home invite'));
    });

  home
    .command('revoke <invitation>')
    .description('take an invitation back; machines that it let in stay')
    .action(async (id: string) => {
      await client().call('DELETE /invitations/:id', { params: { id } });
      show(output, { removed: id }, () => `The invitation ${id} lets nobody in any more.`);
    });

  home
    .command('list')
    .description('who calls, and how that one is')
    .action(async () => {
      const all = await client().call('GET /callers');
      const rows = all.map((c) => [c.serial, c.name, coloured(c.state), short(c.id), when(c.lastAt), c.address, remark(c)]);
      show(output, all, () =>
        table(['SERIAL', 'NAME', 'STATE', 'KEY', 'LAST CALL', 'FROM', ''], rows, 'No machine has called home yet. Begin: prybar home address'),
      );
    });

  home
    .command('show <machine>')
    .description('one of them, by its serial or key')
    .action(async (id: string) => {
      const found = await client().call('GET /callers/:id', { params: { id } });
      show(output, found, () => details(found));
    });

  home
    .command('allow <machine>')
    .description('let it in; of two with one serial it is the right one from now on')
    .action(async (id: string) => {
      const found = await client().call('POST /callers/:id/allow', { params: { id } });
      show(output, found, () => `${found.serial} (${short(found.id)}) is let in when it calls again.`);
    });

  home
    .command('refuse <machine>')
    .description('it is told so, and asks once a day from then on')
    .option('--reason <text>', 'the machine is told')
    .action(async (id: string, { reason }: { reason?: string }) => {
      const found = await client().call('POST /callers/:id/refuse', { params: { id }, body: { ...(reason !== undefined && { reason }) } });
      show(output, found, () => `${found.serial} (${short(found.id)}) is refused when it calls again.`);
    });

  home
    .command('forget <machine>')
    .description('it is a stranger when it calls again')
    .option('--yes', 'do not ask')
    .action(async (id: string, { yes }: { yes?: boolean }) => {
      const api = client();
      const found = await api.call('GET /callers/:id', { params: { id } });
      if (!yes) await confirmed(`Forgetting ${found.serial} (${short(found.id)}), and what was decided about it`, 'Give --yes to do it without being asked.');
      await api.call('DELETE /callers/:id', { params: { id: found.id } });
      show(output, { forgotten: found.id }, () => `${found.serial} (${short(found.id)}) is forgotten.`);
    });
}

const remark = ({ conflict, waits, verdict, concerns }: CallerView): string =>
  [conflict?.text, conflict ? undefined : waits, verdict && !verdict.allowed ? verdict.reason : undefined, ...concerns].filter(Boolean).join('; ');

function details(found: CallerView): string {
  const { health, verdict, certificate, conflict } = found;
  const rows: [string, string | undefined][] = [
    ['serial', found.serial],
    ['name', found.name],
    ['key', found.id],
    ['state', coloured(found.state)],
    ['decided', verdict && `${verdict.allowed ? 'let in' : 'refused'} by ${verdict.by}, ${when(verdict.at)}${verdict.reason ? `: ${verdict.reason}` : ''}`],
    ['waits', found.waits],
    ['conflict', conflict && `${conflict.text} (from ${conflict.address}, ${when(conflict.at)}${conflict.with ? `, ${short(conflict.with)}` : ''})`],
    ['certificate', certificate && `${certificate.serial}, until ${when(certificate.endsAt)}`],
    ['calls', `first ${when(found.firstAt)}, last ${when(found.lastAt)} from ${found.address}`],
    ['machine here', found.node?.name],
    ['system', [health.os, health.kernel].filter(Boolean).join(', ')],
    ['image', health.image],
    ['up for', health.uptime < DAY_S ? duration(health.uptime * 1000) : `${Math.floor(health.uptime / DAY_S)} days`],
    ['load', health.load.join(' ')],
    ['memory', `${bytes(health.memory.available)} of ${bytes(health.memory.total)} available`],
    ...health.disks.map(({ mount, size, free }): [string, string] => ['disk', `${mount}: ${bytes(free)} of ${bytes(size)} free`]),
    ...found.concerns.map((text): [string, string] => ['look at', text]),
  ];
  return rows.flatMap(([name, text]) => (text ? [`${name.padEnd(12)} ${text}`] : [])).join('\n');
}
