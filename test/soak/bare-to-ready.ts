// Two blank machines, one with BIOS and one with UEFI, through a whole life: discovered, their BMCs set up, installed (one of them loses power in
// the middle), converged from their disks; an image is made of one and cloned onto the other; one is retired and its disk erased, comes back as a spare, and takes the place of the other when that dies.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
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
    const states = await Promise.all(['os-install', 'bmc', 'ntp-server', 'ntp-client'].map((role) => rack.nodeRole(role, name)));
    return node?.system?.kind === 'installed' && node.contact === 'up' && states.some((v) => v) && states.every((v) => !v || v.state === 'done');
  };
  let serialOf: Record<string, string> = {};
  const runLog = async (role: string, name: string) => {
    const vertex = await rack.nodeRole(role, name);
    if (vertex?.state !== 'running' || !vertex.runId) return [];
    const log = await client().call('GET /runs/:id/log', { params: { id: vertex.runId } });
    return log.flatMap(({ event }) => (event.kind === 'log' ? [event.text] : []));
  };
  /** What tells a machine from all others, as it says itself. */
  const identity = async (name: string) => ({
    machineId: await rack.inside(name, 'cat /etc/machine-id'),
    hostKey: await rack.inside(name, 'cut -d " " -f 2 /etc/ssh/ssh_host_ed25519_key.pub'),
    installation: await rack.inside(name, 'sed -n s/^INSTALLATION=//p /etc/prybar/installation'),
    address: await rack.inside(name, 'hostname -I'),
    fileSystem: await rack.inside(name, 'findmnt -no UUID /'),
  });
  const marker = `kept ${Date.now()}`;
  let original: Awaited<ReturnType<typeof identity>>;

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
        for (const { id } of await rack.machines()) {
          const { power } = await client().call('POST /nodes/:id/power', { params: { id }, body: { action: 'status' } });
          assert.equal(power, 'on');
        }
      },
    ],
    [
      'one loses power in the middle of its installation, and is installed all the same when it is back',
      async () => {
        await rack.commit('sample', 'os-install', {}, { 'os-install': { count: 'all' } });
        await rack.until(async () => {
          const log = await runLog('os-install', 'n2');
          return log.some((text) => /^[1-9]\d? % written/.test(text));
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
      'an image is made of one, though it loses power in the middle; it goes on as it was',
      async () => {
        original = await identity('n2');
        await rack.inside('n2', `echo '${marker}' >/srv/marker; echo 'a secret command' >/root/.bash_history; sync`);
        const asked = rack.admin.cli('image', 'capture', 'n2', '--name', 'golden', '--no-wait');
        assert.equal(asked.status, 0, asked.stderr);
        await rack.until(async () => (await runLog('system-capture', 'n2')).some((text) => /^\d+ % read/.test(text)), 15 * MINUTE, ['system-capture']);
        rack.unplug(serialOf.n2!);
        await rack.until(async () => (await rack.machine('n2'))!.contact !== 'up', 3 * MINUTE);
        // What had arrived of that attempt is thrown away.
        await rack.until(async () => readdirSync(path.join(rack.state, 'arriving')).length === 0, 3 * MINUTE);
        await client().call('POST /nodes/:id/power', { params: { id: 'n2' }, body: { action: 'on' } });
        await rack.until(async () => !(await rack.machine('n2'))!.capture && (await installedAndDone('n2')), 30 * MINUTE, ['system-capture']);
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
        const before = (await rack.machine('n1'))!;
        await rack.commit('sample', 'os-install', { image: 'golden' }, { 'os-install': { count: 'all' } });
        const refused = rack.admin.cli('image', 'remove', 'golden');
        assert.notEqual(refused.status, 0);
        assert.match(refused.stderr, /Machines are given golden .* by sample\.os-install/);
        const retried = rack.admin.cli('run', 'retry', `sample/os-install@${before.id}`);
        assert.equal(retried.status, 0, retried.stderr);
        await rack.until(async () => (await rack.machine('n1'))!.installation?.id !== before.installation!.id && (await installedAndDone('n1')), 40 * MINUTE, [
          'os-install',
        ]);
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
        const retired = rack.admin.cli('node', 'retire', 'n1', '--yes');
        assert.equal(retired.status, 0, retired.stderr);
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
