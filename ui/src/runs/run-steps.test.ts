import assert from 'node:assert/strict';
import type { RunEvent } from '../../../core/model/run.ts';
import { stepsOf } from './run-steps.ts';

const log = (...events: RunEvent[]) => events.map((event, index) => ({ seq: index + 1, at: index * 1000, event }));

describe('the resources of a run', () => {
  it('have their result, diff and what they said', () => {
    const [step] = stepsOf(
      log(
        { kind: 'begin', index: 0, name: 'package chrony' },
        { kind: 'log', index: 0, text: 'Setting up\n' },
        { kind: 'end', index: 0, name: 'package chrony', result: 'changed', seconds: 2, diff: '+a' },
      ),
    );
    assert.deepEqual(step, { index: 0, name: 'package chrony', startedAt: 0, said: ['Setting up'], result: 'changed', seconds: 2, diff: '+a' });
  });

  it('stay without a result where the run broke off', () => {
    assert.equal(stepsOf(log({ kind: 'begin', index: 3, name: 'wait' }))[0]!.result, undefined);
  });

  it('are known from their end alone, for skipped ones may have no beginning', () => {
    assert.equal(stepsOf(log({ kind: 'end', index: 1, name: 'file', result: 'skipped', seconds: 0 }))[0]!.result, 'skipped');
  });
});
