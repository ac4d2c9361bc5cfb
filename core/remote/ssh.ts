// A node over SSH (RFC 4253, 4254): one connection, kept while it is used, for several programs at once. The only place that knows ssh2,
// but for keys.ts. Another host key than the pinned one is refused before anything is sent.

import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import ssh2, { type Client, type ClientChannel } from 'ssh2';
import { type Problem, problem } from '../model/problem.ts';
import { fingerprintOf, keyBytes, keyType } from './keys.ts';
import { codeOfSignal, launched, launcher, QUIET_AFTER_EXIT_MS, quietTimer, stopper } from './launch.ts';
import type { Remote, RunEnd, RunOptions } from './remote.ts';

export type SshPoolOptions = {
  /** The admin's, OpenSSH format. */
  privateKey: string;
  /** Opens the TCP connection, because the rack may be in another network namespace. Must give up by itself. */
  connect(host: string, port: number): Promise<Socket>;
  /** Words before a command that is to run where `connect` opens its connections; none when absent. */
  inside?(): readonly string[];
  /** How long an unused connection is kept. */
  idleMs?: number;
};

export type SshTarget = {
  /** Name for messages. */
  node: string;
  host: string;
  /** 22 when absent. */
  port?: number;
  /** `ssh-ed25519 AAAA…`, as pinned when the system reported itself. */
  hostKey: string;
};

export type SshPool = {
  remoteFor(target: SshTarget): Remote;
  close(): void;
};

// sshd's MaxSessions is 10; two are left for stopping programs and for people.
const MOST_CHANNELS = 8;
const IDLE_MS = 60_000;
const HANDSHAKE_MS = 20_000;
const GOODBYE_MS = 2000;
const REFUSED_MS = 10_000;
const REFUSED_PAUSE_MS = 200;
// A peer that answers none of three is gone: noticed after 20 s at most.
const KEEPALIVE = { keepaliveInterval: 5000, keepaliveCountMax: 3 };

/** One connection a node, whoever asks for it. */
export function sshPool(options: SshPoolOptions): SshPool {
  const connections = new Map<string, Connection>();
  return {
    remoteFor(target) {
      const key = JSON.stringify([target.host, target.port ?? 22, target.hostKey]);
      return {
        run(program, runOptions) {
          const known = connections.get(key);
          if (known) return known.run(program, runOptions);
          const made = openConnection(target, options, () => {
            if (connections.get(key) === made) connections.delete(key);
          });
          connections.set(key, made);
          return made.run(program, runOptions);
        },
        close: () => connections.get(key)?.close(),
        reach: { host: target.host, port: target.port ?? 22, hostKey: target.hostKey, privateKey: options.privateKey, inside: options.inside?.() ?? [] },
      };
    },
    close: () => {
      for (const connection of connections.values()) connection.close();
    },
  };
}

type Connection = { run(program: string, options: RunOptions): Promise<RunEnd>; close(): void };

/**
 * A connection lives from its first run until it has been idle for a while, breaks, or is closed. `onGone` is called when its end begins,
 * and may be called again; the next run then opens another.
 */
function openConnection(target: SshTarget, options: SshPoolOptions, onGone: () => void): Connection {
  const { node } = target;
  const client = new ssh2.Client();
  const idle = quietTimer(options.idleMs ?? IDLE_MS, () => leave());
  const waiting: ((slot: boolean) => void)[] = [];
  let busy = 0;
  let gone: Problem | undefined;
  const closing = new AbortController();
  const ready = handshake(client, target, options, closing.signal, (why) => {
    gone ??= why;
    idle.stop();
    onGone();
    for (const refuse of waiting.splice(0)) refuse(false);
  });
  // Should the run that opened it be stopped before it begins, nobody uses it.
  void ready.then(() => {
    if (busy === 0 && !gone) idle.touch();
  });

  return {
    async run(program, runOptions) {
      await ready;
      const slot = !gone && (await takeSlot(runOptions.signal));
      if (!slot) return { kind: 'lost', problem: gone ?? problem(`The run was stopped before it began on ${node}.`, { node }) };
      try {
        return await runOver(client, program, runOptions, node, () => gone);
      } finally {
        freeSlot();
      }
    },
    close: () => {
      closing.abort();
      leave();
    },
  };

  // A busy machine takes its time to answer a goodbye, and who comes meanwhile must not be sent away.
  function leave(): void {
    onGone();
    part(client);
  }

  function takeSlot(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    idle.stop();
    if (busy < MOST_CHANNELS) {
      busy++;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const give = (slot: boolean): void => {
        signal.removeEventListener('abort', leave);
        resolve(slot);
      };
      const leave = (): void => {
        waiting.splice(waiting.indexOf(give), 1);
        resolve(false);
      };
      signal.addEventListener('abort', leave, { once: true });
      waiting.push(give);
    });
  }

  function freeSlot(): void {
    const next = waiting.shift();
    if (next) return next(true);
    busy--;
    if (busy === 0 && !gone) idle.touch();
  }
}

