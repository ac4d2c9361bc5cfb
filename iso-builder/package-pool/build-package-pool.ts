// Makes the folder that machines without internet install from: packages, all that they depend on, and a flat apt index.
// Served as it is; a machine reads it with `deb [trusted=yes] <url> ./`.

import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Architecture } from '../../core/model/architecture.ts';
import { ProblemError, problem } from '../../core/model/problem.ts';
import { cachedBuild, digestOf, type Progress } from '../cached-build.ts';
import { debianSources } from '../debian.ts';
import { download, privateApt } from '../private-apt.ts';
import { runProgram } from '../program.ts';

export type PackagePool = {
  /** Absolute path; holds the .deb files, Packages, Packages.gz and Release. */
  folder: string;
  digest: string;
  /** Packages in it. */
  count: number;
  bytes: number;
};

export type PackagePoolOptions = {
  cacheDir: string;
  /** Debian package names, each optionally `name=version`. */
  packages: readonly string[];
  /** What the machines of each architecture have already, as a dpkg status file's text; amd64 ones that have nothing unless told. */
  installed?: Partial<Record<Architecture, string>>;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
};

/**
 * The pool, from the cache when the packages, what is installed and the mirror are the same. Throws a ProblemError when
 * a package is unknown or the mirror cannot be reached.
 */
export async function buildPackagePool({
  cacheDir,
  packages,
  installed = { amd64: '' },
  onProgress = () => {},
  signal,
}: PackagePoolOptions): Promise<PackagePool> {
  const wrong = packages.filter((name) => !/^[a-z0-9][a-z0-9+.-]+(=[A-Za-z0-9.+:~-]+)?$/.test(name));
  if (wrong.length) {
    throw new ProblemError(wrong.map((name) => problem(`"${name}" is not the name of a Debian package.`, {}, "Correct it in the barclamp's bundle.")));
  }
  const wanted = [...new Set(packages)].sort();
  const sources = await debianSources();
  const own = await readFile(path.join(import.meta.dirname, 'build-package-pool.ts'));
  const digest = digestOf([own, wanted.join('\n'), sources.join('\n'), ...Object.entries(installed).flat()]);
  const folder = await cachedBuild({ cacheDir, name: 'package-pool', digest }, async (target) => {
    const architectures = Object.entries(installed) as [Architecture, string][];
    for (const [number, [architecture, status]] of architectures.entries()) {
      const tell = (phase: string, within: number) => onProgress({ phase, fraction: (0.9 * (number + within)) / architectures.length });
      const apt = await privateApt(path.join(target, 'apt', architecture), sources, Buffer.from(status), architecture);
      tell('reading the package lists', 0);
      await runProgram(['apt-get', ...apt, 'update', '-qq'], { signal });
      tell('downloading packages', 0.3);
      const had = architecture === 'amd64' ? wanted : await known(apt, wanted, signal);
      if (had.length) await download(apt, had, (within) => tell('downloading packages', 0.3 + 0.7 * within), signal);
    }
    onProgress({ phase: 'writing the index', fraction: 0.9 });
    await index(target, Object.keys(installed), signal);
  });
  onProgress({ phase: 'the package pool is ready', fraction: 1 });
  const debs = (await readdir(folder)).filter((name) => name.endsWith('.deb'));
  const sizes = await Promise.all(debs.map(async (name) => (await stat(path.join(folder, name))).size));
  return { folder, digest, count: debs.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** Those that the archive has for this architecture: barclamps name what most machines need, and some of it is of one architecture only. */
async function known(apt: string[], wanted: string[], signal?: AbortSignal): Promise<string[]> {
  const names = new Set((await runProgram(['apt-cache', ...apt, 'pkgnames'], { signal })).split('\n'));
  return wanted.filter((name) => names.has(name.split('=')[0]!));
}

/** One flat index: apt takes from it what is of its machine's architecture, or of all. */
async function index(target: string, architectures: string[], signal?: AbortSignal): Promise<void> {
  for (const archives of architectures.map((architecture) => path.join(target, 'apt', architecture, 'archives'))) {
    // A colon (the epoch) is written as %3a by apt, and a web server would decode it once more: leave the epoch out, as mirrors do.
    for (const name of await readdir(archives)) {
      if (name.endsWith('.deb')) await rename(path.join(archives, name), path.join(target, name.replace(/_\d+%3a/, '_')));
    }
  }
  await rm(path.join(target, 'apt'), { recursive: true });
  const packages = await runProgram(['apt-ftparchive', 'packages', '.'], { cwd: target, signal });
  await writeFile(path.join(target, 'Packages'), `${packages}\n`);
  await writeFile(path.join(target, 'Packages.gz'), gzipSync(`${packages}\n`));
  const release = await runProgram(['apt-ftparchive', '-o', 'APT::FTPArchive::Release::Label=prybar', 'release', '.'], { cwd: target, signal });
  await writeFile(path.join(target, 'Release'), `${release}\n`);
}
