// `npm run soak -- NAME`: the long forms of tests, a line for each step and a last line `N passed, N failed`.

import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import path from 'node:path';
import { statusOf, trialText } from '../../core/cli/trial.ts';
import { problemText, type Problem } from '../../core/model/problem.ts';
import { soakArm64 } from './arm64.ts';
import { soakBarclamps, totalOf } from './barclamps.ts';
import { soakDebianInstaller } from './debian-installer.ts';
import { soakEncrypted } from './encrypted.ts';
import { soakFirmware } from './firmware.ts';
import { killLoop } from './kill-loop.ts';
import { soakBareToReady } from './bare-to-ready.ts';
import { soakMethods } from './methods.ts';
import { soakOrders } from './orders.ts';
import { soakNetwork } from './network.ts';
import { soakRootfs } from './rootfs.ts';
import { soakWalk } from './walk.ts';
import type { Counts } from './steps.ts';

const soaks: Record<string, () => Promise<number>> = {
  /** --kills N, 200 unless told. */
  'kill-loop': async () => {
    const kills = number('--kills', 200);
    const result = await killLoop({ kills, machines: 3, onKill: (line) => console.log(line) });
    if (!result.ok) {
      for (const found of result.problems) console.log(problemText(found));
      console.log('0 passed, 0 failed, 1 skipped');
      return 1;
    }
    for (const fault of result.value) console.log(`wrong: ${fault}`);
    console.log(`${result.value.length ? 0 : 1} passed, ${result.value.length ? 1 : 0} failed`);
    return result.value.length ? 1 : 0;
  },
  /** Names of barclamps, all unless told. */
  barclamps: async () => {
    const result = await soakBarclamps(process.argv.slice(3));
    if (!result.ok) {
      for (const found of result.problems) console.error(problemText(found));
      return 2;
    }
    console.log(`\n${trialText(result.value)}\n${totalOf(result.value)}`);
    return statusOf(result.value);
  },
  /** Databases and brokers that lose members: elections and blackouts, minutes each. */
  clusters: async () => byMocha('test/clusters/*.test.ts'),
  /** Transfers of an image to many machines that somebody holds up, or that are broken off. */
  multicast: async () => byMocha('test/multicast/*.test.ts'),
  /** A disk that ocs-sr itself has saved. */
  clonezilla: async () => byMocha('test/clonezilla/*.test.ts'),
  /** A system on mirror, LUKS and LVM: captured, and built anew on other disks. */
  volumes: async () => byMocha('test/volumes/*.test.ts'),
  /** From blank machines to a service, and what becomes of machines that die or leave. */
  'bare-to-ready': async () => ended(await soakBareToReady((line) => console.log(line))),
  /** From the sign-in link to a converged deployment by the page alone. */
  walk: async () => ended(await soakWalk((line) => console.log(line))),
  /** A machine with ARM processors, discovered and given a role. */
  arm64: async () => ended(await soakArm64((line) => console.log(line))),
  /** A tagged network between two machines before either has it: seen, cut at the switch, and seen again. */
  network: async () => ended(await soakNetwork((line) => console.log(line))),
  /** UEFI that boots over HTTP only, and with Secure Boot and a TPM. */
  firmware: async () => ended(await soakFirmware((line) => console.log(line))),
  /** A server that a program orders while there is no machine yet, until its key opens it; and given back. */
  orders: async () => ended(await soakOrders((line) => console.log(line))),
  /** A mirror with volume groups on two disks, from blank to started from either of them. */
  rootfs: async () => ended(await soakRootfs((line) => console.log(line))),
  /** Secure Boot, and an encrypted disk that the machine opens by its TPM; captured, and installed anew from that. */
  encrypted: async () => ended(await soakEncrypted((line) => console.log(line))),
  /** Two machines that receive one stream; and the disk of one, saved by Clonezilla, on the other. */
  methods: async () => ended(await soakMethods((line) => console.log(line))),
  /** --firmware bios|uefi, uefi unless told. A machine by Debian's own installer, and one by an image, each from power-on to ready. */
  'debian-installer': async () => {
    const firmware = process.argv.includes('--firmware') && process.argv[process.argv.indexOf('--firmware') + 1] === 'bios' ? 'bios' : 'uefi';
    const result = await soakDebianInstaller({ firmware, tell: (line) => console.log(line) });
    if (!('problems' in result)) for (const [method, seconds] of Object.entries(result.seconds)) console.log(`${method}: ${seconds} s from power-on to ready`);
    return ended(result);
  },
};

const name = process.argv[2] ?? '';
const soak = soaks[name];
if (!soak) {
  console.error(`There is no soak ${name || 'without a name'}. There are ${Object.keys(soaks).join(', ')}.`);
  process.exit(2);
}
process.exit(await soak());

/** The last line of steps that were taken, or why there were none; and the exit status. */
function ended(result: Counts | { problems: Problem[] }): number {
  if ('problems' in result) {
    for (const found of result.problems) console.log(problemText(found));
    console.log('0 passed, 0 failed, 1 skipped');
    return 77;
  }
  console.log(`${result.passed} passed, ${result.failed} failed`);
  return result.failed ? 1 : 0;
}

function byMocha(pattern: string): number {
  const root = path.resolve(import.meta.dirname, '../..');
  const files = globSync(pattern, { cwd: root }).sort();
  const { stdout, status } = spawnSync(process.execPath, ['node_modules/.bin/mocha', '--exit', ...files], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.stdout.write(stdout);
  const count = (word: string): number => Number(new RegExp(`^\\s+(\\d+) ${word}`, 'm').exec(stdout)?.[1] ?? 0);
  console.log(`${count('passing')} passed, ${count('failing')} failed, ${count('pending')} skipped`);
  return status ?? 1;
}

function number(flag: string, otherwise: number): number {
  const at = process.argv.indexOf(flag);
  return at > 0 ? Number(process.argv[at + 1]) : otherwise;
}
