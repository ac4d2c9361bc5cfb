// Where a rack lives: the machine's own network, or a network namespace on it (network_namespaces(7)). The admin daemon
// stays in its own namespace and reaches into the rack's without a cable between them: sockets are made by a small child
// inside (door.ts) and handed over, so no byte is copied and no address of the rack is reachable from outside.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import { bad, type Checked, ok, problem } from '../model/problem.ts';

export type Namespace = {
  /** Absent for the machine's own network. */
  name?: string;
  /** The same command, run inside. */
  command(argv: string[]): string[];
  /** Makes `server` accept on this address and port (0: any free one). Rejects with the system's error code, EADDRINUSE say. */
  listen(server: net.Server, host: string, port: number): Promise<net.AddressInfo>;
  /** A connected socket. Rejects with the system's error code, with ETIMEDOUT after `timeoutMs`, or with the signal's reason. */
  connect(host: string, port: number, options?: ConnectOptions): Promise<net.Socket>;
  /** Ends the door. What was handed over stays open: it belongs to the caller. */
  close(): Promise<void>;
};

export type ConnectOptions = { signal?: AbortSignal | undefined /** 10 s unless told. */; timeoutMs?: number };

export type DoorRequest =
  | { id: number; kind: 'listen'; host: string; port: number }
  | { id: number; kind: 'connect'; host: string; port: number }
  | { id: number; kind: 'giveUp' };
/** Without `code` it worked and the handle comes along. */
export type DoorAnswer = { id: number; code?: string };

const connectTimeoutMs = 10_000;

/** The machine's own network. */
export function hostNamespace(): Namespace {
  return {
    command: (argv) => argv,
    listen: (server, host, port) => listening(server, () => server.listen(port, host)),
    connect: (host, port, options = {}) => {
      const socket = net.connect({ host, port, noDelay: true });
      return settle(
        new Promise<net.Socket>((resolve, reject) => {
          socket.once('connect', () => resolve(socket));
          socket.once('error', reject);
        }),
        options,
        () => socket.destroy(),
      );
    },
    close: async () => {},
  };
}

/** An existing namespace (`ip netns add NAME`). A Problem when there is none of that name or it may not be entered. */
export async function openNamespace(name: string): Promise<Checked<Namespace>> {
  const command = (argv: string[]): string[] => ['ip', 'netns', 'exec', name, ...argv];
  const refused = await new Promise<string>((resolve) => {
    const [program, ...args] = command(['true']);
    execFile(program!, args, (error, _out, err) => resolve(error ? err.trim() || error.message : ''));
  });
  if (refused) {
    return bad(problem(`The network namespace ${name} cannot be entered: ${refused}`, {}, 'Run as root, with the Debian package iproute2 installed.'));
  }
  const door = openDoor(command([process.execPath, path.join(import.meta.dirname, 'door.ts')]));
  return ok({
    name,
    command,
    listen: async (server, host, port) => {
      const handle = await door.ask('listen', host, port, {});
      return listening(server, () => server.listen(handle));
    },
    connect: async (host, port, options = {}) => {
      const socket = (await door.ask('connect', host, port, options)) as net.Socket;
      socket.setNoDelay(true);
      return socket;
    },
    close: door.close,
  });
}

type Waiting = { resolve(handle: net.Socket | net.Server): void; reject(error: Error): void };
type Door = {
  ask(kind: 'listen' | 'connect', host: string, port: number, options: ConnectOptions): Promise<net.Socket | net.Server>;
  close(): Promise<void>;
};

function openDoor(argv: string[]): Door {
  const [program, ...args] = argv;
  const child: ChildProcess = spawn(program!, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const waiting = new Map<number, Waiting>();
  let last = 0;

  child.on('message', (message, handle) => {
    const { id, code } = message as DoorAnswer;
    const asker = waiting.get(id);
    waiting.delete(id);
    // Nobody waits any more: what came must not stay open.
    if (!asker) return closeHandle(handle as net.Socket | net.Server | undefined);
    if (code || !handle) return asker.reject(systemError(code ?? 'ECONNABORTED'));
    asker.resolve(handle as net.Socket | net.Server);
  });
  void ended.then(() => {
    for (const { reject } of waiting.values()) reject(systemError('ENETDOWN'));
    waiting.clear();
  });
  // The door alone keeps no program running.
  child.unref();
  child.channel?.unref();

  return {
    ask: (kind, host, port, options) => {
      if (!child.connected) return Promise.reject(systemError('ENETDOWN'));
      const id = ++last;
      const answered = new Promise<net.Socket | net.Server>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        child.send({ id, kind, host, port } satisfies DoorRequest);
      });
      return settle(answered, options, () => {
        waiting.delete(id);
        if (child.connected) child.send({ id, kind: 'giveUp' } satisfies DoorRequest);
      });
    },
    close: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

function closeHandle(handle: net.Socket | net.Server | undefined): void {
  if (handle instanceof net.Socket) handle.destroy();
  else handle?.close();
}

/** `work`, or an error after the time or when the signal says so; then `giveUp` is called once. */
function settle<T>(work: Promise<T>, { signal, timeoutMs = connectTimeoutMs }: ConnectOptions, giveUp: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      giveUp();
      reject(error);
    };
    if (signal?.aborted) {
      work.catch(() => {});
      return fail(signal.reason as Error);
    }
    const timer = setTimeout(() => fail(systemError('ETIMEDOUT')), timeoutMs);
    const abort = (): void => fail(signal!.reason as Error);
    signal?.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    });
  });
}

function listening(server: net.Server, start: () => void): Promise<net.AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve(server.address() as net.AddressInfo);
    });
    start();
  });
}

const systemError = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });
