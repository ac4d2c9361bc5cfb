// Reads what Clonezilla leaves of a disk (`ocs-sr savedisk`, 5.x): a folder of small files about the disk, and a file or several for each
// file system. What comes of it is what a machine needs to write that disk anew, and nothing that a folder might say beside that: every value is
// checked for its form and put together again. All that cannot be restored is said, each with its reason.
//
//   disk                                sda
//   parts                               sda1 sda2 sda5
//   sda-pt.sf                           the partition table (sfdisk --dump)
//   sda-mbr, sda-hidden-data-after-mbr  the first sector, and those before the first partition
//   sda1.ext4-ptcl-img.gz.aa, .ab, …    a file system by partclone, compressed, cut into parts or not
//   sda3.dd-ptcl-img.zst                a partition byte for byte
//   swappt-sda5.info                    UUID and label of swap

import { compressions, type DiskPiece, type DiskPieces } from '../model/image.ts';
import { bad, type Checked, ok, problem, type Problem } from '../model/problem.ts';

/** A regular file of the folder; `text` only of those that are small. */
export type SavedFile = { name: string; bytes: number; text?: string };

/** A piece, and the files that it is in, in this order. */
export type SavedPiece = Omit<DiskPiece, 'offset' | 'sha256'> & { files: string[] };

export type SavedDisk = Omit<DiskPieces, 'pieces'> & { pieces: SavedPiece[] /** No smaller disk can take it. */; diskBytes: number };

export type SavedPartition = { number: number; start: number; size: number; type: string };

/** Names as ocs-sr gives them; nothing that leads out of the folder, or that a shell would take for something else. */
export const isPlainName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(name);

const NEXT = 'Save the disk with Clonezilla as one disk, not encrypted, with partclone (-q2), which is what it does by itself.';
const DISK_NAME = /^[a-z][a-z0-9-]{1,30}$/;
const ROOT_FILESYSTEMS = ['ext2', 'ext3', 'ext4', 'xfs', 'btrfs'];
const MIB = 2 ** 20;
// A GPT keeps a copy of itself in the last 33 sectors (UEFI specification 2.10, 5.3.1).
const COPY_SECTORS = 33;
// That hold logical ones.
const EXTENDED = ['5', 'f', '85'];

