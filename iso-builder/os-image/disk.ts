// Lays a root file system out as a disk that starts by itself, in one file and without mounting anything: partition table, GRUB for BIOS,
// EFI system partition, ext4. Every identifier in it is made from one seed, so that the same root gives the same layout.

import { createHash } from 'node:crypto';
import { lstat, open, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Architecture } from '../../core/model/architecture.ts';
import { problem, ProblemError } from '../../core/model/problem.ts';
import { runProgram } from '../program.ts';

const SECTOR = 512;
const MIB = 2 ** 20;

/** Partitions by number, in bytes. The root is the last one, so that it can be grown to the disk's end. */
const biosBoot = { start: MIB, size: MIB };
// FAT32, which removable paths are looked for on (UEFI 2.10, 13.3), begins at 65,525 clusters.
const esp = { start: 2 * MIB, size: 64 * MIB };
const rootStart = esp.start + esp.size;
export const rootPartition = { number: 3, start: rootStart };

// A journal for the disk that it will be, and room for what the installer and the first start write before the file system is grown.
const JOURNAL_MIB = 64;
const SPARE_MIB = 64;
// Group descriptors for so many blocks are set aside, so that growing moves nothing (resize2fs(8)): 8 TiB.
const GROW_TO_BLOCKS = 2 ** 31 - 1;

export type DiskOptions = {
  /** Folder with the root file system, which stays as it is. */
  root: string;
  /** The disk: a file, made anew. */
  raw: string;
  /** What identifiers are made from. */
  seed: string;
  /** `grub.cfg` of the EFI system partition. */
  espConfig: string;
  signal?: AbortSignal | undefined;
};

/** UUIDs that /etc/fstab names, known before the disk is made. */
function identifiers(seed: string): { root: string; esp: string } {
  return { root: uuid(`${seed} root`), esp: `${hex(`${seed} esp`, 4)}-${hex(`${seed} esp2`, 4)}`.toUpperCase() };
}

/**
 * The path of a file of the root, which neither it nor a folder above it may be a link that leads elsewhere: a root that came from a machine
 * must not have files of this one read. Throws a ProblemError.
 */
export async function fileIn(root: string, file: string): Promise<string> {
  const folder = await realpath(path.join(root, path.dirname(file))).catch(() => undefined);
  const whole = path.join(await realpath(root), file);
  if (folder === path.dirname(whole) && (await lstat(whole).catch(() => undefined))?.isFile()) return whole;
  throw new ProblemError(problem(`The system has no file /${file}.`, undefined, 'Install it from an image, and make an image of that.'));
}

/** fstab(5) of a root that is made with this seed. */
export function fstabFor(seed: string): string {
  const { root, esp } = identifiers(seed);
  return [
    '# device  folder  type  options  dump  pass',
    `UUID=${root}  /  ext4  errors=remount-ro  0  1`,
    // Mounted while somebody looks, which is when its loader is updated.
    `UUID=${esp}  /boot/efi  vfat  umask=0077,noauto,nofail,x-systemd.automount,x-systemd.idle-timeout=60  0  0`,
    '',
  ].join('\n');
}

/** Writes the disk and returns its size in bytes. Runs nothing of what is in the root. */
export async function makeDisk(options: DiskOptions): Promise<number> {
  const { root, raw, seed, signal } = options;
  const used = Number(/^\d+/.exec(await runProgram(['du', '-sx', '--block-size=1M', '--apparent-size', root], { signal }))![0]);
  // Every file takes whole blocks, and inodes and descriptors take their share.
  const files = (await readdir(root, { recursive: true })).length;
  const rootMiB = Math.ceil(used * 1.03 + (files * 4096) / 2 / MIB) + JOURNAL_MIB + SPARE_MIB;
  const size = rootStart + rootMiB * MIB + MIB;
  await rm(raw, { force: true });
  await runProgram(['truncate', '--size', `${size}`, raw], { signal });
  const boot = starts[await architectureIn(root)];
  await partition(raw, rootMiB, boot.rootType, seed, signal);
  if (boot.bios) await writeBiosLoader(root, raw);
  await fillEsp(options, boot.esp);
  await fillRoot(options, rootMiB);
  return size;
}

