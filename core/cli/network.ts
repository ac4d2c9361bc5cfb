// prybar network … The networks of the site, and the addresses left in them.

import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import type { Client } from './client.ts';
import { problemLines, progressLine, show, table, when } from './output.ts';
import { statusOf, verificationText } from './verification.ts';

export function networkCommands(program: Command, { client, output }: Cli): void {
  const network = program.command('network').description('networks that machines get addresses in');

  network
    .command('list')
    .description('which there are, and how many addresses are left')
    .action(async () => {
      const all = await client().call('GET /networks');
      const rows = all.map(({ name, cidr, adminAddress, range, taken, kept, free }) => [
        name,
        cidr,
        adminAddress,
        `${range.first} to ${range.last}`,
        String(taken),
        String(kept.length),
        String(free),
      ]);
      const head = ['NETWORK', 'ADDRESSES', 'ADMIN NODE', 'FOR MACHINES', 'TAKEN', 'KEPT', 'FREE'];
      show(output, all, () => table(head, rows, 'There is none yet: it comes with the virtual rack, or with --interface and --network.'));
    });

  network
    .command('interfaces')
    .description('which interfaces of the admin node machines could be connected to')
    .action(async () => {
      const all = await client().call('GET /interfaces');
      const rows = all.map(({ name, kind = 'network card', state, mac = '', addresses, outward, served }) => [
        name,
        kind,
        state,
        mac,
        addresses.map(({ address, prefix, leased }) => `${address}/${prefix}${leased ? ' (leased)' : ''}`).join(', '),
        [served && 'machines', outward && 'default route'].filter(Boolean).join(', '),
      ]);
      show(output, all, () => table(['INTERFACE', 'KIND', 'STATE', 'MAC', 'ADDRESSES', 'LEADS TO'], rows, 'There is none.'));
    });

  network
    .command('leases')
    .description('who has leased which address from the admin node')
    .action(async () => {
      const { served, leases } = await client().call('GET /leases');
      const rows = leases.map(({ address, mac, node, bmc, hostname = '', expiresAt }) => [
        address,
        mac,
        node ? `${node.name}${bmc ? ' (BMC)' : ''}` : 'unknown',
        hostname,
        expiresAt === undefined ? 'never' : when(expiresAt),
      ]);
      const none = served ? 'Nobody has one now.' : 'The admin node gives out no addresses here.';
      show(output, leases, () => table(['ADDRESS', 'MAC', 'MACHINE', 'CALLS ITSELF', 'ENDS'], rows, none));
    });

  network
    .command('addresses [name]')
    .description('ask every address who has it, and say where that is not who was given it')
    .action(async (name = 'admin') => {
      const { asked, answers, problems, ...check } = await client().call('POST /networks/:name/addresses', { params: { name } });
      show(output, { ...check, asked, answers, problems }, () =>
        [`${answers.length} of ${asked} addresses answer.`, problems.length ? problemLines(problems) : 'All as they were given out.'].join('\n'),
      );
      if (problems.some(({ severity }) => severity === 'error')) process.exitCode = 1;
    });

  network
    .command('verify [network]')
    .description('try the networks between the machines that are up: who sees whom, packet sizes, names, clocks, addresses, DHCP servers')
    .option('--clock <seconds>', 'more between two clocks is wrong', Number, 5)
    .option('--last', 'only show what was found last')
    .action(async (name: string | undefined, { clock, last }: { clock: number; last?: boolean }) => {
      const api = client();
      const found = last
        ? await api.call('GET /verifications')
        : await watched(api, api.call('POST /verifications', { body: { ...(name !== undefined && { networks: [name] }), clockMs: Math.round(clock * 1000) } }));
      const networks = found.networks.filter(({ id, name: called }) => name === undefined || name === id || name === called);
      show(output, { ...found, networks }, () => verificationText({ ...found, networks }));
      process.exitCode = statusOf(networks);
    });

  /** With a line of what it is doing, as long as it takes. */
  async function watched<T>(api: Client, work: Promise<T>): Promise<T> {
    const tell = output.json ? () => {} : progressLine();
    const look = async () => {
      const activity = (await api.call('GET /status')).activities.find(({ id }) => id === 'network-verification');
      if (activity && !activity.endedAt) tell(activity.phase, activity.fraction);
    };
    const timer = setInterval(() => void look().catch(() => {}), 500);
    try {
      return await work;
    } finally {
      clearInterval(timer);
      tell('', undefined);
    }
  }

  network
    .command('check [name]')
    .description('ask it for an address as a machine would that boots, and list which DHCP servers answer')
    .action(async (name = 'admin') => {
      const check = await client().call('POST /networks/:name/check', { params: { name } });
      const rows = check.offers.map(({ server, address, router, bootFile }) => [server, address ?? 'none', router ?? '', bootFile ?? '']);
      show(output, check, () =>
        [
          table(['SERVER', 'OFFERS', 'ROUTER', 'BOOT FILE'], rows, 'Nobody answers.'),
          check.problems.length ? problemLines(check.problems) : 'That is as it should be.',
        ].join('\n\n'),
      );
    });
}
