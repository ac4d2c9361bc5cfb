// A blank machine of the virtual rack is installed by Debian's own installer, unattended from power-on to ready, and another one by an image, so
// that their times can be compared. One machine at a time; half an hour and more under emulation.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { missingParts } from '../../core/lab/program.ts';
import { type Problem, ProblemError } from '../../core/model/problem.ts';
import { buildDebianInstaller } from '../../iso-builder/debian-installer/build-debian-installer.ts';
import { type Admin, startAdmin, until } from '../admin.ts';

export type DebianInstallerSoak = {
  /** Of the virtual machine. */
  firmware: 'bios' | 'uefi';
  /** Both unless told. */
  methods?: ('debian-installer' | 'image')[];
  cacheDir?: string;
  /** Beyond the usual ones. */
  kernelParameters?: string;
  /** Told of each step: its seconds, and what was wrong. */
  onStep(name: string, seconds: number, fault?: string): void;
};

const MINUTE = 60_000;

/** How many steps passed and failed, and how long each method took from power-on to ready. Problems say why it cannot run here. */
export async function soakDebianInstaller({
  firmware,
  methods = ['debian-installer', 'image'],
  cacheDir = '/var/cache/prybar',
  kernelParameters = 'console=tty0 console=ttyS0,115200 panic=15',
  onStep,
}: DebianInstallerSoak): Promise<{ passed: number; failed: number; seconds: Record<string, number> } | { problems: Problem[] }> {
  const missing = await missingParts(['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/lib/ipxe/qemu/pxe-virtio.rom']);
  if (missing.length) return { problems: missing };
  try {
    await buildDebianInstaller({ cacheDir });
  } catch (error) {
    if (error instanceof ProblemError) return { problems: error.problems };
    throw error;
  }
  const counts = { passed: 0, failed: 0 };
  const seconds: Record<string, number> = {};
  for (const method of methods) {
    const state = mkdtempSync(path.join(tmpdir(), 'prybar-installer-'));
    let admin: Admin | undefined;
    let begun = Date.now();
    let switchedOn = 0;
    const machine = async () => (await admin!.client.call('GET /nodes')).find((node) => node.id !== 'admin');
    const story = (): string => {
      const log = path.join(state, 'lab/machine-1/console.log');
      const console_ = existsSync(log) ? readFileSync(log, 'utf8').slice(-3000) : '';
      return [...(admin?.events ?? []).slice(-10).map((e) => e.text ?? JSON.stringify(e)), console_].join('\n');
    };
    const steps: [name: string, run: () => Promise<unknown>][] = [
      [
        'is asked for, and the machine switched on',
        async () => {
          admin = await startAdmin(['--machines', '1', '--firmware', firmware, '--cache', cacheDir], state);
          const body = {
            attributes: { method, timeZone: 'Europe/Berlin', reportWithin: '3h', kernelParameters },
            roles: { 'os-install': { count: 'all' as const } },
          };
          await admin.client.call('POST /deployments', { body: { name: 'rack', pools: ['default'] } });
          const { id, revision } = await admin.client.call('POST /proposals', { body: { deployment: 'rack', barclamp: 'os-install' } });
          const saved = await admin.client.call('PUT /proposals/:id/draft', { params: { id }, body: { revision, draft: body } });
          await admin.client.call('POST /proposals/:id/commit', { params: { id }, body: { revision: saved.revision } });
          await until(() => admin!.events.some(({ event }) => event === 'power'), 10 * MINUTE, story, 200);
          switchedOn = Date.now();
        },
      ],
      ['the machine is discovered', () => until(async () => (await machine())?.contact === 'up', 15 * MINUTE, story, 1000)],
      [
        'the new system reports',
        async () => {
          await until(
            async () => {
              const vertex = (await admin!.client.call('GET /plan', { query: { role: 'os-install' } })).nodeRoles[0];
              if (vertex?.state === 'failed')
                throw new Error(
                  `${vertex.whyNot[0]?.what}\n${JSON.stringify(await admin!.client.call('GET /runs/:id/log', { params: { id: vertex.runId! } }))}`,
                );
              return vertex?.state === 'done' && (await machine())?.system?.kind === 'installed';
            },
            180 * MINUTE,
            story,
            1000,
          );
          seconds[method] = Math.round((Date.now() - switchedOn) / 1000);
        },
      ],
      [
        'it is who it should be, on its own disk, with nothing that failed',
        async () => {
          const namespace = `prybar-${createHash('sha256')
            .update(realpathSync(path.join(state, 'lab')))
            .digest('hex')
            .slice(0, 8)}`;
          const { name, addresses, system } = (await machine())!;
          const known = path.join(state, 'known_hosts');
          execFileSync('sh', ['-c', 'echo "$1 $2" >"$3"', 'sh', addresses.admin!, system!.hostKey!, known]);
          const options = ['-F', 'none', '-o', `UserKnownHostsFile=${known}`, '-o', 'StrictHostKeyChecking=yes', '-o', 'BatchMode=yes'];
          const words = ['netns', 'exec', namespace, 'ssh', '-i', path.join(state, 'ssh-key'), ...options, `root@${addresses.admin}`];
          const ask = (command: string): string => execFileSync('ip', [...words, command], { encoding: 'utf8' }).trim();
          assert.equal(ask('hostname'), name);
          assert.equal(ask('findmnt -no FSTYPE /'), 'ext4');
          assert.equal(ask('readlink /etc/localtime'), '/usr/share/zoneinfo/Europe/Berlin');
          assert.equal(ask('systemctl --failed --plain --no-legend'), '');
          assert.match(ask('cat /etc/apt/sources.list'), /\/pool \.\/$/m);
          assert.equal(ask('tail -c 8M /dev/vda | head -c 17 | tr -d "\\0"'), '', 'nothing says any more that the installation was broken off');
        },
      ],
    ];
    try {
      for (const [name, run] of steps) {
        begun = Date.now();
        const fault = await run().then(
          () => undefined,
          (error: Error) => error.message,
        );
        onStep(`${method}: ${name}`, Math.round((Date.now() - begun) / 1000), fault);
        counts[fault === undefined ? 'passed' : 'failed'] += 1;
        if (fault !== undefined) break;
      }
    } finally {
      await admin?.stop();
      rmSync(state, { recursive: true, force: true });
    }
  }
  return { ...counts, seconds };
}
