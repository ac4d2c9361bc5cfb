// Writes the archive a kernel unpacks as its first root: cpio "newc" (Linux Documentation/driver-api/early-userspace/buffer-format.rst).
// Only what is needed here: folders and files owned by root.

import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';

export type ArchiveEntry = { path: string; mode: number } & ({ kind: 'folder' } | { kind: 'file'; from: string });

/** Writes `entries` to `target`, in order; a folder stands before what is in it. */
export async function writeArchive(target: string, entries: readonly ArchiveEntry[]): Promise<void> {
  const file = await open(target, 'wx');
  try {
    for (const [index, entry] of entries.entries()) {
      const size = entry.kind === 'file' ? (await stat(entry.from)).size : 0;
      await file.write(header(entry.path, index + 1, entry.mode | (entry.kind === 'file' ? 0o100000 : 0o040000), size));
      if (entry.kind === 'folder') continue;
      for await (const part of createReadStream(entry.from, { highWaterMark: 1 << 20 })) await file.write(part as Buffer);
      await file.write(Buffer.alloc(padding(size)));
    }
    await file.write(header('TRAILER!!!', 0, 0, 0));
  } finally {
    await file.close();
  }
}

const padding = (length: number): number => (4 - (length % 4)) % 4;

/** 110 characters of numbers, the name with a NUL, then zeros up to a multiple of 4. Times are 0: same inputs, same bytes. */
function header(name: string, inode: number, mode: number, size: number): Buffer {
  const links = mode & 0o040000 ? 2 : 1;
  const numbers = [inode, mode, 0, 0, links, 0, size, 0, 0, 0, 0, Buffer.byteLength(name) + 1, 0];
  const text = `070701${numbers.map((number) => number.toString(16).padStart(8, '0')).join('')}${name}\0`;
  return Buffer.concat([Buffer.from(text), Buffer.alloc(padding(Buffer.byteLength(text)))]);
}
