// The live feed over socket.io: wakes clients when facts change and streams the log of runs that somebody follows.
// A client that was away says how far it got and is sent what it missed.

import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { Server, type Socket } from 'socket.io';
import type { Checked } from '../model/problem.ts';
import type { Store } from '../store/store.ts';
import type { ClientToServer, ServerToClient } from './contract.ts';

// One message for everything that happens within this time.
const COALESCE_MS = 50;
const BATCH = 500;

export type LiveOptions = {
  /** Who listens; undefined: nobody who may. */
  visitor(request: IncomingMessage): Promise<Visitor | undefined>;
};

export type Visitor = {
  tenant?: string;
  /** As it is shown to this one. */
  store: Store;
  /** Whether this one may still be here: sessions end, users are switched off. */
  stays(): Promise<boolean>;
  /** The serial console of a machine. */
  console(node: string): Promise<Checked<Duplex>>;
};

const LOOKED_AFTER_MS = 30_000;
const EVERYBODY = 'site';
const roomOf = ({ tenant }: Visitor): string => (tenant === undefined ? EVERYBODY : `tenant ${tenant}`);

export function serveLive(server: HttpServer | HttpsServer, store: Store, { visitor }: LiveOptions): { close(): Promise<void> } {
  const visitors = new WeakMap<IncomingMessage, Visitor>();
  const io = new Server<ClientToServer, ServerToClient>(server, {
    path: '/api/v1/live',
    serveClient: false,
    // socket.io would accept any origin; a page of another site must not listen in with the user's cookie.
    allowRequest: (request, answer) => {
      const { origin, host } = request.headers;
      if (origin && URL.parse(origin)?.host !== host) return answer('Only pages of this admin node may listen.', false);
      visitor(request).then(
        (found) => {
          if (found) visitors.set(request, found);
          answer(found ? null : 'You are not signed in.', Boolean(found));
        },
        () => answer('The admin node failed to answer.', false),
      );
    },
  });

  /** Those of whom somebody listens now. */
  const tenants = new Map<string, Visitor>();
  let sent: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const push = async () => {
    timer = undefined;
    sent ??= await store.lastSeq();
    const changes = await store.changes(sent, BATCH);
    const last = changes.at(-1);
    if (!last) return;
    const before = sent;
    sent = last.seq;
    io.to(EVERYBODY).emit('changes', { seq: sent, changes });
    for (const [room, { store: own }] of tenants) {
      const theirs = (await own.changes(before, BATCH)).filter(({ seq }) => seq <= last.seq);
      if (theirs.length) io.to(room).emit('changes', { seq: last.seq, changes: theirs });
    }
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
    const me = visitors.get(socket.request);
    if (!me) return void socket.disconnect(true);
    const room = roomOf(me);
    void socket.join(room);
    if (me.tenant !== undefined) tenants.set(room, me);
    const looking = setInterval(() => {
      me.stays().then(
        (yes) => yes || socket.disconnect(true),
        () => socket.disconnect(true),
      );
    }, LOOKED_AFTER_MS);
    socket.once('disconnect', () => {
      clearInterval(looking);
      if (!io.sockets.adapter.rooms.has(room)) tenants.delete(room);
    });
    socket.on('resume', async (after) => {
      if (!Number.isSafeInteger(after) || after < 0) return;
      const changes = await me.store.changes(after, BATCH);
      if (changes.length) socket.emit('changes', { seq: changes.at(-1)!.seq, changes });
    });
    socket.on('follow', async (runId, after) => {
      if (!Number.isSafeInteger(runId) || !Number.isSafeInteger(after)) return;
      if (!(await me.store.run(runId))) return;
      await socket.join(`run ${runId}`);
      const events = await me.store.runEvents(runId, after);
      if (events.length) socket.emit('log', { runId, events });
    });
    socket.on('unfollow', (runId) => void socket.leave(`run ${runId}`));
    serveConsole(socket, me.console);
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

function serveConsole(socket: Socket<ClientToServer, ServerToClient>, open: Visitor['console']): void {
  let line: Duplex | undefined;
  /** Which opening is still wanted: it takes seconds, and people go back meanwhile. */
  let wanted: symbol | undefined;
  const end = () => {
    wanted = undefined;
    // Not told of it: whoever ends it knows, and may have asked for another one already.
    const leaving = line;
    line = undefined;
    leaving?.destroy();
  };
  socket.on('openConsole', async (node, answer) => {
    if (typeof node !== 'string' || typeof answer !== 'function') return;
    end();
    const opening = (wanted = Symbol(node));
    const opened = await open(node);
    if (wanted !== opening) return void (opened.ok && opened.value.destroy());
    if (!opened.ok) return answer(opened.problems);
    const mine = (line = opened.value);
    mine.on('data', (bytes: Buffer) => socket.emit('said', bytes));
    mine.on('error', () => {});
    mine.once('close', () => {
      if (line !== mine) return;
      line = undefined;
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
