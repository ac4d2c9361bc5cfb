// Makes the system that unknown machines boot: a kernel and an initrd from Debian packages. What it does when it runs
// is in files/; who serves it is boot/.
//
// The initrd is a small archive around one squashfs. Unpacking a whole system at each start costs tens of seconds under
// emulation and hundreds of MB of memory; a squashfs unpacks the blocks that are read.

import { chmod, copyFile, cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Architecture } from '../../core/model/architecture.ts';
import { cachedBuild, digestOf, folderTexts, type Progress } from '../cached-build.ts';
import { debianSources, keyring, needForeign, suite } from '../debian.ts';
import { runProgram } from '../program.ts';
import { type ArchiveEntry, writeArchive } from './cpio.ts';
import { keptModules, loadOrder, readModuleRules } from './kernel-modules.ts';

export type DiscoveryImage = {
  /** Absolute paths. */
  kernel: string;
  initrd: string;
  digest: string;
  bytes: { kernel: number; initrd: number };
  /** `name version` of each Debian package in it, the kernel's too. */
  packages: string[];
  /** The image's dpkg status file: what a machine that runs it has already. */
  dpkgStatus: string;
};

export type DiscoveryImageOptions = { architecture?: Architecture; cacheDir: string; onProgress?: (progress: Progress) => void; signal?: AbortSignal };

/** The image, from the cache when its inputs (this folder, the mirror) are the same. Throws ProblemError when it cannot be made. */
export async function buildDiscoveryImage({ architecture = 'amd64', cacheDir, onProgress = () => {}, signal }: DiscoveryImageOptions): Promise<DiscoveryImage> {
  const sources = await debianSources();
  await needForeign(architecture);
  const digest = digestOf([...(await inputs()), sources.join('\n'), ...(architecture === 'amd64' ? [] : [architecture])]);
  const name = architecture === 'amd64' ? 'discovery-image' : `discovery-image-${architecture}`;
  const folder = await cachedBuild({ cacheDir, name, digest }, (target) => build(target, architecture, sources, onProgress, signal));
  onProgress({ phase: 'the discovery image is ready', fraction: 1 });
  return describe(folder, digest);
}

const here = import.meta.dirname;
const osFiles = path.join(here, '../os-image/files');

/** What the image is made from. Its README, tests and example change nothing in it. */
async function inputs(): Promise<(Buffer | string)[]> {
  const names = ['packages', 'modules', 'build-discovery-image.ts', 'kernel-modules.ts', 'cpio.ts'];
  const single = await Promise.all(names.map((name) => readFile(path.join(here, name))));
  return [...single, ...(await folderTexts(path.join(here, 'files'))), ...(await folderTexts(path.join(here, 'initramfs')))];
}

async function describe(folder: string, digest: string): Promise<DiscoveryImage> {
  const file = (name: string): string => path.join(folder, name);
  const size = async (name: string): Promise<number> => (await stat(file(name))).size;
  const packages = (await readFile(file('packages'), 'utf8')).split('\n').filter(Boolean);
  return {
    kernel: file('kernel'),
    initrd: file('initrd'),
    digest,
    bytes: { kernel: await size('kernel'), initrd: await size('initrd') },
    packages,
    dpkgStatus: file('dpkg-status'),
  };
}

/** One build. `at` are the fractions of the time at which a step begins, measured on two cores. */
async function build(
  target: string,
  architecture: Architecture,
  sources: string[],
  onProgress: (progress: Progress) => void,
  signal?: AbortSignal,
): Promise<void> {
  const root = path.join(target, 'root');
  const steps: { phase: string; at: number; run: (progress: (within: number) => void) => Promise<void> }[] = [
    { phase: 'installing Debian packages', at: 0.02, run: (progress) => installPackages(root, architecture, sources, progress, signal) },
    { phase: 'adding the kernel', at: 0.73, run: () => addKernel(target, root, architecture, sources, signal) },
    { phase: 'adding the agent', at: 0.91, run: () => addFiles(root, signal) },
    { phase: 'leaving out what no machine needs', at: 0.92, run: () => trim(root) },
    { phase: 'compressing', at: 0.92, run: (progress) => compress(target, root, progress, signal) },
    { phase: 'writing the initrd', at: 0.99, run: () => assemble(target, root) },
  ];
  for (const [index, { phase, at, run }] of steps.entries()) {
    const share = (steps[index + 1]?.at ?? 1) - at;
    onProgress({ phase, fraction: at });
    await run((within) => onProgress({ phase, fraction: at + share * Math.min(within, 1) }));
  }
  await rm(root, { recursive: true });
}

