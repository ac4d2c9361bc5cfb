// How fast a role of 20 resources converges on many machines at once, on the first run and on one that changes nothing, beside
// ansible-playbook and pyinfra doing the same resources over the same SSH servers with as many at once; and on one machine beside a bare
// `ssh node true`, which anything over SSH must at least do. The machines are addresses of loopback behind real sshd, each with a folder of
// its own, so that nothing here depends on a network.

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { evaluate, parseYaml, render } from '../../core/catalog/catalog.ts';
import { problemText } from '../../core/model/problem.ts';
import type { RecipeItem } from '../../core/model/recipe.ts';
import { compile, readReport } from '../../core/recipes/compile.ts';
import { type SshPool, sshPool } from '../../core/remote/ssh.ts';
import { connectTo, sshdMissing, startSshd, type TestSshd } from '../../core/remote/sshd-for-tests.ts';
import type { Bench } from './main.ts';
import { ansibleFiles, PYINFRA_DEPLOY, pyinfraInventory, RECIPE } from './converge-roles.ts';

/** What the admin node does at the same time, and what the others are told to. */
const AT_ONCE = 50;
const ADDRESSES_EACH = 16;
const RUNS_OF_ONE = 15;
const PYINFRA = '/var/cache/prybar/pyinfra';

export type Endpoint = { name: string; host: string; port: number; hostKey: string; folder: string };

