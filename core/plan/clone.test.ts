import assert from 'node:assert/strict';
import { clonedBody, machinesOf, openIn, swapped } from './clone.ts';
import { freeIn } from './free.ts';
import { makePlan } from './plan.ts';
import { after, catalogOf, factsOf, node, role } from './plan-for-tests.ts';

describe('a clone', () => {
  const [n1, n2, n3, n4] = ['n1', 'n2', 'n3', 'n4'].map((name) => node(name)) as [
    ReturnType<typeof node>,
    ReturnType<typeof node>,
    ReturnType<typeof node>,
    ReturnType<typeof node>,
  ];
  const health = { file: 'roles/a/health.yml', items: [], lines: [] };
  const catalog = catalogOf({ ...role('a'), health }, role('b'));
  const facts = factsOf([n1, n2, n3, n4], { a: ['n1'], b: { count: 2 } });
  const plan = makePlan(facts, catalog);
  const pairs = [
    { from: n1, to: n3 },
    { from: n2, to: n4 },
  ];

  it('stands on other machines, which are free', () => {
    assert.deepEqual(
      machinesOf(plan, 'd').map(({ name }) => name),
      ['n1', 'n2'],
    );
    assert.deepEqual(
      plan.nodes.filter(freeIn(plan)).map(({ name }) => name),
      ['n3', 'n4'],
    );
  });

  it('has the same settings with other names and addresses, and no address that is given to a machine by name', () => {
    const attributes = {
      master: 'n1',
      at: ['10.0.0.2', 'n10', 'on n1'],
      weights: { n1: 5 },
      nets: [{ addresses: { n1: '203.0.113.7', other: '203.0.113.8' } }],
    };
    assert.deepEqual(clonedBody(plan, 'd', { attributes, roles: { a: ['n1'], b: { count: 2 } } }, pairs), {
      attributes: { master: 'n3', at: ['10.0.0.4', 'n10', 'on n1'], weights: { n3: 5 }, nets: [{ addresses: { other: '203.0.113.8' } }] },
      roles: { a: ['n3'], b: ['n3', 'n4'] },
    });
  });

  it('changes places with its original in what others say, and back to the letter', () => {
    const body = { attributes: { addresses: { n1: '203.0.113.7', n3: '203.0.113.9' }, backends: ['10.0.0.1', 'n4'] }, roles: { x: ['n1'] } };
    const there = swapped(body, pairs);
    assert.deepEqual(there, { attributes: { addresses: { n3: '203.0.113.7', n1: '203.0.113.9' }, backends: ['10.0.0.3', 'n2'] }, roles: { x: ['n1'] } });
    assert.deepEqual(swapped(there, pairs), body);
  });

  it('is well when all is done and what has probes is known to work', () => {
    assert.deepEqual(
      openIn(plan, 'd', () => true),
      { total: 3, open: ['a on n1 (runnable)', 'b on n1 (runnable)', 'b on n2 (runnable)'], unwell: [] },
    );
    const done = makePlan(after(facts, plan), catalog);
    assert.deepEqual(
      openIn(done, 'd', () => false),
      { total: 3, open: [], unwell: ['a on n1'] },
    );
    assert.deepEqual(
      openIn(done, 'd', () => true),
      { total: 3, open: [], unwell: [] },
    );
  });
});
