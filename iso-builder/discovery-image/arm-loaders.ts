// What arm64 machines load before the discovery image: Debian's signed shim and GRUB, taken out of packages that an admin node with other processors
// cannot install. Seconds where the image takes minutes, so that a machine that is switched on meanwhile finds something that waits.

import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { cachedBuild, digestOf, type Progress } from '../cached-build.ts';
import { debianSources } from '../debian.ts';
import { privateApt } from '../private-apt.ts';
import { runProgram } from '../program.ts';

export type ArmLoadersOptions = { cacheDir: string; onProgress?: (progress: Progress) => void; signal?: AbortSignal };

/** By the name under which firmware and shim ask, the package and the file in it. */
const loaders: Record<string, { from: string; file: string }> = {
  'shimaa64.efi': { from: 'shim-signed', file: 'usr/lib/shim/shimaa64.efi.signed' },
  'grubaa64.efi': { from: 'grub-efi-arm64-signed', file: 'usr/lib/grub/arm64-efi-signed/grubnetaa64.efi.signed' },
};

/** Absolute paths by name, from the cache when the inputs (this file, the mirror) are the same. Throws ProblemError when they cannot be had. */
export async function fetchArmLoaders({ cacheDir, onProgress = () => {}, signal }: ArmLoadersOptions): Promise<Record<string, string>> {
  const sources = await debianSources();
  const own = await Promise.all([import.meta.filename, path.join(import.meta.dirname, '../private-apt.ts')].map((file) => readFile(file)));
  const digest = digestOf([...own, sources.join('\n')]);
  const folder = await cachedBuild({ cacheDir, name: 'arm-loaders', digest }, async (target) => {
    onProgress({ phase: 'fetching the loaders' });
    const work = path.join(target, 'work');
    const apt = await privateApt(work, sources, Buffer.from(''), 'arm64');
    await runProgram(['apt-get', ...apt, '-qq', 'update'], { signal });
    for (const [name, { from, file }] of Object.entries(loaders)) {
      const fetched = path.join(work, from);
      await mkdir(fetched);
      await runProgram(['apt-get', ...apt, '-qq', 'download', from], { cwd: fetched, signal });
      const [deb = ''] = await readdir(fetched);
      await runProgram(['dpkg-deb', '-x', path.join(fetched, deb), fetched], { signal });
      await rename(path.join(fetched, file), path.join(target, name));
    }
    await rm(work, { recursive: true });
  });
  return Object.fromEntries(Object.keys(loaders).map((name) => [name, path.join(folder, name)]));
}
