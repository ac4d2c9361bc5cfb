import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { keepMoments } from './plan-moments.ts';
import { applyDifference, type PastStates, replayed, statesOf } from './plan/past.ts';
import { makePlan, type Plan } from './plan/plan.ts';
import { after, catalogOf, factsOf, node, role } from './plan/plan-for-tests.ts';
import { openStore, type Store } from './store/store.ts';

const NODES = 40;
const catalog = catalogOf(role('a'), role('b', { requires: ['a'] }), role('c', { requires: ['b'] }));
const nodes = (more: object = {}) => Array.from({ length: NODES }, (_, index) => node(`n${index}`, index % 3 ? {} : more));
const roles = { c: Array.from({ length: NODES }, (_, index) => `n${index}`) };

describe('moments of the plan', () => {
  let folder: string;
  let store: Store;
  let present: Plan;
  let clock = 1000;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'prybar-moments-'));
    store = await openStore({ file: path.join(folder, 'facts.db') });
    present = makePlan(factsOf(nodes(), roles), catalog);
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const keeper = () =>
    keepMoments({
      store,
      facts: { refresh: async () => false },
      planner: { plan: () => present },
      // Two looks in one millisecond, and a clock that was put back, must not become one moment.
      now: () => (clock += [3, 0, -2, 5][clock % 4]!),
      onProblem: (found) => assert.fail(found.summary),
    });
  const at = async (when: number) => replayed(await store.moments.bodies('d', when));

  it('can be read again as they were, over restarts and after the oldest were deleted', async () => {
    const seen: { at: number; states: PastStates }[] = [];
    let moments = keeper();
    const look = async () => {
      await moments.look();
      seen.push({ at: await store.moments.lastAt(), states: structuredClone(statesOf(present).get('d') ?? new Map()) });
    };
    await look();
    let facts = factsOf(nodes(), roles);
    for (let round = 0; round < 30; round++) {
      facts = { ...facts, nodes: nodes({ contact: round % 2 ? 'up' : 'silent' }) };
      for (const outcome of ['running', round % 4 ? 'done' : 'failed'] as const) {
        present = makePlan(facts, catalog);
        await look();
        facts = after(facts, present, outcome);
      }
      if (round % 7 === 6) {
        await moments.stop();
        moments = keeper();
      }
      // What is forgotten is done anew.
      if (round % 10 === 9) facts = factsOf(nodes(), roles);
    }
    await moments.stop();
    const times = (await store.moments.list({ limit: 10_000 })).map((moment) => moment.at).reverse();
    assert.deepEqual(
      times,
      [...new Set(times)].toSorted((a, b) => a - b),
    );
    assert(times.length > 30, `only ${times.length} moments`);
    for (const { at: when, states } of seen) assert.deepEqual(await at(when), states);
    assert.deepEqual(await at(0), new Map());

    // Some stretches begin with the whole of it; what is later than the one that stays is as it was.
    const middle = seen[seen.length >> 1]!;
    assert((await store.moments.prune(middle.at)) > 0);
    for (const { at: when, states } of seen.filter((one) => one.at >= middle.at)) assert.deepEqual(await at(when), states);
    assert((await store.moments.prune(0, 3)) > 0);
    assert.deepEqual(await at(seen.at(-1)!.at), seen.at(-1)!.states);
  });

  it('say how many changed, failed, are at work, and are left', async () => {
    const moments = keeper();
    await moments.look();
    await moments.look();
    present = makePlan(after(present.facts, present, 'failed'), catalog);
    await moments.look();
    await moments.stop();
    const told = (await store.moments.list({ limit: 10, deployments: ['d'] })).map(({ changed, failed, moving, undone }) => ({
      changed,
      failed,
      moving,
      undone,
    }));
    assert.deepEqual(told, [
      { changed: NODES, failed: NODES, moving: 0, undone: 3 * NODES },
      { changed: 3 * NODES, failed: 0, moving: NODES, undone: 3 * NODES },
    ]);
    assert.deepEqual(await store.moments.list({ limit: 10, deployments: ['e'] }), []);
  });

  it('are kept on from what is stored, also of a deployment that is gone', async () => {
    const first = keeper();
    await first.look();
    await first.stop();
    present = makePlan(factsOf([], {}), catalog);
    const second = keeper();
    await second.look();
    await second.stop();
    const [last] = await store.moments.list({ limit: 1 });
    assert.equal(last!.changed, 3 * NODES);
    assert.deepEqual(await at(last!.at), new Map());
    const states: PastStates = new Map();
    applyDifference(states, JSON.parse((await store.moments.bodies('d', last!.at - 1))[0]!));
    assert.equal(states.size, 3);
  });
});
