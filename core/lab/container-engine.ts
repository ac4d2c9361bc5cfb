// The engine that runs the lab's containers: Docker or Podman where one answers, else a Docker of the lab's own, with its socket, data,
// bridge and processes apart from everything else. What the containers are is containers.ts's business.
//
// An engine of our own lives in a process namespace: when this process ends, however it ends, the kernel ends the engine with all its
// containers. Its bridge, its rule for addresses and its folder in /run are named after the state folder, so the next start clears them.

import { access, mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type Docker from 'dockerode';
import { bad, type Checked, ok, problem, ProblemError } from '../model/problem.ts';
import { folderTag } from './folder-tag.ts';
import { type Child, run, start } from './program.ts';

export type Engine = {
  docker: Docker;
  /** For people: `Docker 20.10.24 at /run/docker.sock`. */
  title: string;
  kind: 'docker' | 'podman';
  socket: string;
  /** Ends an engine of our own; leaves others alone. */
  stop(): Promise<void>;
};

/** Where the engines of a machine listen. */
export const engineSockets: readonly string[] = ['/run/docker.sock', '/run/podman/podman.sock'];

const ANSWER_MS = 3000;
const START_MS = 30_000;

/** The first engine that answers, else one of our own. Problems: none answers and none can be started. */
export async function openEngine(stateDir: string, sockets = engineSockets): Promise<Checked<Engine>> {
  for (const socket of sockets) {
    const engine = await answering(socket, async () => {});
    if (engine) return ok(engine);
  }
  if (!(await exists('/usr/sbin/dockerd'))) {
    return bad(
      problem('There is no container engine: neither Docker nor Podman answers, and Docker is not installed.', {}, 'Install it: apt-get install docker.io'),
    );
  }
  if (process.getuid?.() !== 0) return bad(problem('Starting a container engine needs root.', {}, 'Run this as root.'));
  return startOwnEngine(stateDir);
}

async function answering(socket: string, stop: () => Promise<void>): Promise<Engine | undefined> {
  if (!(await exists(socket))) return undefined;
  // Loaded when it is needed: it takes a tenth of a second.
  const { default: Client } = await import('dockerode');
  const docker = new Client({ socketPath: socket });
  try {
    const version = (await within(ANSWER_MS, docker.version())) as { Version: string; Components?: { Name: string }[] };
    const kind = version.Components?.some(({ Name }) => /podman/i.test(Name)) ? 'podman' : 'docker';
    return { docker, kind, socket, stop, title: `${kind === 'podman' ? 'Podman' : 'Docker'} ${version.Version.replace(/[+~].*/, '')} at ${socket}` };
  } catch {
    return undefined;
  }
}

async function startOwnEngine(stateDir: string): Promise<Checked<Engine>> {
  const own = ownParts(await folderTag(stateDir));
  await clearOwnEngine(stateDir);
  await mkdir(own.folder, { recursive: true });
  let child: Child | undefined;
  const stop = async (): Promise<void> => {
    await child?.kill();
    await clearOwnEngine(stateDir);
  };
  try {
    const subnet = await freeSubnet();
    await run(['ip', 'link', 'add', own.bridge, 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0']);
    await run(['ip', 'addr', 'add', `${subnet}.1/24`, 'dev', own.bridge]);
    await run(['ip', 'link', 'set', own.bridge, 'up']);
    await openToOutside(own, subnet);
    await writeFile(path.join(own.folder, 'daemon.json'), '{}');
    child = await start(
      [
        'unshare',
        '--mount',
        '--pid',
        '--fork',
        '--kill-child',
        '--mount-proc',
        'dockerd',
        '--host',
        `unix://${own.socket}`,
        '--config-file',
        path.join(own.folder, 'daemon.json'),
        '--data-root',
        path.join(stateDir, 'engine'),
        '--exec-root',
        path.join(own.folder, 'exec'),
        '--pidfile',
        path.join(own.folder, 'pid'),
        // The network is made above: dockerd's own rules would outlive it, and close this machine's forwarding to others.
        '--bridge',
        own.bridge,
        '--iptables=false',
        '--ip6tables=false',
        '--ip-forward=false',
        '--userland-proxy=false',
        '--exec-opt',
        'native.cgroupdriver=cgroupfs',
        '--cgroup-parent',
        `/${own.name}`,
        '--log-level',
        'warn',
      ],
      path.join(stateDir, 'engine.log'),
    );
    let ended: number | string | undefined;
    void child.ended.then((status) => {
      ended = status;
    });
    for (const deadline = Date.now() + START_MS; Date.now() < deadline && ended === undefined; await pause(100)) {
      const engine = await answering(own.socket, stop);
      if (engine) return ok(engine);
    }
    const said = (await readFile(path.join(stateDir, 'engine.log'), 'utf8')).trim().split('\n').slice(-3).join('\n');
    await stop();
    return bad(
      problem(
        `A container engine could not be started${ended === undefined ? ` within ${START_MS / 1000} s` : ` (status ${ended})`}: ${said}`,
        {},
        `Its messages are in ${path.join(stateDir, 'engine.log')}.`,
      ),
    );
  } catch (error) {
    await stop();
    throw error;
  }
}

type OwnParts = { name: string; folder: string; socket: string; bridge: string; table: string };

// An interface's name has 15 characters at most, a socket's path 107.
const ownParts = (tag: string): OwnParts => {
  const folder = `/run/prybar-${tag}`;
  return { name: `prybar-${tag}`, folder, socket: path.join(folder, 'engine.sock'), bridge: `pbx-${tag}`, table: `prybar_${tag}` };
};

/** Removes what an engine of our own leaves behind when it is killed. Nothing to do when there was none. */
export async function clearOwnEngine(stateDir: string): Promise<void> {
  const own = ownParts(await folderTag(stateDir));
  if (await exists(`/sys/class/net/${own.bridge}`)) await run(['ip', 'link', 'del', own.bridge]);
  if (!(await exists(own.folder))) return;
  await run(['nft', 'delete', 'table', 'ip', own.table]).catch(() => {});
  await closeForwarding(own);
  for (const parent of ['', ...(await readdir('/sys/fs/cgroup'))]) await removeCgroup(path.join('/sys/fs/cgroup', parent, own.name));
  await rm(own.folder, { recursive: true, force: true });
}

/** Containers reach what this machine reaches, under its address; nobody outside reaches them. Without nft they have no internet. */
async function openToOutside(own: OwnParts, subnet: string): Promise<void> {
  const file = path.join(own.folder, 'rules.nft');
  await writeFile(
    file,
    `table ip ${own.table} {
  chain postrouting { type nat hook postrouting priority 100; ip saddr ${subnet}.0/24 oifname != "${own.bridge}" masquerade; }
  chain forward { type filter hook forward priority 0; oifname "${own.bridge}" iifname != "${own.bridge}" ct state != { established, related } drop; }
}
`,
  );
  await run(['nft', '-f', file]).catch(() => {});
  if ((await readFile(FORWARDING, 'utf8')).trim() !== '0') return;
  await writeFile(path.join(own.folder, 'forwarding-was-off'), '');
  await writeFile(FORWARDING, '1');
}

const FORWARDING = '/proc/sys/net/ipv4/ip_forward';

/** Whoever switched forwarding on leaves a note; the last of them switches it off. */
async function closeForwarding(own: OwnParts): Promise<void> {
  const note = path.join(own.folder, 'forwarding-was-off');
  if (!(await exists(note))) return;
  const others = (await readdir('/run')).filter((name) => /^prybar-[0-9a-f]{8}$/.test(name) && name !== own.name);
  if (others.length) await writeFile(path.join('/run', others[0]!, 'forwarding-was-off'), '');
  else await writeFile(FORWARDING, '0');
}

// cgroups(7): only empty ones can be removed, the inner ones first.
async function removeCgroup(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeCgroup(path.join(folder, entry.name));
  if (entries.length) await rmdir(folder).catch(() => {});
}

/** The first three octets of a /24 that nothing on this machine uses. */
async function freeSubnet(): Promise<string> {
  type Route = { dst: string };
  const routes = (JSON.parse(await run(['ip', '-j', '-4', 'route', 'show', 'table', 'all'])) as Route[])
    .map(({ dst }) => dst)
    .filter((dst) => /^[0-9./]+$/.test(dst));
  for (let third = 0; third < 256; third++) {
    const subnet = `10.213.${third}`;
    if (!routes.some((route) => overlaps(route, `${subnet}.0/24`))) return subnet;
  }
  throw new ProblemError(
    problem('All of 10.213.0.0/16 is in use here, so that there is no network for containers.', {}, 'Stop labs that are no longer needed.'),
    500,
  );
}

function overlaps(one: string, other: string): boolean {
  const [a, b] = [one, other].map((cidr) => {
    const [address, length = '32'] = cidr.split('/') as [string, string?];
    return { number: address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0), length: Number(length) };
  }) as [{ number: number; length: number }, { number: number; length: number }];
  const size = 2 ** (32 - Math.min(a.length, b.length));
  return Math.floor(a.number / size) === Math.floor(b.number / size);
}

/** The first process of a container in this machine's own process list: an engine in a process namespace counts otherwise. */
export async function firstProcess(containerId: string): Promise<number | undefined> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const cgroup = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
    if (!cgroup.includes(containerId)) continue;
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    if (/^NSpid:.*\t1$/m.test(status)) return Number(pid);
  }
  return undefined;
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
