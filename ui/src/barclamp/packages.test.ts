import assert from 'node:assert/strict';
import type { Problem } from '../../../core/model/problem.ts';
import { withFileNames } from './packages.ts';

describe('packages that are refused', () => {
  const files = [{ name: 'a.tar.zst' }, { name: 'b.tar.zst' }];
  const at = (where?: Problem['where']): Problem => ({ severity: 'error', summary: 'no', ...(where && { where }) });
  it('are told by the names of their files', () => {
    const told = withFileNames([at({ pointer: '/packages/1' }), at({ pointer: '/packages/0', file: 'x/recipe.yml', line: 3 })], files);
    assert.deepEqual(
      told.map(({ where }) => where),
      [{ file: 'b.tar.zst' }, { file: 'a.tar.zst: x/recipe.yml', line: 3 }],
    );
  });
  it('and what is no package keeps its place', () => {
    const others = [at(), at({ pointer: '/attributes/x' }), at({ pointer: '/packages/7' })];
    assert.deepEqual(withFileNames(others, files), others);
  });
});
