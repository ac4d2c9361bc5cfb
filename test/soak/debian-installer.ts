// A blank machine of the virtual rack is installed by Debian's own installer, unattended from power-on to ready, and another one by an image, so
// that their times can be compared. One machine at a time; half an hour and more under emulation.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { missingParts } from '../../core/lab/program.ts';
import { type Problem, ProblemError } from '../../core/model/problem.ts';
import { buildDebianInstaller } from '../../iso-builder/debian-installer/build-debian-installer.ts';
import { MINUTE, RackForTests } from './rack-for-tests.ts';
import { type Counts, type Step, takeSteps } from './steps.ts';

export type DebianInstallerSoak = {
  /** Of the virtual machine. */
  firmware: 'bios' | 'uefi';
  /** Both unless told. */
  methods?: ('debian-installer' | 'image')[];
  tell(line: string): void;
};

/** How many steps passed and failed, and how long each method took from power-on to ready. Problems say why it cannot run here. */
export async function soakDebianInstaller({
  firmware,
  methods = ['debian-installer', 'image'],
  tell,
}: DebianInstallerSoak): Promise<(Counts & { seconds: Record<string, number> }) | { problems: Problem[] }> {
  const missing = await missingParts(['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/lib/ipxe/qemu/pxe-virtio.rom']);
  if (missing.length) return { problems: missing };
  try {
    await buildDebianInstaller({ cacheDir: '/var/cache/prybar' });
  } catch (error) {
    if (error instanceof ProblemError) return { problems: error.problems };
    throw error;
  }
  const counts = { passed: 0, failed: 0 };
  const seconds: Record<string, number> = {};
  for (const method of methods) {
    const rack = new RackForTests();
    let switchedOn = 0;
    const steps: Step[] = [
      [
        'is asked for, and the machine switched on',
        async () => {
          await rack.start('--machines', '1', '--firmware', firmware);
          await rack.admin.client.call('POST /deployments', { body: { name: 'rack', pools: ['default'] } });
          const kernelParameters = 'console=tty0 console=ttyS0,115200 panic=15';
          const attributes = { method, timeZone: 'Europe/Berlin', reportWithin: '3h', kernelParameters };
          await rack.commit('rack', 'os-install', attributes, { 'os-install': { count: 'all' } });
          await rack.until(async () => rack.admin.events.some(({ event }) => event === 'power'), 10 * MINUTE);
          switchedOn = Date.now();
        },
      ],
      ['the machine is discovered', () => rack.discovered(1).then(() => {})],
      [
        'the new system reports',
        async () => {
          await rack.until(
            async () => (await rack.nodeRole('os-install', 'n1'))?.state === 'done' && (await rack.machine('n1'))?.system?.kind === 'installed',
            180 * MINUTE,
            ['os-install'],
          );
          seconds[method] = Math.round((Date.now() - switchedOn) / 1000);
        },
      ],
      [
        'it is who it should be, on its own disk, with nothing that failed',
        async () => {
          const { name, addresses, system } = (await rack.machine('n1'))!;
          const known = path.join(rack.state, 'known_hosts');
          writeFileSync(known, `${addresses.admin} ${system!.hostKey}\n`);
          const ask = (command: string): Promise<string> => rack.insideAs(addresses.admin!, path.join(rack.state, 'ssh-key'), known, command);
          assert.equal(await ask('hostname'), name);
          assert.equal(await ask('findmnt -no FSTYPE /'), 'ext4');
          assert.equal(await ask('readlink /etc/localtime'), '/usr/share/zoneinfo/Europe/Berlin');
          assert.equal(await ask('systemctl --failed --plain --no-legend'), '');
          assert.match(await ask('cat /etc/apt/sources.list'), /\/pool \.\/$/m);
          assert.equal(await ask('tail -c 8M /dev/vda | head -c 17 | tr -d "\\0"'), '', 'nothing says any more that the installation was broken off');
        },
      ],
    ];
    try {
      const { passed, failed } = await takeSteps(
        steps.map(([name, run]) => [`${method}: ${name}`, run]),
        tell,
      );
      counts.passed += passed;
      counts.failed += failed;
    } finally {
      await rack.stop();
    }
  }
  return { ...counts, seconds };
}
