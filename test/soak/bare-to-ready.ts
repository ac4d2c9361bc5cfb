// Two blank machines, one with BIOS and one with UEFI, through a whole life: discovered, installed (one of them loses power in the middle),
// converged from their disks; one is retired and its disk erased, comes back as a spare, and takes the place of the other when that dies.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { missingParts } from '../../core/lab/program.ts';
import { erasuresIn } from '../../core/model/certificate.ts';
import type { Problem } from '../../core/model/problem.ts';
import { type Counts, MINUTE, RackForTests, type Step, takeSteps } from './steps.ts';

/** How many steps passed and failed. Problems say why it cannot run here. */
export async function soakBareToReady(tell: (line: string) => void): Promise<Counts | { problems: Problem[] }> {
  const missing = await missingParts(['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/lib/ipxe/qemu/pxe-virtio.rom']);
  if (missing.length) return { problems: missing };
  const rack = new RackForTests();
  const client = () => rack.admin.client;
  const installedAndDone = async (name: string) => {
    const node = await rack.machine(name);
    const states = await Promise.all(['os-install', 'ntp-server', 'ntp-client'].map((role) => rack.nodeRole(role, name)));
    return node?.system?.kind === 'installed' && node.contact === 'up' && states.some((v) => v) && states.every((v) => !v || v.state === 'done');
  };
  let serialOf: Record<string, string> = {};

  const steps: Step[] = [
    [
      'two blank machines are discovered, named and addressed',
      async () => {
        await rack.start('--machines', '2', '--firmware', 'mixed');
        await rack.until(async () => (await rack.machines()).filter((node) => node.approved && node.contact === 'up').length === 2, 15 * MINUTE);
        serialOf = Object.fromEntries((await rack.machines()).map((node) => [node.name, node.serial!]));
        assert.deepEqual((await rack.machines()).map((node) => node.inventory!.firmware.kind).sort(), ['bios', 'uefi']);
      },
    ],
    [
      'one loses power in the middle of its installation, and is installed all the same when it is back',
      async () => {
        await rack.commit('sample', 'os-install', {}, { 'os-install': { count: 'all' } });
        await rack.until(async () => {
          const vertex = await rack.nodeRole('os-install', 'n2');
          if (vertex?.state !== 'running' || !vertex.runId) return false;
          const log = await client().call('GET /runs/:id/log', { params: { id: vertex.runId } });
          return log.some(({ event }) => event.kind === 'log' && /^[1-9]\d? % written/.test(event.text));
        }, 20 * MINUTE);
        rack.unplug(serialOf.n2!);
        await rack.until(async () => (await rack.machine('n2'))!.contact !== 'up', 3 * MINUTE);
        await client().call('POST /nodes/:id/power', { params: { id: 'n2' }, body: { action: 'on' } });
        await rack.until(() => installedAndDone('n2'), 40 * MINUTE, ['os-install']);
      },
    ],
    [
      'both run from their disks and have one time',
      async () => {
        await rack.until(() => installedAndDone('n1'), 30 * MINUTE, ['os-install']);
        for (const name of ['n1', 'n2']) assert.match(await rack.inside(name, 'findmnt -no SOURCE,FSTYPE /'), /^\/dev\/vda\d+ +ext4$/);
      },
    ],
    [
      'one is retired: its roles are undone, its disk erased and certified, and it is forgotten',
      async () => {
        const serial = serialOf.n1!;
        const retired = rack.admin.cli('node', 'retire', 'n1', '--yes');
        assert.equal(retired.status, 0, retired.stderr);
        await rack.until(async () => !(await rack.machine(serial)), 20 * MINUTE, ['disk-wipe']);
        const [certificate] = await client().call('GET /certificates');
        assert.deepEqual([certificate!.serial, certificate!.signed], [serial, true]);
        const [erased] = erasuresIn(certificate!);
        assert.deepEqual([erased!.samples!.kept, erased!.samples!.zeros], [0, erased!.samples!.read]);
        // Not what it says of it but what is there.
        const disk = rack.diskOf(serial);
        assert.equal(spawnSync('cmp', ['-n', String(statSync(disk).size), disk, '/dev/zero']).status, 0, 'something is left on the disk');
      },
    ],
    [
      'it is switched on again and is discovered as a blank machine',
      async () => {
        await rack.switchOn(serialOf.n1!);
        await rack.until(async () => (await rack.machine(serialOf.n1!))?.contact === 'up', 15 * MINUTE);
      },
    ],
    [
      'the other dies, and the spare takes its place: name, address, roles',
      async () => {
        const before = (await rack.machine('n2'))!;
        rack.unplug(serialOf.n2!);
        await rack.until(async () => (await rack.machine('n2'))!.contact !== 'up', 3 * MINUTE);
        const spare = (await rack.machine(serialOf.n1!))!;
        const [candidate] = await client().call('GET /nodes/:id/candidates', { params: { id: 'n2' } });
        assert.deepEqual([candidate!.id, candidate!.lacks], [spare.id, []]);
        const replaced = rack.admin.cli('node', 'replace', 'n2', '--by', spare.name, '--yes');
        assert.equal(replaced.status, 0, replaced.stderr);
        await rack.until(() => installedAndDone('n2'), 40 * MINUTE, ['os-install']);
        const now = (await rack.machine('n2'))!;
        assert.deepEqual([now.id, now.addresses.admin, now.serial], [before.id, before.addresses.admin, serialOf.n1]);
        assert.equal(await rack.inside('n2', 'hostname'), 'n2');
      },
    ],
  ];

  try {
    return await takeSteps(steps, tell);
  } finally {
    await rack.stop();
  }
}
