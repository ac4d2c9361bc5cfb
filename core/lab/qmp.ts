// Talks to a running QEMU over its monitor socket (QEMU Machine Protocol): one JSON object a line.

import net from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export type Monitor = {
  /** Sends it; what QEMU answers is not waited for. */
  tell(command: string): void;
  /** Why the guest stopped, `guest-reset` or `guest-shutdown` say; undefined when QEMU ended without a word. */
  stopReason(): string | undefined;
  close(): void;
};

const attempts = 100;

/** Undefined when QEMU ended before its monitor was there. */
export async function openMonitor(socketPath: string, alive: () => boolean): Promise<Monitor | undefined> {
  for (let attempt = 0; attempt < attempts && alive(); attempt++) {
    const socket = await connect(socketPath);
    if (socket) return monitorOn(socket);
    await sleep(50);
  }
  return undefined;
}

function connect(socketPath: string): Promise<net.Socket | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect(socketPath);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

function monitorOn(socket: net.Socket): Monitor {
  let reason: string | undefined;
  socket.on('error', () => {});
  createInterface(socket)
    // It passes on what its socket says: QEMU may end while it is being talked to, and that is seen elsewhere.
    .on('error', () => {})
    .on('line', (line) => {
      const message = JSON.parse(line) as { event?: string; data?: { reason?: string } };
      if (message.event === 'SHUTDOWN') reason = message.data?.reason;
    });
  const tell = (command: string): void => void socket.write(`${JSON.stringify({ execute: command })}\n`);
  tell('qmp_capabilities');
  return { tell, stopReason: () => reason, close: () => socket.destroy() };
}
