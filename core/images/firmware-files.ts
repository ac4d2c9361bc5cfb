// The files that firmware of machines is brought to: taken in from people, signed with the site's key, kept by digest, and looked at each time before they
// are used. What they are for is hardware/'s business.

import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FirmwareFile } from '../model/firmware.ts';
import type { Revised } from '../model/node.ts';
import { bad, type Checked, ok, problem, ProblemError } from '../model/problem.ts';
import type { Store } from '../store/store.ts';
import { signatureHolds } from './images.ts';

/** Larger than any that vendors have; who sends more sends something else. */
const MOST_BYTES = 4 * 2 ** 30;

export type FirmwareFilesOptions = {
  store: Store;
  /** They cannot be had anew by themselves, so it is no cache. */
  folder: string;
  /** With the site's key; both in base64. */
  sign(text: string): Promise<FirmwareFile['signature']>;
  /** Of one file; what is larger is read to its end and not kept. */
  mostBytes?: number;
  now(): number;
};

export type FirmwareFiles = {
  /** Keeps what comes. Throws a ProblemError: it is another file than was said, or too large. */
  take(bytes: Readable, said: { name: string; by: string; sha256?: string }): Promise<Revised<FirmwareFile>>;
  /** When it is here, and is what was signed. */
  open(sha256: string): Promise<Checked<FirmwareFile>>;
  /** Where it is, for those who look at it themselves. */
  path(sha256: string): string | undefined;
  remove(sha256: string): Promise<void>;
};

export function openFirmwareFiles({ store, folder, sign, mostBytes = MOST_BYTES, now }: FirmwareFilesOptions): FirmwareFiles {
  const place = (digest: string): string => path.join(folder, digest);
  let arrived = 0;
  return {
    async take(bytes, { name, by, sha256 }) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const partial = path.join(folder, `${process.pid}-${++arrived}.partial`);
      try {
        const { digest, size } = await write(bytes, partial, mostBytes);
        if (sha256 !== undefined && digest !== sha256)
          throw new ProblemError(
            problem(`What arrived has the SHA-256 ${digest} instead of ${sha256}.`, { file: name }, 'Nothing of it was kept. Send it again.'),
          );
        if (!size) throw new ProblemError(problem(`${name} is empty.`, { file: name }, 'Send the file of the vendor.'));
        await rename(partial, place(digest));
        const file: FirmwareFile = { name: path.basename(name), digest, bytes: size, file: place(digest), signature: await sign(digest), by, at: now() };
        const put = await store.put('firmwareFile', digest, file, 'any');
        if (!put.ok) throw new ProblemError(put.problems);
        return put.value;
      } finally {
        await rm(partial, { force: true });
      }
    },
    async open(sha256) {
      const where = { pointer: '/attributes/components' };
      const found = await store.get('firmwareFile', sha256);
      if (!found) return bad(problem(`The admin node has no file with the SHA-256 ${sha256}.`, where, 'Give it to it: prybar firmware add FILE'));
      const gone = 'Remove it, and give it anew: prybar firmware remove, prybar firmware add';
      if (!existsSync(found.file)) return bad(problem(`The file ${found.name} is gone.`, { file: found.file }, gone));
      const digest = await digestOf(found.file);
      if (digest !== found.digest || digest !== sha256)
        return bad(problem(`The file ${found.name} has the SHA-256 ${digest} now instead of ${sha256}: somebody has changed it.`, { file: found.file }, gone));
      if (!signatureHolds(found))
        return bad(problem(`The signature of ${found.name} does not fit: this site has not vouched for it.`, { file: found.file }, gone));
      return ok(found);
    },
    path: (sha256) => (/^[0-9a-f]{64}$/.test(sha256) && existsSync(place(sha256)) ? place(sha256) : undefined),
    async remove(sha256) {
      await store.remove('firmwareFile', sha256);
      if (/^[0-9a-f]{64}$/.test(sha256)) await rm(place(sha256), { force: true });
    },
  };
}

async function write(bytes: Readable, file: string, most: number): Promise<{ digest: string; size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  const watch = new Transform({
    transform(chunk: Buffer, _encoding, pass) {
      size += chunk.length;
      if (size > most) return pass();
      hash.update(chunk);
      pass(null, chunk);
    },
    // At the end: who still sends does not hear what is answered.
    flush(pass) {
      pass(size > most ? new ProblemError(problem(`The file is larger than ${most / 2 ** 20} MiB.`, {}, 'Send the file of the vendor.')) : null);
    },
  });
  await pipeline(bytes, watch, createWriteStream(file, { mode: 0o600 }));
  return { digest: hash.digest('hex'), size };
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
