// The admin's side of the rack network: the boot server and dnsmasq in the namespace where the rack lives, whether that is a
// virtual rack or an interface with real machines. Starts and stops as one.

import type { Server } from 'node:http';
import path from 'node:path';
import { openBootMenu } from './boot/boot-menu.ts';
import { keepGrubFiles } from './boot/grub-files.ts';
import { type BootOptions, bootServer, discoveryParameters } from './boot/server.ts';
import { superviseDnsmasq } from './boot/dnsmasq.ts';
import { openMulticast, openMulticastSettings } from './boot/multicast.ts';
import { IMAGES_AT_ONCE, openAdmission } from './boot/streams.ts';
import type { Network } from './model/network.ts';
import { problem, type Problem, ProblemError } from './model/problem.ts';
import type { Namespace } from './network/namespace.ts';

export type Rack = { namespace: Namespace; network: Network; url: string; stop(): Promise<void> };

export type RackOptions = Omit<BootOptions, 'url' | 'menu' | 'admission' | 'multicast'> & {
  namespace: Namespace;
  network: Network;
  port: number;
  stateDir: string;
  armLoaders(): Record<string, string>;
  log(problem: Problem): void;
};

export async function openRack(options: RackOptions): Promise<Rack> {
  const { namespace, network, port } = options;
  const url = `http://${network.adminAddress}:${port}`;
  const menu = { read: openBootMenu(path.join(options.stateDir, 'boot-menu.json')), folder: path.join(options.stateDir, 'boot-files') };
  const admission = openAdmission({ atOnce: IMAGES_AT_ONCE, now: options.now });
  const multicast = openMulticast({
    settings: openMulticastSettings(path.join(options.stateDir, 'multicast.json')),
    admission,
    interface: network.interface,
    command: namespace.command,
    now: options.now,
  });
  const server = bootServer({ ...options, url, menu, admission, multicast });
  await namespace.listen(server, network.adminAddress, port).catch((error: NodeJS.ErrnoException) => {
    throw new ProblemError(
      problem(
        `Machines cannot be served on ${network.adminAddress}:${port}: ${error.message}.`,
        undefined,
        error.code === 'EADDRINUSE'
          ? 'Something else listens there: stop it, or choose another port with --boot-port.'
          : `Has ${network.interface} the address ${network.adminAddress}?`,
      ),
    );
  });
  const grubFiles = keepGrubFiles({
    ...options,
    url,
    folder: path.join(options.stateDir, 'tftp'),
    parameters: (architecture) => discoveryParameters({ ...options, url }, architecture),
    menu,
    onProblem: options.log,
  });
  const dnsmasq = superviseDnsmasq({ folder: path.join(options.stateDir, 'dnsmasq'), command: namespace.command, onProblem: options.log });
  return {
    namespace,
    network,
    url,
    async stop() {
      await dnsmasq.stop();
      await grubFiles.stop();
      multicast.stop();
      await closed(server);
      await namespace.close();
    },
  };
}

/** Ends a server without waiting for clients that keep their connections open. */
export function closed(server: Pick<Server, 'close' | 'closeAllConnections'>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** The rack network behind an interface of this machine: machines get the upper half of its addresses. */
export function networkOn(cidr: string, adminAddress: string, networkInterface: string, namespace?: string): Network {
  const [base, prefix] = cidr.split('/') as [string, string];
  const number = base.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const size = 2 ** (32 - Number(prefix));
  const text = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
  return {
    name: 'admin',
    cidr,
    adminAddress,
    interface: networkInterface,
    ...(namespace && { namespace }),
    range: { first: text(number + Math.floor(size / 2)), last: text(number + size - 2) },
  };
}
