// A registry is a plain folder that any web server can show: index.json and the packages beside it. What was published once never changes.

import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { rcompare } from 'semver';
import { bad, type Checked, ok, problem } from '../model/problem.ts';
import { checkAgainst } from '../schema.ts';
import { version as prybar } from '../version.ts';
import { type Manifest, packageLimits, readPackage } from './package.ts';
import { type Candidate, solve } from './solve.ts';

export type Entry = Pick<Manifest, 'summary' | 'license' | 'needs' | 'platforms' | 'roles' | 'digest'> & {
  /** Beside index.json. */
  file: string;
  size: number;
  sha256: string;
  /** Id of the key that signed it. */
  signedBy?: string;
};

/** index.json: barclamp → version → what there is. */
export type Index = { format: 1; barclamps: Record<string, Record<string, Entry>> };

const indexSchema = {
  type: 'object',
  required: ['format', 'barclamps'],
  properties: {
    format: { const: 1 },
    barclamps: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: {
          type: 'object',
          required: ['file', 'sha256', 'size', 'needs'],
          properties: {
            file: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' },
            sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
            size: { type: 'integer' },
            needs: {
              type: 'object',
              required: ['barclamps'],
              properties: { prybar: { type: 'string' }, barclamps: { type: 'object', additionalProperties: { type: 'string' } } },
            },
          },
        },
      },
    },
  },
};

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

function parseIndex(text: string, place: string): Checked<Index> {
  try {
    const index = JSON.parse(text) as Index;
    if (!checkAgainst(indexSchema, index).length) return ok(index);
  } catch {
    // Said below.
  }
  return bad(problem(`${place} is no index of a registry.`, undefined, 'A registry is made by: prybar barclamp publish FILE FOLDER'));
}

/** The published versions of a barclamp, newest first. */
export const versionsIn = (index: Index, name: string): Candidate[] =>
  Object.entries(Object.hasOwn(index.barclamps, name) ? index.barclamps[name]! : {})
    .map(([version, { needs }]) => ({ name, version, needs }))
    .sort((a, b) => rcompare(a.version, b.version));

export type Registry = { index: Index; fetch(name: string, version: string): Promise<Checked<Buffer>> };

/** A registry in a folder, or behind a URL. */
export async function openRegistry(place: string): Promise<Checked<Registry>> {
  const isUrl = /^https?:\/\//.test(place);
  const bytesOf = isUrl
    ? (file: string) => download(new URL(file, place.endsWith('/') ? place : `${place}/`))
    : (file: string) => readFileAt(path.join(place, file));
  const text = await bytesOf('index.json');
  if (!text.ok) return text;
  const index = parseIndex(text.value.toString('utf8'), isUrl ? place : path.join(place, 'index.json'));
  if (!index.ok) return index;
  return ok({
    index: index.value,
    async fetch(name, version) {
      const entry = index.value.barclamps[name]![version]!;
      const bytes = await bytesOf(entry.file);
      if (!bytes.ok || sha256(bytes.value) === entry.sha256) return bytes;
      return bad(problem(`${entry.file} is not what the index of ${place} says.`, undefined, 'It was damaged or exchanged: ask who keeps the registry.'));
    },
  });
}

async function readFileAt(file: string): Promise<Checked<Buffer>> {
  if (!existsSync(file)) return bad(problem(`There is no ${file}.`, undefined, 'Name the folder that holds index.json.'));
  return ok(readFileSync(file));
}

const DOWNLOAD_MS = 60_000;

async function download(url: URL): Promise<Checked<Buffer>> {
  const lost = (why: string) => bad(problem(`${url.href} cannot be read: ${why}.`, undefined, 'Check the address: it is the folder that holds index.json.'));
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_MS) });
    if (!answer.ok || !answer.body) return lost(`the server answers ${answer.status}`);
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) {
      parts.push(part);
      if ((size += part.length) > packageLimits.packed) return lost(`it has more than ${packageLimits.packed / 1024 / 1024} MiB`);
    }
    return ok(Buffer.concat(parts));
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error };
    return lost(cause?.message ?? message);
  }
}

export type Published = { name: string; version: string; file: string; added: boolean };

/** Adds a package to the registry in `folder`, which is made where needed. The same package again changes nothing. */
export function publish(bytes: Buffer, folder: string): Checked<Published> {
  const read = readPackage(bytes);
  if (!read.ok) return read;
  const { manifest, signedBy } = read.value;
  const { name, version } = manifest;
  mkdirSync(folder, { recursive: true });
  return locked<Published>(folder, () => {
    const indexFile = path.join(folder, 'index.json');
    const present = existsSync(indexFile) ? parseIndex(readFileSync(indexFile, 'utf8'), indexFile) : ok<Index>({ format: 1, barclamps: {} });
    if (!present.ok) return present;
    const index = present.value;
    const file = `${name}-${version}.tar.zst`;
    const before = Object.hasOwn(index.barclamps, name) ? index.barclamps[name]![version] : undefined;
    if (before?.sha256 === sha256(bytes)) return ok({ name, version, file, added: false });
    if (before)
      return bad(
        problem(
          `${name} ${version} is published already, and what is published never changes.`,
          undefined,
          'Raise the version in barclamp.yml and pack it again.',
        ),
      );

    // What is not published cannot be built on.
    const itself: Candidate = { name, version, needs: { barclamps: manifest.needs.barclamps } };
    const fits = solve([{ name, range: version }], (other) => (other === name ? [itself] : versionsIn(index, other)), prybar);
    if (!fits.ok) return fits;

    const { summary, license, needs, platforms, roles, digest } = manifest;
    const entry: Entry = { file, size: bytes.length, sha256: sha256(bytes), digest, summary, license, needs, platforms, roles, ...(signedBy && { signedBy }) };
    index.barclamps[name] = { ...index.barclamps[name], [version]: entry };
    // First the package, then the index that names it: who reads in between misses nothing.
    writeWhole(path.join(folder, file), bytes);
    writeWhole(indexFile, Buffer.from(`${JSON.stringify({ ...index, barclamps: sorted(index.barclamps) }, null, 2)}\n`));
    return ok({ name, version, file, added: true });
  });
}

const sorted = (barclamps: Index['barclamps']): Index['barclamps'] =>
  Object.fromEntries(
    Object.entries(barclamps)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, versions]) => [name, Object.fromEntries(Object.entries(versions).sort(([a], [b]) => rcompare(a, b)))]),
  );

function writeWhole(file: string, content: Buffer): void {
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
}

/** One publisher at a time, on whatever file system the folder is. */
function locked<T>(folder: string, work: () => Checked<T>): Checked<T> {
  const lock = path.join(folder, '.publishing');
  try {
    closeSync(openSync(lock, 'wx'));
  } catch {
    return bad(problem(`Somebody else is publishing to ${folder}.`, { file: lock }, 'Try again; if nobody is, remove that file.'));
  }
  try {
    return work();
  } finally {
    rmSync(lock);
  }
}
