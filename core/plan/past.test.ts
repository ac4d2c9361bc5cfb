import assert from 'node:assert/strict';
import fc from 'fast-check';
import { act, begin, catalogFrom, perform, shape } from './happenings-for-tests.ts';
import {
  applyDifference,
  type Differences,
  differencesBetween,
  differencesSince,
  fewOfEach,
  mostUrgent,
  type PastStates,
  pastPlaces,
  standings,
  statesOf,
} from './past.ts';
import { makePlan, type Plan } from './plan.ts';
import { after, catalogOf, factsOf, node, role } from './plan-for-tests.ts';
import { totalsOf } from './why.ts';

type States = Map<string, PastStates>;

function apply(states: States, differences: Differences): void {
  for (const [deployment, difference] of differences) {
    const of = states.get(deployment) ?? new Map();
    applyDifference(of, difference);
    if (of.size) states.set(deployment, of);
    else states.delete(deployment);
  }
}
const copyOf = (states: States): States => structuredClone(states);

describe('the past of a plan', () => {
  it('is the plan again when all that changed is told one after another, whatever happened', function () {
    this.timeout(120_000);
    let moved = 0;
    let gone = 0;
    fc.assert(
      fc.property(shape, fc.array(act, { minLength: 1, maxLength: 25 }), (drawn, acts) => {
        const catalog = catalogFrom(drawn);
        let facts = begin();
        let before: Plan | undefined;
        const told: States = new Map();
        const moments: { states: States; plan: Plan }[] = [];
        const look = () => {
          const plan = makePlan(facts, catalog);
          const differences = differencesBetween(before, plan);
          // Who knows only what was kept finds the same.
          assert.deepEqual(sorted(differencesSince(told, plan)), sorted(differences));
          apply(told, differences);
          moments.push({ states: copyOf(told), plan });
          if (before && differences.size) moved++;
          if (JSON.stringify([...differences.values()]).includes('"gone"')) gone++;
          before = plan;
        };
        look();
        for (const what of acts) {
          facts = perform(facts, before!, what)?.facts ?? facts;
          look();
        }
        for (const { states, plan } of moments) {
          assert.deepEqual(states, statesOf(plan));
          const places = pastPlaces(states, () => true);
          const totals = totalsOf(plan);
          for (const [state, count] of Object.entries(totals)) assert.equal(places.filter((one) => one.state === state).length, count);
          const standing = standings(plan).get('d');
          assert.equal(standing?.size ?? 0, places.length);
          assert.equal(standing?.undone ?? 0, places.length - totals.done);
        }
      }),
      { numRuns: 200 },
    );
    assert(moved > 500, `only ${moved} moments had changed anything: the test tests nothing`);
    assert(gone > 50, `in only ${gone} moments a role went from a machine`);
  });

  it('tells what changed in few words', () => {
    const catalog = catalogOf(role('a'), role('b', { requires: ['a'] }));
    const facts = factsOf([node('n1'), node('n2')], { b: ['n1', 'n2'] });
    const first = makePlan(facts, catalog);
    assert.deepEqual(Object.fromEntries(differencesBetween(undefined, first)), {
      d: { a: { runnable: ['id-n1', 'id-n2'] }, b: { blocked: ['id-n1', 'id-n2'] } },
    });
    const running = makePlan(after(facts, first, 'running'), catalog);
    assert.deepEqual(Object.fromEntries(differencesBetween(first, running)), { d: { a: { running: ['id-n1', 'id-n2'] } } });
    assert.deepEqual(standings(running).get('d'), { size: 4, moving: 2, undone: 4 });
    assert.equal(differencesBetween(running, running).size, 0);
    // A machine that is forgotten takes its roles along.
    const fewer = makePlan(factsOf([node('n2')], { b: ['n2'] }), catalog);
    assert.deepEqual(Object.fromEntries(differencesBetween(first, fewer)), { d: { a: { gone: ['id-n1'] }, b: { gone: ['id-n1'] } } });
  });

  it('names those of small roles, and of many the most urgent first', () => {
    const place = (name: string, state: 'done' | 'failed', index: number) => ({
      key: `d/${name}@${index}`,
      deployment: 'd',
      role: name,
      nodeId: String(index),
      state,
    });
    const places = [...Array.from({ length: 60 }, (_, index) => place('many', index === 59 ? 'failed' : 'done', index)), place('few', 'done', 1)];
    assert.deepEqual(
      fewOfEach(places).map(({ role: name }) => name),
      ['few'],
    );
    assert.deepEqual(
      mostUrgent(places, 2).map(({ state }) => state),
      ['failed', 'done'],
    );
  });
});

/** In no order: which comes first depends on where they were looked for. */
const sorted = (differences: Differences): unknown =>
  [...differences]
    .flatMap(([deployment, difference]) =>
      Object.entries(difference).flatMap(([name, byState]) =>
        Object.entries(byState).flatMap(([state, ids]) => ids.map((id) => `${deployment}/${name}@${id} ${state}`)),
      ),
    )
    .sort();
