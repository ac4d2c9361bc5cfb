// A blank machine with Secure Boot and a TPM is installed on an encrypted disk, which it opens by itself; an image is made of it, and it is installed anew
// from that, under other keys.

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { missingParts } from '../../core/lab/program.ts';
import type { Problem } from '../../core/model/problem.ts';
import { OneMachine } from './one-machine.ts';
import { MINUTE } from './rack-for-tests.ts';
import { type Counts, type Step, takeSteps } from './steps.ts';

/** How many steps passed and failed. Problems say why it cannot run here. */
export async function soakEncrypted(tell: (line: string) => void): Promise<Counts | { problems: Problem[] }> {
  const missing = await missingParts(['/usr/share/OVMF/OVMF_CODE_4M.ms.fd', '/usr/bin/swtpm', '/usr/lib/ipxe/qemu/pxe-virtio.rom']);
  if (missing.length) return { problems: missing };
  const rack = new OneMachine();
  /** What an encrypted disk and what lies on it are called, and what opens it. */
  const keys = async () => ({
    luks: await rack.on('cryptsetup luksUUID /dev/vda4'),
    root: await rack.on('findmnt -no UUID /'),
    machine: await rack.on('cat /etc/machine-id'),
    tokens: await rack.on('clevis luks list -d /dev/vda4'),
  });
  const marker = `kept ${Date.now()}`;
  let original: Awaited<ReturnType<typeof keys>>;

  const steps: Step[] = [
    [
      'a machine with a TPM and Secure Boot is to be encrypted, and refused as long as nobody knows the passphrase',
      async () => {
        await rack.start('--machines', '1', '--firmware', 'uefi-secure');
        await rack.discovered(1);
        await rack.lay({ layout: 'encrypted', unlock: 'tpm' });
        await rack.refused('os-install', 'n1');
        assert.equal(statSync(rack.diskOf('PRYBAR-LAB-1')).blocks, 0, 'the file behind the disk is one hole');
      },
    ],
    [
      'it is installed on an encrypted disk, which it opens at its start without a hand',
      async () => {
        const body = { id: 'sample/os-install/diskPassphrase', text: 'correct horse battery' };
        await rack.admin.client.call('POST /secrets/rotate', { body });
        await rack.until(async () => (await rack.nodeRole('os-install', 'n1'))?.state !== 'failed', 2 * MINUTE);
        await rack.installed();
        original = await keys();
        assert.match(original.tokens, /tpm2/);
        assert.equal(await rack.on('lsblk -rno TYPE --inverse "$(findmnt -no SOURCE /)"'), 'lvm\ncrypt\npart\ndisk');
        assert.equal(await rack.on('systemctl --failed --plain --no-legend'), '');
      },
    ],
    [
      'it starts again by itself after a power cut',
      async () => {
        await rack.unplug('n1');
        await rack.power('n1', 'on');
        await rack.restarted();
      },
    ],
    [
      'an image is made of it, with its layout and without its keys',
      async () => {
        await rack.on(`echo '${marker}' >/srv/marker; sync`);
        await rack.prybar('image', 'capture', 'n1', '--name', 'golden', '--no-wait');
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
        rack.boot = await rack.bootId('n1');
        await rack.lay({ image: 'golden', layout: 'captured', unlock: 'tpm' });
        await rack.installAnew('n1', 60 * MINUTE);
        await rack.installed();
        const now = await keys();
        for (const what of ['luks', 'root', 'machine'] as const) assert.notEqual(now[what], original[what], what);
        assert.match(now.tokens, /tpm2/);
        assert.equal(await rack.on('cat /srv/marker'), marker);
        assert.equal(await rack.on('systemctl --failed --plain --no-legend'), '');
      },
    ],
  ];
  try {
    return await takeSteps(steps, tell);
  } finally {
    await rack.stop();
  }
}
