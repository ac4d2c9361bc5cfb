// A blank machine of the virtual rack with two disks is installed with a mirror and volume groups; it starts from disk by UEFI and by BIOS, and
// from its second disk when the first is gone. One machine at a time, so that it fits on a small computer.

import assert from 'node:assert/strict';
import { statSync, truncateSync } from 'node:fs';
import { missingParts } from '../../core/lab/program.ts';
import type { Problem } from '../../core/model/problem.ts';
import { type Counts, MINUTE, RackForTests, type Step, takeSteps } from './steps.ts';

/** How many steps passed and failed. Problems say why it cannot run here. */
export async function soakRootfs(tell: (line: string) => void): Promise<Counts | { problems: Problem[] }> {
  const missing = await missingParts(['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/lib/ipxe/qemu/pxe-virtio.rom']);
  if (missing.length) return { problems: missing };
  const rack = new RackForTests();
  const disk = rack.diskOf('PRYBAR-LAB-1');
  let boot = '';

  const start = (firmware: 'bios' | 'uefi'): Promise<void> => rack.start('--machines', '1', '--disks', '2', '--firmware', firmware);
  const inside = (command: string): Promise<string> => rack.inside('n1', command);
  const lay = (attributes: Record<string, unknown>): Promise<void> =>
    rack.commit('sample', 'os-install', { method: 'rootfs', layout: 'mirror-lvm', ...attributes }, { 'os-install': { count: 'all' } });
  /** Until the installed system answers in a start that is not the last one. */
  const startedAnew = async (): Promise<void> => {
    boot = await rack.until(async () => {
      // Waiting for SSH holds everything up, and the admin node may have hung up meanwhile.
      const node = await rack.machine('n1').catch(() => undefined);
      const now = node?.system?.kind === 'installed' && (await inside('cat /proc/sys/kernel/random/boot_id').catch(() => ''));
      return now !== boot && now;
    }, 20 * MINUTE);
  };

  const steps: Step[] = [
    [
      'a blank machine with two disks is discovered on UEFI',
      async () => {
        await start('uefi');
        const node = await rack.until(async () => {
          const found = await rack.machine('n1');
          return found?.approved && found.contact === 'up' && found;
        }, 15 * MINUTE);
        assert.equal(node.inventory!.disks.length, 2);
      },
    ],
    [
      'a layout that its disks cannot hold is refused, and nothing is written',
      async () => {
        await lay({ disk: 'smallest-ssd' });
        const failed = await rack.until(async () => {
          const found = await rack.nodeRole('os-install', 'n1');
          return found?.state === 'failed' && found;
        }, 15 * MINUTE);
        assert.match(JSON.stringify(await rack.admin.client.call('GET /runs/:id/log', { params: { id: failed.runId! } })), /no SSD/);
        assert.equal(statSync(disk).blocks, 0, 'the file behind the disk is one hole');
      },
    ],
    [
      'it is installed on a mirror with volume groups, and reports',
      async () => {
        await lay({ disk: 'smallest' });
        await rack.until(async () => (await rack.nodeRole('os-install', 'n1'))?.state === 'done', 60 * MINUTE, ['os-install']);
        await startedAnew();
      },
    ],
    [
      'its file systems lie where the layout says, on both disks',
      async () => {
        assert.equal(await inside('[ -d /sys/firmware/efi ] && echo uefi'), 'uefi');
        const places = 'findmnt -no SOURCE /; findmnt -no SOURCE /var; lsblk -rno NAME "$(swapon --noheadings --show=NAME)"';
        assert.equal(await inside(places), '/dev/mapper/system-root\n/dev/mapper/system-var\nsystem-swap');
        const arrays = await inside('cat /proc/mdstat');
        assert.equal([...arrays.matchAll(/raid1 vd[ab]\d\[\d\] vd[ab]\d\[\d\]/g)].length, 3, arrays);
        // It is mounted when somebody looks, and is a mirror too.
        assert.match(await inside('ls /boot/efi/EFI/BOOT; findmnt -no SOURCE -t vfat /boot/efi'), /BOOTX64\.EFI[^]*\/dev\/md/);
        assert.equal(await inside('systemctl --failed --plain --no-legend'), '');
      },
    ],
    [
      'the same disks start by BIOS, and come to hold the same',
      async () => {
        await rack.admin.stop();
        await start('bios');
        await startedAnew();
        assert.equal(await inside('[ -d /sys/firmware/efi ] || echo bios'), 'bios');
        await rack.until(async () => !(await inside('cat /proc/mdstat')).includes('resync'), 30 * MINUTE);
      },
    ],
    [
      'by BIOS it starts from the second disk when the first was replaced by a blank one',
      async () => {
        await rack.admin.stop();
        const { size } = statSync(disk);
        truncateSync(disk, 0);
        truncateSync(disk, size);
        await start('bios');
        await startedAnew();
        // The third, which firmware reads, waits for somebody to look.
        assert.equal([...(await inside('cat /proc/mdstat')).matchAll(/\[(U_|_U)\]/g)].length, 2);
      },
    ],
    [
      'by UEFI as well',
      async () => {
        await rack.admin.stop();
        await start('uefi');
        await startedAnew();
        assert.equal(await inside('[ -d /sys/firmware/efi ] && echo uefi'), 'uefi');
      },
    ],
  ];
  try {
    return await takeSteps(steps, tell);
  } finally {
    await rack.stop();
  }
}
