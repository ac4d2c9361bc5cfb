// prybar node bmc|sensors|events|console …: what a machine's board controller knows and gives.

import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { Problem } from '../model/problem.ts';
import { problem, ProblemError } from '../model/problem.ts';
import type { ClientToServer, ServerToClient } from '../api/contract.ts';
import type { BmcProtocol, Sensor } from '../model/bmc.ts';
import type { Cli } from './cli.ts';
import { coloured, show, table, when } from './output.ts';

export function bmcCommands(program: Command, { client, output }: Cli): void {
  const node = program.commands.find((command) => command.name() === 'node')!;

  node
    .command('bmc <name>')
    .description('what its BMC is, and how it is reached')
    .option('--forget', 'look for it anew, and believe the certificate that it then shows')
    .option('--user <name>', 'enter an account that exists there; its password is read from standard input')
    .option('--address <address>', 'with --user: where the BMC is; as the machine reports when absent')
    .option('--protocol <protocol>', 'with --user: ipmi or redfish; whichever answers when absent')
    .option('--port <n>', 'with --protocol')
    .action(async (name: string, options: { forget?: boolean; user?: string; address?: string; protocol?: string; port?: string }) => {
      const params = { id: name };
      const { user, address, protocol, port } = options;
      if (user) {
        const password = (await text(process.stdin)).replace(/\r?\n$/, '');
        const body = {
          user,
          password,
          ...(address && { address }),
          ...(protocol && { protocol: protocol as BmcProtocol }),
          ...(port && { port: Number(port) }),
        };
        await client().call('PUT /nodes/:id/bmc', { params, body });
      }
      if (options.forget) {
        await client().call('DELETE /nodes/:id/bmc', { params });
        return show(output, { forgotten: name }, () => `How the BMC of ${name} was reached is forgotten; it is looked for when it is next needed.`);
      }
      const identity = await client().call('GET /nodes/:id/bmc', { params });
      const { bmc } = await client().call('GET /nodes/:id', { params });
      const spoken = `${identity.protocol === 'ipmi' ? 'IPMI' : 'Redfish'} ${identity.version ?? ''}`.trim();
      const made = [identity.maker, identity.model, identity.firmware && `firmware ${identity.firmware}`].filter(Boolean).join(', ');
      show(output, { ...identity, ...bmc }, () => `${bmc?.address ?? ''} by ${spoken} as ${bmc?.user ?? ''}${made ? `: ${made}` : ''}`);
    });

  node
    .command('wakes <name> <yes|no>')
    .description('whether its firmware listens for a call over the network while it is off, for machines without a BMC')
    .action(async (name: string, answer: string) => {
      const changed = await client().call('PATCH /nodes/:id', { params: { id: name }, body: { wakesOnLan: answer === 'yes' } });
      show(output, changed, () => (changed.wakesOnLan ? `${name} is switched on by a call over the network.` : `${name} is not called over the network.`));
    });

  node
    .command('sensors <name>')
    .description('what its sensors read now')
    .action(async (name: string) => {
      const sensors = await client().call('GET /nodes/:id/sensors', { params: { id: name } });
      show(output, sensors, () => table(['SENSOR', 'READING', 'STATE'], sensors.map(sensorRow), 'Its BMC has no sensors.'));
    });

  node
    .command('events <name>')
    .description('what its BMC has noted down, newest first')
    .option('--limit <n>', 'at most so many', '50')
    .action(async (name: string, { limit }: { limit: string }) => {
      const events = await client().call('GET /nodes/:id/bmc-events', { params: { id: name }, query: { limit: Number(limit) } });
      const rows = events.map(({ id, at, severity, text: what }) => [id, at === undefined ? 'clock not set' : when(at), coloured(severity), what]);
      show(output, events, () => table(['EVENT', 'AT', 'SEVERITY', 'WHAT'], rows, 'Its BMC has noted nothing.'));
    });

  node
    .command('console <name>')
    .description('its serial console, through its BMC; Ctrl-] leaves')
    .action(async (name: string) => {
      const { url, token } = client();
      const { io } = await import('socket.io-client');
      const socket: import('socket.io-client').Socket<ServerToClient, ClientToServer> = io(url, {
        path: '/api/v1/live',
        transports: ['websocket'],
        reconnection: false,
        extraHeaders: { authorization: `Bearer ${token}` },
      });
      try {
        await new Promise<void>((resolve, reject) => {
          const refuse = (problems: Problem[]): void => (problems.length ? reject(new ProblemError(problems)) : resolve());
          socket.on('said', (bytes) => void process.stdout.write(new Uint8Array(bytes)));
          socket.once('connect', () => socket.emit('openConsole', name, refuse));
          socket.once('connect_error', (error) =>
            refuse([problem(`No admin node answers at ${url} (${error.message}).`, undefined, 'Start it with `npm start`.')]),
          );
        });
        process.stderr.write(`The console of ${name}; Ctrl-] leaves.\n`);
        await untilLeft(socket);
      } finally {
        socket.close();
      }
    });
}

const LEAVE = 0x1d;

/** Until the person has had enough, or either side has ended. */
async function untilLeft(socket: import('socket.io-client').Socket<ServerToClient, ClientToServer>): Promise<void> {
  const { stdin } = process;
  stdin.setRawMode?.(true);
  try {
    await new Promise<void>((resolve) => {
      stdin.on('data', (bytes: Buffer) => {
        const leaving = bytes.indexOf(LEAVE);
        if (leaving !== 0) socket.emit('typed', leaving < 0 ? bytes : bytes.subarray(0, leaving));
        if (leaving >= 0) resolve();
      });
      socket.once('consoleEnded', resolve);
      socket.once('disconnect', () => resolve());
    });
  } finally {
    stdin.setRawMode?.(false);
    stdin.pause();
    process.stderr.write('\n');
  }
}

const sensorRow = ({ name, value, unit, state }: Sensor): string[] => [
  name,
  value === undefined ? '' : [value, unit].filter((part) => part !== undefined).join(' '),
  coloured(state),
];
