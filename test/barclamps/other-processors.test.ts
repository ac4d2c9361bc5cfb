// A system for other processors than a machine has is refused before anything is asked of its disks: by the line that os-install's program runs,
// with a `uname` that says what the machine has.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readCases, renderCase } from '../../core/author/cases.ts';
import { foldersFor, openSubject, shippedFolder } from '../../core/author/subject.ts';
import { type Architecture, architectureOf } from '../../core/model/architecture.ts';

describe('a system for other processors', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-processors-'));
  const barclamp = path.join(shippedFolder, 'os-install');
  const { subject } = openSubject(barclamp, foldersFor([barclamp]));
  after(() => rmSync(folder, { recursive: true }));

  /** What the check says on a machine with such processors, and its status. */
  function checked(name: string, check: string, architecture: Architecture, machine: string): [number | null, string] {
    const given = readCases(subject!).cases.find((one) => one.name === name)!;
    const images = given.images.map((image) => ({ ...image, ...(architecture === 'arm64' && { architecture }) }));
    const { text } = renderCase(subject!, { ...given, images }).programs.find(({ part, mode }) => part === 'apply' && mode === 'apply')!;
    const at = text.indexOf(`. ${check} (`);
    const disk = text.indexOf('. choose the disk (');
    assert(at > 0 && disk > at, 'it is looked at before the disks are');
    const [, command] = /<<'END'\n(.*)\nEND\n/.exec(text.slice(at))!;
    writeFileSync(path.join(folder, 'uname'), `#!/bin/sh\necho ${machine}\n`, { mode: 0o755 });
    const { status, stderr } = spawnSync('sh', ['-c', command!], { encoding: 'utf8', env: { ...process.env, PATH: `${folder}:${process.env.PATH}` } });
    return [status, stderr.trim()];
  }

  for (const [machine, own] of Object.entries(architectureOf))
    it(`is not written onto a machine with ${machine}`, () => {
      const check = 'see that its processors run the image';
      const other = own === 'amd64' ? 'arm64' : 'amd64';
      assert.deepEqual(checked('default', check, own, machine), [0, '']);
      const [status, said] = checked('default', check, other, machine);
      assert.equal(status, 1);
      assert.match(said, new RegExp(`^The image debian-12 is made for other processors than ${machine}, which this machine has\\. Choose another, or`));
    });

  it('is not begun by an installer', () => {
    const check = 'see that its processors run the installer';
    assert.deepEqual(checked('debian-installer', check, 'amd64', 'x86_64'), [0, '']);
    const [status, said] = checked('debian-installer', check, 'amd64', 'aarch64');
    assert.equal(status, 1);
    assert.match(said, /x86-64 only, and this machine has aarch64: set the method to image\.$/);
  });
});
