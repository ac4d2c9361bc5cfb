// Steps that stand on one another, with a line for each; and the virtual rack that they are taken in.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { NodeView } from '../../core/api/contract.ts';
import type { NodeRoleView } from '../../core/model/plan.ts';
import { type Admin, startAdmin, until } from '../admin.ts';

export type Step = [name: string, run: () => Promise<void>];
export type Counts = { passed: number; failed: number };

/** Ends with the first that fails: those behind it would fail for the same reason. */
export async function takeSteps(steps: readonly Step[], tell: (line: string) => void): Promise<Counts> {
  const counts = { passed: 0, failed: 0 };
  for (const [name, run] of steps) {
    const begun = Date.now();
    const seconds = (): number => Math.round((Date.now() - begun) / 1000);
    try {
      await run();
      counts.passed++;
      tell(`ok     ${name}, ${seconds()} s`);
    } catch (error) {
      counts.failed++;
      tell(`wrong  ${name}, ${seconds()} s: ${(error as Error).message}`);
      break;
    }
  }
  return counts;
}

export const MINUTE = 60_000;

/** A rack of its own in a folder of its own. */
export class RackForTests {
  readonly state = mkdtempSync(path.join(tmpdir(), 'prybar-soak-'));
  admin!: Admin;

  async start(...args: string[]): Promise<void> {
    this.admin = await startAdmin(args, this.state);
  }

  async stop(): Promise<void> {
    await this.admin?.stop();
    rmSync(this.state, { recursive: true, force: true });
  }

  /** All machines but the admin node. */
  async machines(): Promise<NodeView[]> {
    return (await this.admin.client.call('GET /nodes')).filter((node) => node.id !== 'admin');
  }

  async machine(name: string): Promise<NodeView | undefined> {
    return (await this.machines()).find((node) => node.name === name || node.serial === name);
  }

  async nodeRole(role: string, node: string): Promise<NodeRoleView | undefined> {
    return (await this.admin.client.call('GET /plan', { query: { role } })).nodeRoles.find(({ nodeName }) => nodeName === node);
  }

  /** Until it is so. Where `watched` is given, a node-role of these roles that fails ends the wait, with what it said. */
  async until<T>(so: () => Promise<T | undefined | false>, timeoutMs: number, watched: readonly string[] = []): Promise<T> {
    return until(
      async () => {
        for (const role of watched) {
          const failed = (await this.admin.client.call('GET /plan', { query: { role } })).nodeRoles.find(({ state }) => state === 'failed');
          if (failed)
            throw new Error(
              `${failed.key}: ${failed.whyNot[0]?.what}\n${JSON.stringify(await this.admin.client.call('GET /runs/:id/log', { params: { id: failed.runId! } }))}`,
            );
        }
        return so();
      },
      timeoutMs,
      () => this.story(),
      1000,
    );
  }

  /** What `prybar` says. Meanwhile this process goes on, as it must where that takes long: see `blank`. */
  async prybar(...words: string[]): Promise<string> {
    const cli = path.join(import.meta.dirname, '../../core/cli/prybar.ts');
    return (await promisify(execFile)(process.execPath, [cli, '--state', this.state, ...words])).stdout;
  }

  /** What the machine answers over SSH. */
  async inside(name: string, command: string): Promise<string> {
    const trusting = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'];
    return this.ssh((await this.machine(name))!.addresses.admin!, path.join(this.state, 'ssh-key'), trusting, command);
  }

  /** The same for somebody else, by a private key and a file of known hosts that are theirs. */
  insideAs(address: string, key: string, knownHosts: string, command: string): string {
    return this.ssh(address, key, ['-o', 'StrictHostKeyChecking=yes', '-o', `UserKnownHostsFile=${knownHosts}`, '-o', 'IdentitiesOnly=yes'], command);
  }

  private ssh(address: string, key: string, options: string[], command: string): string {
    const words = ['-F', 'none', '-i', key, ...options, '-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR', `root@${address}`, command];
    return execFileSync('ip', ['netns', 'exec', this.namespace(), 'ssh', ...words], { encoding: 'utf8' }).trim();
  }

