// The two DHCP messages that finding servers takes: the question of a machine that wants to boot, and the answer to it. RFC 2131 and 2132, and
// what PXE adds (PXE 2.1, RFC 4578). Pure.

import type { DhcpOffer } from '../model/network.ts';

const HEADER = 236;
const COOKIE = 0x63825363;
const BROADCAST = 0x8000;
/** Shorter ones were refused by old BOOTP relays (RFC 1542, 2.1). */
const SHORTEST = 300;

const code = {
  router: 3,
  messageType: 53,
  server: 54,
  vendorClass: 60,
  tftpServer: 66,
  bootFile: 67,
  architecture: 93,
  interfaceType: 94,
  end: 255,
} as const;
const DISCOVER = 1;
const OFFER = 2;

/** Asked as BIOS firmware that boots over the network, so that servers that only say what to boot answer as well; the answer is wanted by broadcast. */
export function discover(transaction: number, mac: Buffer): Buffer {
  const message = Buffer.alloc(SHORTEST);
  message.writeUInt8(1, 0);
  message.writeUInt8(1, 1);
  message.writeUInt8(mac.length, 2);
  message.writeUInt32BE(transaction, 4);
  message.writeUInt16BE(BROADCAST, 10);
  mac.copy(message, 28);
  message.writeUInt32BE(COOKIE, HEADER);
  const options = [
    [code.messageType, Buffer.from([DISCOVER])],
    [code.vendorClass, Buffer.from('PXEClient:Arch:00000:UNDI:002001')],
    [code.architecture, Buffer.from([0, 0])],
    [code.interfaceType, Buffer.from([1, 2, 1])],
    [55, Buffer.from([1, code.router, code.server, code.vendorClass, code.tftpServer, code.bootFile])],
  ] as const;
  let at = HEADER + 4;
  for (const [name, value] of options) {
    at = message.writeUInt8(name, at);
    at = message.writeUInt8(value.length, at);
    at += value.copy(message, at);
  }
  message.writeUInt8(code.end, at);
  return message;
}

/** Undefined for whatever is no offer, or answers somebody else. */
export function readOffer(message: Buffer, transaction: number): DhcpOffer | undefined {
  if (message.length < HEADER + 4 || message.readUInt8(0) !== 2 || message.readUInt32BE(4) !== transaction || message.readUInt32BE(HEADER) !== COOKIE)
    return undefined;
  const options = optionsOf(message.subarray(HEADER + 4));
  if (options.get(code.messageType)?.[0] !== OFFER) return undefined;
  const server = addressIn(options.get(code.server));
  if (!server) return undefined;
  const address = addressIn(message.subarray(16, 20));
  const router = addressIn(options.get(code.router));
  const bootFile = textIn(options.get(code.bootFile)) ?? textIn(message.subarray(108, HEADER));
  const bootServer = textIn(options.get(code.tftpServer)) ?? addressIn(message.subarray(20, 24));
  return { server, ...(address && { address }), ...(router && { router }), ...(bootFile && { bootFile }), ...(bootFile && bootServer && { bootServer }) };
}

function optionsOf(bytes: Buffer): Map<number, Buffer> {
  const options = new Map<number, Buffer>();
  let at = 0;
  while (at < bytes.length && bytes[at] !== code.end) {
    if (bytes[at] === 0) {
      at++;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    options.set(bytes[at]!, bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return options;
}

/** The first of a list; none for 0.0.0.0. */
function addressIn(bytes: Buffer | undefined): string | undefined {
  if (!bytes || bytes.length < 4 || bytes.readUInt32BE(0) === 0) return undefined;
  return bytes.subarray(0, 4).join('.');
}

/** Up to its end, and nothing that a terminal or a page could take for more than text. */
function textIn(bytes: Buffer | undefined): string | undefined {
  if (!bytes) return undefined;
  const end = bytes.indexOf(0);
  return (
    bytes
      .subarray(0, end < 0 ? bytes.length : end)
      .toString('latin1')
      .replaceAll(/[^\x20-\x7e]/g, '?') || undefined
  );
}
