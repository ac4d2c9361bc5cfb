// How long a blank machine of the virtual rack takes from power-on to ready, by an image and by Debian's own installer, and beside them the
// limit on the same machine: the image's bytes fetched over the same link, unpacked and written to its disk, and nothing else. Minutes where
// guests are emulated.

import { missingParts } from '../../core/lab/program.ts';
import { problemText } from '../../core/model/problem.ts';
import { soakDebianInstaller } from '../soak/debian-installer.ts';
import { MINUTE, RackForTests } from '../soak/rack-for-tests.ts';
import type { Bench } from './main.ts';

export const install: Bench = async ({ progress }) => {
  const missing = await missingParts(['/usr/share/OVMF/OVMF_CODE_4M.fd']);
  if (missing.length) return { figures: {}, ratios: {}, notes: missing.map(problemText) };
  const figures: Record<string, number> = {};
  const ratios: Record<string, number> = {};
  const notes: string[] = [];
  const rack = new RackForTests();
  const seconds = (since: number): number => (Date.now() - since) / 1000;
  const isUp = async () => (await rack.machine('n1'))?.contact === 'up';
  try {
    progress('building what is booted, and the image');
    await rack.start('--machines', '1', '--firmware', 'uefi');
    await rack.until(async () => rack.admin.events.some(({ event }) => event === 'power'), 15 * MINUTE);
    await rack.until(isUp, 15 * MINUTE);
    await rack.prybar('image', 'build');
    const [image] = await rack.admin.client.call('GET /images');
    figures['image MB'] = image!.bytes / 1e6;
    figures['disk MB'] = image!.rawBytes / 1e6;

    progress('fetching, unpacking and writing, and nothing else');
    const address = `$(sed 's/.*prybar.url=\\([^ ]*\\).*/\\1/' /proc/cmdline)/boot/images/${image!.digest}`;
    const bare = `curl -fsS "${address}" | zstd -dcq --long=24 | dd of=/dev/vda bs=4M iflag=fullblock conv=fsync status=none`;
    const begun = Date.now();
    await rack.inside('n1', bare);
    figures['bare copy s'] = seconds(begun);
    await rack.inside('n1', 'wipefs --all --quiet /dev/vda');

    progress('from power-on to ready by image');
    await rack.power('n1', 'off');
    await rack.until(async () => !(await isUp()), 3 * MINUTE);
    await rack.install();
    const poweredOn = Date.now();
    await rack.power('n1', 'on');
    await rack.until(isUp, 15 * MINUTE);
    figures['discovered s'] = seconds(poweredOn);
    let runId: number | undefined;
    await rack.until(
      async () => {
        const vertex = await rack.nodeRole('os-install', 'n1');
        runId = vertex?.runId ?? runId;
        return vertex?.state === 'done' && (await rack.machine('n1'))?.system?.kind === 'installed' && isUp();
      },
      40 * MINUTE,
      ['os-install'],
    );
    figures['image: ready s'] = seconds(poweredOn);
    const log = await rack.admin.client.call('GET /runs/:id/log', { params: { id: runId! } });
    const written = log.flatMap(({ event }) => (event.kind === 'log' ? (/^written in (\d+) s$/.exec(event.text) ?? []).slice(1) : []));
    figures['image: written s'] = Number(written.at(-1));
    ratios['written beside bare copy'] = figures['image: written s'] / figures['bare copy s'];
    ratios['ready beside bare copy'] = figures['image: ready s'] / figures['bare copy s'];
  } finally {
    await rack.stop();
  }

  progress("from power-on to ready by Debian's installer");
  const other = await soakDebianInstaller({ firmware: 'uefi', methods: ['debian-installer'], tell: progress });
  const installer = 'problems' in other ? undefined : other.seconds['debian-installer'];
  if (installer !== undefined) {
    figures['debian-installer: ready s'] = installer;
    ratios['image beside debian-installer'] = installer / figures['image: ready s'];
  } else if ('problems' in other) notes.push(`Debian's installer could not be measured: ${other.problems.map(problemText).join('; ')}`);
  else notes.push("Debian's installer came to no end: npm run soak -- debian-installer says where.");
  return { figures, ratios, notes };
};
