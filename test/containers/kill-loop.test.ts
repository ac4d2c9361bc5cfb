// The kill loop in short form; `npm run soak -- kill-loop` is the long one.

import assert from 'node:assert/strict';
import { killLoop } from '../soak/kill-loop.ts';
import { skipWhere } from '../skip-where.ts';

describe('an admin daemon that is killed again and again', function () {
  this.timeout(300_000);

  it('ends where an undisturbed one ends', async function () {
    const lines: string[] = [];
    const result = await killLoop({ kills: 6, machines: 2, onKill: (line) => lines.push(line) });
    if (!result.ok) {
      return skipWhere(this, result.problems.map((p) => p.summary).join(' '));
    }
    assert.deepEqual(result.value, [], lines.join('\n'));
  });
});