export const converge: Bench = async ({ progress, sizes = [20, 50, 100] }) => {
  const missing = sshdMissing() ?? (existsSync('/usr/bin/ansible-playbook') ? undefined : 'ansible-core is not installed: apt-get install ansible-core');
  if (missing) return { figures: {}, ratios: {}, notes: [`skipped: ${missing}`] };
  const pyinfra = await findPyinfra(progress);
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-converge-'));
  const figures: Record<string, number> = {};
  const ratios: Record<string, number> = {};
  let servers: TestSshd[] = [];
  try {
    servers = await startServers(Math.max(...sizes));
    for (const size of sizes) Object.assign(figures, await measureMany(servers, folder, size, pyinfra.program, progress));
    for (const size of sizes) {
      const [ours, ansible, others] = [figures[`ours again ${size} (s)`]!, figures[`ansible again ${size} (s)`]!, figures[`pyinfra again ${size} (s)`]];
      ratios[`ansible / ours, nothing to do, ${size}`] = ansible / ours;
      ratios[`ansible / ours, first run, ${size}`] = figures[`ansible first ${size} (s)`]! / figures[`ours first ${size} (s)`]!;
      if (others) ratios[`pyinfra / ours, nothing to do, ${size}`] = others / ours;
    }
    progress('one machine');
    Object.assign(figures, await measureOne(servers[0]!, folder));
    ratios['ours / bare ssh, one machine'] = figures['one machine, nothing to do (ms)']! / figures['bare ssh node true (ms)']!;
    ratios['ours / bare ssh, connected'] = figures['one machine, connected (ms)']! / figures['bare ssh node true (ms)']!;
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
  return { figures, ratios, ...(pyinfra.reason && { notes: [pyinfra.reason] }) };
};

async function startServers(most: number): Promise<TestSshd[]> {
  const addresses = Array.from({ length: most }, (_, i) => `127.0.1.${i + 1}`);
  const servers: TestSshd[] = [];
  for (let i = 0; i < most; i += ADDRESSES_EACH) servers.push(await startSshd(addresses.slice(i, i + ADDRESSES_EACH)));
  return servers;
}

function endpointsIn(servers: TestSshd[], folder: string, size: number): Endpoint[] {
  return Array.from({ length: size }, (_, i) => {
    const { port, hostKey } = servers[Math.floor(i / ADDRESSES_EACH)]!;
    const own = path.join(folder, `n${i + 1}`);
    mkdirSync(own, { recursive: true });
    return { name: `n${i + 1}`, host: `127.0.1.${i + 1}`, port, hostKey, folder: own };
  });
}

async function measureMany(servers: TestSshd[], folder: string, size: number, pyinfra: string | undefined, progress: (step: string) => void) {
  const figures: Record<string, number> = {};
  const fresh = (who: string): { home: string; endpoints: Endpoint[] } => {
    const home = path.join(folder, `${who}-${size}`);
    mkdirSync(home);
    return { home, endpoints: endpointsIn(servers, path.join(home, 'machines'), size) };
  };
  const measure = async (who: string, run: () => Promise<unknown>): Promise<void> => {
    for (const turn of ['first', 'again']) {
      progress(`${size} machines, ${who} ${turn}`);
      figures[`${who} ${turn} ${size} (s)`] = (await timed(run)) / 1000;
    }
  };

  const ours = fresh('ours');
  const pools = poolsFor(servers, ours.endpoints);
  let changed = 0;
  await measure('ours', async () => {
    changed = await applyEverywhere(pools, ours.endpoints);
  });
  if (changed) throw new Error(`the second run of ours changed ${changed} resources`);
  for (const { pool } of pools.values()) pool.close();

  const ansible = fresh('ansible');
  const { argv, environment } = ansibleFiles(ansible.home, ansible.endpoints, keyFiles(servers, ansible.home), AT_ONCE);
  let said = '';
  await measure('ansible', async () => {
    said = await output(argv, environment);
  });
  if (!/changed=0 /.test(said) || /changed=[1-9]|failed=[1-9]|unreachable=[1-9]/.test(said)) throw new Error(`ansible did not converge:\n${said.slice(-2000)}`);

  if (pyinfra) {
    const peer = fresh('pyinfra');
    writeFileSync(path.join(peer.home, 'inventory.py'), pyinfraInventory(peer.endpoints, keyFiles(servers, peer.home)));
    writeFileSync(path.join(peer.home, 'deploy.py'), PYINFRA_DEPLOY);
    await measure('pyinfra', async () => {
      said = await output([pyinfra, '-y', '--parallel', String(AT_ONCE), 'inventory.py', 'deploy.py'], { HOME: peer.home }, peer.home);
    });
  }
  // All of them did the same.
  for (const who of ['ours', 'ansible', ...(pyinfra ? ['pyinfra'] : [])]) {
    const last = path.join(folder, `${who}-${size}`, 'machines', `n${size}`);
    const made = readdirSync(last, { recursive: true }).filter((name) => !/^(run|state)/.test(String(name)));
    if (made.length !== 18 || readFileSync(path.join(last, 'conf/app-7.conf'), 'utf8') !== `name = n${size}\nnumber = 7\n`)
      throw new Error(`${who} left ${made.length} files: ${made.join(' ')}`);
  }
  return figures;
}

type Pools = Map<string, { pool: SshPool; endpoint: Endpoint }>;

// One pool for all machines of a server, for each server has a key of its own.
function poolsFor(servers: TestSshd[], endpoints: Endpoint[]): Pools {
  const made = servers.map((server) => sshPool({ privateKey: server.privateKey, connect: connectTo }));
  return new Map(endpoints.map((endpoint) => [endpoint.name, { endpoint, pool: made[servers.findIndex((server) => server.port === endpoint.port)]! }]));
}

/** From the recipe as its author wrote it to the last outcome; the resources that changed. */
async function applyEverywhere(pools: Pools, endpoints: Endpoint[]): Promise<number> {
  const waiting = [...endpoints];
  let changed = 0;
  const worker = async (): Promise<void> => {
    for (let endpoint = waiting.shift(); endpoint; endpoint = waiting.shift()) changed += await applyTo(pools.get(endpoint.name)!.pool, endpoint);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return changed;
}

const parsed = parseYaml(RECIPE, 'recipe.yml');
const items = (parsed.ok ? parsed.value : []) as RecipeItem[];

async function applyTo(pool: SshPool, endpoint: Endpoint): Promise<number> {
  const compiled = compile({
    name: `bench on ${endpoint.name}`,
    source: { file: 'roles/bench/recipe.yml', items, lines: items.map((_, i) => i + 1) },
    scope: {
      attributes: { folder: endpoint.folder },
      node: { id: endpoint.name, name: endpoint.name, pool: 'p', platform: 'debian-12', addresses: {}, macs: [], nics: [] },
      inputs: {},
      secrets: {},
      roleNodes: {},
      site: {},
    },
    platform: 'debian-12',
    mode: 'apply',
    render,
    evaluate,
    readFile: () => {
      throw new Error('the recipe has no files');
    },
    // A lock of its own: these machines are all this one.
    folders: { run: path.join(endpoint.folder, 'run'), state: path.join(endpoint.folder, 'state') },
  });
  if (!compiled.ok) throw new Error(compiled.problems.map(problemText).join('\n'));
  const report = readReport({ ...compiled.value, onEvent: () => {} });
  const end = await pool
    .remoteFor({ node: endpoint.name, host: endpoint.host, port: endpoint.port, hostKey: endpoint.hostKey })
    .run(compiled.value.program, { signal: report.tooMuch, timeoutMs: 120_000, onOutput: report.output, onError: report.error });
  const outcome = report.outcome(end);
  if (outcome.kind !== 'done') throw new Error(`${endpoint.name}: ${JSON.stringify(outcome)}`);
  return outcome.changed;
}

/** Each time with a connection of its own, as a bare `ssh` has; and over one that is kept, as the admin node has. */
async function measureOne(server: TestSshd, folder: string): Promise<Record<string, number>> {
  const endpoint = endpointsIn([server], path.join(folder, 'one'), 1)[0]!;
  const [keys] = keyFiles([server], folder);
  const bare = [
    'ssh',
    '-F',
    '/dev/null',
    '-i',
    keys!,
    '-p',
    String(endpoint.port),
    '-o',
    `UserKnownHostsFile=${folder}/known`,
    '-o',
    'StrictHostKeyChecking=no',
  ];
  const alone = async (): Promise<void> => {
    const pool = sshPool({ privateKey: server.privateKey, connect: connectTo });
    await applyTo(pool, endpoint);
    pool.close();
  };
  const kept = sshPool({ privateKey: server.privateKey, connect: connectTo });
  await applyTo(kept, endpoint);
  const times: Record<'bare' | 'ours' | 'kept', number[]> = { bare: [], ours: [], kept: [] };
  // In turns, so that whatever else the machine does hits all alike.
  for (let i = 0; i < RUNS_OF_ONE; i++) {
    times.bare.push(await timed(() => output([...bare, '-l', 'root', '-o', 'LogLevel=ERROR', endpoint.host, 'true'])));
    times.ours.push(await timed(alone));
    times.kept.push(await timed(() => applyTo(kept, endpoint)));
  }
  kept.close();
  return {
    'bare ssh node true (ms)': median(times.bare),
    'one machine, nothing to do (ms)': median(times.ours),
    'one machine, connected (ms)': median(times.kept),
  };
}

/** The private key of each server, in the same order. */
function keyFiles(servers: TestSshd[], folder: string): string[] {
  return servers.map((server, i) => {
    const file = path.join(folder, `key-${i}`);
    writeFileSync(file, server.privateKey, { mode: 0o600 });
    return file;
  });
}

async function findPyinfra(progress: (step: string) => void): Promise<{ program?: string; reason?: string }> {
  const program = `${PYINFRA}/bin/pyinfra`;
  try {
    if (!existsSync(program)) {
      progress('installing pyinfra');
      await output(['python3', '-m', 'venv', PYINFRA]);
      await output([`${PYINFRA}/bin/pip`, 'install', '--quiet', '--disable-pip-version-check', 'pyinfra']);
    }
    await output([program, '--version']);
    return { program };
  } catch (error) {
    rmSync(PYINFRA, { recursive: true, force: true });
    return { reason: `skipped pyinfra: it cannot be installed (${(error as Error).message.split('\n')[0]})` };
  }
}

function output(argv: string[], environment: Record<string, string> = {}, cwd?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH, HOME: '/root', LC_ALL: 'C.UTF-8', ...environment };
    execFile(argv[0]!, argv.slice(1), { env, ...(cwd && { cwd }), maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${argv[0]} failed: ${error.message}\n${stdout.slice(-2000)}${stderr.slice(-2000)}`));
      else resolve(stdout);
    });
  });
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return performance.now() - started;
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
