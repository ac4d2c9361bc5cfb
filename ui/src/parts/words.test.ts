import assert from 'node:assert/strict';
import { aboutText } from './words.ts';

describe('a prediction in words', () => {
  it('is as exact as it deserves', () => {
    const said = [0, 4_000, 33_000, 100_000, 59.4 * 60_000, 80 * 60_000, 119 * 60_000, 24 * 3_600_000].map(aboutText);
    assert.deepEqual(said, ['a few seconds', 'a few seconds', 'about 35 s', 'about 2 min', 'about 59 min', 'about 1 h 20 min', 'about 2 h', 'about 24 h']);
  });
});
