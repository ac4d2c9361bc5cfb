// prybar lab …

import type { Command } from 'commander';
import type { LabView } from '../api/contract.ts';
import type { Cli } from './cli.ts';
import { show, table } from './output.ts';

export function labCommands(program: Command, { client, output }: Cli): void {
  const lab = program.command('lab').description('the virtual rack');
  const machines = (view: LabView) =>
    table(
      ['MACHINE', 'SERIAL', 'MAC', 'POWER', 'BMC', 'CONSOLE'],
      view.machines.map((m) => [m.name, m.serial, m.mac, m.powered ? 'on' : 'off', m.bmc, m.console]),
      'The virtual rack is empty.',
    );
  const containers = (view: LabView) =>
    table(
      ['CONTAINER', 'SERIAL', 'STATE', 'ADDRESS', 'ID'],
      view.containers.map((c) => [c.name, c.serial, c.running ? 'on' : 'off', c.address ?? '', c.container.slice(0, 12)]),
      '',
    );
  const print = (view: LabView) =>
    show(output, view, () => {
      if (!view.running) return 'The virtual rack is down. Start it: prybar lab up';
      const parts = [
        ...(view.machines.length || !view.containers.length ? [machines(view)] : []),
        ...(view.containers.length ? [containers(view), `Containers run in ${view.engine}.`] : []),
      ];
      return parts.join('\n\n');
    });

  type Wish = { machines?: string; containers?: string; pool?: string };
  lab
    .command('up')
    .description('start it and switch its machines on; in one that runs, add containers')
    .option('--machines <n>', 'blank machines; none when only containers are asked for')
    .option('--containers <n>', 'containers: machines that are installed already')
    .option('--pool <name>', 'pool of the containers', 'containers')
    .action(async ({ machines: blank, containers: installed, pool }: Wish) =>
      print(
        await client().call('POST /lab', {
          body: {
            ...(blank ? { machines: Number(blank) } : installed ? { machines: 0 } : {}),
            ...(installed && { containers: Number(installed), pool }),
          },
        }),
      ),
    );
  lab
    .command('down')
    .description('switch its machines off and take it down')
    .action(async () => print(await client().call('DELETE /lab')));
  lab
    .command('status')
    .description('its machines')
    .action(async () => print(await client().call('GET /lab')));
}
