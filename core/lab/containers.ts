// Containers as machines that are installed already: a Debian with systemd and sshd each, ready in about a second. They have an address
// on the engine's own network, and the internet where this machine has it; a place in the rack is given by lab.ts.
//
// All of them end with `stop`. A process that was killed leaves them to the next start with the same state folder, which removes them by
// their label; the note `engine.socket` there says who runs them.

import { createReadStream } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Container, ContainerCreateOptions, HostConfig } from 'dockerode';
import { bad, type Checked, ok, problem, ProblemError } from '../model/problem.ts';
import { clearOwnEngine, type Engine, engineSockets, firstProcess, openEngine } from './container-engine.ts';
import { folderTag } from './folder-tag.ts';

export type Box = {
  /** `box-1`, and the serial `PRYBAR-BOX-1`. */
  name: string;
  serial: string;
  number: number;
  /** The container's: another container is another installation. */
  id: string;
  /** On the engine's network. Absent while it does not run. */
  address?: string;
  /** `ssh-ed25519 AAAA…`, read from the container through the engine, so nobody on the network can pretend to be it. */
  hostKey: string;
  running: boolean;
  /** ISO 8601; another one means that it was restarted, and has lost what was done to its network. */
  startedAt: string;
};

export type Containers = {
  /** For people: which engine runs them. */
  engine: string;
  /** As they were last seen. */
  boxes(): Box[];
  /** Makes more of them at once. */
  add(count: number): Promise<Box[]>;
  remove(name: string): Promise<void>;
  /** Runs sh code in one, as root and through the engine; its stdout. Throws a ProblemError when it fails. */
  run(name: string, code: string, environment?: Record<string, string>): Promise<string>;
  /** Its first process in this machine's process list: the way to its network. */
  processOf(name: string): Promise<number | undefined>;
  /** Removes them all, and ends an engine that was started for them. */
  stop(): Promise<void>;
};

export type ContainersOptions = {
  /** Where an engine of our own keeps its data; also decides the label. */
  stateDir: string;
  count: number;
  image: { tar: string; digest: string };
  /** Whose key opens them, one line each. */
  publicKey: string;
  /** Lines of apt sources instead of the image's own. */
  sources?: readonly string[] | undefined;
  /** Where engines may listen, in order. */
  sockets?: readonly string[] | undefined;
  onPhase?: ((text: string) => void) | undefined;
  /** One started or ended by itself: look at `boxes()`. */
  onChange?: (() => void) | undefined;
  signal?: AbortSignal | undefined;
};

const LABEL = 'org.prybar.lab';
// Without `localhost`, engines take it for the name of an image on the internet, each in its own way.
const REPOSITORY = 'localhost/prybar/container';
const READY_SECONDS = 60;
const LOOK_AGAIN_MS = 2000;
const AT_ONCE = 4;

