import assert from 'node:assert/strict';
import { openAdmission } from './streams.ts';

const never = new AbortController().signal;

describe('openAdmission', () => {
  let time = 0;
  const open = (atOnce: number, waitMs?: number) => openAdmission({ atOnce, now: () => time, ...(waitMs !== undefined && { waitMs }) });
  const place = async (entering: ReturnType<ReturnType<typeof open>['enter']>) => {
    const got = await entering;
    assert.ok('leave' in got, 'was sent away');
    return got;
  };

  it('admits so many at once, and the next when one leaves', async () => {
    const admission = open(2);
    const first = await place(admission.enter('a', never));
    await place(admission.enter('b', never));
    const third = admission.enter('c', never);
    assert.deepEqual(admission.view(), { running: 2, waiting: 1 });
    first.leave();
    await place(third);
    assert.deepEqual(admission.view(), { running: 2, waiting: 0 });
  });

  it('takes a place back only once', async () => {
    const admission = open(1);
    const first = await place(admission.enter('a', never));
    first.leave();
    first.leave();
    assert.deepEqual(admission.view(), { running: 0, waiting: 0 });
  });

  it('lets a machine without a stream go before one that wants a second', async () => {
    const admission = open(2);
    await place(admission.enter('greedy', never));
    const other = await place(admission.enter('other', never));
    const order: string[] = [];
    const second = admission.enter('greedy', never).then(() => order.push('greedy again'));
    const modest = admission.enter('modest', never).then((got) => {
      order.push('modest');
      return got;
    });
    other.leave();
    const got = await modest;
    assert.ok('leave' in got);
    got.leave();
    await second;
    assert.deepEqual(order, ['modest', 'greedy again']);
  });

  it('keeps the order of those who are alike', async () => {
    const admission = open(1);
    let current = await place(admission.enter('first', never));
    const order: string[] = [];
    const all = ['a', 'b', 'c'].map((key) =>
      admission.enter(key, never).then((got) => {
        order.push(key);
        assert.ok('leave' in got);
        current = got;
      }),
    );
    for (const one of all) {
      current.leave();
      await one;
    }
    assert.deepEqual(order, ['a', 'b', 'c']);
  });

  it('says when to come again by how long streams took, and by the place in the queue', async () => {
    const admission = open(1, 5);
    for (let run = 0; run < 30; run++) {
      const stream = await place(admission.enter('a', never));
      time += 40_000;
      stream.leave();
    }
    await place(admission.enter('a', never));
    const sent = await Promise.all([admission.enter('b', never), admission.enter('c', never)]);
    assert.deepEqual(sent, [{ retryAfter: 40 }, { retryAfter: 40 }], 'the first was gone when the second was sent away');
  });

  it('forgets who hung up', async () => {
    const admission = open(1);
    const first = await place(admission.enter('a', never));
    const gone = new AbortController();
    const leaving = admission.enter('b', gone.signal);
    gone.abort();
    assert.ok('retryAfter' in (await leaving));
    first.leave();
    assert.deepEqual(admission.view(), { running: 0, waiting: 0 });
    await place(admission.enter('c', never));
  });
});
