// The least of tar that packages need (POSIX ustar): regular files, in memory. What is read comes from strangers, so everything that is not
// a plain file with a plain name is refused before anything is written anywhere.

import { bad, type Checked, ok, problem } from '../model/problem.ts';

const BLOCK = 512;

export type TarLimits = { files: number; bytes: number };

/** The same files give the same bytes: sorted by the caller, no times, no owners. Scripts keep their right to be run. */
export function writeTar(files: readonly (readonly [name: string, content: Buffer])[]): Buffer {
  const parts = files.flatMap(([name, content]) => [header(name, content), content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function header(name: string, content: Buffer): Buffer {
  const block = Buffer.alloc(BLOCK);
  const [prefix, last] = split(name);
  const mode = content.subarray(0, 2).toString() === '#!' ? '0000755' : '0000644';
  const fields: [at: number, text: string][] = [
    [0, last],
    [100, mode],
    [108, '0000000'],
    [116, '0000000'],
    [124, content.length.toString(8).padStart(11, '0')],
    [136, '00000000000'],
    [148, ' '.repeat(8)],
    [156, '0'],
    [257, 'ustar\0' + '00'],
    [345, prefix],
  ];
  for (const [at, text] of fields) block.write(text, at, 'utf8');
  block.write(`${sumOf(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** A name of more than 100 bytes is divided at a slash. */
function split(name: string): [prefix: string, last: string] {
  if (Buffer.byteLength(name) <= 100) return ['', name];
  const at = name.indexOf('/', name.length - 101);
  if (at < 0 || at > 155 || Buffer.byteLength(name) !== name.length) throw new Error(`${name} is too long for a package`);
  return [name.slice(0, at), name.slice(at + 1)];
}

/** The sum of all bytes, those of the sum itself taken for blanks. */
const sumOf = (block: Buffer): number => block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0);

export function readTar(archive: Buffer, limits: TarLimits): Checked<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  let last: string | undefined;
  const refuse = (what: string, file?: string) =>
    bad(problem(`This is no package: ${what}.`, file === undefined ? undefined : { file }, 'Fetch it again; or make it with: prybar barclamp pack'));
  let total = 0;
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const block = archive.subarray(at, at + BLOCK);
    if (block.every((byte) => byte === 0)) return ok(files);
    const text = (from: number, length: number): string =>
      block
        .subarray(from, from + length)
        .toString('utf8')
        .replace(/\0[\s\S]*$/, '');
    const number = (from: number, length: number): number =>
      /^ *[0-7]+[ \0]*$/.test(block.subarray(from, from + length).toString('latin1')) ? Number.parseInt(text(from, length).trim(), 8) : Number.NaN;
    if (number(148, 8) !== sumOf(block) || text(257, 5) !== 'ustar')
      return refuse(`the header at byte ${at}${last ? `, behind ${last},` : ''} is damaged`, last);
    const name = [text(345, 155), text(0, 100)].filter(Boolean).join('/');
    if (block[156] !== 0x30) return refuse(`${JSON.stringify(name)} is not a plain file`);
    if (!isPlainPath(name)) return refuse(`it holds a file called ${JSON.stringify(name)}`);
    if (files.has(name)) return refuse(`${name} is in it twice`);
    const size = number(124, 12);
    total += size;
    if (files.size >= limits.files) return refuse(`it holds more than ${limits.files} files`);
    if (!(total <= limits.bytes)) return refuse(`it holds more than ${Math.round(limits.bytes / 1024 / 1024)} MiB`);
    const begin = at + BLOCK;
    if (begin + size > archive.length) return refuse(`it ends in the middle of ${name}`, name);
    files.set(name, archive.subarray(begin, begin + size));
    last = name;
    at = begin + Math.ceil(size / BLOCK) * BLOCK;
  }
  return refuse('it has no end');
}

/** Relative, inside, and nothing that another system or a shell would take for something else. */
export const isPlainPath = (name: string): boolean => name.length <= 200 && name.split('/').every((step) => /^[A-Za-z0-9_@+][A-Za-z0-9._@+ -]*$/.test(step));
