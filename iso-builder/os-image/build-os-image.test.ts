import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { ProblemError } from '../../core/model/problem.ts';
import { buildOsImage } from './build-os-image.ts';

describe('buildOsImage', () => {
  it('refuses a recipe that cannot be one, naming every mistake, before anything is built', async () => {
    const recipe = { name: 'Debian 12', packages: ['nginx', 'a b', '--reinstall'], components: ['free' as 'main'] };
    await assert.rejects(buildOsImage({ cacheDir: '/nonexistent', recipe }), (error) => {
      assert.ok(error instanceof ProblemError);
      assert.deepEqual(
        error.problems.map((found) => found.where?.pointer),
        ['/name', '/packages/1', '/packages/2', '/components/0'],
      );
      return true;
    });
  });

  it('brings programs that every shell can read', function () {
    const folder = path.join(import.meta.dirname, 'files/usr/lib/prybar');
    const programs = readdirSync(folder).map((name) => path.join(folder, name));
    assert.ok(programs.length > 0);
    try {
      execFileSync('shellcheck', ['--version'], { stdio: 'ignore' });
    } catch {
      this.skip();
    }
    execFileSync('shellcheck', ['--shell=sh', '--exclude=SC1091', ...programs], { stdio: 'pipe' });
  });
});
