import assert from 'node:assert/strict';
import type { Catalog } from '../model/catalog.ts';
import { after, catalogOf, factsOf, node, role } from './plan-for-tests.ts';
import { keyOf, makePlan, type Plan, type PlanFacts, stateOf, vertexCount } from './plan.ts';
import { whyNot } from './why.ts';

const installed = { system: { kind: 'installed' as const, instance: 'installation 1', platform: 'debian-12' as const } };
const leaving = { at: 10, disks: ['/dev/disk/by-id/one'] };
const catalog: Catalog = catalogOf(
  role('base', { runsOn: ['installed'] }),
  role('service', { runsOn: ['installed'], requires: ['base'] }),
  role('wiper', { runsOn: ['live'], wipes: true, irreversible: 'it erases' }),
);
const states = (plan: Plan) => Object.fromEntries(Array.from({ length: vertexCount(plan) }, (_, v) => [keyOf(plan, v).replace('d/', ''), stateOf(plan, v)]));
const stepsOf = (facts: PlanFacts): string[] => {
  const steps: string[] = [];
  for (let now = facts, left = 8; left > 0; left--) {
    const plan = makePlan(now, catalog);
    const ready = Object.entries(states(plan)).filter(([, state]) => state === 'runnable' || state === 'orphan');
    if (!ready.length) break;
    steps.push(ready.map(([key]) => key).join(' '));
    now = after(now, plan, 'done', () => ({}), 20);
  }
  return steps;
};

describe('a machine that is retired', () => {
  const before = factsOf([node('n1', installed), node('n2', installed)], { service: ['n1', 'n2'] });
  const first = after(before, makePlan(before, catalog));
  const done = after(first, makePlan(first, catalog));
  const retiring = (more: object): PlanFacts => ({ ...done, nodes: [node('n1', { ...installed, ...more }), node('n2', installed)] });

  it('loses its roles in reverse order, and then what is on its disks', () => {
    assert.deepEqual(stepsOf(retiring({ leaving })), ['service@id-n1', 'base@id-n1', 'wiper@id-n1']);
  });

  it('leaves the others alone, and says of whom a list still speaks', () => {
    const plan = makePlan(retiring({ leaving }), catalog);
    assert.equal(states(plan)['service@id-n2'], 'done');
    assert.match(plan.problems.map((p) => `${p.severity} ${p.summary}`).join('\n'), /^warning n1 is being retired, and takes no roles\.$/m);
  });

  it('keeps its disks where nobody asked for erasing them', () => {
    assert.deepEqual(stepsOf(retiring({ leaving: { at: 10 } })), ['service@id-n1', 'base@id-n1']);
  });

  it('is erased last, and says what that waits for', () => {
    const plan = makePlan(retiring({ leaving }), catalog);
    const vertex = Array.from({ length: vertexCount(plan) }, (_, v) => v).find((v) => keyOf(plan, v) === 'd/wiper@id-n1')!;
    assert.equal(stateOf(plan, vertex), 'blocked');
    assert.deepEqual(
      whyNot(plan, vertex).map(({ what }) => what),
      ['service on n1 has to be undone first', 'base on n1 has to be undone first'],
    );
  });

  it('is erased once in a retirement, whatever it runs afterwards, and again in another', () => {
    const alone = (more: object) => factsOf([node('n1', more)], {});
    const erased = after(alone({ leaving }), makePlan(alone({ leaving }), catalog), 'done', () => ({}), 20);
    const again = (at: number, instance: string) =>
      states(makePlan({ ...erased, nodes: [node('n1', { leaving: { ...leaving, at }, system: { kind: 'live', instance, platform: 'debian-12' } })] }, catalog));
    assert.deepEqual(again(10, 'another boot'), { 'wiper@id-n1': 'done' });
    assert.deepEqual(again(30, 'another boot'), { 'wiper@id-n1': 'runnable' });
  });

  it('is on no machine that stays', () => {
    assert(!Object.keys(states(makePlan(done, catalog))).some((key) => key.startsWith('wiper')));
  });
});
