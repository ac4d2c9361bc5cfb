import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Durations, forecast } from './forecast.ts';
import { ok } from '../model/problem.ts';
import { keyOf, makePlan, type Plan, stateOf, vertexCount } from './plan.ts';
import { after, catalogOf, factsOf, node, role } from './plan-for-tests.ts';

const seconds =
  (known: Record<string, number>): Durations =>
  ({ declaration }) =>
    known[declaration.name] === undefined ? undefined : known[declaration.name]! * 1000;
const short = (plan: Plan, path: number[]): string[] => path.map((vertex) => keyOf(plan, vertex).replace('d/', '').replace('id-', ''));
const n = (count: number) => Array.from({ length: count }, (_, i) => node(`n${i + 1}`));

describe('forecast', () => {
  const chain = catalogOf(role('base'), role('server', { requires: ['base'] }), role('client', { requires: ['base'], waitsFor: ['server'] }));
  const facts = factsOf(n(3), { server: ['n1'], client: ['n2', 'n3'] });

  it('adds up along the longest way, over barriers, and names it', () => {
    const plan = makePlan(facts, chain);
    const { ms, path, stuck, guessed } = forecast(plan, { durations: seconds({ base: 10, server: 20, client: 5 }), limit: 50, now: 0 });
    assert.deepEqual([ms, short(plan, path), stuck, guessed], [35_000, ['base@n1', 'server@n1', 'client@n2'], 0, []]);
  });

  it('counts what is done as nothing, and of what runs only the rest', () => {
    const begun = after(facts, makePlan(facts, chain), 'done');
    const plan = makePlan(begun, chain);
    assert.equal(forecast(plan, { durations: seconds({ base: 10, server: 20, client: 5 }), limit: 50, now: 0 }).ms, 25_000);
    const running = makePlan(
      after(begun, plan, 'running', () => ({}), 1000),
      chain,
    );
    assert.equal(stateOf(running, running.groups.find((g) => g.role.declaration.name === 'server')!.start), 'running');
    assert.equal(forecast(running, { durations: seconds({ base: 10, server: 20, client: 5 }), limit: 50, now: 16_000 }).ms, 10_000);
  });

  it('keeps to the limits of the site, of a role, and of a canary', () => {
    const many = factsOf(n(6), { server: ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'] });
    const lasting = (more: object, limit = 50): number =>
      forecast(makePlan(many, catalogOf(role('server', more))), { durations: seconds({ server: 10 }), limit, now: 0 }).ms;
    assert.equal(lasting({}), 10_000);
    assert.equal(lasting({}, 2), 30_000);
    assert.equal(lasting({ serial: 1 }), 60_000);
    assert.equal(lasting({ serial: '50%' }), 20_000);
    assert.equal(lasting({ atOnce: 2 }), 30_000);
    assert.equal(lasting({ canary: true }), 20_000);
  });

  it('waits for gates, and never ends behind one that failed', () => {
    const gated = catalogOf({ ...role('burn', { gate: 'x' }), gate: () => ok(true) }, role('server'));
    const before = factsOf(n(2), { burn: ['n1'], server: ['n1', 'n2'] });
    const plan = makePlan(before, gated);
    const durations = seconds({ burn: 30, server: 10 });
    const { ms, path } = forecast(plan, { durations, limit: 50, now: 0 });
    assert.deepEqual([ms, short(plan, path)], [40_000, ['burn@n1', 'server@n1']]);
    const failed = makePlan(after(before, plan, 'failed'), gated);
    assert.equal(stateOf(failed, failed.groups.find((g) => g.role.declaration.name === 'burn')!.start), 'failed');
    assert.equal(forecast(failed, { durations, limit: 50, now: 0 }).stuck, 3);
  });

  it('goes on behind an installation with what needs the installed system', () => {
    const catalog = catalogOf(
      role('os', { installs: true, runsOn: ['live'] }),
      role('server', { runsOn: ['installed'] }),
      role('client', { runsOn: ['live', 'installed'], waitsFor: ['server'] }),
    );
    const durations = seconds({ os: 60, server: 20, client: 5 });
    const plan = makePlan(factsOf(n(2), { os: ['n1', 'n2'], server: ['n1'], client: ['n2'] }), catalog);
    const { ms, path, stuck } = forecast(plan, { durations, limit: 50, now: 0 });
    assert.deepEqual([ms, short(plan, path), stuck], [85_000, ['os@n1', 'server@n1', 'client@n2'], 0]);
    assert.equal(forecast(makePlan(factsOf(n(1), { server: ['n1'] }), catalog), { durations, limit: 50, now: 0 }).stuck, 1, 'nobody installs it');
  });

  it('leaves out what waits for a person, and all behind it', () => {
    const failed = makePlan(after(facts, makePlan(facts, chain), 'failed'), chain);
    assert.deepEqual(
      [forecast(failed, { durations: seconds({}), limit: 50, now: 0 })].map(({ ms, path, stuck }) => [ms, path, stuck]),
      [[0, [], vertexCount(failed)]],
    );
    const away = makePlan(factsOf([node('n1', { contact: 'off' }), node('n2')], { server: ['n1'], client: ['n2'] }), chain);
    const { ms, stuck, guessed } = forecast(away, { durations: seconds({}), limit: 50, now: 0 });
    assert.deepEqual([ms, stuck, guessed], [15_000, 3, ['base']], 'base on n2 can be done; nobody serves its client');
  });

  it('is never shorter than any chain of requirements, nor longer than all work one after the other', () => {
    const shape = fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.boolean()), { maxLength: 8 });
    fc.assert(
      fc.property(shape, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 6, maxLength: 6 }), fc.integer({ min: 1, max: 4 }), (edges, times, limit) => {
        const from = (to: number, same: boolean) => [...new Set(edges.filter(([a, b, s]) => b === to && a < b && s === same).map(([a]) => `r${a}`))];
        const roles = Array.from({ length: 6 }, (_, i) => role(`r${i}`, { requires: from(i, true), waitsFor: from(i, false) }));
        const plan = makePlan(factsOf(n(3), Object.fromEntries(roles.map((r) => [r.declaration.name, ['n1', 'n2', 'n3']]))), catalogOf(...roles));
        const length = (name: string): number => times[Number(name.slice(1))]! * 1000;
        const { ms, startsAt, endsAt, path } = forecast(plan, { durations: ({ declaration }) => length(declaration.name), limit, now: 0 });
        let all = 0;
        for (const group of plan.groups) {
          const name = group.role.declaration.name;
          for (let vertex = group.start; vertex < group.end; vertex++) {
            all += length(name);
            assert.equal(endsAt[vertex]! - startsAt[vertex]!, length(name));
            for (const { groups } of group.requires) for (const parent of groups) assert(startsAt[vertex]! >= endsAt[parent.at[plan.nodeOf[vertex]!]!]!);
            for (const { groups } of group.waitsFor)
              for (const parent of groups) for (let v = parent.start; v < parent.end; v++) assert(startsAt[vertex]! >= endsAt[v]!);
          }
        }
        // At no time more than the limit, and one at a time on a node: counted at each start.
        for (let vertex = 0; vertex < vertexCount(plan); vertex++) {
          const busy = Array.from({ length: vertexCount(plan) }, (_, v) => v).filter(
            (v) => startsAt[v]! <= startsAt[vertex]! && endsAt[v]! > startsAt[vertex]!,
          );
          assert(busy.length <= limit);
          assert.equal(new Set(busy.map((v) => plan.nodeOf[v])).size, busy.length);
        }
        assert(ms <= all && ms >= Math.max(...times) * 1000);
        // Each step of the path begins when the one before it ends.
        for (const [index, vertex] of path.entries()) assert.equal(startsAt[vertex]!, index ? endsAt[path[index - 1]!]! : 0);
      }),
      { numRuns: 200 },
    );
  });
});
