// Makes the operating system that machines are given: a Debian on a raw disk that starts on BIOS and UEFI, with Secure Boot or without,
// packed to be streamed onto real disks. What it does when it runs is in files/; how the disk is laid out and packed is in disk.ts and
// pack-root.ts; serving it is boot/.

import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Architecture } from '../../core/model/architecture.ts';
import { problem, ProblemError } from '../../core/model/problem.ts';
import { cachedBuild, digestOf, folderTexts, type Progress } from '../cached-build.ts';
import { debianSources, keyring, needForeign, suite } from '../debian.ts';
import { runProgram } from '../program.ts';
import { fstabFor, makeBiosLoader } from './disk.ts';
import { type BuildStep, type PackedImage, packedFiles, packSteps, readPacked, takeSteps } from './pack-root.ts';

export type Component = 'main' | 'contrib' | 'non-free' | 'non-free-firmware';

/** What may differ between images: their name, and what is baked in. */
export type OsRecipe = {
  /** A DNS label. */
  name: string;
  /** Debian packages beyond those that every image has. */
  packages: string[];
  /** Parts of Debian that packages are taken from; `main` is always one. */
  components: Component[];
  architecture: Architecture;
};

export const defaultRecipe: OsRecipe = { name: 'debian-12', packages: [], components: ['main'], architecture: 'amd64' };

export type OsImage = Omit<PackedImage, 'packages'> & {
  /** Absolute path of the compressed disk (zstd). */
  file: string;
  /** Absolute path, SPDX 2.3 as JSON. */
  sbom: string;
  builtFrom: { recipe: string; sources: string[]; packages: string[]; extraPackages: string[] };
};

export type OsImageOptions = { cacheDir: string; recipe?: Partial<OsRecipe>; onProgress?: (progress: Progress) => void; signal?: AbortSignal };

const here = import.meta.dirname;

/** The image, from the cache when its inputs (this folder, the recipe, the mirror) are the same. Throws ProblemError when it cannot be made. */
export async function buildOsImage({ cacheDir, recipe: wanted = {}, onProgress = () => {}, signal }: OsImageOptions): Promise<OsImage> {
  const recipe = { ...defaultRecipe, ...wanted };
  checkRecipe(recipe);
  await needForeign(recipe.architecture);
  const components = [...new Set(['main', ...recipe.components])].join(' ');
  const sources = (await debianSources()).map((line) => line.replace(/ main$/, ` ${components}`));
  const digest = digestOf([
    ...(await inputs()),
    sources.join('\n'),
    JSON.stringify([recipe.name, [...recipe.packages].sort(), ...(recipe.architecture === 'amd64' ? [] : [recipe.architecture])]),
  ]);
  const folder = await cachedBuild({ cacheDir, name: 'os-image', digest }, (target) =>
    build({ target, recipe, sources, components, digest, onProgress, signal }),
  );
  onProgress({ phase: 'the image is ready', fraction: 1 });
  const { packages, ...image } = await readPacked(folder);
  return { ...image, ...packedFiles(folder), builtFrom: { recipe: digest, sources, packages, extraPackages: [...recipe.packages].sort() } };
}

/** What the image is made from. Tests change nothing in it. */
async function inputs(): Promise<(Buffer | string)[]> {
  const names = ['packages', 'build-os-image.ts', 'disk.ts', 'pack-root.ts', 'sbom.ts', 'esp/grub.cfg'];
  return [...(await Promise.all(names.map((name) => readFile(path.join(here, name))))), ...(await folderTexts(path.join(here, 'files')))];
}

// Names go onto the command lines of programs, and into file names.
function checkRecipe({ name, packages, components }: OsRecipe): void {
  const problems = [
    ...(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)
      ? []
      : [problem(`${JSON.stringify(name)} is no name for an image.`, { pointer: '/name' }, 'Use lower-case letters, digits and inner hyphens.')]),
    ...packages.flatMap((text, at) =>
      /^[a-z0-9][a-z0-9+.-]+$/.test(text)
        ? []
        : [problem(`${JSON.stringify(text)} is no name of a Debian package.`, { pointer: `/packages/${at}` }, 'Look it up: apt-cache search WORD')],
    ),
    ...components.flatMap((text, at) =>
      ['main', 'contrib', 'non-free', 'non-free-firmware'].includes(text)
        ? []
        : [
            problem(
              `Debian has no component ${JSON.stringify(text)}.`,
              { pointer: `/components/${at}` },
              'It has main, contrib, non-free and non-free-firmware.',
            ),
          ],
    ),
  ];
  if (problems.length) throw new ProblemError(problems);
}

type Build = {
  target: string;
  recipe: OsRecipe;
  sources: string[];
  components: string;
  digest: string;
  onProgress: (progress: Progress) => void;
  signal: AbortSignal | undefined;
};

/** One build. `at` are the fractions of the time at which a step begins, measured on two cores. */
async function build(job: Build): Promise<void> {
  const { target, recipe, sources, digest, onProgress, signal } = job;
  const root = path.join(target, 'root');
  const steps: BuildStep[] = [
    { phase: 'installing Debian packages', at: 0.02, run: (progress) => installPackages(job, root, progress) },
    { phase: 'making the boot loader', at: 0.79, run: async () => (recipe.architecture === 'amd64' ? makeBiosLoader(root, signal) : undefined) },
    ...packSteps({ target, name: recipe.name, seed: digest, origin: `Built from: ${sources.join('; ')}`, signal }, 0.8),
  ];
  await takeSteps(steps, onProgress);
}

