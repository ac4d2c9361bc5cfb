import assert from 'node:assert/strict';
import { stepFrom, stopAt } from './stops.ts';

const rows = [['head a'], ['1', '2', '3'], ['4'], ['head b'], ['5', '6']];
const step = (from: string, key: string, far = false) => stepFrom(rows, from, key, far, 2);

describe('stops of the keyboard among machines', () => {
  it('go on from row to row, and keep their column where there is one', () => {
    assert.deepEqual(
      (['ArrowRight', 'ArrowLeft', 'ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End'] as const).map((key) => step('3', key)),
      ['4', '2', '4', 'head a', 'head b', 'head a', '1', '3'],
    );
    assert.equal(step('6', 'ArrowRight'), undefined);
    assert.equal(step('head a', 'ArrowLeft'), undefined);
    assert.equal(step('3', 'Home', true), 'head a');
    assert.equal(step('3', 'End', true), '6');
    assert.equal(step('3', 'x'), undefined);
    assert.equal(step('gone', 'ArrowDown'), undefined);
  });

  it('stay at a machine wherever it moves, and at its place when it is gone', () => {
    assert.deepEqual(stopAt(rows, undefined), { stop: 'head a', index: 0 });
    assert.deepEqual(stopAt(rows, { stop: '5', index: 1 }), { stop: '5', index: 6 });
    assert.deepEqual(stopAt(rows, { stop: 'gone', index: 3 }), { stop: '3', index: 3 });
    assert.deepEqual(stopAt(rows, { stop: 'gone', index: 30 }), { stop: '6', index: 7 });
    assert.equal(stopAt([], { stop: '1', index: 1 }), undefined);
  });
});
