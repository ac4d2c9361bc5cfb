// prybar network … The networks of the site, and the addresses left in them.

import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { show, table } from './output.ts';

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
}
