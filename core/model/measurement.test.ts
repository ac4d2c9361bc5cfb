// What is usual, and what is not.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { amongPeers, type Measurement, medianOf, readBurnIn } from './measurement.ts';

const of = (value: number, group = 'disk'): Measurement => ({ what: 'sda', measure: 'reading', group, value, unit: 'MB/s' });

describe('measurements among their peers', () => {
  it('marks what lies far from the others, on either side', () => {
    const all = [500, 505, 495, 502, 498, 120, 900].map((value) => of(value));
    assert.deepEqual(
      amongPeers(all, all).map(({ unlike, median }) => [unlike, median]),
      [...Array<[undefined, number]>(5).fill([undefined, 500]), ['below', 500], ['above', 500]],
    );
  });

  it('takes small differences for nothing where all others are the same, and a large one for something', () => {
    const all = [100, 100, 100, 100, 100, 95, 50].map((value) => of(value));
    assert.deepEqual(
      amongPeers(all, all).map(({ unlike }) => unlike),
      [undefined, undefined, undefined, undefined, undefined, undefined, 'below'],
    );
    // Counts of errors: none is usual.
    const errors = [0, 0, 0, 0, 3].map((value) => of(value, 'errors'));
    assert.equal(amongPeers(errors, errors).at(-1)!.unlike, 'above');
  });

  it('says nothing of what is usual where there are few', () => {
    const all = [500, 500, 500, 10].map((value) => of(value));
    assert.deepEqual(amongPeers([all[3]!], all), [{ ...all[3]!, peers: 4 }]);
    assert.deepEqual(amongPeers([of(1, 'other')], all), [{ ...of(1, 'other'), peers: 0 }]);
  });

  it('does not change its mind with the unit or the order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 5, maxLength: 30 }), fc.constantFrom(2, 8, 1024), (values, scale) => {
        const plain = values.map((value) => of(value));
        const scaled = values.map((value) => of(value * scale)).reverse();
        assert.deepEqual(
          amongPeers(scaled, scaled).map(({ unlike }) => unlike),
          amongPeers(plain, plain)
            .map(({ unlike }) => unlike)
            .reverse(),
        );
      }),
    );
    assert.equal(medianOf([3, 1, 2, 4]), 2.5);
  });

  it('reads what a machine published, and nothing else', () => {
    const measured = [of(1), { ...of(2), value: 'much' }];
    assert.deepEqual(readBurnIn(JSON.stringify({ measured, skipped: [] })), { measured: [of(1)], skipped: [] });
    for (const text of ['', 'null', '{}', undefined, '[]']) assert.equal(readBurnIn(text), undefined);
  });
});
