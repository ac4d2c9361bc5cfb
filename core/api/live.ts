// The live feed over socket.io: wakes clients when facts change and streams the log of runs that somebody follows.
// A client that was away says how far it got and is sent what it missed.

import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { Server, type Socket } from 'socket.io';
import type { Checked } from '../model/problem.ts';
import type { Store } from '../store/store.ts';
import type { ClientToServer, ServerToClient } from './contract.ts';
import { origin } from './who-asks.ts';

// One message for everything that happens within this time.
const COALESCE_MS = 50;
const BATCH = 500;

export type LiveOptions = {
  /** Who listens; undefined: nobody who may. */
  visitor(request: IncomingMessage): Promise<Visitor | undefined>;
};

export type Visitor = {
  tenant?: string;
  /** Whether this one is told of changes, and of what runs say: tokens are narrowed. */
  hears: boolean;
  follows: boolean;
  /** As it is shown to this one. */
  store: Store;
  /** Whether this one may still do what it might: sessions end, users are switched off, and get other roles and tenants. */
  stays(): Promise<boolean>;
  /** Whether this one still sees this machine: it may be given to somebody else. */
  sees(node: string): Promise<boolean>;
  /** The serial console of a machine. */
  console(node: string): Promise<Checked<Duplex>>;
};

// Nobody is woken when a session ends.
const LOOKED_AFTER_MS = 5_000;
// As of any route's parameter.
const LONGEST_NAME = 300;
const EVERYBODY = 'site';
/** What a tenant has open of things that are its own, by what it is: they may be given away meanwhile. */
type Open = Map<string, () => Promise<boolean>>;
const roomOf = ({ tenant }: Visitor): string => (tenant === undefined ? EVERYBODY : `tenant ${tenant}`);

export function serveLive(server: HttpServer | HttpsServer, store: Store, { visitor }: LiveOptions): { close(): Promise<void> } {
  const visitors = new WeakMap<IncomingMessage, Visitor>();
  const io = new Server<ClientToServer, ServerToClient>(server, {
    path: '/api/v1/live',
    serveClient: false,
    // socket.io would accept any origin; a page of another site must not listen in with the user's cookie.
    allowRequest: (request, answer) => {
      if (origin(request) === 'other') return answer('Only pages of this admin node may listen.', false);
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
  const present = new Map<Socket, { me: Visitor; open: Open }>();
  /** Whoever may not stay comes back with what it may now, or does not. */
  const lookAfter = async (): Promise<void> => {
    await Promise.all(
      [...present].map(async ([socket, { me, open }]) => {
        const good = await Promise.all([me.stays(), ...[...open.values()].map((isStillOwn) => isStillOwn())]).catch(() => [false]);
        if (good.includes(false)) socket.disconnect(true);
      }),
    );
  };
  const looking = setInterval(() => void lookAfter(), LOOKED_AFTER_MS);

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
    // Nothing more is told to who had another role or tenant until now.
    if (changes.some(({ kind }) => kind === 'user')) await lookAfter();
    io.to(EVERYBODY).emit('changes', { seq: sent, changes });
    for (const [room, { store: own }] of tenants) {
      const theirs = (await own.changes(before, BATCH)).filter(({ seq }) => seq <= last.seq);
      if (theirs.length) io.to(room).emit('changes', { seq: last.seq, changes: theirs });
    }
    if (changes.length === BATCH) schedule();
  };
  let turn = Promise.resolve();
  const schedule = () => {
    timer ??= setTimeout(() => {
      turn = turn.then(push).catch(() => schedule());
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
    const open: Open = new Map();
    present.set(socket, { me, open });
    if (me.hears) void socket.join(room);
    if (me.hears && me.tenant !== undefined) tenants.set(room, me);
    socket.once('disconnect', () => {
      present.delete(socket);
      if (!io.sockets.adapter.rooms.has(room)) tenants.delete(room);
    });
    socket.on('resume', async (after) => {
      if (!me.hears || !Number.isSafeInteger(after) || after < 0) return;
      const changes = await me.store.changes(after, BATCH);
      if (changes.length) socket.emit('changes', { seq: changes.at(-1)!.seq, changes });
    });
    socket.on('follow', async (runId, after) => {
      if (!me.follows || !Number.isSafeInteger(runId) || !Number.isSafeInteger(after)) return;
      const isStillOwn = async () => Boolean(await me.store.run(runId));
      if (!(await isStillOwn())) return;
      if (me.tenant !== undefined) open.set(`run ${runId}`, isStillOwn);
      await socket.join(`run ${runId}`);
      const events = await me.store.runEvents(runId, after);
      if (events.length) socket.emit('log', { runId, events });
    });
    socket.on('unfollow', (runId) => {
      open.delete(`run ${runId}`);
      void socket.leave(`run ${runId}`);
    });
    serveConsole(socket, me, open);
  });

  return {
    async close() {
      clearTimeout(timer);
      clearInterval(looking);
      stopChanges();
      stopEvents();
      await io.close();
    },
  };
}

function serveConsole(socket: Socket<ClientToServer, ServerToClient>, me: Visitor, open: Open): void {
  let line: Duplex | undefined;
  /** Which opening is still wanted: it takes seconds, and people go back meanwhile. */
  let wanted: symbol | undefined;
  const end = () => {
    wanted = undefined;
    open.delete('console');
    // Not told of it: whoever ends it knows, and may have asked for another one already.
    const leaving = line;
    line = undefined;
    leaving?.destroy();
  };
  socket.on('openConsole', async (node, answer) => {
    if (typeof node !== 'string' || node.length > LONGEST_NAME || typeof answer !== 'function') return;
    end();
    const opening = (wanted = Symbol(node));
    const opened = await me.console(node);
    if (wanted !== opening) return void (opened.ok && opened.value.destroy());
    if (!opened.ok) return answer(opened.problems);
    const mine = (line = opened.value);
    if (me.tenant !== undefined) open.set('console', () => me.sees(node));
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
