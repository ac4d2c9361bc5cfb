// Makes the folder that machines without internet install from: packages, all that they depend on, and a flat apt index.
// Served as it is; a machine reads it with `deb [trusted=yes] <url> ./`.

import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
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
  /** What the machines have already, as a dpkg status file's text. Without it nothing is there. */
  installed?: string;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
};

/**
 * The pool, from the cache when the packages, what is installed and the mirror are the same. Throws a ProblemError when
 * a package is unknown or the mirror cannot be reached.
 */
export async function buildPackagePool({ cacheDir, packages, installed, onProgress = () => {}, signal }: PackagePoolOptions): Promise<PackagePool> {
  const wrong = packages.filter((name) => !/^[a-z0-9][a-z0-9+.-]+(=[A-Za-z0-9.+:~-]+)?$/.test(name));
  if (wrong.length) {
    throw new ProblemError(wrong.map((name) => problem(`"${name}" is not the name of a Debian package.`, {}, "Correct it in the barclamp's bundle.")));
  }
  const wanted = [...new Set(packages)].sort();
  const sources = await debianSources();
  const status = Buffer.from(installed ?? '');
  const own = await readFile(path.join(import.meta.dirname, 'build-package-pool.ts'));
  const digest = digestOf([own, wanted.join('\n'), sources.join('\n'), status]);
  const folder = await cachedBuild({ cacheDir, name: 'package-pool', digest }, async (target) => {
    const apt = await privateApt(path.join(target, 'apt'), sources, status);
    onProgress({ phase: 'reading the package lists', fraction: 0 });
    await runProgram(['apt-get', ...apt, 'update', '-qq'], { signal });
    onProgress({ phase: 'downloading packages', fraction: 0.3 });
    if (wanted.length) await download(apt, wanted, (within) => onProgress({ phase: 'downloading packages', fraction: 0.3 + 0.6 * within }), signal);
    onProgress({ phase: 'writing the index', fraction: 0.9 });
    await index(target, signal);
  });
  onProgress({ phase: 'the package pool is ready', fraction: 1 });
  const debs = (await readdir(folder)).filter((name) => name.endsWith('.deb'));
  const sizes = await Promise.all(debs.map(async (name) => (await stat(path.join(folder, name))).size));
  return { folder, digest, count: debs.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

async function index(target: string, signal?: AbortSignal): Promise<void> {
  const archives = path.join(target, 'apt/archives');
  // A colon (the epoch) is written as %3a by apt, and a web server would decode it once more: leave the epoch out, as mirrors do.
  for (const name of await readdir(archives)) {
    if (name.endsWith('.deb')) await rename(path.join(archives, name), path.join(target, name.replace(/_\d+%3a/, '_')));
  }
  await rm(path.join(target, 'apt'), { recursive: true });
  const packages = await runProgram(['apt-ftparchive', 'packages', '.'], { cwd: target, signal });
  await writeFile(path.join(target, 'Packages'), `${packages}\n`);
  await writeFile(path.join(target, 'Packages.gz'), gzipSync(`${packages}\n`));
  const release = await runProgram(['apt-ftparchive', '-o', 'APT::FTPArchive::Release::Label=prybar', 'release', '.'], { cwd: target, signal });
  await writeFile(path.join(target, 'Release'), `${release}\n`);
}
