import assert from 'node:assert/strict';
import type { Node } from '../model/node.ts';
import { deploymentOfOrder, type Order, type OrderRequest } from '../model/order.ts';
import { makePlan, type PlanFacts } from '../plan/plan.ts';
import { catalogOf, factsOf, node, role } from '../plan/plan-for-tests.ts';
import { chooseMachines, namesFor, proposalsFor } from './allocate.ts';

const catalog = catalogOf(
  role('os', { barclamp: 'install', installs: true, runsOn: ['live'] }),
  role('app', { barclamp: 'app', runsOn: ['installed'] }),
  role('handover', { barclamp: 'handover', runsOn: ['installed'] }),
);
const order = (more: Partial<OrderRequest> = {}): Order => ({
  id: 'x',
  by: 'somebody',
  at: 1,
  digest: '',
  request: { count: 1, pool: 'spare', roles: [], settings: {}, keys: [], console: false, ...more },
  deployment: deploymentOfOrder('x'),
  servers: [],
});
const machines = (nodes: Node[]): PlanFacts => ({
  ...factsOf(nodes, {}),
  deployments: [{ name: 'warm', summary: '', pools: ['spare'] }],
  proposals: [
    { deployment: 'warm', barclamp: 'install', commit: 1, body: { attributes: {}, roles: { os: nodes.filter((n) => n.installation).map((n) => n.name) } } },
    { deployment: 'warm', barclamp: 'app', commit: 1, body: { attributes: {}, roles: { app: nodes.filter((n) => n.name === 'n9').map((n) => n.name) } } },
  ],
});
const spare = (name: string, more: Partial<Node> = {}): Node => node(name, { pool: 'spare', ...more });
const installed = (name: string, fingerprint: string): Node =>
  spare(name, {
    system: { kind: 'installed', instance: name, platform: 'debian-12' },
    installation: { id: name, deployment: 'warm', role: 'os', fingerprint, platform: 'debian-12', hostKey: '', at: 1 },
  });
/** What an installation with the present settings would have as its fingerprint. */
const present = () => makePlan(machines([installed('n1', '')]), catalog).groups.find((group) => group.role.declaration.name === 'os')!.fingerprint;

const choose = (nodes: Node[], more: Partial<OrderRequest> = {}) => {
  const choice = chooseMachines(makePlan(machines(nodes), catalog), catalog, order(more));
  assert(choice.ok, JSON.stringify(choice));
  return choice.value;
};
const paths = (nodes: Node[], more: Partial<OrderRequest> = {}) => choose(nodes, more).chosen.map(({ node: { name }, path }) => `${name} ${path}`);

describe('machines for an order', () => {
  it('are those first whose system is there already, then blank ones', () => {
    const warm = installed('n2', `${present()}.a.b`);
    assert.deepEqual(paths([spare('n1'), warm, spare('n3')], { count: 2 }), ['n2 fast', 'n1 cold']);
    assert.equal(choose([spare('n1'), warm], { count: 3 }).missing, 1);
  });

  it('are never written over: one with another system is left alone', () => {
    assert.deepEqual(paths([installed('n1', 'older.a.b'), spare('n2')], { count: 2 }), ['n2 cold']);
  });

  it("are free: not in use, away, set aside, leaving, a tenant's, in another pool, or too small", () => {
    const cases = [
      spare('n1', { contact: 'off' }),
      spare('n2', { maintenance: true }),
      spare('n3', { leaving: { at: 1 } }),
      spare('n4', { approved: false }),
      node('n5', {}),
      spare('n6', { tenant: 'red' }),
      installed('n9', `${present()}.a.b`),
    ];
    assert.deepEqual(paths(cases), []);
    assert.deepEqual(paths([spare('n1', { serial: 'A' }), spare('n2', { serial: 'B' })], { count: 2, where: 'serial = B' }), ['n2 cold']);
  });

  it('that came with a system of their own are taken with it, unless an image is named', () => {
    const own = spare('n1', { system: { kind: 'installed', instance: 'i', platform: 'debian-12' } });
    assert.deepEqual([paths([own]), choose([own]).installs, paths([own], { image: 'debian-12' })], [['n1 fast'], undefined, []]);
  });

  it('get the system, the hand-over and each role; those with a system of their own are not installed', () => {
    const bodies = proposalsFor(
      order({ roles: ['app'], keys: ['ssh-ed25519 AAAA'], settings: { app: { a: 1 } } }),
      catalog,
      [
        { name: 'a', ours: true },
        { name: 'b', ours: false },
      ],
      { role: 'os', barclamp: 'install', attributes: { image: 'x' } },
    );
    assert.deepEqual(Object.fromEntries(bodies), {
      install: { attributes: { image: 'x' }, roles: { os: ['a'] } },
      handover: { attributes: { sshKeys: ['ssh-ed25519 AAAA'], console: false }, roles: { handover: ['a', 'b'] } },
      app: { attributes: { a: 1 }, roles: { app: ['a', 'b'] } },
    });
  });

  it('are called by the lowest numbers that are free', () => {
    assert.deepEqual(namesFor('web-{n}', 3, new Set(['web-1', 'web-3'])), ['web-2', 'web-4', 'web-5']);
  });
});
