// Switches a machine on over the network (AMD, "Magic Packet Technology", publication 20213): six times FF, then its MAC sixteen times,
// to everybody in its network. Nobody answers. A machine listens only where its firmware and port are set to.
//
// Run by itself, `wake-on-lan.ts BROADCAST-ADDRESS MAC…`, it sends them: in the rack's namespace, where this process is not.

import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { promisify } from 'node:util';
import { Address4 } from 'ip-address';
import type { Network } from '../model/network.ts';
import type { Namespace } from '../network/namespace.ts';

/** "Discard": whoever listens on it throws it away. */
const PORT = 9;

export async function wake(macs: readonly string[], network: Pick<Network, 'cidr'>, namespace: Pick<Namespace, 'command'>): Promise<void> {
  const everybody = new Address4(network.cidr).endAddress().address;
  const [program, ...args] = namespace.command([process.execPath, import.meta.filename, everybody, ...macs]);
  await promisify(execFile)(program!, args, { timeout: 10_000 });
}

export function magicPacket(mac: string): Buffer {
  const address = Buffer.from(mac.replaceAll(':', ''), 'hex');
  return Buffer.concat([Buffer.alloc(6, 0xff), ...Array.from({ length: 16 }, () => address)]);
}

if (import.meta.main) {
  const [everybody, ...macs] = process.argv.slice(2);
  const socket = createSocket('udp4');
  socket.bind(0, () => {
    socket.setBroadcast(true);
    let left = macs.length;
    for (const mac of macs) socket.send(magicPacket(mac), PORT, everybody, () => --left || socket.close());
  });
}
