// The live feed over socket.io: wakes clients when facts change and streams the log of runs that somebody follows.
// A client that was away says how far it got and is sent what it missed.

import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { Server, type Socket } from 'socket.io';
import type { Checked } from '../model/problem.ts';
import type { Store } from '../store/store.ts';
import type { ClientToServer, ServerToClient } from './contract.ts';

// One message for everything that happens within this time.
const COALESCE_MS = 50;
const BATCH = 500;

export type LiveOptions = {
  allowed(request: IncomingMessage): Promise<boolean>;
  /** The serial console of a machine. */
  console(node: string): Promise<Checked<Duplex>>;
};

export function serveLive(server: HttpServer, store: Store, { allowed, console }: LiveOptions): { close(): Promise<void> } {
  const io = new Server<ClientToServer, ServerToClient>(server, {
    path: '/api/v1/live',
    serveClient: false,
    // socket.io would accept any origin; a page of another site must not listen in with the user's cookie.
    allowRequest: (request, answer) => {
      const { origin, host } = request.headers;
      if (origin && URL.parse(origin)?.host !== host) return answer('Only pages of this admin node may listen.', false);
      allowed(request).then(
        (yes) => answer(yes ? null : 'You are not signed in.', yes),
        () => answer('The admin node failed to answer.', false),
      );
    },
  });

  let sent: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const push = async () => {
    timer = undefined;
    sent ??= await store.lastSeq();
    const changes = await store.changes(sent, BATCH);
    const last = changes.at(-1);
    if (!last) return;
    sent = last.seq;
    io.emit('changes', { seq: sent, changes });
    if (changes.length === BATCH) schedule();
  };
  const schedule = () => {
    timer ??= setTimeout(() => {
      push().catch(() => schedule());
    }, COALESCE_MS);
  };
  store.lastSeq().then(
    (seq) => {
      sent ??= seq;
    },
    () => undefined,
  );
  const stopChanges = store.onChange(schedule);
  const stopEvents = store.onRunEvents((runId, events) => io.to(`run ${runId}`).emit('log', { runId, events }));

  io.on('connection', (socket) => {
    socket.on('resume', async (after) => {
      if (!Number.isSafeInteger(after) || after < 0) return;
      const changes = await store.changes(after, BATCH);
      if (changes.length) socket.emit('changes', { seq: changes.at(-1)!.seq, changes });
    });
    socket.on('follow', async (runId, after) => {
      if (!Number.isSafeInteger(runId) || !Number.isSafeInteger(after)) return;
      await socket.join(`run ${runId}`);
      const events = await store.runEvents(runId, after);
      if (events.length) socket.emit('log', { runId, events });
    });
    socket.on('unfollow', (runId) => void socket.leave(`run ${runId}`));
    serveConsole(socket, console);
  });

  return {
    async close() {
      clearTimeout(timer);
      stopChanges();
      stopEvents();
      await io.close();
    },
  };
}

function serveConsole(socket: Socket<ClientToServer, ServerToClient>, open: LiveOptions['console']): void {
  let line: Duplex | undefined;
  const end = () => {
    line?.destroy();
    line = undefined;
  };
  socket.on('openConsole', async (node, answer) => {
    if (typeof node !== 'string' || typeof answer !== 'function') return;
    end();
    const opened = await open(node);
    if (!opened.ok) return answer(opened.problems);
    // Whoever left meanwhile, or opened another one, must not hold this one.
    if (!socket.connected || line) return void opened.value.destroy();
    const mine = (line = opened.value);
    mine.on('data', (bytes: Buffer) => socket.emit('said', bytes));
    mine.on('error', () => {});
    mine.once('close', () => {
      if (line === mine) line = undefined;
      socket.emit('consoleEnded');
    });
    answer([]);
  });
  socket.on('typed', (bytes) => {
    if (bytes instanceof Uint8Array) line?.write(bytes);
  });
  socket.on('closeConsole', end);
  socket.on('disconnect', end);
}
