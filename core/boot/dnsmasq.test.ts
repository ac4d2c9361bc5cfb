// dnsmasq itself, in a network namespace of its own.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Problem } from '../model/problem.ts';
import { superviseDnsmasq, withoutForeign } from './dnsmasq.ts';
import { skipWhere } from '../../test/skip-where.ts';

describe('dnsmasq', function () {
  this.timeout(120_000);
  const namespace = `prybar-dns-${process.pid}`;
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-dnsmasq-'));
  const command = (argv: string[]): string[] => ['ip', 'netns', 'exec', namespace, ...argv];
  const config = `port=0\nlog-facility=-\ndhcp-leasefile=${folder}/leases\ndhcp-range=10.99.0.10,10.99.0.20,1h\n`;
  const problems: Problem[] = [];

  before(function () {
    chmodSync(folder, 0o755);
    try {
      execFileSync('ip', ['netns', 'add', namespace], { stdio: 'pipe' });
    } catch (error) {
      skipWhere(this, `no network namespace can be made here: ${(error as Error).message}`);
    }
  });
  after(() => {
    execFileSync('ip', ['netns', 'del', namespace]);
    rmSync(folder, { recursive: true });
  });

  const pids = (): string[] =>
    execFileSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean)
      .filter((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'dnsmasq');
  const until = async (what: () => boolean, about: string): Promise<void> => {
    for (let tries = 0; tries < 100; tries++) {
      if (what()) return;
      await sleep(100);
    }
    assert.fail(`${about}; ${existsSync(path.join(folder, 'log')) ? readFileSync(path.join(folder, 'log'), 'utf8') : 'no log'}`);
  };
  const serving = (): boolean => existsSync(path.join(folder, 'serving'));

  it('starts when it is configured, takes a new configuration, and is started again when it dies', async () => {
    const dnsmasq = superviseDnsmasq({ folder, command, onProblem: (found) => problems.push(found) });
    try {
      await sleep(500);
      assert.deepEqual(pids(), [], 'nothing to run yet');
      writeFileSync(path.join(folder, 'dnsmasq.conf'), config);
      await until(serving, 'it does not serve');
      const [first] = pids();
      writeFileSync(path.join(folder, 'dnsmasq.conf'), `${config}dhcp-authoritative\n`);
      await until(() => serving() && pids().length === 1 && pids()[0] !== first, 'it goes on with the old configuration');
      assert.equal(problems.length, 0, 'a change is no death');
      const [second] = pids();
      process.kill(Number(second), 'SIGKILL');
      await until(() => serving() && pids().length === 1 && pids()[0] !== second, 'it is not started again');
      assert.match(problems[0]!.summary, /dnsmasq.*ended/);
    } finally {
      await dnsmasq.stop();
    }
    await until(() => pids().length === 0, 'it goes on after the stop');
  });

  it('gives an address to the machine that it is reserved for now, though another had leased it', async () => {
    const file = (name: string): string => path.join(folder, name);
    const until1h = Math.floor(Date.now() / 1000) + 3600;
    const dead = `${until1h} 52:54:00:00:00:02 10.99.0.12 n2 *\n`;
    const other = `${until1h} 52:54:00:00:00:01 10.99.0.11 n1 *\n`;
    writeFileSync(file('leases'), dead + other);
    writeFileSync(file('hosts'), '52:54:00:00:00:02,10.99.0.12,n2\n');
    writeFileSync(file('dnsmasq.conf'), `${config}dhcp-hostsfile=${folder}/hosts\ndhcp-authoritative\n`);
    const dnsmasq = superviseDnsmasq({ folder, command, onProblem: (found) => assert.fail(found.summary) });
    try {
      await until(serving, 'it does not serve');
      const [first] = pids();
      // What else changes is only read again.
      writeFileSync(file('hosts'), '52:54:00:00:00:02,10.99.0.12,n2\n52:54:00:00:00:03,10.99.0.13,n3\n');
      await sleep(1000);
      assert.deepEqual(pids(), [first]);
      writeFileSync(file('hosts'), '52:54:00:00:00:01,10.99.0.12,n2\n');
      await until(() => serving() && pids().length === 1 && pids()[0] !== first, 'it keeps the lease');
      assert.equal(readFileSync(file('leases'), 'utf8').includes('10.99.0.12'), false);
      assert.equal(readFileSync(file('leases'), 'utf8').includes('10.99.0.11'), true);
    } finally {
      await dnsmasq.stop();
    }
  });

  it('tells leases of others by address and MAC, whatever else is written beside them', () => {
    const hosts = '52:54:00:00:00:01,52:54:00:00:00:0A,10.0.0.5,n1\n';
    for (const mac of ['52:54:00:00:00:01', '52:54:00:00:00:0a']) assert.equal(withoutForeign(`1 ${mac} 10.0.0.5 * *\n`, hosts), `1 ${mac} 10.0.0.5 * *\n`);
    assert.equal(withoutForeign('1 52:54:00:00:00:02 10.0.0.5 * *\n1 52:54:00:00:00:02 10.0.0.6 * *\n', hosts), '1 52:54:00:00:00:02 10.0.0.6 * *\n');
    assert.equal(withoutForeign('', ''), '');
  });

  it('ends when the daemon is killed', async () => {
    writeFileSync(path.join(folder, 'dnsmasq.conf'), config);
    const program = `import { superviseDnsmasq } from ${JSON.stringify(path.join(import.meta.dirname, 'dnsmasq.ts'))};
      superviseDnsmasq({ folder: ${JSON.stringify(folder)}, command: (argv) => ['ip', 'netns', 'exec', ${JSON.stringify(namespace)}, ...argv], onProblem() {} });`;
    const daemon = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' });
    await until(() => serving() && pids().length === 1, 'it does not serve');
    daemon.kill('SIGKILL');
    await once(daemon, 'exit');
    await until(() => pids().length === 0, 'it outlives the daemon');
  });
});
