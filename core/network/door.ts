// The other side of namespace.ts: runs inside a network namespace, makes sockets there and hands them to its parent.
// It never reads or writes a byte of what goes through them.

import net from 'node:net';
import type { DoorAnswer, DoorRequest } from './namespace.ts';

const open = new Map<number, net.Socket>();

process.on('message', (request: DoorRequest) => {
  if (request.kind === 'listen') listen(request);
  if (request.kind === 'connect') connect(request);
  if (request.kind === 'giveUp') open.get(request.id)?.destroy();
});
// The parent is gone, however it went: nobody is left to hand sockets to.
process.on('disconnect', () => process.exit(0));

const answer = (message: DoorAnswer, handle?: net.Socket | net.Server, sent?: () => void): void => {
  if (process.connected) process.send!(message, handle, {}, sent);
};

function listen(request: DoorRequest & { kind: 'listen' }): void {
  const server = net.createServer({ pauseOnConnect: true });
  server.once('error', (error: NodeJS.ErrnoException) => answer({ id: request.id, code: error.code ?? error.message }));
  // Once sent, the parent holds the same socket; this copy would go on accepting beside it.
  server.listen(request.port, request.host, () => answer({ id: request.id }, server, () => server.close()));
}

function connect(request: DoorRequest & { kind: 'connect' }): void {
  const socket = net.connect({ host: request.host, port: request.port, noDelay: true });
  // Nothing may be read here: what the other side says first belongs to the parent.
  socket.pause();
  open.set(request.id, socket);
  socket.once('connect', () => answer({ id: request.id }, socket));
  socket.once('error', (error: NodeJS.ErrnoException) => answer({ id: request.id, code: error.code ?? error.message }));
  socket.once('close', () => open.delete(request.id));
}
