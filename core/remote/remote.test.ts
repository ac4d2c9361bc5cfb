// Both ways to a node against the real thing: processes of this machine, and a real sshd on loopback.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ssh2 from 'ssh2';
import { generateKeyPair, fingerprintOf } from './keys.ts';
import { quietTimer } from './launch.ts';
import { localRemote } from './local.ts';
import type { Remote, RunEnd } from './remote.ts';
import { sshPool, type SshPoolOptions, type SshTarget } from './ssh.ts';
import { connectTo, sshdMissing, startSshd, type TestSshd, until } from './sshd-for-tests.ts';
import { skipWhere } from '../../test/skip-where.ts';

type Told = { end: RunEnd; output: string; error: string; bytes: number };

async function told(
  remote: Remote,
  program: string,
  options: { signal?: AbortSignal; timeoutMs?: number; onOutput?(chunk: Buffer): void } = {},
): Promise<Told> {
  const [output, error]: [Buffer[], Buffer[]] = [[], []];
  const end = await remote.run(program, {
    signal: options.signal ?? new AbortController().signal,
    timeoutMs: options.timeoutMs ?? 60_000,
    onOutput: (chunk) => {
      output.push(chunk);
      options.onOutput?.(chunk);
    },
    onError: (chunk) => error.push(chunk),
  });
  return { end, output: Buffer.concat(output).toString(), error: Buffer.concat(error).toString(), bytes: Buffer.concat(output).length };
}

const exited = (code: number): RunEnd => ({ kind: 'exited', code });
const alive = (pid: string): boolean => existsSync(`/proc/${pid.trim()}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid.trim()}/status`, 'utf8'));

function behavesAsRemote(remote: () => Remote): void {
  it('runs a program and keeps its two streams apart', async () => {
    assert.deepEqual(await told(remote(), 'echo one; echo two >&2'), { end: exited(0), output: 'one\n', error: 'two\n', bytes: 4 });
  });
  it('gives the exit code, also that of a signal', async () => {
    assert.deepEqual((await told(remote(), 'exit 3')).end, exited(3));
    assert.deepEqual((await told(remote(), 'kill -9 $$')).end, exited(137));
  });
  it('leaves nothing of the program to commands that read', async () => {
    assert.equal((await told(remote(), 'cat; head -n 1\necho still here')).output, 'still here\n');
  });
  it('carries a program of several megabytes and any text', async () => {
    const text = `it's "$HOME" \\ ü 日本 \u0081\u0085 \`x\` %s`;
    const { end, output } = await told(remote(), `: <<'END'\n${'x'.repeat(99)}\n${'# filling\n'.repeat(400_000)}END\ncat <<'END'\n${text}\nEND`);
    assert.deepEqual([end, output], [exited(0), `${text}\n`]);
  });
  it('brings output of any size whole', async () => {
    assert.equal((await told(remote(), 'head -c 50000000 /dev/zero')).bytes, 50_000_000);
  });
  it('shows nothing of the program in the process list', async () => {
    let list = '';
    await told(remote(), 'echo ready; secret=hunter2hunter2; sleep 1; : $secret', {
      onOutput: () => {
        list = execFileSync('ps', ['axww', '-o', 'args'], { encoding: 'utf8' });
      },
    });
    assert.match(list, /sleep 1/);
    assert.doesNotMatch(list, /hunter2/);
  });
  it('stops the program and what it started when asked to', async () => {
    const stop = new AbortController();
    const { end, output } = await told(remote(), 'sleep 300 & echo $!; sleep 300', { signal: stop.signal, onOutput: () => stop.abort() });
    assert.deepEqual(end, exited(143));
    await until(() => !alive(output));
  });
  it('gives up on a program that takes longer than it may', async () => {
    const { end } = await told(remote(), 'sleep 300', { timeoutMs: 300 });
    assert.equal(end.kind, 'lost');
    assert.match(end.kind === 'lost' ? end.problem.summary : '', /longer than/);
  });
  it('does not wait for what a program leaves in the background', async () => {
    const started = Date.now();
    const { end, output } = await told(remote(), 'sleep 30 & echo $!; exit 5');
    process.kill(Number(output));
    assert.deepEqual(end, exited(5));
    assert.ok(Date.now() - started < 10_000);
  });
  it('does not run half a program', async () => {
    const { end, output } = await told(remote(), "echo one\n'");
    assert.notDeepEqual(end, exited(0));
    assert.ok(output === '' || output === 'one\n');
  });
}

