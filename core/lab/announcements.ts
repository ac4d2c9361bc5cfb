// What the lab's switch says on every port, so that machines know where they are plugged in and lose no time:
// LLDP (IEEE 802.1AB-2016 section 8), and that there is no IPv6 router here (RFC 4861 section 4.2).

import type { Child } from './program.ts';
import { start } from './program.ts';

/** A real switch says it every 30 s, and every second when somebody new speaks up. */
const everyMs = 1_000;
const timeToLiveSeconds = 120;

export type Port = { name: string; index: number };

/** Speaks on every port until it is ended; `ports` is asked each time, machines come and go. */
export async function announce(options: {
  system: string;
  mac: string;
  ports: () => readonly Port[];
  command: (argv: string[]) => string[];
  logFile: string;
}): Promise<Child> {
  const { system, mac, ports, command, logFile } = options;
  const sender = await start(command(['perl', `${import.meta.dirname}/send-frames.pl`]), logFile, 'pipe');
  const noRouter = routerAdvertisement(mac);
  const timer = setInterval(() => {
    const lines = ports().flatMap(({ name, index }) => [`${index} ${lldpFrame({ system, mac, port: name })}\n`, `${index} ${noRouter}\n`]);
    sender.process.stdin!.write(lines.join(''));
  }, everyMs);
  timer.unref();
  void sender.ended.then(() => clearInterval(timer));
  return sender;
}

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(':', ''), 'hex');

/** Hex of one frame: chassis by MAC (subtype 4), port by interface name (subtype 5), system and port names. */
export function lldpFrame({ system, mac, port }: { system: string; mac: string; port: string }): string {
  const life = Buffer.alloc(2);
  life.writeUInt16BE(timeToLiveSeconds);
  const body = Buffer.concat([
    tlv(1, Buffer.concat([Buffer.from([4]), bytesOf(mac)])),
    tlv(2, Buffer.concat([Buffer.from([5]), Buffer.from(port)])),
    tlv(3, life),
    tlv(4, Buffer.from(`port ${port}`)),
    tlv(5, Buffer.from(system)),
    tlv(6, Buffer.from('Prybar lab')),
    tlv(0, Buffer.alloc(0)),
  ]);
  // Nearest bridge: never forwarded by a switch (IEEE 802.1AB-2016 table 7-1). Ethernet's least payload is 46 bytes.
  const head = Buffer.concat([bytesOf('01:80:c2:00:00:0e'), bytesOf(mac), bytesOf('88cc')]);
  return Buffer.concat([head, body, Buffer.alloc(Math.max(0, 46 - body.length))]).toString('hex');
}

function tlv(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16BE((type << 9) | value.length);
  return Buffer.concat([head, value]);
}

/**
 * Hex of a router advertisement with a router lifetime of 0 and no prefix: changes nothing in a machine, but iPXE,
 * which waits 16 s for a router before it goes on with what DHCP told it, goes on at once.
 */
export function routerAdvertisement(mac: string): string {
  const own = bytesOf(mac);
  // Modified EUI-64 (RFC 4291 appendix A).
  const host = Buffer.concat([Buffer.from([own[0]! ^ 2]), own.subarray(1, 3), bytesOf('fffe'), own.subarray(3)]);
  const source = Buffer.concat([bytesOf('fe80000000000000'), host]);
  const target = bytesOf('ff020000000000000000000000000001');
  // Type 134, code, checksum, hop limit, flags, lifetime 0, reachable and retransmit times; then option 1, the sender's MAC.
  const message = Buffer.concat([bytesOf('86000000'), Buffer.alloc(12), bytesOf('0101'), own]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(message.length);
  const nextHeader = 58;
  message.writeUInt16BE(checksum(Buffer.concat([source, target, length, Buffer.from([0, 0, 0, nextHeader]), message])), 2);
  // Hop limit 255 proves that it comes from this link (RFC 4861 section 6.1.2).
  const ipHeader = Buffer.concat([bytesOf('60000000'), length.subarray(2), Buffer.from([nextHeader, 255]), source, target]);
  return Buffer.concat([bytesOf('33:33:00:00:00:01'), own, bytesOf('86dd'), ipHeader, message]).toString('hex');
}

/** The Internet checksum (RFC 1071). */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
