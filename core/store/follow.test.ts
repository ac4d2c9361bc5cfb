// Following the store: never two looks at once, never a change that nobody looks at.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { followChanges } from './follow.ts';

/** Changes on demand. */
function changing() {
  const listeners = new Set<() => void>();
  return {
    change: () => listeners.forEach((listener) => listener()),
    listeners,
    store: { onChange: (listener: () => void) => (listeners.add(listener), () => listeners.delete(listener)) },
  };
}

describe('following the store', () => {
  it('looks at once, one look at a time, and once more for all that changed during one', async () => {
    const { store, change } = changing();
    let looks = 0;
    let atOnce = 0;
    const { stop } = followChanges(
      store,
      async () => {
        assert.equal(++atOnce, 1);
        looks++;
        if (looks === 1) for (let i = 0; i < 3; i++) change();
        await pause(2);
        atOnce--;
      },
      assert.fail,
    );
    await pause(20);
    assert.equal(looks, 2);
    change();
    await pause(10);
    assert.equal(looks, 3);
    await stop();
  });

  it('goes on after a look that failed', async () => {
    const { store, change } = changing();
    const told: string[] = [];
    let looks = 0;
    const { stop } = followChanges(
      store,
      async () => {
        if (++looks === 1) throw new Error('not this time');
      },
      (error) => void told.push(error.message),
    );
    await pause(1);
    change();
    await pause(1);
    assert.deepEqual([looks, told], [2, ['not this time']]);
    await stop();
  });

  it('begins no look after it was stopped, and waits for the one that goes on', async () => {
    const { store, change, listeners } = changing();
    let done = false;
    let looks = 0;
    const following = followChanges(
      store,
      async (signal) => {
        looks++;
        await pause(5);
        done = signal.aborted;
      },
      assert.fail,
    );
    await pause(1);
    change();
    await following.stop();
    assert.deepEqual([done, looks, listeners.size], [true, 1, 0]);
    following.wake();
    await pause(1);
    assert.equal(looks, 1);
  });
});
