import assert from 'node:assert/strict';
import { openAdmission } from './streams.ts';

const never = new AbortController().signal;

describe('openAdmission', () => {
  let time = 0;
  const open = (atOnce: number, waitMs?: number) =>
    openAdmission({ atOnce: { least: atOnce, most: atOnce }, now: () => time, ...(waitMs !== undefined && { waitMs }) });
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
    assert.deepEqual(admission.view(), { running: 2, waiting: 1, limit: 2 });
    first.leave();
    await place(third);
    assert.deepEqual(admission.view(), { running: 2, waiting: 0, limit: 2 });
  });

  it('takes a place back only once', async () => {
    const admission = open(1);
    const first = await place(admission.enter('a', never));
    first.leave();
    first.leave();
    assert.deepEqual(admission.view(), { running: 0, waiting: 0, limit: 1 });
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
    assert.deepEqual(admission.view(), { running: 0, waiting: 0, limit: 1 });
    await place(admission.enter('c', never));
  });

  /** How many are let in after a while, over a link of so many bytes a millisecond, of which each stream takes at most `own`. */
  const letIn = async (link: number, own: number): Promise<number> => {
    const admission = openAdmission({ atOnce: { least: 2, most: 12 }, probeMs: 4, now: () => time });
    const streams: { sent: number }[] = [];
    for (let number = 0; number < 30; number++) {
      const stream = { sent: 0 };
      void admission.enter(`machine-${number}`, never, () => stream.sent).then(() => streams.push(stream));
    }
    for (let step = 0; step < 150; step++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      time += 5;
      for (const stream of streams) stream.sent += 5 * Math.min(own, link / streams.length);
    }
    return admission.view().limit;
  };

  it('lets more in while more carry more, and no more when the link is full', async () => {
    assert.equal(await letIn(1e9, 10), 12, 'slow machines on a fast link');
    assert.equal(await letIn(20, 20), 3, 'fast machines on a slow link');
  });
});
