// From a root file system to an image: a disk or files, packed, its digests, and the bill of materials. Where the root comes from is another file's
// business: made of packages (build-os-image.ts), or read from a machine (capture-os-image.ts). Runs nothing of what is in it.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Progress } from '../cached-build.ts';
import { runProgram } from '../program.ts';
import { architectureIn, fileIn, makeDisk, rootPartition } from './disk.ts';
import { billOfMaterials, packagesIn } from './sbom.ts';

/** `at` is the fraction of the time at which it begins. */
export type BuildStep = { phase: string; at: number; run: (progress: (within: number) => void) => Promise<void> };

/** One after the other. */
export async function takeSteps(steps: readonly BuildStep[], onProgress: (progress: Progress) => void): Promise<void> {
  for (const [index, { phase, at, run }] of steps.entries()) {
    const share = (steps[index + 1]?.at ?? 1) - at;
    onProgress({ phase, fraction: at });
    await run((within) => onProgress({ phase, fraction: at + share * Math.min(within, 1) }));
  }
}

export type Packing = {
  /** Folder with the root file system in `root`, which is gone afterwards. */
  target: string;
  name: string;
  /** What identifiers and the version are made from. */
  seed: string;
  /** One line for the bill of materials: `Built from …`. */
  origin: string;
  signal: AbortSignal | undefined;
};

/** What is known of an image when it is packed, in `image.json` beside it. */
export type PackedImage = {
  name: string;
  platform: 'debian-12';
  /** Absent: amd64. */
  architecture?: 'arm64';
  /** Debian's point release, then the build: `12.11-3f2a9c1b`. */
  version: string;
  /** SHA-256 of the packed file and of the disk, as hex. */
  digest: string;
  rawDigest: string;
  bytes: number;
  rawBytes: number;
  rootPartition: number;
  /** `name version` of each Debian package. */
  packages: string[];
};

export const packedFiles = (folder: string, asFiles = false) => ({
  file: path.join(folder, asFiles ? 'files.tar.zst' : 'disk.raw.zst'),
  sbom: path.join(folder, 'sbom.spdx.json'),
});

export const readPacked = async (folder: string): Promise<PackedImage> => JSON.parse(await readFile(path.join(folder, 'image.json'), 'utf8')) as PackedImage;

/** The steps, of which the first begins at the fraction `from`; how long each takes was measured on two cores. */
export function packSteps(packing: Packing, from: number): BuildStep[] {
  const { target, seed, signal } = packing;
  const root = path.join(target, 'root');
  const raw = path.join(target, 'disk.raw');
  const { file } = packedFiles(target);
  const at = (within: number): number => from + (1 - from) * within;
  let rawDigest = '';
  return [
    {
      phase: 'laying out the disk',
      at: at(0),
      run: async () => void (await makeDisk({ root, raw, seed, espConfig: path.join(import.meta.dirname, 'esp/grub.cfg'), signal })),
    },
    {
      phase: 'checking the disk',
      at: at(0.35),
      run: async () => {
        await runProgram(['sh', '-c', 'e2fsck -f -n "$1?offset=$2"', 'sh', raw, `${rootPartition.start}`], { signal });
        rawDigest = await digestOfFile(raw, signal);
      },
    },
    // Unpacking takes the same time at every level. 6 gives 10 % more bytes, 12 takes twice the time for half a percent less.
    { phase: 'packing', at: at(0.5), run: async () => void (await runProgram(['zstd', '-q', '-9', '-T0', raw, '-o', file], { signal })) },
    {
      phase: 'taking its digest',
      at: at(0.9),
      run: async () => {
        await describe(packing, file, { rawDigest, rawBytes: (await stat(raw)).size, rootPartition: rootPartition.number });
        await rm(raw);
      },
    },
  ];
}

/** The same for an image that stays files. */
export function packFilesSteps(packing: Packing, from: number): BuildStep[] {
  const { target, signal } = packing;
  const root = path.join(target, 'root');
  const { file } = packedFiles(target, true);
  const at = (within: number): number => from + (1 - from) * within;
  const tar = '--create --file=- --directory="$1" --numeric-owner --sparse --xattrs "--xattrs-include=*" --acls --sort=name .';
  return [
    {
      phase: 'packing',
      at: at(0),
      run: async () => void (await runProgram(['bash', '-o', 'pipefail', '-c', `tar ${tar} | zstd -q -9 -T0 -o "$2"`, 'sh', root, file], { signal })),
    },
    {
      phase: 'taking its digest',
      at: at(0.9),
      run: async () => {
        const rawBytes = Number(/^\d+/.exec(await runProgram(['du', '-sx', '--block-size=1', root], { signal }))![0]);
        await describe(packing, file, { rawDigest: '', rawBytes, rootPartition: 0 });
      },
    },
  ];
}

/** Writes down what is in it, and takes the root away. */
async function describe(
  { target, name, seed, origin, signal }: Packing,
  file: string,
  disk: Pick<PackedImage, 'rawDigest' | 'rawBytes' | 'rootPartition'>,
): Promise<void> {
  const root = path.join(target, 'root');
  const packages = packagesIn(await readFile(await fileIn(root, 'var/lib/dpkg/status'), 'utf8'));
  const release = (await readFile(await fileIn(root, 'etc/debian_version'), 'utf8')).trim();
  const image: PackedImage = {
    name,
    platform: 'debian-12',
    ...((await architectureIn(root)) === 'arm64' && { architecture: 'arm64' as const }),
    version: `${release.replaceAll(/[^0-9A-Za-z.]/g, '').slice(0, 20)}-${seed.slice(0, 8)}`,
    digest: await digestOfFile(file, signal),
    bytes: (await stat(file)).size,
    ...disk,
    packages: packages.map((found) => `${found.name} ${found.version}`),
  };
  await writeFile(packedFiles(target).sbom, JSON.stringify(billOfMaterials({ ...image, origin }, packages, Date.now()), null, 1));
  await writeFile(path.join(target, 'image.json'), JSON.stringify(image));
  await rm(root, { recursive: true });
}

async function digestOfFile(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20, ...(signal && { signal }) })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
