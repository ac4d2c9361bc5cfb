// The live connection. Its events only wake the page: whatever is shown is then read anew over HTTP, never taken from an event.
// After a break it resumes from the last sequence number it saw. Owns the socket; the frame starts it
// once somebody is signed in and stops it when that ends.

import { io, type Socket } from 'socket.io-client';
import type { ClientToServer, ServerToClient } from '../../../core/api/contract.ts';
import type { Problem } from '../../../core/model/problem.ts';

export type Connection = { state: 'connecting' | 'live' | 'lost' /** Unix ms of the last change of `state`. */; since: number };
/** What a serial console tells; after `ended` it tells nothing more. */
export type ConsoleEar = { opened(problems: Problem[]): void; said(bytes: Uint8Array): void; ended(): void };
export type ConsoleLine = { type(bytes: Uint8Array): void; close(): void };
type LogBatch = Parameters<ServerToClient['log']>[0];

/** Between two wakings, so that a busy annealer does not make the page ask without end. */
const pauseMs = 250;
/** Before asking again for a connection that the server refused or closed on purpose: socket.io does not retry those by itself. */
const refusedRetryMs = 5_000;

export class Live {
  #socket: Socket<ServerToClient, ClientToServer>;
  #wake: () => Promise<unknown>;
  #connection: Connection = { state: 'connecting', since: Date.now() };
  #watchers = new Set<() => void>();
  #followed = new Map<number, { after: () => number; take: (batch: LogBatch) => void }>();
  #started = false;
  #seq = 0;
  #dirty = false;
  #waking = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(wake: () => Promise<unknown>) {
    this.#wake = wake;
    this.#socket = io({ path: '/api/v1/live', autoConnect: false, reconnectionDelayMax: 4_000 });
  }

  /** `seq`: where the feed stood when the page was first read. Starting twice is starting once. */
  start(seq: number): void {
    if (this.#started) return;
    this.#started = true;
    this.#seq = seq;
    const socket = this.#socket;
    socket.on('connect', () => this.#connected());
    socket.on('disconnect', (reason) => {
      this.#become('lost');
      if (reason === 'io server disconnect') this.#tryLater();
    });
    socket.on('connect_error', () => {
      this.#become('lost');
      // A refusal is most often an ended session; reading anything tells, and shows the sign-in page.
      if (!socket.active) this.#tryLater();
    });
    socket.on('changes', (batch) => {
      this.#seq = batch.seq;
      if (batch.changes.length > 0) this.wake();
    });
    socket.on('log', (batch) => this.#followed.get(batch.runId)?.take(batch));
    socket.connect();
  }

  stop(): void {
    clearTimeout(this.#retry);
    this.#socket.removeAllListeners();
    this.#socket.disconnect();
    this.#started = false;
    this.#become('connecting');
  }

  /** For useSyncExternalStore. */
  watch = (tell: () => void): (() => void) => {
    this.#watchers.add(tell);
    return () => this.#watchers.delete(tell);
  };
  connection = (): Connection => this.#connection;

  /** Streams a run's log to `take`, from `after()` on, also again after a break. Returns how to stop. */
  follow(runId: number, after: () => number, take: (batch: LogBatch) => void): () => void {
    this.#followed.set(runId, { after, take });
    if (this.#socket.connected) this.#socket.emit('follow', runId, after());
    return () => {
      this.#followed.delete(runId);
      if (this.#socket.connected) this.#socket.emit('unfollow', runId);
    };
  }

  /** Opens the serial console of a machine, as soon as there is a connection; it ends with that. One at a time. */
  console(node: string, ear: ConsoleEar): ConsoleLine {
    const socket = this.#socket;
    let listening = true;
    const ask = () => void socket.emit('openConsole', node, (problems) => listening && ear.opened(problems));
    const said = (bytes: Uint8Array) => ear.said(new Uint8Array(bytes));
    const stop = () => {
      listening = false;
      socket.off('connect', ask).off('said', said).off('consoleEnded', ended).off('disconnect', ended);
    };
    const ended = () => {
      stop();
      ear.ended();
    };
    socket.on('said', said).on('consoleEnded', ended).on('disconnect', ended);
    if (socket.connected) ask();
    else socket.once('connect', ask);
    return {
      type: (bytes) => void (listening && socket.connected && socket.emit('typed', bytes)),
      close() {
        if (listening && socket.connected) socket.emit('closeConsole');
        stop();
      },
    };
  }

  /** Reads everything shown anew. Calls while that is under way are one more reading after it. */
  wake(): void {
    this.#dirty = true;
    if (!this.#waking) void this.#wakeWhileDirty();
  }

  async #wakeWhileDirty(): Promise<void> {
    this.#waking = true;
    while (this.#dirty) {
      this.#dirty = false;
      await this.#wake();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    this.#waking = false;
  }

  #connected(): void {
    const first = this.#connection.state === 'connecting';
    this.#become('live');
    this.#socket.emit('resume', this.#seq);
    for (const [runId, { after }] of this.#followed) this.#socket.emit('follow', runId, after());
    if (!first) this.wake();
  }

  #tryLater(): void {
    this.wake();
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#socket.connect(), refusedRetryMs);
  }

  #become(state: Connection['state']): void {
    if (state === this.#connection.state) return;
    this.#connection = { state, since: Date.now() };
    for (const tell of this.#watchers) tell();
  }
}
