// Makes what Debian's own installer needs on a machine without internet: its kernel and initrd, and the part of Debian's archive that it
// installs from, with Debian's own indices and signatures, so that the machine itself can tell that nothing was changed on the way. What the
// installer is told lies with the barclamp that starts it; serving it is boot/.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { cp, link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { problem, ProblemError } from '../../core/model/problem.ts';
import { cachedBuild, digestOf, type Progress } from '../cached-build.ts';
import { debianSources, keyring, suite } from '../debian.ts';
import { download, privateApt } from '../private-apt.ts';
import { runProgram } from '../program.ts';

export type DebianInstaller = {
  /** Of the inputs, 16 hex digits. */
  digest: string;
  /** Debian's version of the package with the installer. */
  version: string;
  /** Absolute path of a folder with the files `kernel` and `initrd` and the folder `archive`, as a mirror serves it. */
  folder: string;
  kernel: { sha256: string; bytes: number };
  initrd: { sha256: string; bytes: number };
  /** All of it. */
  bytes: number;
};

export type DebianInstallerOptions = { cacheDir: string; onProgress?: (progress: Progress) => void; signal?: AbortSignal };

const here = import.meta.dirname;
const netboot = 'debian-installer-12-netboot-amd64';
const bootFiles = 'usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64';
// The second pair is what the installer asks a mirror for its architectures by.
const indices = [
  ...['main/binary-amd64/Packages.xz', 'main/debian-installer/binary-amd64/Packages.xz'],
  ...['main/binary-amd64/Release', 'main/debian-installer/binary-amd64/Release'],
];

/** The installer, from the cache when its inputs (this folder, the mirror) are the same. Throws ProblemError when it cannot be made. */
export async function buildDebianInstaller({ cacheDir, onProgress = () => {}, signal }: DebianInstallerOptions): Promise<DebianInstaller> {
  // Only the release itself: the installer takes one archive, and packages of its later updates come from the pool.
  const [source = ''] = await debianSources();
  const inputs = await Promise.all(['packages', 'build-debian-installer.ts', '../private-apt.ts'].map((name) => readFile(path.join(here, name))));
  const digest = digestOf([...inputs, source]);
  const folder = await cachedBuild({ cacheDir, name: 'debian-installer', digest }, (target) => build(target, source, onProgress, signal));
  onProgress({ phase: 'the installer is ready', fraction: 1 });
  return { ...(JSON.parse(await readFile(path.join(folder, 'installer.json'), 'utf8')) as Omit<DebianInstaller, 'folder' | 'digest'>), digest, folder };
}

/** One stanza of an archive's index, by field. */
type Listed = Record<string, string>;

async function build(target: string, source: string, onProgress: (progress: Progress) => void, signal?: AbortSignal): Promise<void> {
  const mirror = source.split(' ')[1]!;
  const archive = path.join(target, 'archive');
  const work = path.join(target, 'work');
  await mkdir(archive);
  // Two views of one archive: packages of the installer must not be taken for packages of the system.
  const system = await privateApt(path.join(work, 'system'), [source], Buffer.from(''));
  const installer = await privateApt(path.join(work, 'installer'), [`deb ${mirror} ${suite} main/debian-installer`], Buffer.from(''));

  onProgress({ phase: 'reading the package lists', fraction: 0 });
  for (const apt of [system, installer]) await runProgram(['apt-get', ...apt, 'update', '-qq'], { signal });
  await takeIndices(mirror, archive, signal);

  onProgress({ phase: 'fetching the installer', fraction: 0.1 });
  const version = await takeBootFiles(target, work, system, signal);
  const abi = kernelVersion(await runProgram(['file', '--brief', path.join(target, 'kernel')], { signal }));
  await takeInstallerPackages(mirror, archive, work, installer, abi, signal);

  onProgress({ phase: 'fetching packages', fraction: 0.4 });
  await takePackages(archive, work, system, (within) => onProgress({ phase: 'fetching packages', fraction: 0.4 + 0.6 * within }), signal);

  await rm(work, { recursive: true });
  const described = { version, kernel: await describe(path.join(target, 'kernel')), initrd: await describe(path.join(target, 'initrd')) };
  await writeFile(path.join(target, 'installer.json'), JSON.stringify({ ...described, bytes: await bytesBelow(target) }));
}

/** The archive's signed statement and the indices that it names, as they are. */
async function takeIndices(mirror: string, archive: string, signal?: AbortSignal): Promise<void> {
  const dists = path.join(archive, 'dists', suite);
  const fetch = (name: string): Promise<string> =>
    runProgram(['curl', '-fsSL', '--retry', '5', '--create-dirs', '-o', path.join(dists, name), `${mirror}/dists/${suite}/${name}`], { signal });
  for (const name of ['InRelease', 'Release', 'Release.gpg', ...indices]) await fetch(name);
  const statement = await readFile(path.join(dists, 'Release'), 'utf8');
  await runProgram(['gpgv', '--quiet', '--keyring', keyring, path.join(dists, 'Release.gpg'), path.join(dists, 'Release')], { signal });
  await runProgram(['gpgv', '--quiet', '--keyring', keyring, path.join(dists, 'InRelease')], { signal });
  for (const name of indices) {
    const { sha256, bytes } = await describe(path.join(dists, name));
    const line = new RegExp(`^ ${sha256} +${bytes} ${name}$`, 'm');
    if (!line.test(statement))
      throw new ProblemError(problem(`The archive at ${mirror} changed while it was read.`, {}, 'Try again in a quarter of an hour.'), 503);
    // apt asks for them by their digest first.
    const byHash = path.join(path.dirname(path.join(dists, name)), 'by-hash/SHA256');
    await mkdir(byHash, { recursive: true });
    await link(path.join(dists, name), path.join(byHash, sha256));
  }
}

