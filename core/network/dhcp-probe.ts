// Runs inside the network where machines boot: asks it for an address as a machine would, prints each answer as a line of JSON, and takes none of
// them. Started by network-check.ts with the admin's own address there and how long to listen, in ms.

import { randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import { discover, readOffer } from './dhcp-message.ts';

const SERVER_PORT = 67;
const CLIENT_PORT = 68;
// One question may be lost; a server that has answered is not told twice.
const ASK_EVERY_MS = 1000;

const [, , own = '', listenMs = '3000'] = process.argv;
const transaction = randomBytes(4).readUInt32BE(0);
// Administered locally, so that it is nobody's (IEEE 802, the second bit of the first octet).
const mac = Buffer.concat([Buffer.from([0x02]), randomBytes(5)]);
const said = new Set<string>();

// Answers come by broadcast, which a socket that is bound to an address does not hear; and bound to one, a broadcast leaves through its interface.
const ears = dgram.createSocket({ type: 'udp4', reuseAddr: true });
const mouth = dgram.createSocket({ type: 'udp4', reuseAddr: true });
ears.on('message', (message) => {
  const offer = readOffer(message, transaction);
  const line = offer && JSON.stringify(offer);
  if (!line || said.has(line)) return;
  said.add(line);
  process.stdout.write(`${line}\n`);
});
for (const socket of [ears, mouth])
  socket.on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });

ears.bind(CLIENT_PORT, '0.0.0.0', () => {
  mouth.bind(CLIENT_PORT, own, () => {
    mouth.setBroadcast(true);
    const ask = () => mouth.send(discover(transaction, mac), SERVER_PORT, '255.255.255.255');
    ask();
    setInterval(ask, ASK_EVERY_MS);
    setTimeout(() => process.exit(0), Number(listenMs));
  });
});
