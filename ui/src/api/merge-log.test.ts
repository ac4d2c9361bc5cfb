import assert from 'node:assert/strict';
import { mergeLog } from './merge-log.ts';

const events = (...seqs: number[]) => seqs.map((seq) => ({ seq, at: seq, event: { kind: 'log' as const, text: String(seq) } }));
const seqs = (log: { seq: number }[]) => log.map((e) => e.seq);

describe('two stretches of a log', () => {
  it('are put in order, each event once', () => {
    assert.deepEqual(seqs(mergeLog(events(1, 2), events(3, 4))), [1, 2, 3, 4]);
    assert.deepEqual(seqs(mergeLog(events(4, 5), events(1, 2, 3, 4))), [1, 2, 3, 4, 5]);
  });

  it('keep the old array when nothing is new, so that nothing is drawn again', () => {
    const old = events(1, 2, 3);
    assert.equal(mergeLog(old, []), old);
    assert.equal(mergeLog(old, events(2, 3)), old);
  });
});
