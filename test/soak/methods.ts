// Two ways of installing, on two blank machines, one with BIOS and one with UEFI. Both receive one image in one stream; then the disk of the one,
// switched off, is saved by Clonezilla's own program and restored onto a larger disk of the other, which starts from it under its own name.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { openMulticastSettings } from '../../core/boot/multicast.ts';
import { UDP_SENDER } from '../../core/boot/udp-sender.ts';
import { missingParts } from '../../core/lab/program.ts';
import { LAB_BRIDGE } from '../../core/lab/switch.ts';
import { problem, type Problem } from '../../core/model/problem.ts';
import { diskLacks, saveByClonezilla, withDevice } from '../saved-disk.ts';
import { type Counts, MINUTE, RackForTests, type Step, takeSteps } from './steps.ts';

const GIB = 2 ** 30;
const MEGABITS = 10;

/** How many steps passed and failed. Problems say why it cannot run here. */
export async function soakMethods(tell: (line: string) => void): Promise<Counts | { problems: Problem[] }> {
  const missing = await missingParts(['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/lib/ipxe/qemu/pxe-virtio.rom']);
  if (!existsSync(UDP_SENDER)) missing.push(problem('Nothing sends to many machines at once here.', {}, 'Install it: apt-get install udpcast'));
  const lacks = diskLacks('ocs-sr', 'parted', 'bc');
  if (lacks) missing.push(problem(`No disk can be saved by Clonezilla here: ${lacks}.`, {}, 'Install it: apt-get install clonezilla partclone parted bc'));
  if (missing.length) return { problems: missing };
  const rack = new RackForTests();
  const client = () => rack.admin.client;
  const ROLES = ['os-install', 'ntp-server', 'ntp-client'];
  const installedAndDone = async (name: string) => {
    const node = await rack.machine(name);
    const states = await Promise.all(ROLES.map((role) => rack.nodeRole(role, name)));
    return node?.system?.kind === 'installed' && node.contact === 'up' && states.some((v) => v) && states.every((v) => !v || v.state === 'done');
  };
  const runLog = async (name: string): Promise<string[]> => {
    const vertex = await rack.nodeRole('os-install', name);
    const log = await client().call('GET /runs/:id/log', { params: { id: vertex!.runId! } });
    return log.flatMap(({ event }) => (event.kind === 'log' ? [event.text] : []));
  };
  /** What tells a machine from all others, as it says itself. */
  const identity = async (name: string) => ({
    name: await rack.inside(name, 'hostname'),
    machineId: await rack.inside(name, 'cat /etc/machine-id'),
    hostKey: await rack.inside(name, 'cut -d " " -f 2 /etc/ssh/ssh_host_ed25519_key.pub'),
    installation: await rack.inside(name, 'sed -n s/^INSTALLATION=//p /etc/prybar/installation'),
    address: await rack.inside(name, 'hostname -I'),
  });
  const fileSystem = (name: string) => rack.inside(name, 'findmnt -no UUID /');
  const bootId = (name: string) => rack.inside(name, 'cat /proc/sys/kernel/random/boot_id');
  /** Until it answers from its disk, in a start that is not the last one. */
  const startedAnew = (name: string, last: string) =>
    rack.until(async () => {
      // Waiting for SSH holds everything up, and the admin node may have hung up meanwhile.
      const node = await rack.machine(name).catch(() => undefined);
      const now = node?.system?.kind === 'installed' && (await bootId(name).catch(() => ''));
      return now && now !== last;
    }, 20 * MINUTE);
  const wellStarted = async (name: string, firmware: 'bios' | 'uefi') => {
    assert.match(await rack.inside(name, 'findmnt -no SOURCE,FSTYPE /'), /^\/dev\/vda\d+ +ext4$/);
    assert.equal(await rack.inside(name, '[ -d /sys/firmware/efi ] && echo uefi || echo bios'), firmware);
    assert.equal(await rack.inside(name, 'systemctl --failed --plain --no-legend'), '');
  };
  /** Bytes that the admin node has sent to the machines. */
  const sent = () => Number(rack.onSwitch('cat', `/sys/class/net/${LAB_BRIDGE}/statistics/tx_bytes`));
  const marker = `kept ${Date.now()}`;
  /** The one whose disk is saved, by BIOS, and the one that is given it, by UEFI. */
  let [from, to] = ['', ''];
  const serialOf: Record<string, string> = {};
  let original: Awaited<ReturnType<typeof identity>>;
  let before: Awaited<ReturnType<typeof identity>>;

  const steps: Step[] = [
    [
      'two blank machines are discovered, one with BIOS and one with UEFI',
      async () => {
        await rack.start('--machines', '2', '--firmware', 'mixed');
        await rack.until(async () => (await rack.machines()).filter((node) => node.approved && node.contact === 'up').length === 2, 15 * MINUTE);
        for (const node of await rack.machines()) {
          serialOf[node.name] = node.serial!;
          if (node.inventory!.firmware.kind === 'bios') from = node.name;
          else to = node.name;
        }
        assert.ok(from && to);
      },
    ],
    [
      'both receive their image in one stream, which crosses the link once',
      async () => {
        // Emulated machines take turns at being slow: at a rate that both can keep, neither is taken for one that holds the other up.
        await rack.commit('system', 'provisioner', { multicast: { rate: MEGABITS } }, { 'dhcp-server': ['admin'] });
        const settings = openMulticastSettings(path.join(rack.state, 'multicast.json'));
        await rack.until(async () => settings()?.rate === MEGABITS, MINUTE, ['dhcp-server']);
        const already = sent();
        await rack.commit('sample', 'os-install', { multicast: true, gather: { seconds: 600, machines: 2 } }, { 'os-install': { count: 'all' } });
        for (const name of [from, to]) await rack.until(async () => (await rack.machine(name))!.system?.kind === 'installed', 40 * MINUTE, ['os-install']);
        const now = sent();
        const { bytes } = await client().call('GET /images/:name', { params: { name: 'debian-12' } });
        const streams = new Set<string>();
        for (const name of [from, to]) {
          const log = (await runLog(name)).filter((text) => text.startsWith('multicast: '));
          const told = log.join('\n');
          const stream = /^multicast: received from (\S+) together with 1 others$/m.exec(told)?.[1];
          assert.ok(stream, told);
          streams.add(stream);
          assert.match(told, /^multicast: (\d+ % sent to 2 machines|all is sent)$/m);
          assert.doesNotMatch(told, /fetched alone/);
        }
        assert.equal(streams.size, 1);
        const times = (now - already) / bytes;
        tell(`       the admin node sent ${times.toFixed(2)} times the size of the image`);
        assert.ok(times > 1 && times < 1.5, `${now - already} bytes were sent for an image of ${bytes}`);
      },
    ],
    [
      'each answers from its own disk, under its own name, keys and machine id',
      async () => {
        for (const name of [from, to]) await rack.until(() => installedAndDone(name), 20 * MINUTE, ['os-install']);
        await wellStarted(from, 'bios');
        await wellStarted(to, 'uefi');
        [original, before] = [await identity(from), await identity(to)];
        assert.deepEqual([original.name, before.name], [from, to]);
        for (const [what, value] of Object.entries(original)) assert.notEqual(before[what as keyof typeof before], value, what);
        assert.notEqual(await fileSystem(to), await fileSystem(from));
      },
    ],
    [
      'one is switched off, its disk is saved by ocs-sr and imported, and it goes on as it was',
      async () => {
        const last = await bootId(from);
        await rack.inside(from, `echo '${marker}' >/srv/marker; systemd-run --quiet --on-active=2 systemctl poweroff`);
        await rack.until(async () => {
          const { machines } = await client().call('GET /lab');
          return !machines.find(({ serial }) => serial === serialOf[from])!.powered;
        }, 5 * MINUTE);
        const home = path.join(rack.state, 'partimag');
        mkdirSync(home);
        const folder = await withDevice(rack.diskOf(serialOf[from]!), (device) => saveByClonezilla(device, home, 'saved', '-z9', '-i', '4096'));
        await rack.switchOn(serialOf[from]!);
        await rack.prybar('image', 'import', folder, '--name', 'saved');
        const { pieces, rawBytes } = await client().call('GET /images/:name', { params: { name: 'saved' } });
        assert.deepEqual([pieces!.label, rawBytes], ['gpt', statSync(rack.diskOf(serialOf[from]!)).size]);
        await startedAnew(from, last);
        await rack.until(() => installedAndDone(from), 20 * MINUTE, ['os-install']);
        assert.deepEqual(await identity(from), original);
      },
    ],
    [
      'the other is installed anew from that, and reports',
      async () => {
        // Which it sees at its next start.
        truncateSync(rack.diskOf(serialOf[to]!), 10 * GIB);
        const { id, installation } = (await rack.machine(to))!;
        await rack.commit('sample', 'os-install', { method: 'clonezilla', image: 'saved' }, { 'os-install': { count: 'all' } });
        await rack.prybar('run', 'retry', `sample/os-install@${id}`);
        await rack.until(async () => (await rack.machine(to))!.installation?.id !== installation!.id && (await installedAndDone(to)), 40 * MINUTE, [
          'os-install',
        ]);
        assert.match((await runLog(to)).join('\n'), /^partition \d+ grown to (9\.\d|10)G$/m);
      },
    ],
    [
      'it has started from the disk of the one, as large as its own, under its own name, keys and machine id',
      async () => {
        await wellStarted(to, 'uefi');
        assert.equal(await rack.inside(to, 'cat /srv/marker'), marker);
        assert.equal(await fileSystem(to), await fileSystem(from));
        const bytes = Number(await rack.inside(to, 'df --block-size=1 --output=size / | tail -n 1'));
        assert.ok(bytes > 9 * GIB, `${bytes} bytes`);
        const now = await identity(to);
        assert.deepEqual([now.name, now.address], [before.name, before.address]);
        for (const [what, value] of Object.entries(original)) assert.notEqual(now[what as keyof typeof now], value, `${what} is that of the other`);
        const { machineId, hostKey, installation } = original;
        const traces = `grep -rlF -e '${machineId}' -e '${hostKey}' -e '${installation}' /etc /root || true`;
        assert.equal(await rack.inside(to, traces), '', 'something of the other is on it');
      },
    ],
    [
      'the same disk starts by BIOS as well',
      async () => {
        const last = await bootId(to);
        await rack.admin.stop();
        await rack.start('--machines', '2', '--firmware', 'bios');
        await startedAnew(to, last);
        await wellStarted(to, 'bios');
      },
    ],
  ];
  try {
    return await takeSteps(steps, tell);
  } finally {
    await rack.stop();
  }
}
