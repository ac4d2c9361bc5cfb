// Two blank machines, one with BIOS and one with UEFI, through a whole life: discovered, their BMCs set up, installed (one of them loses power in
// the middle), converged from their disks; an image is made of one and cloned onto the other; one is retired and its disk erased, comes back as a spare, and takes the place of the other when that dies.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { missingParts } from '../../core/lab/program.ts';
import { erasuresIn } from '../../core/model/certificate.ts';
import type { Problem } from '../../core/model/problem.ts';
import { MINUTE, RackForTests } from './rack-for-tests.ts';
import { type Counts, type Step, takeSteps } from './steps.ts';

/** How many steps passed and failed. Problems say why it cannot run here. */
export async function soakBareToReady(tell: (line: string) => void): Promise<Counts | { problems: Problem[] }> {
  const missing = await missingParts(['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/lib/ipxe/qemu/pxe-virtio.rom']);
  if (missing.length) return { problems: missing };
  const rack = new RackForTests();
  const client = () => rack.admin.client;
  let serialOf: Record<string, string> = {};
  /** What a run that goes on now has said so far. */
  const saidNow = async (role: string, name: string) => ((await rack.nodeRole(role, name))?.state === 'running' ? rack.runLog(role, name) : []);
  const identity = async (name: string) => ({ ...(await rack.identity(name)), fileSystem: await rack.fileSystem(name) });
  const marker = `kept ${Date.now()}`;
  let original: Awaited<ReturnType<typeof identity>>;

  const steps: Step[] = [
    [
      'two blank machines are discovered, named and addressed',
      async () => {
        await rack.start('--machines', '2', '--firmware', 'mixed');
        const machines = await rack.discovered(2);
        serialOf = Object.fromEntries(machines.map((node) => [node.name, node.serial!]));
        assert.deepEqual(machines.map((node) => node.inventory!.firmware.kind).sort(), ['bios', 'uefi']);
      },
    ],
    [
      'each has an account of our own on its BMC, which it is switched with',
      async () => {
        await rack.commit('sample', 'bmc', {}, { bmc: { count: 'all' } });
        await rack.until(
          async () => {
            const machines = await rack.machines();
            const states = await Promise.all(machines.map(({ name }) => rack.nodeRole('bmc', name)));
            return states.every((vertex) => vertex?.state === 'done') && machines.every(({ bmc }) => bmc?.user === 'prybar');
          },
          10 * MINUTE,
          ['bmc'],
        );
        for (const { name } of await rack.machines()) assert.equal((await rack.power(name, 'status')).power, 'on');
      },
    ],
    [
      'one loses power in the middle of its installation, and is installed all the same when it is back',
      async () => {
        await rack.install();
        await rack.until(async () => (await saidNow('os-install', 'n2')).some((text) => /^[1-9]\d? % written/.test(text)), 20 * MINUTE);
        await rack.unplug('n2');
        await rack.power('n2', 'on');
        await rack.until(() => rack.installedAndDone('n2'), 40 * MINUTE, ['os-install']);
      },
    ],
    [
      'both run from their disks and have one time',
      async () => {
        await rack.until(() => rack.installedAndDone('n1'), 30 * MINUTE, ['os-install']);
        for (const name of ['n1', 'n2']) assert.match(await rack.inside(name, 'findmnt -no SOURCE,FSTYPE /'), /^\/dev\/vda\d+ +ext4$/);
      },
    ],
    [
      'an image is made of one, though it loses power in the middle; it goes on as it was',
      async () => {
        original = await identity('n2');
        await rack.inside('n2', `echo '${marker}' >/srv/marker; echo 'a secret command' >/root/.bash_history; sync`);
        await rack.prybar('image', 'capture', 'n2', '--name', 'golden', '--no-wait');
        await rack.until(async () => (await saidNow('system-capture', 'n2')).some((text) => /^\d+ % read/.test(text)), 15 * MINUTE, ['system-capture']);
        await rack.unplug('n2');
        // What had arrived of that attempt is thrown away.
        await rack.until(async () => readdirSync(path.join(rack.state, 'arriving')).length === 0, 3 * MINUTE);
        await rack.power('n2', 'on');
        await rack.until(async () => !(await rack.machine('n2'))!.capture && (await rack.installedAndDone('n2')), 30 * MINUTE, ['system-capture']);
        const image = await client().call('GET /images/:name', { params: { name: 'golden' } });
        assert.deepEqual([image.present, image.signed, image.provenance.captured?.nodeName], [true, true, 'n2']);
        assert.ok(image.provenance.captured!.leftOut.some((line) => line.startsWith('its SSH keys: 2')));
        assert.deepEqual(await identity('n2'), original);
        assert.equal(await rack.inside('n2', 'cat /srv/marker /root/.bash_history'), `${marker}\na secret command`);
      },
    ],
    [
      'it is cloned onto the other: the same content, another identity',
      async () => {
        await rack.install({ image: 'golden' });
        await assert.rejects(rack.prybar('image', 'remove', 'golden'), /Machines are given golden .* by sample\.os-install/);
        await rack.installAnew('n1');
        await rack.until(() => rack.installedAndDone('n1'), 20 * MINUTE, ['os-install']);
        assert.equal(await rack.inside('n1', 'cat /srv/marker'), marker);
        assert.equal(await rack.inside('n1', 'hostname'), 'n1');
        const clone = await identity('n1');
        for (const [what, value] of Object.entries(original)) assert.notEqual(clone[what as keyof typeof clone], value, `${what} is that of the original`);
        const traces = `grep -rlF -e '${original.machineId}' -e '${original.hostKey}' -e '${original.installation}' -e 'a secret command' /etc /var /root /home /srv || true`;
        assert.equal(await rack.inside('n1', traces), '', 'something of the original is on the clone');
        assert.equal(await rack.inside('n1', 'systemctl --failed --plain --no-legend'), '');
      },
    ],
    [
      'one is retired: its roles are undone, its disk erased and certified, and it is forgotten',
      async () => {
        const serial = serialOf.n1!;
        await rack.prybar('node', 'retire', 'n1', '--yes');
        await rack.until(async () => !(await rack.machine(serial)), 20 * MINUTE, ['disk-wipe']);
        const [certificate] = await client().call('GET /certificates');
        assert.deepEqual([certificate!.serial, certificate!.signed], [serial, true]);
        const [erased] = erasuresIn(certificate!);
        assert.deepEqual([erased!.samples!.kept, erased!.samples!.zeros], [0, erased!.samples!.read]);
        // Not what it says of it but what is there.
        await rack.blank(serial);
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
        await rack.unplug('n2');
        const spare = (await rack.machine(serialOf.n1!))!;
        const [candidate] = await client().call('GET /nodes/:id/candidates', { params: { id: 'n2' } });
        assert.deepEqual([candidate!.id, candidate!.lacks], [spare.id, []]);
        await rack.prybar('node', 'replace', 'n2', '--by', spare.name, '--yes');
        await rack.until(() => rack.installedAndDone('n2'), 40 * MINUTE, ['os-install']);
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