export function readSavedDisk(files: readonly SavedFile[]): Checked<SavedDisk> {
  const byName = new Map(files.map((file) => [file.name, file]));
  const textOf = (name: string): string => byName.get(name)?.text ?? '';
  const problems: Problem[] = [];
  const refuse = (what: string, file?: string, next = NEXT): void => void problems.push(problem(what, file ? { file } : undefined, next));

  for (const { name } of files)
    if (!isPlainName(name)) refuse(`No file of Clonezilla's is called ${JSON.stringify(name.slice(0, 100))}.`, undefined, 'Take it away.');
  if (byName.has('ecryptfs.info')) refuse('This image is encrypted with a passphrase.', 'ecryptfs.info');
  const disks = wordsOf(textOf('disk'));
  if (!byName.has('disk'))
    return bad(
      ...problems,
      problem(
        'This is no disk that Clonezilla saved: the file called disk is missing.',
        undefined,
        'Name the folder that holds it; partitions alone cannot be installed.',
      ),
    );
  if (disks.length !== 1)
    return bad(...problems, problem(`The image holds ${disks.length} disks (${disks.join(', ').slice(0, 200)}).`, { file: 'disk' }, NEXT));
  const disk = disks[0]!;
  if (!DISK_NAME.test(disk)) return bad(...problems, problem('The name of the disk is none.', { file: 'disk' }, NEXT));

  const table = readTable(textOf(`${disk}-pt.sf`), disk);
  if (!table) return bad(...problems, problem('The partition table cannot be read.', { file: `${disk}-pt.sf` }, NEXT));
  if (wordsOf(textOf('lvm_vg_dev.list')).length)
    refuse('It holds LVM volume groups, which cannot be restored yet.', 'lvm_vg_dev.list', 'Save a system on plain partitions, or install by rootfs.');

  const pieces: SavedPiece[] = [];
  const raw = { format: 'raw', compression: 'none', filesystem: '' } as const;
  const mbr = byName.get(`${disk}-mbr`);
  if (mbr && mbr.bytes !== 512) refuse(`The first sector is ${mbr.bytes} bytes long.`, mbr.name);
  if (mbr) pieces.push({ to: 'mbr', ...raw, bytes: mbr.bytes, files: [mbr.name] });
  // On a GPT the table is there, and is made anew.
  const gap = byName.get(`${disk}-hidden-data-after-mbr`);
  const gapBytes = (Math.min(...table.partitions.map(({ start }) => start)) - 1) * table.sectorBytes;
  if (gap && table.label === 'dos' && gap.bytes > gapBytes) refuse(`There is more before the first partition than fits: ${gap.bytes} bytes.`, gap.name);
  else if (gap?.bytes && table.label === 'dos') pieces.push({ to: 'gap', ...raw, bytes: gap.bytes, files: [gap.name] });

  const numberOf = (partition: string): number | undefined => numberIn(partition, disk);
  for (const partition of wordsOf(textOf('parts'))) {
    const number = numberOf(partition);
    const found = table.partitions.find((one) => one.number === number);
    if (!found) {
      refuse(`${partition.slice(0, 60)} is no partition of ${disk}: mirrors, volumes and encrypted devices cannot be restored yet.`, 'parts');
      continue;
    }
    const saved = filesOf(partition, files);
    if (typeof saved === 'string') refuse(saved, partition);
    else pieces.push({ to: found.number, ...saved });
  }
  if (!pieces.some(({ filesystem }) => ROOT_FILESYSTEMS.includes(filesystem)))
    refuse(
      'No file system of Linux is in it: nothing would report that it was installed.',
      'parts',
      'Restore other systems with Clonezilla itself: it can be an entry of the boot menu.',
    );

  const swaps = files.flatMap(({ name }) => {
    const partition = /^swappt-(.+)\.info$/.exec(name)?.[1];
    const number = partition === undefined ? undefined : numberOf(partition);
    if (number === undefined || !table.partitions.some((one) => one.number === number)) return [];
    const field = (key: string, form: RegExp): string => new RegExp(`^${key}="(.*)"$`, 'm').exec(textOf(name))?.[1]?.match(form)?.[0] ?? '';
    return [{ partition: number, uuid: field('UUID', /^[0-9a-f-]{36}$/), label: field('LABEL', /^[A-Za-z0-9._ -]{1,15}$/) }];
  });
  if (problems.length) return bad(...problems);

  const end = Math.max(...table.partitions.map(({ start, size }) => start + size));
  // Two of them: a logical one, in an extended one.
  const [last, ...others] = table.partitions.filter(({ start, size }) => start + size === end);
  return ok({
    table: table.text,
    label: table.label,
    ...(last && !others.length && !EXTENDED.includes(last.type.toLowerCase()) && { last: last.number }),
    pieces,
    swaps,
    diskBytes: Math.ceil(((end + (table.label === 'gpt' ? COPY_SECTORS : 0)) * table.sectorBytes) / MIB) * MIB,
  });
}

