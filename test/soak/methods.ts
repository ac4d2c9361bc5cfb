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
import { type Identity, MINUTE, RackForTests } from './rack-for-tests.ts';
import { type Counts, type Step, takeSteps } from './steps.ts';

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
  const wellStarted = async (name: string, firmware: 'bios' | 'uefi') => {
    assert.match(await rack.inside(name, 'findmnt -no SOURCE,FSTYPE /'), /^\/dev\/vda\d+ +ext4$/);
    assert.equal(await rack.inside(name, '[ -d /sys/firmware/efi ] && echo uefi || echo bios'), firmware);
    assert.equal(await rack.inside(name, 'systemctl --failed --plain --no-legend'), '');
  };
  /** Bytes that the admin node has sent to the machines. */
  const sent = async () => Number(await rack.onSwitch('cat', `/sys/class/net/${LAB_BRIDGE}/statistics/tx_bytes`));
  const marker = `kept ${Date.now()}`;
  /** The one whose disk is saved, by BIOS, and the one that is given it, by UEFI. */
  let [from, to] = ['', ''];
  const serialOf: Record<string, string> = {};
  let original: Identity;
  let before: Identity;

  const steps: Step[] = [
    [
      'two blank machines are discovered, one with BIOS and one with UEFI',
      async () => {
        await rack.start('--machines', '2', '--firmware', 'mixed');
        for (const node of await rack.discovered(2)) {
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
        const already = await sent();
        await rack.install({ multicast: true, gather: { seconds: 600, machines: 2 } });
        for (const name of [from, to]) await rack.until(async () => (await rack.machine(name))!.system?.kind === 'installed', 40 * MINUTE, ['os-install']);
        const now = await sent();
        const { bytes } = await client().call('GET /images/:name', { params: { name: 'debian-12' } });
        const streams = new Set<string>();
        for (const name of [from, to]) {
          const log = (await rack.runLog('os-install', name)).filter((text) => text.startsWith('multicast: '));
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
        for (const name of [from, to]) await rack.until(() => rack.installedAndDone(name), 20 * MINUTE, ['os-install']);
        await wellStarted(from, 'bios');
        await wellStarted(to, 'uefi');
        [original, before] = [await rack.identity(from), await rack.identity(to)];
        assert.deepEqual([original.name, before.name], [from, to]);
        for (const [what, value] of Object.entries(original)) assert.notEqual(before[what as keyof typeof before], value, what);
        assert.notEqual(await rack.fileSystem(to), await rack.fileSystem(from));
      },
    ],
    [
      'one is switched off, its disk is saved by ocs-sr and imported, and it goes on as it was',
      async () => {
        const last = await rack.bootId(from);
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
        await rack.startedAnew(from, last);
        await rack.until(() => rack.installedAndDone(from), 20 * MINUTE, ['os-install']);
        assert.deepEqual(await rack.identity(from), original);
      },
    ],
    [
      'the other is installed anew from that, and reports',
      async () => {
        // Which it sees at its next start.
        truncateSync(rack.diskOf(serialOf[to]!), 10 * GIB);
        await rack.install({ method: 'clonezilla', image: 'saved' });
        await rack.installAnew(to);
        await rack.until(() => rack.installedAndDone(to), 20 * MINUTE, ['os-install']);
        assert.match((await rack.runLog('os-install', to)).join('\n'), /^partition \d+ grown to (9\.\d|10)G$/m);
      },
    ],
    [
      'it has started from the disk of the one, as large as its own, under its own name, keys and machine id',
      async () => {
        await wellStarted(to, 'uefi');
        assert.equal(await rack.inside(to, 'cat /srv/marker'), marker);
        assert.equal(await rack.fileSystem(to), await rack.fileSystem(from));
        const bytes = Number(await rack.inside(to, 'df --block-size=1 --output=size / | tail -n 1'));
        assert.ok(bytes > 9 * GIB, `${bytes} bytes`);
        const now = await rack.identity(to);
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
        const last = await rack.bootId(to);
        await rack.admin.stop();
        await rack.start('--machines', '2', '--firmware', 'bios');
        await rack.startedAnew(to, last);
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
