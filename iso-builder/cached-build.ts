// A build into a folder named by the digest of its inputs: there when it is whole, absent otherwise.
//
// The work is done in `<name>-<digest>.<pid>.partial` and renamed when it is finished, so whatever ends a build
// (an abort, kill -9, a power cut) leaves nothing that looks finished. The next build clears what the dead left.

import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';

export type Progress = {
  phase: string;
  /** 0…1, absent where the length is not known. */
  fraction?: number;
};

/** SHA-256 over the texts, in this order; 16 hex digits are enough to name a folder. */
export function digestOf(texts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${Buffer.byteLength(text)}\n`).update(text);
  return hash.digest('hex').slice(0, 16);
}

/** Every file below `folder` as `path\n` + content, ordered by path: an input of a digest. */
export async function folderTexts(folder: string): Promise<Buffer[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return Promise.all(files.sort().map(async (file) => Buffer.concat([Buffer.from(`${path.relative(folder, file)}\n`), await readFile(file)])));
}

/** The finished folder, built by `build` into a temporary one if it is not there yet. */
export async function cachedBuild(
  { cacheDir, name, digest }: { cacheDir: string; name: string; digest: string },
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const finished = path.join(cacheDir, `${name}-${digest}`);
  if (await exists(finished)) return finished;
  await mkdir(cacheDir, { recursive: true });
  await clearPartial(cacheDir, name);
  const partial = `${finished}.${process.pid}.partial`;
  try {
    await mkdir(partial);
    await build(partial);
    await rename(partial, finished).catch(async (error: NodeJS.ErrnoException) => {
      // Somebody else was quicker with the same inputs: theirs is as good.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return finished;
}

async function clearPartial(cacheDir: string, name: string): Promise<void> {
  for (const entry of await readdir(cacheDir)) {
    const match = /^(.+)-[0-9a-f]+\.(\d+)\.partial$/.exec(entry);
    if (!match || match[1] !== name || ((await exists(`/proc/${match[2]}`)) && Number(match[2]) !== process.pid)) continue;
    await rm(path.join(cacheDir, entry), { recursive: true, force: true });
  }
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