/** Of `sda5` or `nvme0n1p5`, where the disk is `sda` or `nvme0n1`. */
function numberIn(partition: string, disk: string): number | undefined {
  if (!partition.startsWith(disk)) return undefined;
  const digits = /^p?([1-9]\d{0,2})$/.exec(partition.slice(disk.length))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The files that one partition was saved in; why it cannot be restored in words. */
function filesOf(partition: string, files: readonly SavedFile[]): Omit<SavedPiece, 'to'> | string {
  const own = files.filter(({ name }) => name.startsWith(`${partition}.`) && !name.endsWith('.info')).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (!own.length) return `There is no file of the partition ${partition}.`;
  const found = own.map(({ name, bytes }) => {
    const [, filesystem, compression, part] = /^([a-z0-9+_-]{1,20})-ptcl-img\.([a-z0-9]+)(?:\.([a-z]{2,4}))?$/.exec(name.slice(partition.length + 1)) ?? [];
    return { name, bytes, filesystem, compression, part };
  });
  const [{ name, filesystem, compression: called, part }] = found as [(typeof found)[0]];
  if (filesystem === undefined) return `${name} was not saved by partclone.`;
  if (found.some((file) => file.filesystem !== filesystem || file.compression !== called || !file.part !== !part))
    return `The partition ${partition} was saved more than once: ${own.map((file) => file.name).join(', ')}.`;
  if (/crypt|luks|bitlocker/.test(filesystem)) return `The partition ${partition} is encrypted.`;
  if (filesystem.includes('lvm')) return `The partition ${partition} belongs to LVM.`;
  const compression = compressions.find((known) => (known === 'none' ? 'uncomp' : known) === called);
  if (!compression) return `${name} is compressed in a way that is not known here; known are ${compressions.slice(1).join(', ')}.`;
  const missing = part ? found.findIndex((file, index) => file.part !== partName(index, part.length)) : -1;
  if (missing >= 0) return `Part ${partName(missing, part!.length)} of ${partition}.${filesystem}-ptcl-img.${called} is missing.`;
  const bytes = found.reduce((sum, file) => sum + file.bytes, 0);
  return { format: filesystem === 'dd' ? 'raw' : 'partclone', compression, filesystem, bytes, files: found.map((file) => file.name) };
}

/** As split(1) names its files: aa, ab, … */
function partName(index: number, length: number): string {
  return Array.from({ length }, (_, place) => String.fromCharCode(97 + (Math.floor(index / 26 ** (length - 1 - place)) % 26))).join('');
}

type Table = { text: string; label: 'gpt' | 'dos'; sectorBytes: number; partitions: SavedPartition[] };

/** A dump of sfdisk, old or new, put together again from what is understood of it. */
function readTable(dump: string, disk: string): Table | undefined {
  const head = (key: string, form: string): string | undefined => new RegExp(`^${key}: *(${form})\\s*$`, 'm').exec(dump)?.[1];
  const label = head('label', '[a-z]+') ?? 'dos';
  if (label !== 'gpt' && label !== 'dos') return undefined;
  const id = head('label-id', '[0-9A-Fa-fx-]{1,40}');
  const sectorBytes = Number(head('sector-size', '\\d{3,5}') ?? 512);
  const partitions: SavedPartition[] = [];
  const lines: string[] = [];
  for (const line of dump.split('\n')) {
    const found = /^\/dev\/(\S+)\s*:\s*(.*)$/.exec(line.trim());
    if (!found) continue;
    const number = numberIn(found[1]!.replaceAll('/', '-'), disk);
    const rest = found[2]!;
    const value = (key: string, form: string): string | undefined => new RegExp(`(?:^|[, ])${key}= *(${form})(?:,|\\s|$)`, 'i').exec(rest)?.[1];
    const [start, size] = [Number(value('start', '\\d{1,15}')), Number(value('size', '\\d{1,15}'))];
    const type = value('type', '[0-9A-Fa-f-]{1,36}') ?? value('id', '[0-9A-Fa-f]{1,2}');
    if (number === undefined || Number.isNaN(start) || Number.isNaN(size) || type === undefined) return undefined;
    // Old dumps list those that are not there.
    if (!size) continue;
    if (!start) return undefined;
    partitions.push({ number, start, size, type });
    const uuid = value('uuid', '[0-9A-Fa-f-]{36}');
    const name = /name="([^"\\]{0,72})"/.exec(rest)?.[1];
    const attributes = /attrs="([A-Za-z0-9:, ]{0,80})"/.exec(rest)?.[1];
    const fields = [
      `start=${start}`,
      `size=${size}`,
      `type=${type}`,
      uuid && `uuid=${uuid}`,
      name && `name="${name}"`,
      attributes && `attrs="${attributes}"`,
      /\bbootable\b/.test(rest) && 'bootable',
    ];
    lines.push(`${number} : ${fields.filter(Boolean).join(', ')}`);
  }
  if (!partitions.length || new Set(partitions.map(({ number }) => number)).size < partitions.length) return undefined;
  if (![512, 4096].includes(sectorBytes)) return undefined;
  const top = [`label: ${label}`, ...(id ? [`label-id: ${id}`] : []), 'unit: sectors', `sector-size: ${sectorBytes}`];
  return { text: `${[...top, '', ...lines].join('\n')}\n`, label, sectorBytes, partitions };
}

const wordsOf = (text: string): string[] => text.split(/\s+/).filter(Boolean);
