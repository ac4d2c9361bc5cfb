import assert from 'node:assert/strict';
import { diffLines } from './diff-lines.ts';

describe('a diff as lines', () => {
  it('tells a removed line of dashes from the name of a file', () => {
    const text = '--- /etc/motd\n+++ /etc/motd\n@@ -1,2 +1,2 @@\n same\n--- rule\n+++ rule\n';
    assert.deepEqual(
      diffLines(text).map((l) => l.kind),
      ['file', 'file', 'hunk', 'same', 'removed', 'added'],
    );
  });
});
