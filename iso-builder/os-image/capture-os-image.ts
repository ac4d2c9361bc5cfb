// Makes an image of what a machine has sent of its system: the same kind of disk as one that is built, or files for disks that are laid out anew. What
// a machine sends is untrusted: it is unpacked into a closed folder, none of it is ever run, and links in it lead nowhere.

import { chmod, lstat, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { problem, ProblemError } from '../../core/model/problem.ts';
import type { Progress } from '../cached-build.ts';
import { runProgram } from '../program.ts';
import { fileIn, fstabFor } from './disk.ts';
import { type PackedImage, packedFiles, packFilesSteps, packSteps, readPacked, takeSteps } from './pack-root.ts';

export type CapturedImage = PackedImage & { file: string; sbom: string };

export type CaptureOptions = {
  /** What arrived: tar (POSIX 1003.1, pax) packed with zstd. */
  archive: string;
  /** SHA-256 of that, as hex: what identifiers are made from. */
  seed: string;
  name: string;
  /** One line: of which machine, and when. */
  origin: string;
  /** Where images are kept; each has a folder in it. */
  folder: string;
  /** Bytes that it may unpack to. */
  most: number;
  /** It stays files, for disks that are laid out on each machine. */
  asFiles?: boolean;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal | undefined;
};

const here = import.meta.dirname;

/** What each image has of its own, where a machine had what described it. */
const own = ['boot/grub/grub.cfg', 'boot/grub/parameters.cfg', 'etc/systemd/network/80-wired.network'];

/** The image, in a folder of its own below `folder`. Throws a ProblemError when no image can be made of what arrived. */
export async function captureOsImage(options: CaptureOptions): Promise<CapturedImage> {
  const { seed, name, origin, folder, asFiles = false, onProgress = () => {}, signal } = options;
  const target = path.join(folder, `captured-${seed.slice(0, 16)}.partial`);
  const finished = path.join(folder, `captured-${seed.slice(0, 16)}`);
  await rm(target, { recursive: true, force: true });
  await mkdir(path.join(target, 'root'), { recursive: true });
  // There may be programs in it that run as whoever owns them.
  await chmod(target, 0o700);
  try {
    await takeSteps(
      [
        { phase: 'unpacking what arrived', at: 0, run: () => unpack(options, path.join(target, 'root')) },
        { phase: 'giving it a boot menu', at: 0.25, run: () => lay(path.join(target, 'root'), seed) },
        ...(asFiles ? packFilesSteps : packSteps)({ target, name, seed, origin, signal }, 0.27),
      ],
      onProgress,
    );
    await rm(finished, { recursive: true, force: true });
    await rename(target, finished);
    await chmod(finished, 0o755);
  } finally {
    await rm(target, { recursive: true, force: true });
  }
  return { ...(await readPacked(finished)), ...packedFiles(finished, asFiles) };
}

async function unpack({ archive, most, signal }: CaptureOptions, root: string): Promise<void> {
  const tar = '--extract --file=- --directory="$2" --numeric-owner --same-permissions --xattrs "--xattrs-include=*" --acls';
  // One byte more than it may have is cut off, and tar then fails.
  await runProgram(['sh', '-c', `zstd -dcq --long=24 "$1" | head -c "$3" | tar ${tar}`, 'sh', archive, root, String(most)], { signal }).catch((error) => {
    if (!(error instanceof ProblemError)) throw error;
    throw new ProblemError(problem(`What arrived cannot be unpacked: ${error.message}`, undefined, 'Have the image made once more.'));
  });
  // Files may be larger than what is said of them in an archive, where they consist of holes.
  const used = Number(/^\d+/.exec(await runProgram(['du', '-sx', '--block-size=1', '--apparent-size', root], { signal }))?.[0]);
  if (!(used <= most)) throw new ProblemError(problem(`What arrived is ${used} bytes large, and the disks of the machine hold ${most}.`));
}

/** Puts in what every image has of its own. */
async function lay(root: string, seed: string): Promise<void> {
  const texts: Record<string, string> = {
    'etc/fstab': fstabFor(seed),
    'etc/hosts': '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n',
    // Empty, not absent: no presets of a first boot (machine-id(5)).
    'etc/machine-id': '',
    'etc/resolv.conf': '',
    ...Object.fromEntries(await Promise.all(own.map(async (name) => [name, await readFile(path.join(here, 'files', name), 'utf8')] as const))),
  };
  for (const [name, text] of Object.entries(texts)) {
    const file = await placeIn(root, name);
    await rm(file, { force: true });
    await writeFile(file, text, { flag: 'wx', mode: 0o644 });
  }
  // Without them it would not start.
  for (const link of ['vmlinuz', 'initrd.img']) {
    const kernel = await lstat(path.join(root, link)).catch(() => undefined);
    if (!kernel?.isSymbolicLink() && !kernel?.isFile()) throw new ProblemError(problem(`The system has no /${link}, which it would be started with.`));
  }
  await stat(await fileIn(root, 'usr/lib/prybar/report'));
}

/** The path of a file that may not be there yet, in folders that are, and are no links. */
async function placeIn(root: string, name: string): Promise<string> {
  let folder = root;
  for (const part of path.dirname(name).split('/')) {
    folder = path.join(folder, part);
    const found = await lstat(folder).catch(() => undefined);
    if (found?.isDirectory()) continue;
    if (found)
      throw new ProblemError(problem(`/${path.relative(root, folder)} of the system is no folder.`, undefined, 'Look at the machine: this is unusual.'));
    await mkdir(folder);
  }
  return path.join(folder, path.basename(name));
}
