// A blank machine of the virtual rack with two disks is installed with a mirror and volume groups; it starts from disk by UEFI and by BIOS, and
// from its second disk when the first is gone. Then one with a TPM, on an encrypted disk that it opens by itself: an image is made of it, and it is
// installed anew from that, under other keys. One machine at a time, so that it fits on a small computer.

import assert from 'node:assert/strict';
import { statSync, truncateSync } from 'node:fs';
import { missingParts } from '../../core/lab/program.ts';
import type { Problem } from '../../core/model/problem.ts';
import { type Counts, MINUTE, RackForTests, type Step, takeSteps } from './steps.ts';

/** How many steps passed and failed. Problems say why it cannot run here. */
export async function soakRootfs(tell: (line: string) => void): Promise<Counts | { problems: Problem[] }> {
  const missing = await missingParts([
    '/usr/share/OVMF/OVMF_CODE_4M.fd',
    '/usr/share/OVMF/OVMF_CODE_4M.ms.fd',
    '/usr/bin/swtpm',
    '/usr/lib/ipxe/qemu/pxe-virtio.rom',
  ]);
  if (missing.length) return { problems: missing };
  let rack = new RackForTests();
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

  const discovered = () =>
    rack.until(async () => {
      const found = await rack.machine('n1');
      return found?.approved && found.contact === 'up' && found;
    }, 15 * MINUTE);
  const installed = async (): Promise<void> => {
    await rack.until(async () => (await rack.nodeRole('os-install', 'n1'))?.state === 'done', 60 * MINUTE, ['os-install']);
    await startedAnew();
  };
  /** What an encrypted disk and what lies on it are called, and what opens it. */
  const keys = async () => ({
    luks: await inside('cryptsetup luksUUID /dev/vda4'),
    root: await inside('findmnt -no UUID /'),
    machine: await inside('cat /etc/machine-id'),
    tokens: await inside('clevis luks list -d /dev/vda4'),
  });
  const marker = `kept ${Date.now()}`;
  let original: Awaited<ReturnType<typeof keys>>;

  const steps: Step[] = [
    [
      'a blank machine with two disks is discovered on UEFI',
      async () => {
        await start('uefi');
        const node = await discovered();
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
        await installed();
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
        await rack.stop();
      },
    ],
    [
      'a machine with a TPM is to be encrypted, and refused as long as nobody knows the passphrase',
      async () => {
        rack = new RackForTests();
        await rack.start('--machines', '1', '--firmware', 'uefi-secure');
        await discovered();
        await lay({ layout: 'encrypted', unlock: 'tpm' });
        await rack.until(async () => (await rack.nodeRole('os-install', 'n1'))?.state === 'failed', 15 * MINUTE);
        assert.equal(statSync(rack.diskOf('PRYBAR-LAB-1')).blocks, 0, 'the file behind the disk is one hole');
      },
    ],
    [
      'it is installed on an encrypted disk, which it opens at its start without a hand',
      async () => {
        const body = { id: 'sample/os-install/diskPassphrase', text: 'correct horse battery' };
        await rack.admin.client.call('POST /secrets/rotate', { body });
        await rack.until(async () => (await rack.nodeRole('os-install', 'n1'))?.state !== 'failed', 2 * MINUTE);
        await installed();
        original = await keys();
        assert.match(original.tokens, /tpm2/);
        assert.equal(await inside('lsblk -rno TYPE --inverse "$(findmnt -no SOURCE /)"'), 'lvm\ncrypt\npart\ndisk');
        assert.equal(await inside('systemctl --failed --plain --no-legend'), '');
      },
    ],
    [
      'it starts again by itself after a power cut',
      async () => {
        rack.unplug('PRYBAR-LAB-1');
        await rack.until(async () => (await rack.machine('n1'))!.contact !== 'up', 3 * MINUTE);
        await rack.admin.client.call('POST /nodes/:id/power', { params: { id: 'n1' }, body: { action: 'on' } });
        await startedAnew();
      },
    ],
    [
      'an image is made of it, with its layout and without its keys',
      async () => {
        await inside(`echo '${marker}' >/srv/marker; sync`);
        const asked = rack.admin.cli('image', 'capture', 'n1', '--name', 'golden', '--no-wait');
        assert.equal(asked.status, 0, asked.stderr);
        await rack.until(
          async () => {
            const node = (await rack.machine('n1'))!;
            return !node.capture && node.system?.kind === 'installed' && node.contact === 'up';
          },
          40 * MINUTE,
          ['system-capture'],
        );
        const { tree, signed } = await rack.admin.client.call('GET /images/:name', { params: { name: 'golden' } });
        assert.equal(signed, true);
        const group = tree!.layout[0]!.volumes.find((volume) => 'group' in volume);
        assert.deepEqual([tree!.layout.length, tree!.layout[0]!.disks.count, group?.encrypted], [1, 1, true]);
        assert.deepEqual(await keys(), original, 'it is no longer what it was');
      },
    ],
    [
      'it is installed anew from that: the same content on the same layout, under other keys, and it opens that as well',
      async () => {
        boot = await inside('cat /proc/sys/kernel/random/boot_id');
        const before = (await rack.machine('n1'))!;
        await lay({ image: 'golden', layout: 'captured', unlock: 'tpm' });
        const retried = rack.admin.cli('run', 'retry', `sample/os-install@${before.id}`);
        assert.equal(retried.status, 0, retried.stderr);
        await rack.until(async () => (await rack.machine('n1'))!.installation?.id !== before.installation!.id, 60 * MINUTE, ['os-install']);
        await installed();
        const now = await keys();
        for (const what of ['luks', 'root', 'machine'] as const) assert.notEqual(now[what], original[what], what);
        assert.match(now.tokens, /tpm2/);
        assert.equal(await inside('cat /srv/marker'), marker);
        assert.equal(await inside('systemctl --failed --plain --no-legend'), '');
      },
    ],
  ];
  try {
    return await takeSteps(steps, tell);
  } finally {
    await rack.stop();
  }
}
