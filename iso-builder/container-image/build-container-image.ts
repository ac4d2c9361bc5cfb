// Makes the file system of the lab's containers: a Debian with systemd and sshd, as an installed machine has them. A tar file, which
// any container engine imports; which engine, and what runs, is core/lab/'s.

import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { cachedBuild, digestOf, folderTexts, type Progress } from '../cached-build.ts';
import { debianSources, keyring, suite } from '../debian.ts';
import { runProgram } from '../program.ts';

export type ContainerImage = {
  /** Absolute path. */
  tar: string;
  digest: string;
  bytes: number;
  /** Which packages it takes; what it is called elsewhere: `debian-12`. */
  platform: string;
  /** Lines of its apt sources. */
  sources: string[];
};

export type ContainerImageOptions = { cacheDir: string; onProgress?: (progress: Progress) => void; signal?: AbortSignal };

const here = import.meta.dirname;

/** The image, from the cache when its inputs (this folder, the mirror) are the same. Throws ProblemError when it cannot be made. */
export async function buildContainerImage({ cacheDir, onProgress = () => {}, signal }: ContainerImageOptions): Promise<ContainerImage> {
  const sources = await debianSources();
  const own = await Promise.all(['packages', 'build-container-image.ts'].map((name) => readFile(path.join(here, name))));
  const digest = digestOf([...own, ...(await folderTexts(path.join(here, 'files'))), sources.join('\n')]);
  const folder = await cachedBuild({ cacheDir, name: 'container-image', digest }, (target) =>
    build(path.join(target, 'root.tar'), sources, onProgress, signal),
  );
  onProgress({ phase: 'the container image is ready', fraction: 1 });
  const tar = path.join(folder, 'root.tar');
  return { tar, digest, bytes: (await stat(tar)).size, platform: 'debian-12', sources };
}

/** Kept out of the image: nobody reads manuals in a container. */
const leftOut = ['doc', 'info', 'lintian', 'locale', 'man'];

/** Work for machines with disks, a console, or days to live. */
const unwanted = [
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'fstrim.timer',
  'dev-hugepages.mount',
  'dev-mqueue.mount',
  'sys-kernel-config.mount',
  'sys-kernel-debug.mount',
  'sys-kernel-tracing.mount',
  'sys-fs-fuse-connections.mount',
  'console-getty.service',
  'getty@tty1.service',
  'getty-static.service',
  'systemd-remount-fs.service',
  'systemd-firstboot.service',
  'systemd-pstore.service',
  // The kernel belongs to this machine, not to the container.
  'systemd-udevd.service',
  'systemd-udevd-control.socket',
  'systemd-udevd-kernel.socket',
  'systemd-udev-trigger.service',
  'systemd-modules-load.service',
  'systemd-networkd.service',
  'systemd-resolved.service',
  'systemd-timesyncd.service',
];

async function build(tar: string, sources: string[], onProgress: (progress: Progress) => void, signal?: AbortSignal): Promise<void> {
  const packages = (await readFile(path.join(here, 'packages'), 'utf8')).replaceAll(/#.*/g, '').split(/\s+/).filter(Boolean);
  let expected = 130;
  let done = 0;
  onProgress({ phase: 'installing Debian packages', fraction: 0.02 });
  await runProgram(
    [
      'mmdebstrap',
      '--mode=root',
      '--variant=minbase',
      '--architectures=amd64',
      '--verbose',
      '--format=tar',
      '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr',
      `--keyring=${keyring}`,
      '--aptopt=APT::Install-Recommends "false"',
      '--aptopt=Acquire::Languages "none"',
      ...leftOut.map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
      `--include=${packages.join(',')}`,
      // The lists stay, so that a role on a fresh container need not fetch 9 MB before its first package.
      '--skip=cleanup/apt/lists',
      `--customize-hook=copy-in ${path.join(here, 'files/etc')} /`,
      ...customize.map((command) => `--customize-hook=${command}`),
      suite,
      tar,
      ...sources,
    ],
    {
      signal,
      onLine: (line) => {
        const count = /(\d+) newly installed/.exec(line);
        if (count) expected = Math.max(expected, Number(count[1]));
        if (/^(Unpacking|Setting up) /.test(line))
          onProgress({ phase: 'installing Debian packages', fraction: Math.min(0.95, 0.02 + (0.93 * ++done) / (2 * expected)) });
      },
    },
  );
}

/** sh, with the new root as `$1`; each ends the build when it fails. */
const customize = [
  // A container is a machine of its own: what tells machines apart is made when it starts.
  'rm -f "$1"/etc/ssh/ssh_host_*',
  ': >"$1"/etc/machine-id',
  'rm -f "$1"/var/lib/dbus/machine-id "$1"/etc/hostname "$1"/etc/resolv.conf',
  'install -d -m 700 "$1"/root/.ssh',
  'systemctl --root="$1" --quiet set-default multi-user.target',
  'systemctl --root="$1" --quiet enable prybar-host-key.service prybar-own-files.service ssh.service',
  `systemctl --root="$1" --quiet mask ${unwanted.join(' ')}`,
];
