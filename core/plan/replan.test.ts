// Whatever happens to a site, the plan made from the one before is the plan made from nothing.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nodeRoleKey } from '../model/run.ts';
import { canonical } from './fingerprint.ts';
import { act, begin, catalogFrom, NODES, nothing, perform, shape } from './happenings-for-tests.ts';
import { keyOf, makePlan, type Plan } from './plan.ts';
import { replan } from './replan.ts';
import { turnOf } from './rolling.ts';
import { planView } from './why.ts';

describe('replan', () => {
  it('gives exactly what a plan from nothing gives, whatever happens in whatever order', function () {
    this.timeout(120_000);
    let incremental = 0;
    let unhealthy = 0;
    let faulty = 0;
    fc.assert(
      fc.property(shape, fc.array(act, { minLength: 1, maxLength: 25 }), (drawn, acts) => {
        const catalog = catalogFrom(drawn);
        let facts = begin();
        let plan = makePlan(facts, catalog);
        for (const what of acts) {
          const done = perform(facts, plan, what);
          if (!done) continue;
          facts = done.facts;
          const before = plan;
          plan = replan(plan, facts, catalog, done.changed);
          if (plan.nodeOf === before.nodeOf) incremental++;
          assert.equal(canonical(planView(plan, catalog, 0)), canonical(planView(makePlan(facts, catalog), catalog, 0)), JSON.stringify(what));
          const anew = makePlan(facts, catalog);
          const turns = (of: Plan) => of.groups.map((group) => turnOf(of, group));
          assert.deepEqual(turns(plan), turns(anew));
          if (plan.groups.some((group) => group.fault)) faulty++;
          if (turns(plan).some(({ reason }) => reason?.includes('health check'))) unhealthy++;
          assert.deepEqual(
            plan.groups.map((g) => [g.pending, g.done, g.open, g.inputs, g.fault]),
            anew.groups.map((g) => [g.pending, g.done, g.open, g.inputs, g.fault]),
          );
        }
      }),
      { numRuns: 300 },
    );
    assert(incremental > 500, `only ${incremental} plans were made from the one before: the test tests nothing`);
    assert(faulty > 20, `only ${faulty} plans had an extension that fails`);
    assert(unhealthy > 5, `only ${unhealthy} plans were held up by a health check`);
  });

  it('starts anew when a machine comes or goes', () => {
    const catalog = catalogFrom({ edges: [], once: [], reads: [], rolled: [], conditional: [], gates: [], lasting: [], installing: [] });
    const facts = begin();
    const plan = makePlan(facts, catalog);
    const fewer = { ...facts, nodes: facts.nodes.slice(1) };
    const again = replan(plan, fewer, catalog, { ...nothing(), nodes: new Set(['id0']) });
    assert.equal(again.nodes.length, NODES - 1);
    assert.equal(nodeRoleKey('d', 'r0', 'id1'), keyOf(again, 0));
  });
});
