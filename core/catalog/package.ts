// A barclamp as one file, NAME-VERSION.tar.zst: manifest.json (what it is, and the digest of each file), signature.json (over the bytes of
// the manifest), and the folder. The same folder and key give the same bytes. Reading one trusts nothing: all of it is checked in memory.

import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { AuthorsLint, Barclamp } from '../model/barclamp.ts';
import { bad, type Checked, errorsIn, ok, problem, type Problem } from '../model/problem.ts';
import { checkAgainst } from '../schema.ts';
import { version as ownVersion } from '../version.ts';
import { digestOf, readTree } from './files.ts';
import { loadBarclamp } from './load-barclamp.ts';
import { keyId, sign, type Signature, verify } from '../signing.ts';
import { isPlainPath, readTar, writeTar } from './tar.ts';

export type Manifest = {
  format: 1;
  name: string;
  version: string;
  summary: string;
  license: string;
  needs: Barclamp['needs'];
  platforms: string[];
  roles: string[];
  /** SHA-256 over all its files, as Barclamp.digest. */
  digest: string;
  /** Path → SHA-256. */
  files: Record<string, string>;
  /** Absent where nobody looked. */
  lint?: AuthorsLint;
};

export type Package = {
  manifest: Manifest;
  /** Path in the folder → content. */
  files: ReadonlyMap<string, Buffer>;
  /** Id of the key that signed it; whether that key is trusted is for the reader to say. */
  signedBy?: string;
};

/** What a package may hold, and how large the file may be. */
export const packageLimits = { files: 5000, bytes: 128 * 1024 * 1024, packed: 32 * 1024 * 1024 };

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

const told = ({ summary, where, next }: Problem): AuthorsLint['warnings'][number] => ({
  summary,
  ...(where?.file && { file: where.file }),
  ...(where?.line && { line: where.line }),
  ...(next && { next }),
});

/** The folder as a package, signed where there is a key (private, PEM), with the warnings of a lint where one has looked. */
export function pack(folder: string, privatePem?: string, warnings?: readonly Problem[]): Checked<{ bytes: Buffer; manifest: Manifest }> {
  const { barclamp, problems } = loadBarclamp(path.resolve(folder));
  if (!barclamp || errorsIn(problems).length) return bad(...problems);
  const files = readTree(folder);
  const odd = [...files.keys()].filter((file) => !isPlainPath(file));
  if (odd.length)
    return bad(
      ...odd.map((file) =>
        problem(
          `A package cannot hold a file called ${JSON.stringify(file)}.`,
          { file: `${barclamp.name}/${file}` },
          'Use letters, digits, dots, hyphens and underscores.',
        ),
      ),
    );
  const { name, version, summary, license, needs, platforms, digest } = barclamp;
  const manifest: Manifest = {
    format: 1,
    name,
    version,
    summary,
    license,
    needs,
    platforms,
    roles: Object.keys(barclamp.roles).sort(),
    digest,
    files: Object.fromEntries([...files].map(([file, content]) => [file, sha256(content)])),
    ...(warnings && { lint: { prybar: ownVersion, warnings: warnings.map(told) } }),
  };
  const manifestBytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  const signature = privatePem === undefined ? undefined : sign(manifestBytes, privatePem);
  if (signature && !signature.ok) return signature;
  const entries: [string, Buffer][] = [
    ['manifest.json', manifestBytes],
    ...(signature ? [['signature.json', Buffer.from(`${JSON.stringify(signature.value, null, 2)}\n`)] as [string, Buffer]] : []),
    ...[...files].map(([file, content]): [string, Buffer] => [`${name}/${file}`, content]),
  ];
  const bytes = zstdCompressSync(writeTar(entries), { params: { [constants.ZSTD_c_compressionLevel]: 19, [constants.ZSTD_c_checksumFlag]: 1 } });
  if (bytes.length > packageLimits.packed)
    return bad(
      problem(
        `The package has ${Math.ceil(bytes.length / 1024 / 1024)} MiB, more than ${packageLimits.packed / 1024 / 1024}.`,
        undefined,
        'Bring large files with `download` instead.',
      ),
    );
  return ok({ bytes, manifest });
}

