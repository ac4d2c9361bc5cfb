// The sample deployment from an empty rack to converged, step by step, as golden plans: what a person would see in `prybar status`.
// UPDATE_GOLDEN=1 writes them anew; read the difference before you commit it.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadCatalog } from '../../core/catalog/catalog.ts';
import type { Node } from '../../core/model/node.ts';
import { indexRuns, type Run, setRun } from '../../core/model/run.ts';
import { fingerprintOf, groupAt, keyOf, makePlan, nodeAt, type Plan, type PlanFacts, stateOf, vertexCount } from '../../core/plan/plan.ts';
import { nodeRoleView } from '../../core/plan/why.ts';

const { catalog } = loadCatalog(path.resolve(import.meta.dirname, '../../barclamps'));

const machine = (number: number, more: Partial<Node> = {}): Node => ({
  id: `m${number}`,
  name: `n${number}`,
  remote: 'ssh',
  macs: [`52:54:00:00:00:0${number}`],
  approved: true,
  pool: 'default',
  addresses: { admin: `192.168.124.${50 + number}` },
  system: { kind: 'live', instance: `boot-${number}`, platform: 'debian-12' },
  discoveredAt: 0,
  contact: 'up',
  contactAt: 0,
  ...more,
});
const admin: Node = {
  ...machine(0),
  id: 'admin',
  name: 'admin',
  remote: 'local',
  macs: [],
  pool: 'admin',
  addresses: { admin: '192.168.124.10' },
  system: { kind: 'installed', instance: 'host', platform: 'debian-12' },
};

const empty: PlanFacts = {
  nodes: [admin],
  deployments: [
    { name: 'system', summary: '', pools: [] },
    { name: 'sample', summary: '', pools: [] },
  ],
  proposals: [
    { deployment: 'system', barclamp: 'provisioner', commit: 1, body: { attributes: {}, roles: { 'dhcp-server': ['admin'] } } },
    { deployment: 'sample', barclamp: 'ntp', commit: 1, body: { attributes: {}, roles: { 'ntp-server': { count: 1 } } } },
  ],
  latest: new Map(),
  lastDone: new Map(),
  retries: new Map(),
  networks: [
    {
      name: 'admin',
      cidr: '192.168.124.0/24',
      adminAddress: '192.168.124.10',
      interface: 'rack0',
      range: { first: '192.168.124.50', last: '192.168.124.199' },
    },
  ],
  site: { stateDir: '/var/lib/prybar', bootUrl: 'http://192.168.124.10:8080' },
};

let runs = 0;
function runAll(facts: PlanFacts, outcome: (key: string) => NonNullable<Run['outcome']> = () => 'done'): PlanFacts {
  const plan = makePlan(facts, catalog);
  const latest = indexRuns([...facts.latest.values()].flatMap((runs) => [...runs.values()]));
  const lastDone = indexRuns([...facts.lastDone.values()].flatMap((runs) => [...runs.values()]));
  for (let vertex = 0; vertex < vertexCount(plan); vertex++) {
    if (stateOf(plan, vertex) !== 'runnable' && stateOf(plan, vertex) !== 'orphan') continue;
    const key = keyOf(plan, vertex);
    const role = groupAt(plan, vertex).role.declaration.name;
    const run: Run = {
      id: ++runs,
      key,
      deployment: groupAt(plan, vertex).deployment,
      role,
      nodeId: nodeAt(plan, vertex).id,
      nodeName: nodeAt(plan, vertex).name,
      mode: stateOf(plan, vertex) === 'orphan' ? 'remove' : 'apply',
      fingerprint: fingerprintOf(plan, vertex),
      startedAt: 0,
      endedAt: 1,
      outcome: outcome(key),
      outputs: role === 'ntp-server' ? { servers: [nodeAt(plan, vertex).addresses.admin] } : {},
    };
    setRun(latest, run);
    if (run.mode === 'apply' && run.outcome === 'done') setRun(lastDone, run);
  }
  return { ...facts, latest, lastDone };
}

function picture(plan: Plan): string {
  const lines = Array.from({ length: vertexCount(plan) }, (_, vertex) => {
    const view = nodeRoleView(plan, vertex);
    return `${`${view.deployment}/${view.role} on ${view.nodeName}`.padEnd(32)}${view.state}${view.whyNot.map((h) => `\n    ${h.what}${h.next ? ` → ${h.next}` : ''}`).join('')}`;
  });
  return [...lines, ...plan.problems.map((p) => `${p.severity}: ${p.summary}`), ''].join('\n');
}

describe('sample deployment', () => {
  const story: [string, (facts: PlanFacts) => PlanFacts][] = [
    ['an admin node without machines', () => empty],
    ['its own roles are done one after the other', (f) => runAll(runAll(f))],
    ['a machine is discovered, not yet approved', (f) => ({ ...f, nodes: [admin, machine(1, { approved: false, name: 'new-1' })] })],
    ['three machines are approved: reservations change, time is set up', (f) => ({ ...f, nodes: [admin, machine(1), machine(2), machine(3)] })],
    ['the server is done, the clients may start', (f) => runAll(f)],
    ['one client fails, the other does not care', (f) => runAll(f, (key) => (key.endsWith('@m3') ? 'failed' : 'done'))],
    ['the failed one is switched off', (f) => ({ ...f, nodes: [admin, machine(1), machine(2), machine(3, { contact: 'off' })] })],
    [
      'it comes back with an empty memory',
      (f) => ({ ...f, nodes: [admin, machine(1), machine(2), machine(3, { system: { kind: 'live', instance: 'boot-3b', platform: 'debian-12' } })] }),
    ],
    ['everything is done', (f) => runAll(f)],
    ['a second apply finds nothing to do', (f) => runAll(f)],
    [
      'the operator moves the server to n2',
      (f) => ({ ...f, proposals: [f.proposals[0]!, { ...f.proposals[1]!, commit: 2, body: { attributes: {}, roles: { 'ntp-server': ['n2'] } } }] }),
    ],
  ];
  const golden = path.join(import.meta.dirname, 'sample.golden');

  it('goes as the golden file tells', () => {
    let facts = empty;
    const text = story
      .map(([title, step]) => {
        facts = step(facts);
        return `## ${title}\n${picture(makePlan(facts, catalog))}`;
      })
      .join('\n');
    if (process.env.UPDATE_GOLDEN || !existsSync(golden)) writeFileSync(golden, text);
    assert.equal(text, readFileSync(golden, 'utf8'));
  });
});