/** Kernel and initrd of the installer, from Debian's package of them; returns its version. */
async function takeBootFiles(target: string, work: string, apt: string[], signal?: AbortSignal): Promise<string> {
  await runProgram(['apt-get', ...apt, 'download', netboot], { cwd: work, signal });
  const deb = path.join(work, (await readdir(work)).find((name) => name.startsWith(`${netboot}_`))!);
  const unpacked = path.join(work, 'netboot');
  await runProgram(['dpkg-deb', '--extract', deb, unpacked], { signal });
  await cp(path.join(unpacked, bootFiles, 'linux'), path.join(target, 'kernel'));
  await cp(path.join(unpacked, bootFiles, 'initrd.gz'), path.join(target, 'initrd'));
  return (await runProgram(['dpkg-deb', '--field', deb, 'Version'], { signal })).trim();
}

const kernelVersion = (described: string): string => / version (\S+)/.exec(described)![1]!;

/** Every package of the installer that fits its kernel, but those for a screen, a voice or a wireless network. */
async function takeInstallerPackages(mirror: string, archive: string, work: string, apt: string[], abi: string, signal?: AbortSignal): Promise<void> {
  const forPeople = /gtk|^fonts-|espeak|brltty|xserver|^libx|sound|wireless|cairo|pango|wayland/;
  const wanted = (await stanzas(apt, signal)).filter((it) => (it['Kernel-Version'] ?? abi) === abi && !forPeople.test(it.Package!));
  const folder = path.join(work, 'udebs');
  await mkdir(folder);
  const fetched = runProgram(['apt-get', ...apt, 'download', ...wanted.map((it) => it.Package!)], { cwd: folder, signal });
  const failure = await fetched.then(
    () => undefined,
    (error: Error) => error,
  );
  signal?.throwIfAborted();
  const there = new Set((await readdir(folder)).map((name) => name.split('_')[0]));
  const lacking = wanted.map((it) => it.Package!).filter((name) => !there.has(name));
  if (lacking.length) {
    throw new ProblemError(
      problem(
        `The mirror ${mirror} lacks ${lacking.length} of the ${wanted.length} packages that Debian's installer consists of: ${lacking.slice(0, 3).join(', ')} …`,
        {},
        'Have /etc/apt/sources.list name a mirror that carries the whole of Debian, or install with another method.',
      ),
      502,
    );
  }
  if (failure) throw failure;
  await intoArchive(archive, folder, wanted);
}

/** Debian's base system and what is in `packages`, with all that they depend on. */
async function takePackages(archive: string, work: string, apt: string[], progress: (within: number) => void, signal?: AbortSignal): Promise<void> {
  const listed = await stanzas(apt, signal);
  // What debootstrap(8) takes for a base system.
  const base = listed.filter((it) => ['required', 'important'].includes(it.Priority ?? '')).map((it) => it.Package!);
  const more = (await readFile(path.join(here, 'packages'), 'utf8')).replaceAll(/#.*/g, '').split(/\s+/).filter(Boolean);
  // The loaders of BIOS and UEFI exclude each other.
  const others = ['grub-pc', 'grub-efi-amd64'];
  for (const [index, loader] of others.entries()) {
    const wanted = [...base, ...more.filter((name) => name === loader || !others.includes(name))];
    await download(apt, wanted, (within) => progress((index + within) / others.length), signal);
  }
  await intoArchive(archive, path.join(work, 'system/archives'), listed);
}

/** All that a private apt knows of. */
async function stanzas(apt: string[], signal?: AbortSignal): Promise<Listed[]> {
  const text = await runProgram(['apt-cache', ...apt, 'dumpavail'], { signal });
  return text
    .split('\n\n')
    .filter((stanza) => stanza.trim())
    .map((stanza) => Object.fromEntries(stanza.split('\n').flatMap((line) => (/^[A-Z]/.test(line) ? [line.split(/: ?(.*)/s, 2) as [string, string]] : []))));
}

/** What apt has downloaded, under the paths that the index gives. apt writes a version's colon as %3a. */
async function intoArchive(archive: string, folder: string, listed: readonly Listed[]): Promise<void> {
  const paths = new Map(listed.map((it) => [`${it.Package}_${it.Version}`, it.Filename!]));
  for (const name of await readdir(folder)) {
    if (!/\.u?deb$/.test(name)) continue;
    const [called, version] = name.split('_') as [string, string];
    const to = path.join(archive, paths.get(`${called}_${version.replaceAll('%3a', ':')}`)!);
    await mkdir(path.dirname(to), { recursive: true });
    await rename(path.join(folder, name), to);
  }
}

async function describe(file: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return { sha256: hash.digest('hex'), bytes: (await stat(file)).size };
}

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return (await Promise.all(files.map(async (file) => (await stat(file)).size))).reduce((sum, bytes) => sum + bytes, 0);
}