async function installPackages(
  { recipe, sources, components, digest, target, signal }: Build,
  root: string,
  progress: (within: number) => void,
): Promise<void> {
  const own = packagesFor(recipe.architecture, await readFile(path.join(here, 'packages'), 'utf8'));
  const excluded = (await readFile(path.join(here, 'files/etc/dpkg/dpkg.cfg.d/prybar'), 'utf8')).split('\n').filter((line) => line.startsWith('path-'));
  const late = path.join(target, 'late');
  await writeLate(late, digest, recipe.architecture);
  let expected = 200;
  let done = 0;
  await runProgram(
    [
      'mmdebstrap',
      '--mode=root',
      '--variant=minbase',
      `--architectures=${recipe.architecture}`,
      '--verbose',
      '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr',
      `--keyring=${keyring}`,
      '--aptopt=APT::Install-Recommends "false"',
      '--aptopt=Acquire::Languages "none"',
      ...excluded.map((line) => `--dpkgopt=${line}`),
      `--include=${[...own, ...recipe.packages].join(',')}`,
      // Before the other packages: the kernel's initramfs is made by what is said in there. The menu afterwards: once there is one, a
      // kernel's installation has GRUB look for the disks it is on.
      `--essential-hook=${copyIn('--exclude=./boot .')}`,
      `--customize-hook=${copyIn('./boot')}`,
      `--customize-hook=sh ${late} "$1"`,
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
  // The mirror that it was built from may be known here only.
  await writeFile(path.join(root, 'etc/apt/sources.list'), publicSources(components));
  await chmod(path.join(root, 'etc/apt/sources.list'), 0o644);
  await rm(late);
}

/** `#` starts a comment; a name may be followed by the architecture that it is for. */
export const packagesFor = (architecture: Architecture, text: string): string[] =>
  text
    .replaceAll(/#.*/g, '')
    .split('\n')
    .flatMap((line) => {
      const [name, only] = line.trim().split(/\s+/);
      return name && (!only || only === `[${architecture}]`) ? [name] : [];
    });

/** sh that puts these of our own files into the root, `$1`, as root's. */
const copyIn = (which: string): string =>
  `tar -C ${path.join(here, 'files')} --owner=0 --group=0 --mode=u=rwX,go=rX -cf - ${which} | tar -C "$1" --keep-directory-symlink -xf -`;

const publicSources = (components: string): string =>
  [
    `deb http://deb.debian.org/debian ${suite} ${components}`,
    `deb http://deb.debian.org/debian ${suite}-updates ${components}`,
    `deb http://deb.debian.org/debian-security ${suite}-security ${components}`,
    '',
  ].join('\n');

/** Services and timers that are somebody else's decision, or for machines that are looked after by hand. */
const unwanted = ['apt-daily.timer', 'apt-daily-upgrade.timer', 'e2scrub_all.timer', 'e2scrub_reap.service', 'systemd-firstboot.service'];

/** The last hand on the root, as sh with it as `$1`. */
async function writeLate(file: string, seed: string, architecture: Architecture): Promise<void> {
  const lines = [
    'set -eu',
    'root=$1',
    `cat >"$root/etc/fstab" <<'END'\n${fstabFor(seed)}END`,
    'install -d -m 700 "$root/boot/efi" "$root/root/.ssh" "$root/etc/prybar"',
    ...(architecture === 'arm64' ? ['sed -i s/ttyS0/ttyAMA0/ "$root/boot/grub/parameters.cfg"'] : []),
    'echo LANG=C.UTF-8 >"$root/etc/default/locale"',
    'printf \'127.0.0.1 localhost\\n::1 localhost ip6-localhost ip6-loopback\\n\' >"$root/etc/hosts"',
    // Updates of the boot loader keep the path that needs no entry in the firmware, and make none: what a machine boots is not theirs to say.
    'printf "%s\\n" "shim-signed grub2/force_efi_extra_removable boolean true" "shim-signed grub2/update_nvram boolean false" | chroot "$root" debconf-set-selections',
    // What tells machines apart is made by the installer, or at the first start. Empty, not absent: no presets of a first boot (machine-id(5)).
    'rm -f "$root"/etc/ssh/ssh_host_* "$root"/var/lib/dbus/machine-id "$root"/etc/hostname "$root"/var/lib/systemd/random-seed',
    ': >"$root"/etc/machine-id',
    ': >"$root"/etc/resolv.conf',
    'chmod 755 "$root/usr/lib/prybar/report" "$root/etc/initramfs-tools/hooks/prybar"',
    'systemctl --root="$root" --quiet set-default multi-user.target',
    'systemctl --root="$root" --quiet enable systemd-networkd.service ssh.service prybar-host-key.service prybar-report.service',
    `systemctl --root="$root" --quiet mask ${unwanted.join(' ')}`,
    'rm -rf "$root"/var/cache/debconf/*-old "$root"/var/lib/dpkg/*-old "$root"/var/log/*.log "$root"/var/log/apt "$root"/var/cache/ldconfig',
    'install -d "$root/var/log/journal"',
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
}
