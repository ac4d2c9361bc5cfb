// A machine with 64-bit ARM processors beside an admin node that has others: its discovery image is made with emulation while it waits, it loads
// that by signed loaders of its own architecture, and takes roles like any other. An operating system is made for it in the same way, installed,
// and started from its disk; one for other processors is not written.

import assert from 'node:assert/strict';
import { missingParts } from '../../core/lab/program.ts';
import type { Problem } from '../../core/model/problem.ts';
import { MINUTE, RackForTests } from './rack-for-tests.ts';
import { type Counts, type Step, takeSteps } from './steps.ts';

/** How many steps passed and failed. Problems say why it cannot run here. */
export async function soakArm64(tell: (line: string) => void): Promise<Counts | { problems: Problem[] }> {
  const missing = await missingParts(['/usr/share/AAVMF/AAVMF_CODE.fd', '/usr/bin/qemu-system-aarch64']);
  if (missing.length) return { problems: missing };
  const rack = new RackForTests();
  const built = (activity: string): Promise<unknown> =>
    rack.until(async () => {
      const found = (await rack.admin.client.call('GET /status')).activities.find(({ id }) => id === activity);
      assert.equal(found?.problem, undefined);
      return found?.endedAt !== undefined;
    }, 40 * MINUTE);
  const steps: Step[] = [
    [
      'the discovery image for its processors is made',
      async () => {
        await rack.start('--machines', '1', '--firmware', 'uefi-arm64');
        await built('discovery-image-arm64');
      },
    ],
    [
      'it is discovered',
      async () => {
        const [node] = await rack.discovered(1, 20 * MINUTE);
        assert.deepEqual([node!.inventory!.cpu.architecture, node!.inventory!.firmware.kind], ['aarch64', 'uefi']);
      },
    ],
    [
      'it takes a role, with packages for its processors',
      async () => {
        await rack.until(async () => (await rack.nodeRole('ntp-server', 'n1'))?.state === 'done', 20 * MINUTE, ['ntp-server']);
        assert.equal(await rack.inside('n1', "dpkg --print-architecture; dpkg-query -W -f '${Architecture}' chrony"), 'arm64\narm64');
      },
    ],
    [
      'an operating system for its processors is made',
      async () => {
        const { activity } = await rack.admin.client.call('POST /images', { body: { architecture: 'arm64' } });
        await built(activity);
        const { architecture, present, signed } = await rack.admin.client.call('GET /images/:name', { params: { name: 'debian-12-arm64' } });
        assert.deepEqual({ architecture, present, signed }, { architecture: 'arm64', present: true, signed: true });
      },
    ],
    [
      'one for others is refused, and nothing is written',
      async () => {
        await rack.install({ image: 'debian-12' });
        assert.match(await rack.refused('os-install', 'n1'), /The image debian-12 is made for other processors than aarch64, which this machine has\./);
        await rack.blank('PRYBAR-LAB-1');
      },
    ],
    [
      'its own is installed, and started from the disk',
      async () => {
        await rack.install({ image: 'debian-12-arm64' });
        await rack.until(async () => (await rack.nodeRole('os-install', 'n1'))?.state === 'done', 60 * MINUTE, ['os-install']);
        const [node] = await rack.machines();
        assert.equal(node!.system?.kind, 'installed');
        const answers = await rack.inside('n1', 'uname -m; dpkg --print-architecture; findmnt -no SOURCE /; ls /sys/firmware/efi/fw_platform_size; hostname');
        assert.equal(answers, 'aarch64\narm64\n/dev/vda3\n/sys/firmware/efi/fw_platform_size\nn1');
      },
    ],
    [
      'it takes its roles there',
      async () => {
        await rack.until(async () => (await rack.nodeRole('ntp-server', 'n1'))?.state === 'done', 30 * MINUTE, ['ntp-server']);
        assert.equal(await rack.inside('n1', 'systemctl is-active chrony; findmnt -no SOURCE /'), 'active\n/dev/vda3');
      },
    ],
  ];
  try {
    return await takeSteps(steps, tell);
  } finally {
    await rack.stop();
  }
}
