// A blank machine of the virtual rack with two disks is installed with a mirror and volume groups; it starts from disk by UEFI and by BIOS, and
// from its second disk when the first is gone.

import assert from 'node:assert/strict';
import { statSync, truncateSync } from 'node:fs';
import { missingParts } from '../../core/lab/program.ts';
import type { Problem } from '../../core/model/problem.ts';
import { OneMachine } from './one-machine.ts';
import { MINUTE } from './rack-for-tests.ts';
import { type Counts, type Step, takeSteps } from './steps.ts';

/** How many steps passed and failed. Problems say why it cannot run here. */
export async function soakRootfs(tell: (line: string) => void): Promise<Counts | { problems: Problem[] }> {
  const missing = await missingParts(['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/lib/ipxe/qemu/pxe-virtio.rom']);
  if (missing.length) return { problems: missing };
  const rack = new OneMachine();
  const disk = rack.diskOf('PRYBAR-LAB-1');
  const start = (firmware: 'bios' | 'uefi'): Promise<void> => rack.start('--machines', '1', '--disks', '2', '--firmware', firmware);

  const steps: Step[] = [
    [
      'a blank machine with two disks is discovered on UEFI',
      async () => {
        await start('uefi');
        const [node] = await rack.discovered(1);
        assert.equal(node!.inventory!.disks.length, 2);
      },
    ],
    [
      'a layout that its disks cannot hold is refused, and nothing is written',
      async () => {
        await rack.lay({ layout: 'mirror-lvm', disk: 'smallest-ssd' });
        assert.match(await rack.refused('os-install', 'n1'), /no SSD/);
        assert.equal(statSync(disk).blocks, 0, 'the file behind the disk is one hole');
      },
    ],
    [
      'it is installed on a mirror with volume groups, and reports',
      async () => {
        await rack.lay({ layout: 'mirror-lvm', disk: 'smallest' });
        await rack.installed();
      },
    ],
    [
      'its file systems lie where the layout says, on both disks',
      async () => {
        assert.equal(await rack.on('[ -d /sys/firmware/efi ] && echo uefi'), 'uefi');
        const places = 'findmnt -no SOURCE /; findmnt -no SOURCE /var; lsblk -rno NAME "$(swapon --noheadings --show=NAME)"';
        assert.equal(await rack.on(places), '/dev/mapper/system-root\n/dev/mapper/system-var\nsystem-swap');
        const arrays = await rack.on('cat /proc/mdstat');
        assert.equal([...arrays.matchAll(/raid1 vd[ab]\d\[\d\] vd[ab]\d\[\d\]/g)].length, 3, arrays);
        // It is mounted when somebody looks, and is a mirror too.
        assert.match(await rack.on('ls /boot/efi/EFI/BOOT; findmnt -no SOURCE -t vfat /boot/efi'), /BOOTX64\.EFI[^]*\/dev\/md/);
        assert.equal(await rack.on('systemctl --failed --plain --no-legend'), '');
      },
    ],
    [
      'the same disks start by BIOS, and come to hold the same',
      async () => {
        await rack.admin.stop();
        await start('bios');
        await rack.restarted();
        assert.equal(await rack.on('[ -d /sys/firmware/efi ] || echo bios'), 'bios');
        await rack.until(async () => !(await rack.on('cat /proc/mdstat')).includes('resync'), 30 * MINUTE);
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
        await rack.restarted();
        // The third, which firmware reads, comes when somebody looks, or md has waited long enough.
        assert.ok([...(await rack.on('cat /proc/mdstat')).matchAll(/\[(U_|_U)\]/g)].length >= 2);
      },
    ],
    [
      'by UEFI as well',
      async () => {
        await rack.admin.stop();
        await start('uefi');
        await rack.restarted();
        assert.equal(await rack.on('[ -d /sys/firmware/efi ] && echo uefi'), 'uefi');
      },
    ],
  ];
  try {
    return await takeSteps(steps, tell);
  } finally {
    await rack.stop();
  }
}
