import assert from 'node:assert/strict';
import { aboutText, valueText } from './words.ts';

describe('a prediction in words', () => {
  it('is as exact as it deserves', () => {
    const said = [0, 4_000, 33_000, 100_000, 59.4 * 60_000, 80 * 60_000, 119 * 60_000, 24 * 3_600_000].map(aboutText);
    assert.deepEqual(said, ['a few seconds', 'a few seconds', 'about 35 s', 'about 2 min', 'about 59 min', 'about 1 h 20 min', 'about 2 h', 'about 24 h']);
  });
});

describe('a value in words', () => {
  it('is one line without brackets and quotes, its times in the zone of the reader', () => {
    const at = new Date(2026, 4, 3, 14, 5).getTime();
    const said = [undefined, '', 'admin', 3, false, [], ['n1', 'n2'], {}, { name: 'ada', pools: ['a', 'b'], more: { port: 1 }, none: [] }].map((one) =>
      valueText(one),
    );
    assert.deepEqual(said, ['nothing', 'empty', 'admin', '3', 'false', 'none', 'n1, n2', 'none', 'name: ada, pools: (a, b), more: (port: 1), none: none']);
    assert.match(valueText({ createdAt: at }), /^createdAt: .*\b3\b.*05/);
  });
});
