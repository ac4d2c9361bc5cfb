// Images that somebody brings: a folder on the admin node as Clonezilla left it. It is looked at first, and refused as a whole or taken as a
// whole: its files are copied, one behind the other, into one that machines read in parts; with the digest of each part.

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { type SavedDisk, type SavedFile, type SavedPiece, isPlainName, readSavedDisk } from './clonezilla.ts';
import { type BuiltImage, digestOfPieces, type Images } from './images.ts';
import type { DiskPiece } from '../model/image.ts';
import { bad, type Checked, ok, problem, ProblemError } from '../model/problem.ts';

export type ImportWish = {
  /** Absolute path on the admin node. */
  folder: string;
  /** What the image is called. */
  name: string;
  platform: string;
  by: string;
};

export type Imports = {
  /** Looks whether it can be restored, and begins to bring it: an activity `image NAME`, then an image in the catalogue. */
  begin(wish: ImportWish): Promise<Checked<{ finished: Promise<unknown> }>>;
};

export type ImportsOptions = {
  images: Images;
  /** Shows people how far `work` is, from 0 to 1. */
  show(name: string, work: (told: (fraction: number) => void) => Promise<BuiltImage>): Promise<BuiltImage>;
  /** Where images are kept. They cannot be built anew, so it is no cache. */
  kept: string;
  now(): number;
  signal: AbortSignal;
};

// Files about a disk are small; file systems are not read whole.
const TEXT_BYTES = 1 << 20;
const MOST_FILES = 20_000;
const READ_BYTES = 4 << 20;
const SPARE = 2 ** 30;

export function openImports({ images, show, kept, now, signal }: ImportsOptions): Imports {
  return {
    async begin(wish) {
      const looked = await lookInto(wish.folder);
      if (!looked.ok) return looked;
      const disk = looked.value;
      const bytes = disk.pieces.reduce((sum, piece) => sum + piece.bytes, 0);
      await mkdir(kept, { recursive: true, mode: 0o700 });
      const room = await statfs(kept);
      if (room.bavail * room.bsize < bytes + SPARE)
        return bad(problem(`The disk of the admin node is too full for ${bytes} bytes: ${kept}`, { file: wish.folder }, 'Make room: prybar image prune'));
      const finished = images.take(() =>
        show(wish.name, (told) => bring(wish, disk, { kept, at: now(), signal, told: (done) => told(bytes ? done / bytes : 1) })),
      );
      return ok({ finished });
    },
  };
}

/** What is in the folder, as far as it can be restored. */
async function lookInto(folder: string): Promise<Checked<SavedDisk>> {
  const where = { file: folder };
  const found = path.isAbsolute(folder) ? await lstat(folder).catch(() => undefined) : undefined;
  if (!found?.isDirectory()) return bad(problem('There is no such folder on the admin node.', where, 'Name it by its whole path, without links.'));
  const entries = await readdir(folder, { withFileTypes: true });
  if (entries.length > MOST_FILES) return bad(problem(`There are ${entries.length} files in it.`, where, 'Name the folder of one image.'));
  const odd = entries.filter((entry) => !entry.isFile());
  if (odd.length)
    return bad(
      ...odd.map(({ name }) => problem(`${JSON.stringify(name.slice(0, 100))} is no file.`, where, 'Clonezilla puts only files there. Take it away.')),
    );
  const files = await Promise.all(
    entries.map(async ({ name }): Promise<SavedFile> => {
      const handle = await openPlain(folder, name);
      try {
        const { size } = await handle.stat();
        return { name, bytes: size, ...(size <= TEXT_BYTES && isPlainName(name) && { text: await handle.readFile('latin1') }) };
      } finally {
        await handle.close();
      }
    }),
  );
  return readSavedDisk(files);
}

// Whoever may write there could put a link or a pipe into its place meanwhile.
const openPlain = (folder: string, name: string): Promise<FileHandle> =>
  open(path.join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);

type Bringing = { kept: string; at: number; signal: AbortSignal; told(bytes: number): void };

async function bring({ folder, name, platform, by }: ImportWish, disk: SavedDisk, { kept, at, signal, told }: Bringing): Promise<BuiltImage> {
  const target = path.join(kept, `imported-${at.toString(16)}.partial`);
  await mkdir(target, { mode: 0o700 });
  try {
    const { diskBytes, ...described } = disk;
    const pieces: DiskPiece[] = [];
    let offset = 0;
    const out = await open(path.join(target, 'disk.pieces'), 'wx', 0o600);
    try {
      for (const piece of disk.pieces) {
        const { files: _, ...rest } = piece;
        const sha256 = await copyPiece(folder, piece, out, (done) => {
          signal.throwIfAborted();
          told(offset + done);
        });
        pieces.push({ ...rest, offset, sha256 });
        offset += piece.bytes;
      }
      await out.sync();
    } finally {
      await out.close();
    }
    const all = { ...described, pieces };
    const digest = digestOfPieces(all);
    const finished = path.join(kept, `imported-${digest.slice(0, 16)}`);
    await rm(finished, { recursive: true, force: true });
    await rename(target, finished);
    return {
      name,
      version: digest.slice(0, 8),
      platform,
      digest,
      bytes: offset,
      rawBytes: diskBytes,
      rawDigest: '',
      rootPartition: 0,
      pieces: all,
      file: path.join(finished, 'disk.pieces'),
      sbom: '',
      provenance: { recipe: '', sources: [], packages: [], extraPackages: [], imported: { folder, by, at } },
    };
  } catch (error) {
    await rm(target, { recursive: true, force: true });
    throw error;
  }
}

/** Appends the piece's files; its SHA-256. */
async function copyPiece(folder: string, piece: SavedPiece, out: FileHandle, told: (bytes: number) => void): Promise<string> {
  const own = createHash('sha256');
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  let done = 0;
  for (const name of piece.files) {
    const handle = await openPlain(folder, name);
    try {
      for (;;) {
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
        if (!bytesRead) break;
        const part = buffer.subarray(0, bytesRead);
        own.update(part);
        await out.write(part);
        told((done += bytesRead));
      }
    } finally {
      await handle.close();
    }
  }
  if (done === piece.bytes) return own.digest('hex');
  throw new ProblemError(problem(`The files of ${piece.files[0]} were changed while they were copied.`, { file: folder }, 'Import it once more.'));
}