const manifestSchema = {
  type: 'object',
  required: ['format', 'name', 'version', 'summary', 'license', 'needs', 'platforms', 'roles', 'digest', 'files'],
  properties: {
    format: { const: 1, description: 'This Prybar reads packages of format 1.' },
    name: { type: 'string', pattern: '^[a-z][a-z0-9-]*$' },
    version: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+(-[0-9A-Za-z.-]+)?$' },
    summary: { type: 'string' },
    license: { type: 'string' },
    needs: {
      type: 'object',
      required: ['barclamps'],
      properties: { prybar: { type: 'string' }, barclamps: { type: 'object', additionalProperties: { type: 'string' } } },
    },
    platforms: { type: 'array', items: { type: 'string' } },
    roles: { type: 'array', items: { type: 'string' } },
    digest: { type: 'string' },
    files: { type: 'object', additionalProperties: { type: 'string' } },
    lint: {
      type: 'object',
      required: ['prybar', 'warnings'],
      properties: {
        prybar: { type: 'string', maxLength: 40 },
        warnings: {
          type: 'array',
          maxItems: 500,
          items: {
            type: 'object',
            required: ['summary'],
            properties: {
              summary: { type: 'string', maxLength: 1000 },
              file: { type: 'string', maxLength: 300 },
              line: { type: 'integer' },
              next: { type: 'string', maxLength: 1000 },
            },
          },
        },
      },
    },
  },
};
const signatureSchema = {
  type: 'object',
  required: ['publicKey', 'signature'],
  properties: { publicKey: { type: 'string', maxLength: 100 }, signature: { type: 'string', maxLength: 200 } },
};

const broken = (what: string, file?: string): ReturnType<typeof bad> =>
  bad(problem(`This is no package: ${what}.`, file === undefined ? undefined : { file }, 'Fetch it again; or make it with: prybar barclamp pack'));

/** What is in a package, after every digest and the signature, if there is one, were found right. */
export function readPackage(bytes: Buffer): Checked<Package> {
  if (bytes.length > packageLimits.packed) return broken(`it has more than ${packageLimits.packed / 1024 / 1024} MiB`);
  let archive: Buffer;
  try {
    archive = zstdDecompressSync(bytes, { maxOutputLength: packageLimits.bytes + packageLimits.files * 1024 });
  } catch (error) {
    return broken(
      (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
        ? `it holds more than ${packageLimits.bytes / 1024 / 1024} MiB`
        : `it is damaged, cut off, or not packed by Prybar (${(error as Error).message})`,
    );
  }
  const entries = readTar(archive, packageLimits);
  if (!entries.ok) return entries;
  const manifestBytes = entries.value.get('manifest.json');
  const manifest = jsonIn(manifestBytes);
  const faults = checkAgainst(manifestSchema, manifest ?? null);
  if (!manifestBytes || faults.length)
    return broken(manifestBytes ? `its manifest.json is not right (${faults[0]!.summary})` : 'it has no manifest.json', 'manifest.json');
  const said = manifest as Manifest;

  const files = new Map<string, Buffer>();
  for (const [entry, content] of entries.value) {
    if (entry === 'manifest.json' || entry === 'signature.json') continue;
    const file = entry.slice(said.name.length + 1);
    if (entry !== `${said.name}/${file}` || !Object.hasOwn(said.files, file)) return broken(`${entry} is not in its manifest`, entry);
    if (sha256(content) !== said.files[file]) return broken(`${entry} has another digest than its manifest says`, entry);
    files.set(file, content);
  }
  const missing = Object.keys(said.files).find((file) => !files.has(file));
  if (missing) return broken(`${missing} is missing`, `${said.name}/${missing}`);
  const sorted = new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
  if (digestOf(sorted) !== said.digest) return broken('its files have another digest than its manifest says');

  const signatureBytes = entries.value.get('signature.json');
  if (!signatureBytes) return ok({ manifest: said, files: sorted });
  const signature = jsonIn(signatureBytes);
  if (checkAgainst(signatureSchema, signature ?? null).length || !verify(manifestBytes, signature as Signature))
    return broken('its signature does not belong to it', 'signature.json');
  return ok({ manifest: said, files: sorted, signedBy: keyId((signature as Signature).publicKey) });
}

function jsonIn(content: Buffer | undefined): unknown {
  try {
    return JSON.parse(content?.toString('utf8') ?? '') as unknown;
  } catch {
    return undefined;
  }
}

/** Writes the files of a package as `folder`, all or nothing. */
export function unpack(found: Package, folder: string): void {
  const incoming = `${folder}.incoming`;
  rmSync(incoming, { recursive: true, force: true });
  for (const [file, content] of found.files) {
    mkdirSync(path.join(incoming, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(incoming, file), content, { flag: 'wx' });
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(incoming, folder);
}
