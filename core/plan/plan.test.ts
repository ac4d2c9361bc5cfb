import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RoleDeclaration } from '../model/barclamp.ts';
import type { Catalog, Condition, Role } from '../model/catalog.ts';
import type { Node } from '../model/node.ts';
import type { NodeRoleState } from '../model/plan.ts';
import { bad, ok, problem } from '../model/problem.ts';
import { nodeRoleKey, runOf, setRun } from '../model/run.ts';
import { after, catalogOf, copyOf, factsOf, node, role } from './plan-for-tests.ts';
import { canonical } from './fingerprint.ts';
import { fingerprintOf, groupAt, makePlan, nodeAt, type Plan, stateOf, vertexCount } from './plan.ts';
import { planView, whyNot } from './why.ts';

const states = (plan: Plan): Record<string, NodeRoleState> =>
  Object.fromEntries(
    Array.from({ length: vertexCount(plan) }, (_, v) => [`${groupAt(plan, v).role.declaration.name}@${nodeAt(plan, v).name}`, stateOf(plan, v)]),
  );
const why = (plan: Plan, name: string): string[] => {
  for (let v = 0; v < vertexCount(plan); v++)
    if (`${groupAt(plan, v).role.declaration.name}@${nodeAt(plan, v).name}` === name) return whyNot(plan, v).map((h) => h.what);
  return ['not in the plan'];
};

