// A virtual rack of its own in a folder of its own, for soaks and benches: what happens to its machines, what they say, and what people do to them.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { NodeView } from '../../core/api/contract.ts';
import { rackNamespace } from '../../core/lab/folder-tag.ts';
import type { NodeRoleView } from '../../core/model/plan.ts';
import type { ProposalBody } from '../../core/model/proposal.ts';
import { type Admin, startAdmin, until } from '../admin.ts';

export const MINUTE = 60_000;
const PRYBAR = path.join(import.meta.dirname, '../../core/cli/prybar.ts');

/** What it says; fails with what it complains of. This process goes on meanwhile, or the admin node would close connections that are used next. */
async function run(program: string, ...words: string[]): Promise<string> {
  const running = promisify(execFile)(program, words);
  running.child.stdin!.end();
  return (await running).stdout.trim();
}

/** What tells a machine from all others, as it says itself. */
export type Identity = { name: string; machineId: string; hostKey: string; installation: string; address: string };

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

  // What there is.

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

  /** The lines of the latest run of this role there; none before it has begun. */
  async runLog(role: string, node: string): Promise<string[]> {
    const id = (await this.nodeRole(role, node))?.runId;
    const log = id === undefined ? [] : await this.admin.client.call('GET /runs/:id/log', { params: { id } });
    return log.flatMap(({ event }) => (event.kind === 'log' ? [event.text] : []));
  }

  /** Whether it runs from its disk, and all is done that is asked of it. */
  async installedAndDone(name: string): Promise<boolean> {
    const node = await this.machine(name);
    if (node?.system?.kind !== 'installed' || node.contact !== 'up') return false;
    const { nodeRoles } = await this.admin.client.call('GET /plan', { query: { node: node.id } });
    return nodeRoles.length > 0 && nodeRoles.every(({ state }) => state === 'done');
  }

  async identity(name: string): Promise<Identity> {
    return {
      name: await this.inside(name, 'hostname'),
      machineId: await this.inside(name, 'cat /etc/machine-id'),
      hostKey: await this.inside(name, 'cut -d " " -f 2 /etc/ssh/ssh_host_ed25519_key.pub'),
      installation: await this.inside(name, 'sed -n s/^INSTALLATION=//p /etc/prybar/installation'),
      address: await this.inside(name, 'hostname -I'),
    };
  }

  /** Of its root. */
  fileSystem(name: string): Promise<string> {
    return this.inside(name, 'findmnt -no UUID /');
  }

  /** Another one at each start. */
  bootId(name: string): Promise<string> {
    return this.inside(name, 'cat /proc/sys/kernel/random/boot_id');
  }

  /** All that a machine said on its serial line. */
  said(serial: string): string {
    const log = path.join(path.dirname(this.diskOf(serial)), 'console.log');
    return existsSync(log) ? readFileSync(log, 'latin1') : '';
  }

  /** The file behind the disk of a machine, by its serial number `PRYBAR-LAB-<n>`. */
  diskOf(serial: string): string {
    return path.join(this.state, 'lab', `machine-${serial.split('-').at(-1)}`, 'disk.raw');
  }

  /** That every byte of it reads as zero. */
  async blank(serial: string): Promise<void> {
    const disk = this.diskOf(serial);
    await run('cmp', '-n', String(statSync(disk).size), disk, '/dev/zero').catch(() => assert.fail(`something is left on the disk of ${serial}`));
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

  // What is waited for.

  /** Until it is so. Where `watched` is given, a node-role of these roles that fails ends the wait, with what it said. */
  async until<T>(so: () => Promise<T | undefined | false>, timeoutMs: number, watched: readonly string[] = []): Promise<T> {
    return until(
      async () => {
        for (const role of watched) {
          const failed = (await this.admin.client.call('GET /plan', { query: { role } })).nodeRoles.find(({ state }) => state === 'failed');
          if (failed) throw new Error(`${failed.key}: ${failed.whyNot[0]?.what}\n${await this.wholeLog(failed)}`);
        }
        return so();
      },
      timeoutMs,
      () => this.story(),
      1000,
    );
  }

  /** All machines, once there are as many, let in and up. */
  discovered(count: number, timeoutMs = 15 * MINUTE): Promise<NodeView[]> {
    return this.until(async () => {
      const up = (await this.machines()).filter(({ approved, contact }) => approved && contact === 'up');
      return up.length === count && up;
    }, timeoutMs);
  }

  /** Until the role has failed there, as it should; all that its run said. */
  async refused(role: string, name: string): Promise<string> {
    const failed = await this.until(async () => {
      const found = await this.nodeRole(role, name);
      assert.notEqual(found?.state, 'done', `${found?.key} was not refused`);
      return found?.state === 'failed' && found;
    }, 20 * MINUTE);
    return this.wholeLog(failed);
  }

  private async wholeLog({ runId }: NodeRoleView): Promise<string> {
    return JSON.stringify(await this.admin.client.call('GET /runs/:id/log', { params: { id: runId! } }));
  }

  /** Until its installed system answers in a start that is not the last one; which start that is. */
  startedAnew(name: string, last: string): Promise<string> {
    return this.until(async () => {
      const node = await this.machine(name);
      // It may be on its way up, or down.
      const now = node?.system?.kind === 'installed' && (await this.bootId(name).catch(() => ''));
      return now !== last && now;
    }, 20 * MINUTE);
  }

  // What people do.

  /** What `prybar` says; fails with what it complains of. */
  prybar(...words: string[]): Promise<string> {
    return run(process.execPath, PRYBAR, '--state', this.state, ...words);
  }

  commit(deployment: string, barclamp: string, attributes: ProposalBody['attributes'], roles: ProposalBody['roles']): Promise<void> {
    return this.admin.commit(deployment, barclamp, { attributes, roles });
  }

  /** Says how all machines of the sample are installed; those that are already stay as they are. */
  install(attributes: Record<string, unknown> = {}): Promise<void> {
    return this.commit('sample', 'os-install', attributes, { 'os-install': { count: 'all' } });
  }

  /** Has it installed once more, as was said last, until it reports. */
  async installAnew(name: string, timeoutMs = 40 * MINUTE): Promise<void> {
    const { id, installation } = (await this.machine(name))!;
    await this.prybar('run', 'retry', `sample/os-install@${id}`);
    await this.until(async () => (await this.machine(name))!.installation?.id !== installation!.id, timeoutMs, ['os-install']);
  }

  power(name: string, action: 'on' | 'off' | 'cycle' | 'status') {
    return this.admin.client.call('POST /nodes/:id/power', { params: { id: name }, body: { action } });
  }

  /** Presses its button: by its BMC, whether or not anybody knows the machine. */
  async switchOn(serial: string): Promise<void> {
    const { bmc } = (await this.admin.client.call('GET /lab')).machines.find((machine) => machine.serial === serial)!;
    const account = readFileSync(path.join(path.dirname(this.diskOf(serial)), 'lan.conf'), 'utf8');
    const [, user, password] = /^ *user 2 true "(.*)" "(.*)" admin /m.exec(account)!;
    await this.onSwitch('ipmitool', '-I', 'lanplus', '-C', '3', '-H', bmc, '-U', user!, '-P', password!, 'chassis', 'power', 'on');
  }

  /** Pulls its plug, until that is noticed. */
  async unplug(name: string): Promise<void> {
    process.kill(this.qemuOf((await this.machine(name))!.serial!), 'SIGKILL');
    await this.until(async () => (await this.machine(name))!.contact !== 'up', 3 * MINUTE);
  }

  private qemuOf(serial: string): number {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const file = `/proc/${pid}/cmdline`;
      const command = existsSync(file) ? readFileSync(file, 'utf8') : '';
      if (command.includes('qemu-system') && command.includes(`serial=${serial},`) && command.includes(this.state)) return Number(pid);
    }
    throw new Error(`no QEMU of ${serial} runs`);
  }

  /** Types on its serial line, through its BMC. A person, too, waits until the console is there, and leaves it with Ctrl-]. */
  async type(name: string, text: string): Promise<void> {
    const command = `(sleep 4; printf %s "$1"; sleep 2; printf '\\035') | "$2" "$3" --state "$4" node console "$5"`;
    await run('sh', '-c', command, 'sh', text, process.execPath, PRYBAR, this.state, name);
  }

  /** What the machine answers over SSH. */
  async inside(name: string, command: string): Promise<string> {
    const trusting = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'];
    return this.ssh((await this.machine(name))!.addresses.admin!, path.join(this.state, 'ssh-key'), trusting, command);
  }

  /** The same for somebody else, by a private key and a file of known hosts that are theirs. */
  insideAs(address: string, key: string, knownHosts: string, command: string): Promise<string> {
    return this.ssh(address, key, ['-o', 'StrictHostKeyChecking=yes', '-o', `UserKnownHostsFile=${knownHosts}`, '-o', 'IdentitiesOnly=yes'], command);
  }

  private ssh(address: string, key: string, options: string[], command: string): Promise<string> {
    return this.onSwitch('ssh', '-F', 'none', '-i', key, ...options, '-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR', `root@${address}`, command);
  }

  /** Runs a command where the switch is. */
  async onSwitch(...command: string[]): Promise<string> {
    return run('ip', 'netns', 'exec', await rackNamespace(path.join(this.state, 'lab')), ...command);
  }
}
