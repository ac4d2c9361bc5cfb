// The archive is right when the system's own cpio reads it back.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeArchive } from './cpio.ts';
import { skipWhere } from '../../test/skip-where.ts';

describe('writeArchive', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'prybar-cpio-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('is read back by cpio', async function () {
    try {
      execFileSync('cpio', ['--version'], { stdio: 'ignore' });
    } catch {
      skipWhere(this, 'cpio is not installed');
    }
    await writeFile(path.join(folder, 'source'), 'hello\n');
    const archive = path.join(folder, 'archive');
    await writeArchive(archive, [
      { kind: 'folder', path: 'bin', mode: 0o755 },
      { kind: 'file', path: 'bin/odd-name', mode: 0o755, from: path.join(folder, 'source') },
      { kind: 'file', path: 'init', mode: 0o644, from: path.join(folder, 'source') },
    ]);
    const input = await readFile(archive);
    const listed = execFileSync('cpio', ['-tv', '--quiet'], { input, encoding: 'utf8' });
    assert.match(listed, /^drwxr-xr-x .* bin$/m);
    assert.match(listed, /^-rwxr-xr-x .* 6 .* bin\/odd-name$/m);
    assert.equal(execFileSync('cpio', ['-i', '--quiet', '--to-stdout', 'init'], { input, encoding: 'utf8' }), 'hello\n');
  });
});