describe('plan', () => {
  const time = catalogOf(
    role('server', { outputs: { addresses: { type: 'array' } } }),
    role('client', { implicit: true, waitsFor: ['server'], conflictsWith: ['server'], inputs: ['server.addresses'] }),
  );

  it('lets clients wait behind the barrier until every server is done, and gives them what servers publish', () => {
    const facts = factsOf([node('n1'), node('n2'), node('n3'), node('n10')], { server: ['n1', 'n10'] });
    const first = makePlan(facts, time);
    assert.deepEqual(states(first), { 'server@n1': 'runnable', 'server@n10': 'runnable', 'client@n2': 'blocked', 'client@n3': 'blocked' });
    assert.deepEqual(why(first, 'client@n2'), ['server on n1 is runnable', 'server on n10 is runnable']);
    const second = makePlan(
      after(facts, first, 'done', (v) => ({ addresses: [nodeAt(first, v).addresses.admin] })),
      time,
    );
    assert.deepEqual(states(second), { 'server@n1': 'done', 'server@n10': 'done', 'client@n2': 'runnable', 'client@n3': 'runnable' });
    assert.deepEqual(second.groups[1]!.inputs, { addresses: ['10.0.0.1', '10.0.0.10'] });
  });

  it('keeps back everything on a machine that has a closed gate, but for gates and what they need', () => {
    const gated = catalogOf(
      role('account'),
      { ...role('settings', { requires: ['account'], gate: 'x', lasts: 'machine' }), gate: () => ok(true) },
      { ...role('burn', { runsOn: ['live'], gate: 'x' }), gate: () => ok(true) },
      role('web'),
    );
    const facts = factsOf([node('n1'), node('n2')], { settings: ['n1'], burn: ['n1'], web: ['n1', 'n2'] });
    const first = makePlan(facts, gated);
    assert.deepEqual(states(first), { 'account@n1': 'runnable', 'burn@n1': 'runnable', 'settings@n1': 'blocked', 'web@n1': 'blocked', 'web@n2': 'runnable' });
    assert.deepEqual(why(first, 'web@n1').toSorted(), ['burn comes first on n1, and is runnable', 'settings comes first on n1, and is blocked']);
    const failure = problem('A disk is gone.', undefined, 'Accept it.');
    const second = makePlan(after(facts, first, 'done'), gated);
    const failed = after(after(facts, first, 'done'), second, 'failed');
    for (const runs of failed.latest.values()) for (const run of runs.values()) if (run.outcome === 'failed') run.problem = failure;
    const third = makePlan(failed, gated);
    assert.equal(states(third)['settings@n1'], 'failed');
    const vertex = Array.from({ length: vertexCount(third) }, (_, v) => v).find(
      (v) => groupAt(third, v).role.declaration.name === 'web' && nodeAt(third, v).name === 'n1',
    )!;
    assert.deepEqual(
      whyNot(third, vertex).map(({ what, next }) => [what, next]),
      [['settings comes first on n1, and is failed: A disk is gone.', 'Accept it.']],
    );
  });

  it('has no gate where its condition does not hold, or where it is made for another system', () => {
    const unless = { ...role('settings', { gate: 'x' }), gate: () => ok(false) };
    assert.equal(states(makePlan(factsOf([node('n1')], { settings: ['n1'], web: ['n1'] }), catalogOf(unless, role('web'))))['web@n1'], 'runnable');
    const live = { ...role('burn', { runsOn: ['live'], gate: 'x' }), gate: () => ok(true) };
    const installed = node('n1', { system: { kind: 'installed', instance: 'i', platform: 'debian-12' } });
    assert.deepEqual(states(makePlan(factsOf([installed], { burn: ['n1'], web: ['n1'] }), catalogOf(live, role('web')))), {
      'burn@n1': 'held',
      'web@n1': 'runnable',
    });
  });

  it('does work on the machine itself once for whatever runs on it, and again on other hardware', () => {
    const catalog = catalogOf(role('settings', { runsOn: ['live'], lasts: 'machine' }));
    const live = node('n1', { serial: 'A', macs: ['52:54:00:00:00:01'], system: { kind: 'live', instance: 'one', platform: 'debian-12' } });
    const facts = factsOf([live], { settings: ['n1'] });
    const done = after(facts, makePlan(facts, catalog), 'done');
    const state = (change: Partial<Node>) => states(makePlan({ ...done, nodes: [{ ...live, ...change }] }, catalog))['settings@n1'];
    assert.equal(state({}), 'done');
    assert.equal(state({ system: { kind: 'live', instance: 'two', platform: 'debian-12' } }), 'done');
    assert.equal(state({ system: { kind: 'installed', instance: 'i', platform: 'rocky-9' }, addresses: { admin: '10.0.0.77' } }), 'done');
    assert.equal(state({ contact: 'off' }), 'done');
    assert.equal(state({ serial: 'B' }), 'runnable');
  });

  it('gives roles what their extension works out of what they read, once that is there', () => {
    const asked: string[] = [];
    const counting = (count: (addresses: unknown[]) => unknown): Catalog => ({
      ...time,
      barclamps: new Map([
        [
          'b',
          {
            ...time.barclamps.get('b')!,
            extension: {
              deriveInputs(name, { inputs }) {
                asked.push(name);
                if (name === 'server') return ok({});
                return inputs.addresses === 'none'
                  ? bad(problem('It fails.', { file: 'b/extension.ts' }))
                  : ok({ count: count(inputs.addresses as unknown[]) });
              },
            },
          },
        ],
      ]),
    });
    const catalog = counting((addresses) => addresses.length);
    const facts = factsOf([node('n1'), node('n2')], { server: ['n1'] });
    const publish = (addresses: unknown) => after(facts, makePlan(facts, catalog), 'done', () => ({ addresses }));
    makePlan(facts, catalog);
    assert.deepEqual(asked, ['server'], 'the client reads what is not there yet');
    const one = publish(['10.0.0.1', '10.0.0.2']);
    const plan = makePlan(one, catalog);
    assert.deepEqual(plan.groups[1]!.inputs, { addresses: ['10.0.0.1', '10.0.0.2'], count: 2 });
    assert.equal(
      plan.groups[1]!.fingerprint,
      makePlan(
        one,
        counting((addresses) => addresses.length),
      ).groups[1]!.fingerprint,
      'of another load of the same',
    );
    assert.notEqual(
      plan.groups[1]!.fingerprint,
      makePlan(
        one,
        counting(() => 3),
      ).groups[1]!.fingerprint,
      'what it says is part of it',
    );

    const failing = makePlan(publish('none'), catalog);
    assert.deepEqual(states(failing), { 'server@n1': 'done', 'client@n2': 'blocked' });
    assert.deepEqual(why(failing, 'client@n2'), ['It fails.']);
    assert.deepEqual(
      failing.problems.map((p) => [p.summary, p.where]),
      [['It fails.', { file: 'b/extension.ts', deployment: 'd', role: 'client' }]],
    );
    const hiding = makePlan(one, {
      ...catalog,
      barclamps: new Map([['b', { ...time.barclamps.get('b')!, extension: { deriveInputs: () => ok({ addresses: [] }) } }]]),
    });
    assert.match(hiding.problems[0]!.summary, /deriveInputs gives addresses, which is an input of client already/);
  });

  it('is done when nothing changed, and runs exactly what a changed output touches', () => {
    const facts = factsOf([node('n1'), node('n2')], { server: ['n1'] });
    const one = after(facts, makePlan(facts, time), 'done', () => ({ addresses: ['10.0.0.1'] }));
    const two = after(one, makePlan(one, time));
    assert.deepEqual(states(makePlan(two, time)), { 'server@n1': 'done', 'client@n2': 'done' });
    const key = nodeRoleKey('d', 'server', 'id-n1');
    const lastDone = copyOf(two.lastDone);
    setRun(lastDone, { ...runOf(lastDone, key)!, outputs: { addresses: ['10.0.0.9'] } });
    const moved = { ...two, lastDone };
    assert.deepEqual(states(makePlan(moved, time)), { 'server@n1': 'done', 'client@n2': 'runnable' });
  });

  it('holds a machine that is away without holding up the others', () => {
    const facts = factsOf([node('n1'), node('n2', { contact: 'silent' }), node('n3')], { server: ['n1', 'n2'] });
    const plan = makePlan(
      after(facts, makePlan(facts, time), 'done', () => ({ addresses: ['x'] })),
      time,
    );
    assert.deepEqual(states(plan), { 'server@n1': 'done', 'server@n2': 'held', 'client@n3': 'runnable' });
    assert.deepEqual(why(plan, 'server@n2'), ['n2 no longer answers']);
  });

  it('does everything anew on a RAM system that was started again, and nothing on an installed one', () => {
    for (const [kind, expected] of [
      ['live', 'runnable'],
      ['installed', 'done'],
    ] as const) {
      const before = node('n1', { system: { kind, instance: 'one', platform: 'debian-12' } });
      const facts = factsOf([before], { server: ['n1'] });
      const done = after(facts, makePlan(facts, time));
      const started = { ...before, system: { ...before.system!, instance: kind === 'live' ? 'two' : 'one' } };
      assert.equal(states(makePlan({ ...done, nodes: [started] }, time))['server@n1'], expected);
    }
  });

  it('keeps a failure until something changes or a person asks', () => {
    const facts = factsOf([node('n1')], { server: ['n1'] });
    const failed = after(facts, makePlan(facts, time), 'failed');
    assert.equal(states(makePlan(failed, time))['server@n1'], 'failed');
    const run = runOf(failed.latest, 'd/server@id-n1')!;
    const asked = { ...failed, retries: new Map([[run.key, { key: run.key, afterRun: run.id, at: 0 }]]) };
    assert.equal(states(makePlan(asked, time))['server@n1'], 'runnable');
    const renamed = { ...failed, nodes: [node('n1', { addresses: { admin: '10.0.0.99' } })] };
    assert.equal(states(makePlan(renamed, time))['server@n1'], 'runnable');
  });

  it('never repeats a once-only role by itself', () => {
    const once = catalogOf(role('format', { once: true }));
    const facts = factsOf([node('n1')], { format: ['n1'] });
    const done = after(facts, makePlan(facts, once));
    const changed = catalogOf({ ...role('format', { once: true }), digest: 'another' });
    const plan = makePlan(done, changed);
    assert.equal(states(plan)['format@n1'], 'outdated');
    const run = runOf(done.latest, 'd/format@id-n1')!;
    assert.equal(states(makePlan({ ...done, retries: new Map([[run.key, { key: run.key, afterRun: run.id, at: 0 }]]) }, changed))['format@n1'], 'runnable');
  });

  it('installs a system once, and never again unless a person asks', () => {
    const catalog = catalogOf(
      role('os', { installs: true, runsOn: ['live'], provides: ['os-installed'] }),
      role('app', { requires: ['os-installed'], runsOn: ['installed'] }),
    );
    const live = node('n1');
    const facts = factsOf([live], { os: ['n1'], app: ['n1'] });
    const plan = makePlan(facts, catalog);
    assert.deepEqual(states(plan), { 'os@n1': 'runnable', 'app@n1': 'held' });
    const installation = { id: 'i1', deployment: 'd', role: 'os', fingerprint: fingerprintOf(plan, 0), platform: 'debian-12', hostKey: '', at: 1000 };
    const installed: Node = { ...live, installation, system: { kind: 'installed', instance: 'i1', platform: 'debian-12' } };
    const at = (now: Node, more = {}, attributes = {}) =>
      states(makePlan({ ...facts, nodes: [now], proposals: facts.proposals.map((p) => ({ ...p, body: { ...p.body, attributes } })), ...more }, catalog));
    // The node says so itself: no run is needed, so none can be lost.
    assert.deepEqual(at(installed), { 'os@n1': 'done', 'app@n1': 'runnable' });
    assert.deepEqual(at({ ...installed, contact: 'silent' }), { 'os@n1': 'done', 'app@n1': 'held' });
    const rescued = { ...installed, system: { ...live.system!, instance: 'another boot' } };
    assert.deepEqual(at(rescued), { 'os@n1': 'outdated', 'app@n1': 'held' }, 'the discovery image runs on it, its disk is full');
    assert.deepEqual(at(installed, {}, { image: 'other' }), { 'os@n1': 'outdated', 'app@n1': 'runnable' });
    const key = 'd/os@id-n1';
    const asked = { retries: new Map([[key, { key, afterRun: 1, at: 2000 }]]) };
    assert.deepEqual(at(installed, asked), { 'os@n1': 'runnable', 'app@n1': 'held' });
    assert.deepEqual(at(rescued, asked), { 'os@n1': 'runnable', 'app@n1': 'held' });
    assert.deepEqual(at({ ...installed, installation: { ...installation, at: 3000 } }, asked), { 'os@n1': 'done', 'app@n1': 'runnable' });
  });

  it('does nothing to a system that another is about to replace, and relies on nothing that was done to it', () => {
    const both: Partial<RoleDeclaration> = { runsOn: ['live', 'installed'] };
    const catalog = catalogOf(
      role('client', { ...both, waitsFor: ['server'] }),
      role('server', both),
      role('settings', { ...both, lasts: 'machine' }),
      role('os', { installs: true, runsOn: ['live'] }),
    );
    const nodes = [node('n1'), node('n2')];
    const served = factsOf(nodes, { server: ['n1'], settings: ['n1'], client: ['n2'] });
    const done = after(after(served, makePlan(served, catalog)), makePlan(after(served, makePlan(served, catalog)), catalog));
    const wanted = { ...done, proposals: factsOf(nodes, { server: ['n1'], settings: ['n1'], client: ['n1', 'n2'], os: ['n1'] }).proposals };
    const plan = makePlan(wanted, catalog);
    assert.deepEqual(states(plan), { 'os@n1': 'runnable', 'server@n1': 'held', 'settings@n1': 'done', 'client@n1': 'held', 'client@n2': 'done' });
    assert.deepEqual(why(plan, 'server@n1'), ['os comes first on n1, and is runnable']);
    const moved = { ...wanted, nodes: [nodes[0]!, node('n2', { system: { kind: 'live', instance: 'another boot', platform: 'debian-12' } })] };
    assert.deepEqual(states(makePlan(moved, catalog))['client@n2'], 'blocked', 'its server goes away in the middle');
    const failed = after(wanted, plan, 'failed');
    assert.deepEqual(states(makePlan(failed, catalog))['server@n1'], 'done', 'what could not be replaced is there still');
  });

  it('adds what is required, and undoes in reverse what nobody asks for any more', () => {
    const chain = catalogOf(role('disk'), role('base', { requires: ['disk'] }), role('app', { requires: ['base'] }));
    const wanted = factsOf([node('n1')], { app: ['n1'] });
    let facts = wanted;
    for (let step = 0; step < 3; step++) facts = after(facts, makePlan(facts, chain));
    assert.deepEqual(states(makePlan(facts, chain)), { 'disk@n1': 'done', 'base@n1': 'done', 'app@n1': 'done' });
    facts = { ...facts, proposals: [{ ...wanted.proposals[0]!, body: { attributes: {}, roles: {} } }] };
    const undone: string[] = [];
    for (let step = 0; step < 3; step++) {
      const plan = makePlan(facts, chain);
      undone.push(
        Object.entries(states(plan))
          .filter(([, s]) => s === 'orphan')
          .map(([name]) => name)
          .join(),
      );
      facts = after(facts, plan);
    }
    assert.deepEqual(undone, ['app@n1', 'base@n1', 'disk@n1']);
    assert.deepEqual(states(makePlan(facts, chain)), {});
  });

  it('undoes what a proposal did with the settings it had when it was taken away', () => {
    const facts = factsOf([node('n1')], { app: ['n1'] });
    const app = catalogOf(role('app'));
    const done = after(facts, makePlan(facts, app));
    const removed = [{ ...facts.proposals[0]!, body: { attributes: { folder: '/srv/app' }, roles: { app: ['n1'] } } }];
    const plan = makePlan({ ...done, proposals: [], removed }, app);
    assert.deepEqual(states(plan), { 'app@n1': 'orphan' });
    assert.deepEqual(plan.groups.find((group) => group.orphan)?.attributes, { folder: '/srv/app' });
  });

  it('does only what calls home anew when home is elsewhere', () => {
    const sealed = catalogOf(role('server', { inputs: ['site.admin'] }), role('caller', { inputs: ['site.home'] }));
    const site = { stateDir: '/s', bootUrl: 'http://b' };
    const facts = factsOf([node('n1')], { server: ['n1'], caller: ['n1'] }, { site });
    const first = makePlan(facts, sealed);
    assert.deepEqual(states(first), { 'server@n1': 'runnable', 'caller@n1': 'runnable' });
    const home = { url: 'https://h', authority: 'AB' };
    const second = makePlan({ ...after(facts, first), site: { ...site, home } }, sealed);
    assert.deepEqual(states(second), { 'server@n1': 'done', 'caller@n1': 'runnable' });
    const siteOf = (name: string) => second.groups.find((group) => group.role.declaration.name === name)!.site;
    assert.deepEqual([siteOf('server'), siteOf('caller')], [{ admin: site }, { home }]);
  });

  it('lets a role know what it knew while it is undone', () => {
    const member: Role = { ...role('member', { waitsFor: ['server'], inputs: ['server.addresses'] }), reads: ['member', 'server'] };
    const catalog = catalogOf(role('server', { outputs: { addresses: { type: 'array' } } }), member);
    let facts = factsOf([node('n1'), node('n2')], { server: ['n1'], member: ['n1', 'n2'] });
    for (let times = 0; times < 2; times++) facts = after(facts, makePlan(facts, catalog), 'done', () => ({ addresses: ['10.0.0.1'] }));
    const gone = makePlan(
      { ...facts, proposals: facts.proposals.map((p) => ({ ...p, body: { ...p.body, roles: { server: ['n1'], member: ['n1'] } } })) },
      catalog,
    );
    const orphan = gone.groups.find((group) => group.orphan)!;
    assert.deepEqual(orphan.inputs, { addresses: ['10.0.0.1'] });
    assert.deepEqual(
      Object.entries(orphan.roleNodes).map(([name, nodes]) => [name, nodes.map((n) => n.name)]),
      [
        ['member', ['n1', 'n2']],
        ['server', ['n1']],
      ],
    );
  });

  it('keeps a counted role where it is when machines come', () => {
    const facts = factsOf([node('n2')], { server: { count: 1 } });
    const done = after(facts, makePlan(facts, time));
    assert.deepEqual(Object.keys(states(makePlan({ ...done, nodes: [node('n1'), node('n2')] }, time))), ['server@n2', 'client@n1']);
  });

  it('says why it chose the machines it chose', () => {
    const facts = factsOf([node('n2')], { server: { count: 2 } });
    const done = after(facts, makePlan(facts, time));
    const { choices } = makePlan({ ...done, nodes: [node('n1', { contact: 'silent' }), node('n2'), node('n3'), node('n4')] }, time);
    assert.deepEqual(choices, [
      {
        deployment: 'd',
        role: 'server',
        fit: 4,
        chosen: [
          { nodeName: 'n2', why: 'has it, and keeps it' },
          { nodeName: 'n3', why: 'is among the first by name that are ready' },
        ],
      },
    ]);
  });

  it('refuses a circle and prints it as a path', () => {
    const { problems } = makePlan(
      factsOf([node('n1')], {}),
      catalogOf(role('a', { requires: ['c'] }), role('b', { waitsFor: ['a'] }), role('c', { waitsFor: ['b'] })),
    );
    assert.match(problems[0]!.summary, /a → b → c → a/);
  });

  it('says what is wrong with a proposal, all of it', () => {
    const limited = catalogOf(role('server', { nodes: { max: 1 } }), role('db', { nodes: { odd: true, min: 3 }, conflictsWith: ['server'] }));
    const plan = makePlan(factsOf([node('n1'), node('n2')], { server: ['n1', 'n2'], db: ['n1', 'nowhere'], typo: [] }), limited);
    assert.deepEqual(
      plan.problems.map((p) => p.summary),
      [
        'There is no machine called nowhere.',
        'The barclamp b has no role typo.',
        'db and server may not be on the same machine.',
        'server is on 2 machines; at most 1 are allowed.',
        'db is on 1 machine and needs at least 3.',
      ],
    );
  });

  it('has a role or an edge only where its condition holds', () => {
    const ifHa: Condition = ({ ha }) => ok(ha === true);
    const conditional = catalogOf({ ...role('balancer', { implicit: true, when: 'attributes.ha' }), when: ifHa }, role('database'), {
      ...role('api', { requires: ['balancer'], waitsFor: ['database'] }),
      edgesWhen: new Map([['database', ifHa]]),
    });
    const facts = factsOf([node('n1')], { api: ['n1'], database: ['n1'] });
    const withHa = { ...facts, proposals: facts.proposals.map((p) => ({ ...p, body: { ...p.body, attributes: { ha: true } } })) };
    assert.deepEqual(states(makePlan(facts, conditional)), { 'api@n1': 'runnable', 'database@n1': 'runnable' });
    assert.deepEqual(states(makePlan(withHa, conditional)), { 'balancer@n1': 'runnable', 'api@n1': 'blocked', 'database@n1': 'runnable' });
    const named = makePlan(factsOf([node('n1')], { balancer: ['n1'] }), conditional);
    assert.deepEqual([states(named), named.problems.map((p) => p.summary)], [{}, ['balancer is not there unless attributes.ha.']]);
  });

  it('names the secrets a role is given, and applies it again when one was replaced', () => {
    const secrets: RoleDeclaration['secrets'] = { root: { kind: 'password', length: 32 } };
    const catalog = catalogOf(role('server', { secrets }), role('client', { secrets: { root: { kind: 'reference', barclamp: 'b', name: 'root' } } }));
    const facts = factsOf([node('n1'), node('n2')], { server: ['n1'], client: ['n2'] });
    const plan = makePlan(facts, catalog);
    const request = { name: 'root', id: 'd/b/root', declaration: secrets.root, rotation: 0 };
    assert.deepEqual(
      plan.groups.map((group) => group.secrets),
      [[request], [request]],
    );
    const done = after(facts, plan);
    assert.deepEqual(states(makePlan(done, catalog)), { 'server@n1': 'done', 'client@n2': 'done' });
    const rotated = makePlan({ ...done, rotations: new Map([['d/b/root', { id: 'd/b/root', count: 1, at: 0 }]]) }, catalog);
    assert.deepEqual(states(rotated), { 'server@n1': 'runnable', 'client@n2': 'runnable' });
  });

  it('stands for the same plan whatever order the facts come in', () => {
    const names = ['n1', 'n2', 'n3', 'n4', 'n5'];
    const facts = factsOf(
      names.map((n) => node(n)),
      { server: ['n4', 'n2'] },
    );
    const expected = canonical(planView(makePlan(facts, time), time, 0));
    fc.assert(
      fc.property(fc.shuffledSubarray(names, { minLength: 5 }), (shuffled) => {
        assert.equal(canonical(planView(makePlan({ ...facts, nodes: shuffled.map((n) => node(n)) }, time), time, 0)), expected);
      }),
    );
  });

  it('converges: whatever graph of roles, applying what is runnable ends with everything done', () => {
    const names = ['r0', 'r1', 'r2', 'r3', 'r4', 'r5'];
    const graph = fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.boolean()), { maxLength: 8 });
    fc.assert(
      fc.property(graph, fc.array(fc.tuple(fc.nat(5), fc.nat(3)), { maxLength: 10 }), (edges, placements) => {
        const catalog = catalogOf(
          ...names.map((name, index) =>
            role(name, {
              // Edges only lead from lower to higher numbers, so there is no circle.
              requires: [...new Set(edges.filter(([a, b, same]) => b === index && a < b && same).map(([a]) => names[a]!))],
              waitsFor: [...new Set(edges.filter(([a, b, same]) => b === index && a < b && !same).map(([a]) => names[a]!))],
            }),
          ),
        );
        const wanted: Record<string, string[]> = {};
        for (const [r, n] of placements) wanted[names[r]!] = [...new Set([...(wanted[names[r]!] ?? []), `n${n + 1}`])];
        let facts = factsOf(
          ['n1', 'n2', 'n3', 'n4'].map((n) => node(n)),
          wanted,
        );
        for (let round = 0; round < 8; round++) facts = after(facts, makePlan(facts, catalog));
        assert.deepEqual(
          [...new Set(Object.values(states(makePlan(facts, catalog))))].filter((s) => s !== 'done'),
          [],
        );
      }),
    );
  });
});

