// The live feed over socket.io: wakes clients when facts change and streams the log of runs that somebody follows.
// A client that was away says how far it got and is sent what it missed.

import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { Server } from 'socket.io';
import type { Store } from '../store/store.ts';
import type { ClientToServer, ServerToClient } from './contract.ts';

// One message for everything that happens within this time.
const COALESCE_MS = 50;
const BATCH = 500;

export function serveLive(server: HttpServer, store: Store, allowed: (request: IncomingMessage) => Promise<boolean>): { close(): Promise<void> } {
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
