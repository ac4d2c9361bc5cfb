import assert from 'node:assert/strict';
import { makePlan, type Plan, type PlanFacts } from '../plan/plan.ts';
import { after, catalogOf, factsOf, node, role } from '../plan/plan-for-tests.ts';
import { newsOf, standing } from './news.ts';

describe('news', () => {
  const catalog = catalogOf(role('a'), role('b', { requires: ['a'] }));
  const kinds = (before: Plan | undefined, plan: Plan, id = 'id-n1') =>
    newsOf(plan, id, before && standing(before).get(id), standing(plan).get(id)).map(({ type }) => type);
  const plans = (facts: PlanFacts) => makePlan(facts, catalog);

  it('follow a machine from its first report until it is gone', () => {
    const found = plans(factsOf([node('n1', { approved: false })], {}));
    assert.deepEqual(kinds(undefined, found), ['node.discovered']);
    const facts = factsOf([node('n1')], { b: ['n1'] });
    const begun = plans(facts);
    assert.deepEqual(kinds(found, begun), ['node.approved']);
    const one = after(facts, begun);
    assert.deepEqual(kinds(begun, plans(one)), [], 'one of two roles is done');
    const both = plans(after(one, plans(one)));
    assert.deepEqual(kinds(plans(one), both), ['node.ready']);
    assert.deepEqual(kinds(both, both), []);
    const leaving = plans(factsOf([node('n1', { leaving: { at: 1 } })], {}));
    const gone = plans(factsOf([], {}));
    assert.deepEqual([kinds(leaving, gone), kinds(both, gone)], [['node.retired'], ['node.forgotten']]);
  });

  it('tell each attempt that failed, and of a machine only the first', () => {
    const facts = factsOf([node('n1')], { a: ['n1'] });
    const begun = plans(facts);
    const failed = after(facts, begun, 'failed');
    assert.deepEqual(kinds(begun, plans(failed)), ['node.failed', 'role.failed']);
    const run = failed.latest.get('d/a')!.get('id-n1')!;
    const again = { ...failed, retries: new Map([[run.key, { key: run.key, afterRun: run.id, at: 2 }]]) };
    const twice = plans({ ...after(again, plans(again), 'failed') });
    assert.deepEqual(kinds(plans(failed), twice), ['role.failed']);
    const [news] = newsOf(twice, 'id-n1', standing(plans(failed)).get('id-n1'), standing(twice).get('id-n1'));
    assert.deepEqual([news!.data.role, news!.data.deployment, (news!.data.node as { name: string }).name], ['a', 'd', 'n1']);
  });

  it('tell a system that was installed once, and again when it is another', () => {
    const installed = (id: string) =>
      plans(factsOf([node('n1', { installation: { id, deployment: 'd', role: 'os', fingerprint: '', platform: 'debian-12', hostKey: '', at: 1 } })], {}));
    assert.deepEqual(kinds(plans(factsOf([node('n1')], {})), installed('i1')), ['node.installed']);
    assert.deepEqual([kinds(installed('i1'), installed('i1')), kinds(installed('i1'), installed('i2'))], [[], ['node.installed']]);
  });
});
