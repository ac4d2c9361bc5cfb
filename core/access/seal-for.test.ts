import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sealFor } from './seal-for.ts';

describe('sealing for somebody else', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-seal-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const kind of ['ed25519', 'rsa'])
    it(`gives what only the holder of an SSH key (${kind}) can read`, async () => {
      const [key, other] = ['key', 'other'].map((name) => path.join(folder, `${kind}-${name}`)) as [string, string];
      for (const file of [key, other]) execFileSync('ssh-keygen', ['-q', '-t', kind, ...(kind === 'rsa' ? ['-b', '2048'] : []), '-N', '', '-f', file]);
      const sealed = await sealFor(readFileSync(`${key}.pub`, 'utf8').trim(), 'hush');
      assert(sealed.ok && !sealed.value.includes('hush'));
      assert.equal(execFileSync('age', ['--decrypt', '--identity', key], { input: sealed.value, encoding: 'utf8' }), 'hush');
      assert.throws(() => execFileSync('age', ['--decrypt', '--identity', other], { input: sealed.value, stdio: 'pipe' }));
    });

  it('says what is wrong with a key', async () => {
    const sealed = await sealFor('ssh-ed25519 AAAA', 'hush');
    assert(!sealed.ok && /Nothing can be sealed for this key/.test(sealed.problems[0]!.summary));
  });
});