describe('local remote', function () {
  this.timeout(120_000);
  behavesAsRemote(() => localRemote('admin'));
  it('gives nothing of our environment away', async () => {
    process.env.PRYBAR_TEST_SECRET = 'hunter2';
    assert.doesNotMatch((await told(localRemote('admin'), 'env')).output, /hunter2/);
    delete process.env.PRYBAR_TEST_SECRET;
  });
});

describe('ssh remote', function () {
  this.timeout(120_000);
  let sshd: TestSshd;
  const open: Remote[] = [];
  const remote = (more: Partial<SshTarget & SshPoolOptions> = {}): Remote => {
    const made = sshPool({ privateKey: sshd.privateKey, connect: connectTo, ...more }).remoteFor({
      node: 'n1',
      host: '127.0.0.1',
      port: sshd.port,
      hostKey: sshd.hostKey,
      ...more,
    });
    open.push(made);
    return made;
  };
  let shared: Remote;

  before(async function () {
    skipWhere(this, sshdMissing());
    sshd = await startSshd();
    shared = remote();
  });
  after(async () => {
    for (const one of open) one.close();
    await sshd?.stop();
  });

  behavesAsRemote(() => shared);

  it('refuses a host key that is not the pinned one, naming both, before it offers its own', async () => {
    const other = generateKeyPair('other').publicKey;
    const { end } = await told(remote({ hostKey: other }), 'echo never');
    assert.equal(end.kind, 'lost');
    if (end.kind !== 'lost') return;
    assert.match(end.problem.summary, new RegExp(fingerprintOf(sshd.hostKey).replace(/[+/]/g, '\\$&')));
    assert.match(end.problem.summary, new RegExp(fingerprintOf(other).replace(/[+/]/g, '\\$&')));
    assert.match(end.problem.next ?? '', /installed anew/);
  });
  it('says when there is no such machine, when it is not let in, and when nobody listens', async () => {
    const why = async (one: Remote): Promise<string> => {
      const { end } = await told(one, 'true');
      return end.kind === 'lost' ? end.problem.summary : 'not lost';
    };
    assert.match(await why(remote({ host: 'nowhere.invalid' })), /nowhere.invalid.* cannot be reached/);
    assert.match(await why(remote({ privateKey: generateKeyPair('stranger').privateKey })), /does not accept the admin's SSH key/);
    assert.match(await why(remote({ port: 1 })), /cannot be reached/);
  });
  it('shows fingerprints as ssh-keygen does', () => {
    const shown = execFileSync('ssh-keygen', ['-l', '-f', '-'], { input: sshd.hostKey, encoding: 'utf8' });
    assert.equal(fingerprintOf(sshd.hostKey), shown.split(' ')[1]);
  });
  it('runs 20 programs at once over one connection', async () => {
    let connections = 0;
    const one = remote({
      connect: (host, port) => {
        connections++;
        return connectTo(host, port);
      },
    });
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => told(one, `sleep 0.2; echo ${i}`)));
    assert.deepEqual(
      all.map(({ end, output }) => [end, output]),
      all.map((_, i) => [exited(0), `${i}\n`]),
    );
    assert.equal(connections, 1);
  });
  it('begins programs anew that a busy server refuses because it has not seen yet that others have ended', async () => {
    const one = remote();
    const server = Number((await told(one, 'echo $PPID')).output);
    const all = Array.from({ length: 16 }, (_, i) => told(one, `sleep 0.5; echo ${i}`));
    await new Promise((resolve) => setTimeout(resolve, 300));
    // Eight end unseen; the server is stopped before it is told that we have, and asked for eight more.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
    process.kill(server, 'SIGSTOP');
    setTimeout(() => process.kill(server, 'SIGCONT'), 500);
    assert.deepEqual(
      (await Promise.all(all)).map(({ end, output }) => [end, output]),
      all.map((_, i) => [exited(0), `${i}\n`]),
    );
  });
  it('lets a run that waits for its turn be stopped', async () => {
    const one = remote();
    await told(one, 'true');
    const busy = Array.from({ length: 8 }, () => told(one, 'sleep 1'));
    await told(one, 'true', { signal: AbortSignal.timeout(200) }).then(({ end }) => assert.equal(end.kind, 'lost'));
    for (const run of await Promise.all(busy)) assert.deepEqual(run.end, exited(0));
  });
  it('calls a run lost when the connection ends without an exit code, and connects anew for the next', async () => {
    const one = remote();
    const run = told(one, 'echo $PPID; sleep 60', { onOutput: (chunk) => process.kill(Number(chunk), 'SIGKILL') });
    const { end } = await run;
    assert.equal(end.kind, 'lost');
    assert.match(end.kind === 'lost' ? end.problem.summary : '', /connection to n1 .*lost/);
    assert.deepEqual((await told(one, 'true')).end, exited(0));
  });
  it('notices a frozen peer within about twenty seconds', async () => {
    const one = remote();
    let server = 0;
    const started = Date.now();
    // The parent of the shell is the sshd of this session; frozen, it keeps the connection open and says nothing.
    const { end } = await told(one, 'echo $PPID; sleep 60', {
      onOutput: (chunk) => {
        server = Number(chunk);
        process.kill(server, 'SIGSTOP');
      },
    });
    process.kill(server, 'SIGKILL');
    assert.equal(end.kind, 'lost');
    assert.ok(Date.now() - started < 25_000, `${Date.now() - started} ms`);
  });
  it('closes a connection that nobody uses', async () => {
    let socket: net.Socket | undefined;
    const one = remote({ idleMs: 100, connect: async (host, port) => (socket = await connectTo(host, port)) });
    await told(one, 'true');
    await until(() => socket!.destroyed);
    assert.deepEqual((await told(one, 'true')).end, exited(0));
  });
  it('opens another connection for who comes while the idle one says goodbye, and is not confused by its end', async () => {
    const one = remote({ idleMs: 100 });
    const server = Number((await told(one, 'echo $PPID')).output);
    process.kill(server, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 300));
    const next = await told(one, 'echo $PPID');
    assert.deepEqual(next.end, exited(0));
    process.kill(server, 'SIGCONT');
    await until(() => !alive(String(server)));
    const long = told(one, 'echo $PPID; sleep 0.5');
    assert.notEqual(Number(next.output), server);
    assert.deepEqual((await long).end, exited(0));
  });
  it('calls a run lost, and a stop in vain, on a connection that has begun to end', async () => {
    let socket: net.Socket | undefined;
    const one = remote({ connect: async (host, port) => (socket = await connectTo(host, port)) });
    const server = Number((await told(one, 'echo $PPID')).output);
    const stop = new AbortController();
    const under = told(one, 'sleep 60', { signal: stop.signal });
    await new Promise((resolve) => setTimeout(resolve, 200));
    process.kill(server, 'SIGSTOP');
    socket!.end();
    const { end } = await told(one, 'true');
    assert.match(end.kind === 'lost' ? end.problem.summary : '', /^The connection to n1 was lost/);
    stop.abort();
    process.kill(server, 'SIGKILL');
    assert.equal((await under).end.kind, 'lost');
  });
  it('does not let half a program run when the connection breaks while it is sent', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'prybar-half-'));
    let socket: net.Socket | undefined;
    const one = remote({ connect: async (host, port) => (socket = await connectTo(host, port)) });
    await told(one, 'true');
    const run = told(one, `touch ${folder}/ran\n${'# filling\n'.repeat(2_000_000)}`);
    setTimeout(() => socket!.destroy(), 20);
    assert.equal((await run).end.kind, 'lost');
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(existsSync(`${folder}/ran`), false);
    rmSync(folder, { recursive: true });
  });
});

describe('key pairs', function () {
  this.timeout(120_000);
  // One in 250 could not, so that this many find it.
  it('can all be read again', () => {
    const faults = Array.from({ length: 3000 }, () => ssh2.utils.parseKey(generateKeyPair('many').privateKey)).filter((key) => key instanceof Error);
    assert.deepEqual(faults, []);
  });
});

describe('quiet after an exit', () => {
  it('is not taken for it while this process itself was held up', async () => {
    const heard: string[] = [];
    const child = spawn('sh', ['-c', 'sleep 0.1; echo late; sleep 5'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const quiet = new Promise<void>((resolve) => {
      const timer = quietTimer(200, () => {
        heard.push('quiet');
        resolve();
      });
      child.stdout.on('data', (chunk: Buffer) => {
        heard.push(String(chunk).trim());
        timer.touch();
      });
      timer.touch();
    });
    execFileSync('sleep', ['0.5']);
    await quiet;
    child.kill();
    assert.deepEqual(heard, ['late', 'quiet']);
  });
});