// Whoever has vanished without a word never answers our goodbye, and the kernel would wait a quarter of an hour for it.
function part(client: Client): void {
  client.end();
  setTimeout(() => client.destroy(), GOODBYE_MS).unref();
}

/** Resolves when the connection can be used or never will; `onEnd` says why it came to its end, once. */
function handshake(client: Client, target: SshTarget, options: SshPoolOptions, closing: AbortSignal, onEnd: (why: Problem) => void): Promise<void> {
  const { node, host, port = 22, hostKey } = target;
  const place = `${host}:${port}`;
  let why: Problem | undefined;
  return new Promise((resolve) => {
    const end = (problem: Problem): void => {
      why ??= problem;
      onEnd(why);
      resolve();
    };
    client.on('ready', () => {
      // Without it each small answer waits for an acknowledgement (22 commands a second instead of 400).
      client.setNoDelay(true);
      resolve();
    });
    client.on('error', (error) => {
      why ??= explain(error, node, place);
    });
    client.on('close', () =>
      end(problem(`The connection to ${node} (${place}) was lost.`, { node }, 'Check whether the machine is up and its network works.')),
    );
    options.connect(host, port).then(
      (sock) => {
        if (closing.aborted) {
          sock.destroy();
          return end(problem(`The connection to ${node} was closed before it was made.`, { node }));
        }
        client.connect({
          sock,
          username: 'root',
          privateKey: options.privateKey,
          readyTimeout: HANDSHAKE_MS,
          ...KEEPALIVE,
          algorithms: { serverHostKey: hostKeyAlgorithms(keyType(hostKey)) },
          hostVerifier: (shown: Buffer) => {
            const known = shown.equals(keyBytes(hostKey));
            if (!known) why = strangeKey(node, place, shown, hostKey);
            return known;
          },
        });
      },
      (error: Error) =>
        end(
          problem(
            `${node} (${place}) cannot be reached: ${error.message}.`,
            { node },
            'Check whether the machine is up, and its address and network; it is tried again by itself.',
          ),
        ),
    );
  });
}

// Only the pinned kind is asked for, so that a server with several keys shows that one.
function hostKeyAlgorithms(type: string): ssh2.ServerHostKeyAlgorithm[] {
  return (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type]) as ssh2.ServerHostKeyAlgorithm[];
}

const strangeKey = (node: string, place: string, shown: Buffer, pinned: string): Problem =>
  problem(
    `${node} (${place}) shows the host key ${fingerprintOf(shown)}, but ${fingerprintOf(pinned)} is pinned for it.`,
    { node },
    'If it was installed anew without Prybar, forget the node and let it be discovered again. If not, another machine answers in its place: find it before going on.',
  );

function explain(error: Error & { level?: string }, node: string, place: string): Problem {
  switch (error.level) {
    case 'client-authentication':
      return problem(
        `${node} (${place}) does not accept the admin's SSH key.`,
        { node },
        "Put the admin's public key into /root/.ssh/authorized_keys there, or install the machine again.",
      );
    case 'client-timeout':
      return problem(`${node} (${place}) stopped answering.`, { node }, 'Check whether the machine is up and its network works.');
    default:
      return problem(
        `The SSH connection to ${node} (${place}) failed: ${error.message}.`,
        { node },
        'Check whether the machine is up and its SSH server works.',
      );
  }
}

