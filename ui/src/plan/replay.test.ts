import assert from 'node:assert/strict';
import type { PlanMoment } from '../../../core/model/plan.ts';
import { momentIn } from './past.ts';
import { indexOf, markOf, stayOf, stepsOf, stepText } from './replay.ts';

const moment = (at: number, more: Partial<PlanMoment> = {}): PlanMoment => ({ at, deployment: 'd', changed: 1, failed: 0, moving: 1, undone: 5, ...more });
const commit = (at: number) => ({ deployment: 'd', barclamp: 'ntp', commit: 2, note: 'more patience', at });

describe('a replay', () => {
  it('has one step for what changed at once, and marks what people look for', () => {
    const steps = stepsOf({
      moments: [
        moment(10),
        moment(10, { deployment: 'e', changed: 2 }),
        moment(20, { failed: 1 }),
        moment(30, { moving: 0, undone: 0 }),
        moment(40, { deployment: 'e', moving: 0, undone: 3 }),
        moment(50, { deployment: 'e', moving: 0, undone: 4 }),
      ],
      commits: [commit(15), commit(9), commit(30), commit(90)],
    });
    assert.deepEqual(
      steps.map(({ at, changed }) => [at, changed]),
      [
        [10, 3],
        [20, 1],
        [30, 1],
        [40, 1],
        [50, 1],
      ],
    );
    assert.deepEqual(steps.map(markOf), ['commit', 'failure', 'commit', 'rest', 'commit']);
    assert.equal(stepText(steps[1]!), '1 node-role changed, 1 failed · commit 2 of ntp in d: more patience');
    assert.equal(stepText(steps[2]!), '1 node-role changed · commit 2 of ntp in d: more patience · d is done');
    assert.equal(stepText(steps[3]!), '1 node-role changed · e goes no further, 3 not done');
  });

  it('shows of any time the last step before it, and after all of them the present', () => {
    const steps = stepsOf({ moments: [moment(10), moment(20)], commits: [] });
    assert.deepEqual(
      [5, 10, 19, 20, 99, undefined].map((at) => indexOf(steps, at)),
      [0, 0, 0, 1, 1, 2],
    );
    assert.equal(indexOf([], undefined), 0);
    assert.deepEqual(stepsOf({ moments: [], commits: [commit(3)] }), []);
  });

  it('waits as long as it took, but in no pause, and never too short to be seen', () => {
    const [a, b] = stepsOf({ moments: [moment(0), moment(10_000)], commits: [] });
    assert.deepEqual(
      [1, 10, 100, 1000].map((speed) => stayOf(a!, b!, speed)),
      [1500, 1000, 100, 60],
    );
  });

  it('reads a moment from the address, and nothing that is none', () => {
    assert.deepEqual(['17', '0', '', null, 'x', '-1', '1.5', '1e99'].map(momentIn), [17, 0, undefined, undefined, undefined, undefined, undefined, undefined]);
  });
});