describe('secrets in a plan', () => {
  const password = { kind: 'password', length: 32 } as const;
  const catalog = catalogOf(
    role('keeper', { secrets: { root: password } }),
    role('guest'),
    role('reader', { barclamp: 'other', secrets: { theirs: { kind: 'reference', barclamp: 'b', name: 'root' } } }),
  );
  const secretsOf = (more: string[]): Record<string, string[]> => {
    const facts = factsOf([node('n1')], { keeper: ['n1'], guest: ['n1'] });
    const proposals = more.map((deployment) => ({ deployment, barclamp: 'other', commit: 1, body: { attributes: {}, roles: { reader: ['n1'] } } }));
    const deployments = [...new Set(['d', ...more])].map((name) => ({ name, summary: '', pools: [] }));
    const { groups } = makePlan({ ...facts, deployments, proposals: [...facts.proposals, ...proposals] }, catalog);
    return Object.fromEntries(
      groups.map(({ deployment, role: { declaration }, secrets }) => [`${deployment}/${declaration.name}`, secrets.map(({ id }) => id)]),
    );
  };

  it('are given to the roles that declare them, and to no other of the barclamp or the machine', () => {
    assert.deepEqual(secretsOf(['d']), { 'd/keeper': ['d/b/root'], 'd/guest': [], 'd/reader': ['d/b/root'] });
  });

  it('are those of its own deployment, also where another has a secret of that name', () => {
    assert.deepEqual(secretsOf(['e'])['e/reader'], ['e/b/root']);
  });
});
