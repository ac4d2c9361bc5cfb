// prybar certificate … What is left of machines whose disks were erased.

import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { bytes, show, table, when } from './output.ts';

export function certificateCommands(program: Command, { client, output }: Cli): void {
  const certificate = program.command('certificate').description('what is left of machines whose disks were erased');

  certificate
    .command('list')
    .description('all certificates, the latest first')
    .action(async () => {
      const all = await client().call('GET /certificates');
      const rows = all.map((c) => [c.id, c.nodeName, c.serial ?? '', when(c.at), String(c.erased.length), c.signed ? 'yes' : 'NO']);
      show(output, all, () =>
        table(['CERTIFICATE', 'MACHINE', 'SERIAL', 'RETIRED', 'DISKS', 'SIGNATURE HOLDS'], rows, 'No machine was retired with its disks erased.'),
      );
    });

  certificate
    .command('show <id>')
    .description('one certificate; with --json as it was signed')
    .action(async (id: string) => {
      const found = await client().call('GET /certificates/:id', { params: { id } });
      show(output, found, () => {
        const rows = found.erased.map(({ disk, model, serial, bytes: size, how, ended, samples }) => [
          disk,
          model ?? '',
          serial ?? '',
          size === undefined ? '' : bytes(size),
          how ?? '',
          ended ?? '',
          samples ? `${samples.read} places of ${samples.bytesEach} bytes: ${samples.zeros} zeros, ${samples.kept} as before` : '',
        ]);
        const head = [
          `${found.nodeName}${found.serial ? `, serial ${found.serial}` : ''}, retired ${when(found.at)}, run ${found.runId}`,
          `signed by ${found.signature.publicKey}: ${found.signed ? 'the signature holds' : 'THE SIGNATURE DOES NOT HOLD'}`,
        ];
        return [...head, '', table(['DISK', 'MODEL', 'SERIAL', 'SIZE', 'HOW', 'DONE', 'READ AGAIN'], rows, 'It names no disks.')].join('\n');
      });
    });
}
