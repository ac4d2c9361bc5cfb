// The ways of UEFI machines into the network: one whose firmware boots over HTTP only, and one with Secure Boot and a TPM. The second one
// is installed as well and starts from its disk with Secure Boot still on; what its TPM measured leads to the registers it reports.

import assert from 'node:assert/strict';
import { missingParts } from '../../core/lab/program.ts';
import type { Problem } from '../../core/model/problem.ts';
import { MINUTE, RackForTests } from './rack-for-tests.ts';
import { type Counts, type Step, takeSteps } from './steps.ts';

/** How many steps passed and failed. Problems say why it cannot run here. */
export async function soakFirmware(tell: (line: string) => void): Promise<Counts | { problems: Problem[] }> {
  const missing = await missingParts([
    '/usr/share/OVMF/OVMF_CODE_4M.fd',
    '/usr/share/OVMF/OVMF_CODE_4M.ms.fd',
    '/usr/bin/swtpm',
    '/usr/lib/ipxe/qemu/pxe-virtio.rom',
  ]);
  if (missing.length) return { problems: missing };
  let rack = new RackForTests();

  const steps: Step[] = [
    [
      'a machine that boots over HTTP only is discovered',
      async () => {
        await rack.start('--machines', '1', '--firmware', 'uefi-http');
        const [node] = await rack.discovered(1);
        assert.deepEqual([node!.inventory!.firmware.kind, node!.inventory!.firmware.secureBoot], ['uefi', false]);
      },
    ],
    [
      'its boot menu opens at the console, and goes on from there',
      async () => {
        const before = (await rack.machine('n1'))!.system!.instance;
        const entries = [{ title: 'Another disc', iso: 'another.iso' }];
        await rack.commit('system', 'provisioner', { menu: { seconds: 60, memoryTest: false, entries } }, { 'dhcp-server': ['admin'] });
        await rack.until(async () => (await rack.nodeRole('boot-files', 'admin'))?.state === 'done', MINUTE, ['boot-files']);
        await rack.power('n1', 'cycle');
        await rack.until(async () => /Press m within 60 s/.test(rack.said('PRYBAR-LAB-1')), 5 * MINUTE);
        await rack.type('n1', 'm');
        await rack.until(async () => /Another disc/.test(rack.said('PRYBAR-LAB-1')), MINUTE);
        await rack.type('n1', 'g');
        await rack.until(async () => {
          const node = await rack.machine('n1');
          return node!.contact === 'up' && node!.system!.instance !== before;
        }, 10 * MINUTE);
        await rack.stop();
        rack = new RackForTests();
      },
    ],
    [
      'a machine with Secure Boot is discovered by the signed loader and kernel',
      async () => {
        await rack.start('--machines', '1', '--firmware', 'uefi-secure');
        const [node] = await rack.discovered(1);
        assert.equal(node!.inventory!.firmware.secureBoot, true);
      },
    ],
    [
      'what its TPM measured leads to its registers',
      async () => {
        const { starts } = await rack.admin.client.call('GET /nodes/:id/starts', { params: { id: 'n1' } });
        assert.equal(starts.length, 1);
        const { events, registers, unproven } = starts[0]!;
        assert.deepEqual(unproven, [], JSON.stringify(registers));
        for (const register of ['0', '4', '7']) assert.match(registers[register]!, /^[0-9a-f]{64}$/);
        assert(events.some(({ name, text }) => name === 'variable' && text === 'SecureBoot'));
        assert(events.some(({ register, text }) => register === 8 && /discovery\/[0-9a-f]+\/kernel/.test(text ?? '')));
      },
    ],
    [
      'it is installed, and starts from its disk with Secure Boot on',
      async () => {
        await rack.install();
        await rack.until(
          async () => {
            const node = await rack.machine('n1');
            return node?.system?.kind === 'installed' && node.contact === 'up' && (await rack.nodeRole('os-install', 'n1'))?.state === 'done';
          },
          40 * MINUTE,
          ['os-install'],
        );
        assert.match(await rack.inside('n1', 'od -An -j4 -N1 -tu1 /sys/firmware/efi/efivars/SecureBoot-*'), /1/);
        assert.match(await rack.inside('n1', 'cat /sys/kernel/security/lockdown'), /\[integrity\]/);
      },
    ],
    [
      'started again from the network, it is sent to its disk',
      async () => {
        const before = (await rack.machine('n1'))!.contactAt;
        await rack.inside('n1', 'systemd-run --on-active=1 systemctl reboot --force').catch(() => '');
        await rack.until(async () => {
          const node = await rack.machine('n1');
          return node!.contact === 'up' && node!.contactAt > before;
        }, 15 * MINUTE);
        assert.match(await rack.inside('n1', 'findmnt -no SOURCE /'), /^\/dev\/vda/);
      },
    ],
  ];

  try {
    return await takeSteps(steps, tell);
  } finally {
    await rack.stop();
  }
}