/** Problems: no engine answers and none can be started, or it cannot take the image. */
export async function runContainers(options: ContainersOptions): Promise<Checked<Containers>> {
  const { stateDir, image, onPhase = () => {}, onChange = () => {}, signal } = options;
  await mkdir(stateDir, { recursive: true });
  await clearContainers(stateDir);
  onPhase('looking for a container engine');
  const opened = await openEngine(stateDir, options.sockets);
  if (!opened.ok) return opened;
  const engine = opened.value;
  const { docker } = engine;
  const tag = await folderTag(stateDir);
  const boxes = new Map<string, Box & { container: Container }>();
  const ending = new AbortController();
  let following: Promise<void> | undefined;

  const make = async (number: number): Promise<void> => {
    signal?.throwIfAborted();
    const name = `box-${number}`;
    const container = await docker.createContainer(await settings(engine, `${REPOSITORY}:${image.digest}`, `prybar-${tag}-${name}`, `box${number}`, tag));
    await container.start();
    const environment = { KEY: options.publicKey, SOURCES: options.sources?.join('\n') ?? '' };
    const hostKey = (await runIn(engine, container, name, getReady, environment)).trim().split(/\s+/).slice(0, 2).join(' ');
    boxes.set(name, { name, serial: `PRYBAR-BOX-${number}`, number, id: container.id, hostKey, container, ...stateOf(await container.inspect()) });
  };
  const add = async (count: number): Promise<Box[]> => {
    const numbers = freeNumbers(new Set([...boxes.values()].map(({ number }) => number)), count);
    await allowWatches(boxes.size + count);
    const waiting = [...numbers];
    const worker = async (): Promise<void> => {
      for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) await make(number);
    };
    await all(Array.from({ length: AT_ONCE }, worker));
    return numbers.map((number) => seen(boxes.get(`box-${number}`)!));
  };

  /** Looks at each; true when something is different from before. */
  const look = async (): Promise<boolean> => {
    let changed = false;
    for (const box of boxes.values()) {
      const now = await box.container.inspect().then(stateOf, () => ({ running: false, startedAt: box.startedAt }));
      changed ||= now.running !== box.running || now.startedAt !== box.startedAt;
      delete box.address;
      Object.assign(box, now);
    }
    return changed;
  };
  // An event only wakes. When the feed breaks, the engine has gone or is restarting: what is true is found by looking again.
  const follow = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      try {
        const feed = await docker.getEvents({ filters: { type: ['container'], label: [`${LABEL}=${tag}`] }, abortSignal: ending.signal });
        for await (const _ of feed) if (await look()) onChange();
      } catch {
        // Told below.
      }
      if (ending.signal.aborted) return;
      if (await look()) onChange();
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  };

  const stop = async (): Promise<void> => {
    ending.abort();
    await following?.catch(() => {});
    boxes.clear();
    // An engine that has gone cannot remove them; its note then stays for the next start.
    await removeLabelled(engine, tag).finally(engine.stop);
    await rm(path.join(stateDir, 'engine.socket'), { force: true });
  };
  let stopping: Promise<void> | undefined;

  try {
    await writeFile(path.join(stateDir, 'engine.socket'), engine.socket);
    await removeLabelled(engine, tag);
    await takeImage(engine, image, onPhase, signal);
    if (options.count) onPhase(`starting ${options.count} containers`);
    await add(options.count);
  } catch (error) {
    await stop();
    const refusal = error as Error & { statusCode?: number };
    if (refusal.statusCode === undefined) throw error;
    return bad(problem(`${engine.title} refused: ${refusal.message}`, {}, 'Its own log says more. Another engine is tried when this one does not run.'));
  }
  following = follow();
  const find = (name: string): Box & { container: Container } => {
    const box = boxes.get(name);
    if (!box) throw new Error(`the lab has no container ${name}`);
    return box;
  };
  return ok({
    engine: engine.title,
    boxes: () => [...boxes.values()].toSorted((a, b) => a.number - b.number).map(seen),
    add,
    remove: async (name) => {
      const { container } = find(name);
      boxes.delete(name);
      await container.remove({ force: true, v: true });
    },
    run: (name, code, environment) => runIn(engine, find(name).container, name, code, environment),
    processOf: (name) => firstProcess(find(name).id),
    stop: () => (stopping ??= stop()),
  });
}

/** Removes what a process that was killed has left. Nothing to do when there is nothing. */
export async function clearContainers(stateDir: string): Promise<void> {
  const note = path.join(stateDir, 'engine.socket');
  const socket = await readFile(note, 'utf8').catch(() => undefined);
  if (socket === undefined) return;
  if (engineSockets.includes(socket)) {
    const engine = await openEngine(stateDir, [socket]);
    if (engine.ok) await removeLabelled(engine.value, await folderTag(stateDir));
  }
  await clearOwnEngine(stateDir);
  await rm(note, { force: true });
}

const seen = ({ container: _, ...box }: Box & { container: Container }): Box => box;

/** What a container of the lab is: enough for systemd and for what servers do, and no more. */
async function settings(engine: Engine, image: string, name: string, hostname: string, tag: string): Promise<ContainerCreateOptions> {
  const files = await mostOpenFiles();
  const privateCgroups = { CgroupnsMode: 'private' } as HostConfig;
  return {
    name,
    Image: image,
    Hostname: hostname,
    Cmd: ['/sbin/init'],
    // How systemd knows where it is (systemd.io/CONTAINER_INTERFACE).
    Env: ['container=docker'],
    StopSignal: 'SIGRTMIN+3',
    Labels: { [LABEL]: tag },
    HostConfig: {
      Tmpfs: { '/run': 'exec,mode=755', '/run/lock': '', '/tmp': 'exec,mode=1777' },
      // SYS_ADMIN for systemd's own mounts. Everything (`Privileged`) fails where this machine's root lacks something itself.
      CapAdd: ['SYS_ADMIN', 'NET_ADMIN', 'NET_RAW', 'NET_BROADCAST', 'SYS_PTRACE', 'SYS_NICE', 'IPC_LOCK'],
      ...privateCgroups,
      SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
      // As on a machine: with a million open files allowed, programs that close them all take a minute to start.
      Ulimits: [{ Name: 'nofile', Soft: 1024, Hard: files }, ...(engine.kind === 'podman' ? [{ Name: 'nproc', Soft: 4096, Hard: 4096 }] : [])],
      ...(engine.kind === 'podman' && { Runtime: 'runc' }),
    },
  };
}

