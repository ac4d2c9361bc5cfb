// A machine with 64-bit ARM processors beside an admin node that has others: its discovery image is made with emulation, it loads that by
// signed loaders of its own architecture, and takes roles like any other.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { missingParts } from '../../core/lab/program.ts';
import type { Problem } from '../../core/model/problem.ts';
import { type Counts, MINUTE, RackForTests, type Step, takeSteps } from './steps.ts';

/** How many steps passed and failed. Problems say why it cannot run here. */
export async function soakArm64(tell: (line: string) => void): Promise<Counts | { problems: Problem[] }> {
  const missing = await missingParts(['/usr/share/AAVMF/AAVMF_CODE.fd', '/usr/bin/qemu-system-aarch64']);
  if (missing.length) return { problems: missing };
  const rack = new RackForTests();
  const steps: Step[] = [
    [
      'the discovery image for its processors is made',
      async () => {
        await rack.start('--machines', '1', '--firmware', 'uefi-arm64');
        const image = async () => (await rack.admin.client.call('GET /status')).activities.find(({ id }) => id === 'discovery-image-arm64');
        await rack.until(async () => {
          const found = await image();
          assert.equal(found?.problem, undefined);
          return found?.endedAt !== undefined;
        }, 40 * MINUTE);
      },
    ],
    [
      'it is discovered',
      async () => {
        await rack.until(async () => rack.admin.events.some(({ event }) => event === 'power'), 15 * MINUTE);
        // What its firmware looks for may not have been there when it was switched on first.
        rack.unplug('PRYBAR-LAB-1');
        await pause(3000);
        await rack.switchOn('PRYBAR-LAB-1');
        await rack.until(async () => (await rack.machines()).some((node) => node.approved && node.contact === 'up'), 20 * MINUTE);
        const [node] = await rack.machines();
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
  ];
  try {
    return await takeSteps(steps, tell);
  } finally {
    await rack.stop();
  }
}