  async commit(
    deployment: string,
    barclamp: string,
    attributes: Record<string, unknown>,
    roles: Record<string, string[] | { count: number | 'all' }>,
  ): Promise<void> {
    const { client } = this.admin;
    const known = (await client.call('GET /proposals')).find((proposal) => proposal.deployment === deployment && proposal.barclamp === barclamp);
    const { id, revision } = known ?? (await client.call('POST /proposals', { body: { deployment, barclamp } }));
    const saved = await client.call('PUT /proposals/:id/draft', { params: { id }, body: { revision, draft: { attributes, roles } } });
    await client.call('POST /proposals/:id/commit', { params: { id }, body: { revision: saved.revision } });
  }

  /** The file behind the disk of a machine, by its serial number `PRYBAR-LAB-<n>`. */
  diskOf(serial: string): string {
    return path.join(this.state, 'lab', `machine-${serial.split('-').at(-1)}`, 'disk.raw');
  }

  /** That every byte of it reads as zero. Meanwhile this process goes on, or the admin node would close connections that are used next. */
  async blank(serial: string): Promise<void> {
    const disk = this.diskOf(serial);
    await promisify(execFile)('cmp', ['-n', String(statSync(disk).size), disk, '/dev/zero']).catch(() =>
      assert.fail(`something is left on the disk of ${serial}`),
    );
  }

  /** Presses its button: by its BMC, whether or not anybody knows the machine. */
  async switchOn(serial: string): Promise<void> {
    const { bmc } = (await this.admin.client.call('GET /lab')).machines.find((machine) => machine.serial === serial)!;
    const account = readFileSync(path.join(path.dirname(this.diskOf(serial)), 'lan.conf'), 'utf8');
    const [, user, password] = /^ *user 2 true "(.*)" "(.*)" admin /m.exec(account)!;
    const order = ['-I', 'lanplus', '-C', '3', '-H', bmc, '-U', user!, '-P', password!, 'chassis', 'power', 'on'];
    execFileSync('ip', ['netns', 'exec', this.namespace(), 'ipmitool', ...order], { stdio: 'ignore' });
  }

  /** All that a machine said on its serial line. */
  said(serial: string): string {
    const log = path.join(path.dirname(this.diskOf(serial)), 'console.log');
    return existsSync(log) ? readFileSync(log, 'latin1') : '';
  }

  /** Types on its serial line, through its BMC. A person, too, waits until the console is there, and leaves it with Ctrl-]. */
  type(name: string, text: string): void {
    const command = `(sleep 4; printf %s "$1"; sleep 2; printf '\\035') | "$2" "$3" --state "$4" node console "$5"`;
    execFileSync('sh', ['-c', command, 'sh', text, process.execPath, path.join(import.meta.dirname, '../../core/cli/prybar.ts'), this.state, name]);
  }

  /** Runs a command where the switch is. */
  onSwitch(...command: string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.namespace(), ...command], { encoding: 'utf8' });
  }

  private namespace(): string {
    return `prybar-${createHash('sha256')
      .update(realpathSync(path.join(this.state, 'lab')))
      .digest('hex')
      .slice(0, 8)}`;
  }

  /** Pulls the plug. */
  unplug(serial: string): void {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const file = `/proc/${pid}/cmdline`;
      const command = existsSync(file) ? readFileSync(file, 'utf8') : '';
      if (command.includes('qemu-system') && command.includes(`serial=${serial},`) && command.includes(this.state))
        return process.kill(Number(pid), 'SIGKILL') as unknown as void;
    }
    throw new Error(`no QEMU of ${serial} runs`);
  }

  story(): string {
    const lab = path.join(this.state, 'lab');
    const consoles = existsSync(lab) ? readdirSync(lab).filter((name) => name.startsWith('machine-')) : [];
    return [
      ...this.admin.events.slice(-15).map((e) => e.text ?? JSON.stringify(e)),
      ...consoles.map((name) => {
        const log = path.join(lab, name, 'console.log');
        return `${name}: ${existsSync(log) ? readFileSync(log, 'utf8').slice(-800) : 'said nothing'}`;
      }),
    ].join('\n');
  }
}
