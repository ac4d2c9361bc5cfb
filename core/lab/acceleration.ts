// Whether guests run on the processor or are emulated, found by trying: /dev/kvm can exist and its guests hang.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export type Acceleration = 'kvm' | 'tcg';

/** A working KVM needs a tenth of this; one that needs longer is slower than emulation. */
const trialMs = 2_000;

/** How QEMU runs guests with each. The trial uses the same words, since some processors refuse only some of them. */
export const accelerationArguments: Record<Acceleration | 'foreign', string[]> = {
  kvm: ['-accel', 'kvm', '-cpu', 'host'],
  tcg: ['-accel', 'tcg,thread=multi', '-cpu', 'max'],
  // An ARM processor that signs its pointers the architecture's own way is emulated at half the speed (QEMU, Arm CPU features).
  foreign: ['-accel', 'tcg,thread=multi', '-cpu', 'max,pauth-impdef=on'],
};

/**
 * A boot sector that tells QEMU's debug port to end with status (16 << 1) | 1 = 33. Reaching it takes the firmware
 * and our code, so a KVM that only pretends is found out. The answer is kept in `cacheFile`, for this start of this machine.
 */
export async function detectAcceleration(cacheFile: string, signal?: AbortSignal): Promise<Acceleration> {
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const [knownFor, known] = (await readFile(cacheFile, 'utf8').catch(() => '')).split(/\s+/);
  if (knownFor === bootId && (known === 'kvm' || known === 'tcg')) return known;
  const found = (await kvmWorks(signal)) ? 'kvm' : 'tcg';
  signal?.throwIfAborted();
  await writeFile(cacheFile, `${bootId} ${found}\n`);
  return found;
}

async function kvmWorks(signal?: AbortSignal): Promise<boolean> {
  const folder = await mkdtemp(path.join(tmpdir(), 'prybar-kvm-'));
  const sector = path.join(folder, 'sector');
  try {
    await writeFile(sector, bootSector());
    const argv = ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...accelerationArguments.kvm, '-m', '32', '-display', 'none', '-nodefaults', '-no-reboot'];
    const devices = ['-device', 'isa-debug-exit,iobase=0xf4,iosize=4', '-drive', `file=${sector},format=raw,if=ide`];
    return await new Promise((resolve) => {
      execFile('setpriv', [...argv, ...devices], { timeout: trialMs, killSignal: 'SIGKILL', signal }, (error) => resolve(error?.code === 33));
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function bootSector(): Buffer {
  const sector = Buffer.alloc(512);
  // mov dx, 0xf4; mov al, 0x10; out dx, al; hlt
  Buffer.from([0xba, 0xf4, 0x00, 0xb0, 0x10, 0xee, 0xf4]).copy(sector);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}