function runOver(client: Client, program: string, options: RunOptions, node: string, gone: () => Problem | undefined): Promise<RunEnd> {
  return new Promise((resolve) => {
    const mark = `prybar-run-${randomUUID()}`;
    const patience = Date.now() + REFUSED_MS;
    const begin = (): void => {
      const lost = gone();
      if (lost) return resolve({ kind: 'lost', problem: lost });
      exec(client, `${launcher} ${mark}`, (error: (Error & { reason?: unknown }) | undefined, channel) => {
        if (!error) return follow(channel, program, options, node, (signal) => killMarked(client, mark, signal), gone, resolve);
        // Nothing has begun. A busy sshd counts programs that have ended until it comes to look after them, and refuses more than its MaxSessions.
        if (error.reason !== undefined && !gone() && !options.signal.aborted && Date.now() < patience) return void setTimeout(begin, REFUSED_PAUSE_MS);
        resolve({
          kind: 'lost',
          problem:
            gone() ??
            (error.reason === undefined
              ? lostOn(node)
              : problem(
                  `${node} refused to start a program: ${error.message}.`,
                  { node },
                  'Check the SSH server of the machine: MaxSessions, and whether root may run commands.',
                )),
        });
      });
    };
    begin();
  });
}

const lostOn = (node: string): Problem => problem(`The connection to ${node} was lost.`, { node }, 'Check whether the machine is up and its network works.');

// On a connection that has begun to end ssh2 throws, instead of telling whoever waits for the answer.
function exec(client: Client, command: string, tell: ssh2.ClientCallback): void {
  try {
    client.exec(command, tell);
  } catch (error) {
    tell(error as Error, undefined as never);
  }
}

// sshd forwards signals only to users other than root (`session_signal_req`), so another program looks for the mark in the
// process list and signals the group it leads. The brackets keep it from finding itself.
function killMarked(client: Client, mark: string, signal: 'TERM' | 'KILL'): void {
  const search = `grep -ls '[p]${mark.slice(1)}' /proc/[0-9]*/cmdline`;
  exec(
    client,
    `sh -c '${search.replaceAll("'", `'\\''`)} | while IFS=/ read -r _ _ pid _; do kill -s ${signal} -- "-$pid"; done 2>/dev/null'`,
    (error, channel) => {
      if (!error) channel.resume().on('error', () => {});
    },
  );
}

function follow(
  channel: ClientChannel,
  program: string,
  options: RunOptions,
  node: string,
  kill: (signal: 'TERM' | 'KILL') => void,
  gone: () => Problem | undefined,
  resolve: (end: RunEnd) => void,
): void {
  let code: number | undefined;
  const settle = (): void => {
    stop.done();
    quiet.stop();
    channel.removeAllListeners('data').resume();
    if (stop.why() === 'timeout')
      return resolve({
        kind: 'lost',
        problem: problem(
          `The program on ${node} took longer than ${Math.round(options.timeoutMs / 1000)} s and was stopped.`,
          { node },
          'Look in the log for what it waited for.',
        ),
      });
    if (code !== undefined) return resolve({ kind: 'exited', code });
    resolve({
      kind: 'lost',
      problem: gone() ?? lostOn(node),
    });
  };
  const quiet = quietTimer(QUIET_AFTER_EXIT_MS, () => {
    channel.close();
    settle();
  });
  const stop = stopper(options.signal, options.timeoutMs, {
    kill,
    forget: () => {
      channel.close();
      settle();
    },
  });
  // Unread output would block the program.
  channel.on('data', (chunk: Buffer) => {
    if (code !== undefined) quiet.touch();
    options.onOutput(chunk);
  });
  channel.stderr.on('data', (chunk: Buffer) => {
    if (code !== undefined) quiet.touch();
    options.onError(chunk);
  });
  channel.on('exit', (status: number | null, signal?: string) => {
    code = status ?? codeOfSignal(signal ?? '');
    quiet.touch();
  });
  // Without an exit status before it, this is how a broken connection looks.
  channel.on('close', settle);
  channel.on('error', () => {});
  channel.end(launched(program));
}