async function partition(raw: string, rootMiB: number, rootType: string, seed: string, signal?: AbortSignal): Promise<void> {
  const line = (start: number, bytes: number, type: string, name: string): string =>
    `start=${start / SECTOR}, size=${bytes / SECTOR}, type=${type}, name=${name}, uuid=${uuid(`${seed} ${name}`)}`;
  const script = [
    'label: gpt',
    `label-id: ${uuid(`${seed} disk`)}`,
    line(biosBoot.start, biosBoot.size, '21686148-6449-6E6F-744E-656564454649', 'bios'),
    line(esp.start, esp.size, 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B', 'esp'),
    line(rootStart, rootMiB * MIB, rootType, 'root'),
    '',
  ];
  const file = `${raw}.partitions`;
  await writeFile(file, script.join('\n'));
  await runProgram(['sh', '-c', 'sfdisk --quiet --no-reread --no-tell-kernel "$1" <"$2"', 'sh', raw, file], { signal });
  await rm(file);
}

/**
 * How machines of an architecture start: the type of the root partition (Discoverable Partitions Specification), and what lies on the EFI
 * system partition, by the names that firmware and shim look for, from which files of the root.
 */
const starts: Record<Architecture, { rootType: string; bios: boolean; esp: Record<string, string> }> = {
  amd64: {
    rootType: '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709',
    bios: true,
    esp: {
      'BOOTX64.EFI': 'usr/lib/shim/shimx64.efi.signed',
      'mmx64.efi': 'usr/lib/shim/mmx64.efi.signed',
      'grubx64.efi': 'usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed',
    },
  },
  arm64: {
    rootType: 'B921B045-1DF0-41C3-AF44-4C6F280D3FAE',
    bios: false,
    esp: {
      'BOOTAA64.EFI': 'usr/lib/shim/shimaa64.efi.signed',
      'mmaa64.efi': 'usr/lib/shim/mmaa64.efi.signed',
      'grubaa64.efi': 'usr/lib/grub/arm64-efi-signed/grubaa64.efi.signed',
    },
  },
};

/** Of the system in this root: told by its loader, without running any of it. */
export const architectureIn = async (root: string): Promise<Architecture> =>
  (await lstat(path.join(root, starts.arm64.esp['BOOTAA64.EFI']!)).catch(() => undefined)) ? 'arm64' : 'amd64';

/** What the loader needs to show the menu; the rest it reads from /boot/grub. */
const biosModules = ['biosdisk', 'part_gpt', 'ext2', 'normal', 'configfile', 'linux', 'test', 'echo', 'probe', 'regexp', 'serial', 'terminal', 'all_video'];

// Beside the modules lies another one on systems that were laid out differently.
const biosCore = 'usr/lib/prybar/bios-core.img';

/** GRUB's core for BIOS, put into the root together with the modules that it loads. Runs a program of the root's own. */
export async function makeBiosLoader(root: string, signal?: AbortSignal): Promise<void> {
  const prefix = `(,gpt${rootPartition.number})/boot/grub`;
  await runProgram(['mkdir', '-p', path.join(root, 'boot/grub/i386-pc')], { signal });
  await runProgram(['sh', '-c', 'cp "$1"/usr/lib/grub/i386-pc/*.mod "$1"/usr/lib/grub/i386-pc/*.lst "$1"/boot/grub/i386-pc/', 'sh', root], { signal });
  await runProgram(['chroot', root, 'grub-mkimage', '-O', 'i386-pc', '-o', `/${biosCore}`, '-p', prefix, ...biosModules], { signal });
}

/**
 * What grub-bios-setup(8) does, which takes no file for a disk: boot.img into the first sector, the core into the BIOS boot partition,
 * and in each the place of what comes next. Places in boot.img: GRUB's include/grub/i386/pc/boot.h.
 */
async function writeBiosLoader(root: string, raw: string): Promise<void> {
  const boot = await readFile(await fileIn(root, 'usr/lib/grub/i386-pc/boot.img'));
  const core = await readFile(await fileIn(root, biosCore));
  if (core.length > biosBoot.size) throw new Error(`GRUB's core is ${core.length} bytes long; its partition has ${biosBoot.size}.`);
  const first = biosBoot.start / SECTOR;
  boot.writeBigUInt64LE(BigInt(first), 0x5c);
  // Two no-ops over a jump: what the BIOS says about the drive is not believed unless it is a hard disk.
  boot.writeUInt16LE(0x9090, 0x66);
  // The core's first sector loads the others; the list of where they are ends that sector. How many they are is there already.
  core.writeBigUInt64LE(BigInt(first + 1), SECTOR - 12);
  const disk = await open(raw, 'r+');
  try {
    // The partition table's own part of the sector begins at 0x1b8.
    await disk.write(boot, 0, 0x1b8, 0);
    await disk.write(core, 0, core.length, biosBoot.start);
  } finally {
    await disk.close();
  }
}

/** Debian's signed shim under the name that firmware looks for by itself, and what shim loads beside it. */
async function fillEsp({ root, raw, seed, espConfig, signal }: DiskOptions, loaders: Record<string, string>): Promise<void> {
  const volume = identifiers(seed).esp.replace('-', '');
  const at = `${raw}@@${esp.start}`;
  await runProgram(
    ['mkfs.vfat', '--invariant', '-F', '32', '-s', '1', '-n', 'ESP', '-i', volume, '--offset', `${esp.start / SECTOR}`, raw, `${esp.size / 1024}`],
    { signal },
  );
  const files: Record<string, string> = {};
  for (const [name, file] of Object.entries(loaders)) files[`EFI/BOOT/${name}`] = await fileIn(root, file);
  // Where Debian's GRUB looks, whatever folder it was started from.
  files['EFI/debian/grub.cfg'] = espConfig;
  const mtools = (program: string, ...words: string[]): Promise<string> => runProgram([program, '-i', at, ...words], { signal });
  await mtools('mmd', '::/EFI', '::/EFI/BOOT', '::/EFI/debian');
  for (const [target, source] of Object.entries(files)) await mtools('mcopy', source, `::/${target}`);
}

async function fillRoot({ root, raw, seed, signal }: DiskOptions, rootMiB: number): Promise<void> {
  const settings = [
    `offset=${rootStart}`,
    `resize=${GROW_TO_BLOCKS}`,
    `hash_seed=${uuid(`${seed} hash`)}`,
    'lazy_itable_init=0',
    'lazy_journal_init=0',
    'nodiscard',
  ];
  const shape = ['-t', 'ext4', '-b', '4096', '-i', '16384', '-m', '1', '-L', 'root', '-U', identifiers(seed).root, '-J', `size=${JOURNAL_MIB}`];
  await runProgram(['mke2fs', '-q', '-F', ...shape, '-E', settings.join(','), '-d', root, raw, `${rootMiB}M`], { signal });
}

const hex = (text: string, digits: number): string => createHash('sha256').update(text).digest('hex').slice(0, digits);

/** The same text has the same UUID (RFC 9562 version 8). */
function uuid(text: string): string {
  const digits = hex(text, 32);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20)}`;
}