/** Kept out of the image, and out of what roles install into it later: nobody reads manuals in a RAM system. */
const leftOut = ['doc', 'doc-base', 'info', 'lintian', 'linda', 'locale', 'man', 'bash-completion', 'zsh', 'common-licenses'];

async function installPackages(
  root: string,
  architecture: Architecture,
  sources: string[],
  progress: (within: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const packages = wordsOf(await readFile(path.join(here, 'packages'), 'utf8'));
  let expected = 150;
  let done = 0;
  await runProgram(
    [
      'mmdebstrap',
      '--mode=root',
      '--variant=minbase',
      `--architectures=${architecture}`,
      '--verbose',
      '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr',
      `--keyring=${keyring}`,
      '--aptopt=APT::Install-Recommends "false"',
      '--aptopt=Acquire::Languages "none"',
      ...leftOut.map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
      `--include=${packages.join(',')}`,
      suite,
      root,
      ...sources,
    ],
    {
      signal,
      onLine: (line) => {
        const count = /(\d+) newly installed/.exec(line);
        if (count) expected = Math.max(expected, Number(count[1]));
        // Each package is unpacked, then set up.
        if (/^(Unpacking|Setting up) /.test(line)) progress(++done / (2 * expected));
      },
    },
  );
}

/** `#` starts a comment, everything else is words. */
const wordsOf = (text: string): string[] => text.replaceAll(/#.*/g, '').split(/\s+/).filter(Boolean);

/**
 * The kernel is unpacked and not installed: as a package it would bring initramfs-tools along, and the machine never
 * boots from this system's own /boot.
 */
async function addKernel(target: string, root: string, architecture: Architecture, sources: string[], signal?: AbortSignal): Promise<void> {
  const lists = path.join(root, 'etc/apt/sources.list');
  await writeFile(lists, `${sources.join('\n')}\n`);
  const inRoot = (...argv: string[]): Promise<string> => runProgram(['chroot', root, ...argv], { signal });
  await copyFile('/etc/resolv.conf', path.join(root, 'etc/resolv.conf'));
  await runProgram(['cp', keyring, path.join(root, 'usr/share/keyrings/')], { signal });
  await inRoot('apt-get', '-qq', 'update');
  const depends = await inRoot('apt-cache', 'depends', `linux-image-${architecture}`);
  const name = /Depends: (linux-image-\S+)/.exec(depends)![1]!;
  await inRoot('sh', '-c', `cd /tmp && apt-get -qq -o APT::Sandbox::User=root download ${name}`);
  const deb = path.join(root, 'tmp', (await readdir(path.join(root, 'tmp'))).find((file) => file.endsWith('.deb'))!);
  const kernel = path.join(target, 'kernel-package');
  await runProgram(['dpkg-deb', '-x', deb, kernel], { signal });
  const version = name.replace('linux-image-', '');
  await rename(path.join(kernel, 'boot', `vmlinuz-${version}`), path.join(target, 'kernel'));

  const packages = await inRoot('dpkg-query', '-W', '-f', '${Package} ${Version}\\n');
  await writeFile(path.join(target, 'packages'), `${packages}\n${path.basename(deb).split('_').slice(0, 2).join(' ')}\n`);
  await copyFile(path.join(root, 'var/lib/dpkg/status'), path.join(target, 'dpkg-status'));

  await mkdir(path.join(root, 'lib/modules'), { recursive: true });
  await runProgram(['cp', '-a', path.join(kernel, 'lib/modules', version), path.join(root, 'lib/modules/')], { signal });
  await rm(kernel, { recursive: true });
  await inRoot('depmod', version);
  const modules = path.join(root, 'lib/modules', version);
  const kept = keptModules(await readFile(path.join(modules, 'modules.dep'), 'utf8'), readModuleRules(await readFile(path.join(here, 'modules'), 'utf8')));
  for (const entry of await readdir(path.join(modules, 'kernel'), { recursive: true })) {
    if (entry.endsWith('.ko') && !kept.has(`kernel/${entry}`)) await rm(path.join(modules, 'kernel', entry));
  }
  await inRoot('depmod', version);
}

/** Our own files, and which services start. */
async function addFiles(root: string, signal?: AbortSignal): Promise<void> {
  await cp(path.join(here, 'files'), root, { recursive: true });
  // What an installer of a distribution does not bring: how the new system reports.
  for (const name of [
    'usr/lib/prybar/report',
    'etc/systemd/system/prybar-report.service',
    'etc/systemd/system/prybar-host-key.service',
    'etc/ssh/sshd_config.d/prybar.conf',
  ])
    await cp(path.join(osFiles, name), path.join(root, 'usr/lib/prybar/installed', name), { recursive: true });
  for (const name of ['agent', 'collect', 'identity', 'installed/usr/lib/prybar/report']) await chmod(path.join(root, 'usr/lib/prybar', name), 0o755);
  await writeFile(path.join(root, 'etc/hostname'), 'unnamed\n');
  await writeFile(path.join(root, 'etc/hosts'), '127.0.0.1 localhost\n');
  await writeFile(path.join(root, 'etc/resolv.conf'), '');
  // Empty, not absent: an id of its own at each start, without the presets of a first boot (machine-id(5)).
  await writeFile(path.join(root, 'etc/machine-id'), '');
  await rm(path.join(root, 'var/lib/dbus/machine-id'), { force: true });
  await writeFile(path.join(root, 'etc/apt/sources.list'), '');
  const systemctl = (...words: string[]): Promise<string> => runProgram(['systemctl', `--root=${root}`, '--quiet', ...words], { signal });
  await systemctl('set-default', 'multi-user.target');
  await systemctl('enable', 'systemd-networkd.service', 'prybar-identity.service', 'prybar-agent.service', 'ssh.service');
  await systemctl('disable', 'systemd-networkd-wait-online.service', 'apt-daily.timer', 'apt-daily-upgrade.timer', 'dpkg-db-backup.timer');
  await systemctl('mask', ...unwanted);
}

/** Work for machines that have a disk, a user at the console or a past. */
const unwanted = [
  'dev-hugepages.mount',
  'dev-mqueue.mount',
  'e2scrub_all.timer',
  'e2scrub_reap.service',
  'fstrim.timer',
  'getty-static.service',
  'getty@tty1.service',
  'ldconfig.service',
  'modprobe@configfs.service',
  'modprobe@dm_mod.service',
  'modprobe@drm.service',
  'modprobe@efi_pstore.service',
  'modprobe@fuse.service',
  'modprobe@loop.service',
  'sys-fs-fuse-connections.mount',
  'sys-kernel-config.mount',
  'sys-kernel-debug.mount',
  'sys-kernel-tracing.mount',
  'systemd-firstboot.service',
  'systemd-hwdb-update.service',
  'systemd-journal-catalog-update.service',
  'systemd-journal-flush.service',
  'systemd-logind.service',
  'systemd-machine-id-commit.service',
  'systemd-network-generator.service',
  'systemd-networkd-wait-online.service',
  'systemd-pstore.service',
  'systemd-random-seed.service',
  'systemd-remount-fs.service',
  'systemd-repart.service',
  'systemd-sysusers.service',
  'systemd-update-done.service',
  'systemd-update-utmp.service',
  'systemd-update-utmp-runlevel.service',
  'systemd-user-sessions.service',
  'uuidd.socket',
  'serial-getty@ttyS0.service',
  'nvmefc-boot-connections.service',
  'nvmf-autoconnect.service',
];

async function trim(root: string): Promise<void> {
  const folders = [
    ...leftOut.map((name) => `usr/share/${name}`),
    ...['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((triplet) => `usr/lib/${triplet}/gconv`),
    'usr/lib/udev/hwdb.d',
    'usr/share/zoneinfo/right',
    'usr/share/zoneinfo/posix',
    'usr/share/i18n',
    'usr/lib/systemd/catalog',
    'var/lib/systemd/catalog',
    'var/lib/apt/lists',
    'var/cache',
    'var/log',
    'tmp',
    'boot',
  ];
  for (const folder of folders) await emptyFolder(path.join(root, folder));
  const keys = (await readdir(path.join(root, 'etc/ssh'))).filter((name) => name.startsWith('ssh_host_'));
  // ipmitool reads all makers' names at each start, 5 MB, to print one.
  const files = [
    'usr/lib/udev/hwdb.bin',
    'usr/share/misc/enterprise-numbers.txt',
    'usr/bin/pzstd',
    'usr/bin/localedef',
    ...keys.map((name) => `etc/ssh/${name}`),
  ];
  for (const file of files) await rm(path.join(root, file), { force: true });
  await mkdir(path.join(root, 'var/lib/apt/lists/partial'), { recursive: true });
  await mkdir(path.join(root, 'var/cache/apt/archives/partial'), { recursive: true });
  await mkdir(path.join(root, 'var/cache/debconf'), { recursive: true });
}

async function emptyFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) await rm(path.join(folder, name), { recursive: true, force: true });
}

async function compress(target: string, root: string, progress: (within: number) => void, signal?: AbortSignal): Promise<void> {
  // Level 19 takes 60 s of two cores for 5 MB less; smaller blocks cost 5 MB and start no quicker.
  const squashfs = path.join(target, 'root.squashfs');
  await runProgram(['mksquashfs', root, squashfs, '-comp', 'zstd', '-Xcompression-level', '9', '-b', '512K', '-no-exports'], {
    signal,
    onLine: (line) => {
      const percent = /(\d+)%\s*$/.exec(line);
      if (percent) progress(Number(percent[1]) / 100);
    },
  });
}

/** Everything the first program needs: itself, busybox, and the modules that let it mount the root. */
async function assemble(target: string, root: string): Promise<void> {
  const version = (await readdir(path.join(root, 'lib/modules')))[0]!;
  const modules = path.join(root, 'lib/modules', version);
  const order = loadOrder(await readFile(path.join(modules, 'modules.dep'), 'utf8'), ['loop', 'squashfs', 'overlay']);
  const orderFile = path.join(target, 'order');
  await writeFile(orderFile, `${order.map((module) => path.basename(module)).join('\n')}\n`);
  const folder = (name: string): ArchiveEntry => ({ kind: 'folder', path: name, mode: 0o755 });
  const file = (name: string, from: string, mode = 0o644): ArchiveEntry => ({ kind: 'file', path: name, mode, from });
  await writeArchive(path.join(target, 'initrd'), [
    ...['bin', 'dev', 'proc', 'sys', 'lower', 'layer', 'root', 'modules'].map(folder),
    file('init', path.join(here, 'initramfs/init'), 0o755),
    file('bin/busybox', path.join(root, 'bin/busybox'), 0o755),
    file('modules/order', orderFile),
    ...order.map((module) => file(`modules/${path.basename(module)}`, path.join(modules, module))),
    file('root.squashfs', path.join(target, 'root.squashfs')),
  ]);
  await rm(orderFile);
  await rm(path.join(target, 'root.squashfs'));
}