async function mostOpenFiles(): Promise<number> {
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(await readFile('/proc/self/limits', 'utf8'))?.[1];
  return Math.min(524_288, Number(hard ?? 524_288));
}

/** Lets the admin in, and waits for sshd. Prints the host key. */
const getReady = `
printf '%s\\n' "$KEY" >/root/.ssh/authorized_keys
chmod 600 /root/.ssh/authorized_keys
if [ -n "$SOURCES" ]; then printf '%s\\n' "$SOURCES" >/etc/apt/sources.list; rm -rf /var/lib/apt/lists/*; fi
tenths=0
until systemctl -q is-active ssh.service 2>/dev/null; do
  tenths=$((tenths + 1))
  if [ "$tenths" -gt ${READY_SECONDS * 10} ]; then
    echo 'its SSH server did not start' >&2
    systemctl --no-pager list-units --failed >&2
    exit 1
  fi
  sleep 0.1
done
cat /etc/ssh/ssh_host_ed25519_key.pub
`;

async function runIn(engine: Engine, container: Container, name: string, code: string, environment: Record<string, string> = {}): Promise<string> {
  const exec = await container.exec({
    Cmd: ['/bin/sh', '-ec', code],
    Env: Object.entries(environment).map(([key, value]) => `${key}=${value}`),
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({});
  const out = new PassThrough();
  const said = new PassThrough();
  engine.docker.modem.demuxStream(stream, out, said);
  stream.once('close', () => {
    out.end();
    said.end();
  });
  const [stdout, stderr] = await Promise.all([text(out), text(said)]);
  const { ExitCode: status } = await exec.inspect();
  if (status === 0) return stdout;
  throw new ProblemError(
    problem(
      `A program in the container ${name} ended with status ${status}: ${stderr.trim().slice(-600)}`,
      { node: name },
      "Look into it: the engine's `exec` opens a shell in the container.",
    ),
    500,
  );
}

/** Imports the image unless the engine has it, and forgets former ones. */
async function takeImage(
  { docker }: Engine,
  { tar, digest }: ContainersOptions['image'],
  onPhase: (text: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const named = await docker.listImages({ filters: { reference: [REPOSITORY] } });
  const names = named.flatMap((image) => image.RepoTags ?? []);
  if (!names.some((name) => name.endsWith(`${REPOSITORY}:${digest}`))) {
    onPhase('handing the image to the container engine');
    const answer = await docker.importImage(createReadStream(tar), { repo: REPOSITORY, tag: digest, ...(signal && { abortSignal: signal }) });
    const said = await new Promise<unknown[]>((resolve, reject) =>
      docker.modem.followProgress(answer, (error, steps: unknown[]) => (error ? reject(error) : resolve(steps))),
    );
    // Podman 4.3 imports it without the name, and ends with its id.
    const id = /[0-9a-f]{64}/.exec(JSON.stringify(said.at(-1) ?? ''))?.[0];
    if (id) await docker.getImage(id).tag({ repo: REPOSITORY, tag: digest });
  }
  // One that is in use stays.
  for (const name of names)
    if (!name.endsWith(`:${digest}`))
      await docker
        .getImage(name)
        .remove()
        .catch(() => {});
}

async function removeLabelled({ docker }: Engine, tag: string): Promise<void> {
  const found = await docker.listContainers({ all: true, filters: { label: [`${LABEL}=${tag}`] } });
  await Promise.all(
    found.map(({ Id }) =>
      docker
        .getContainer(Id)
        .remove({ force: true, v: true })
        .catch((error: { statusCode?: number }) => {
          // Somebody else removes it, or has.
          if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
        }),
    ),
  );
}

type Seen = Pick<Box, 'running' | 'startedAt' | 'address'>;

function stateOf({ State, NetworkSettings }: Awaited<ReturnType<Container['inspect']>>): Seen {
  const address = Object.values(NetworkSettings.Networks)[0]?.IPAddress;
  return { running: State.Running, startedAt: State.StartedAt, ...(State.Running && address && { address }) };
}

function freeNumbers(taken: ReadonlySet<number>, count: number): number[] {
  const numbers: number[] = [];
  for (let number = 1; numbers.length < count; number++) if (!taken.has(number)) numbers.push(number);
  return numbers;
}

/** Each systemd watches a handful of files; the kernel's 128 a user are enough for twenty of them (inotify(7)). It stays raised: others may need it by then. */
async function allowWatches(count: number): Promise<void> {
  if (count <= 15) return;
  const file = '/proc/sys/fs/inotify/max_user_instances';
  const needed = 128 + count * 8;
  if (Number(await readFile(file, 'utf8')) < needed) await writeFile(file, String(needed)).catch(() => {});
}

/** All of them to their end, then the first failure: nothing goes on behind the caller's back. */
async function all(work: Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
}
