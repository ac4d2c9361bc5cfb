// Small catalogues and facts for the tests of planning: one barclamp `b`, one deployment `d`, machines called n1, n2, …

import type { Barclamp, RoleDeclaration } from '../model/barclamp.ts';
import type { Catalog, Role } from '../model/catalog.ts';
import type { Node } from '../model/node.ts';
import { type Run, type RunIndex, setRun } from '../model/run.ts';
import { fingerprintOf, groupAt, keyOf, nodeAt, type Plan, type PlanFacts, stateOf, vertexCount } from './plan.ts';

export const role = (name: string, more: Partial<RoleDeclaration> = {}): Role => ({
  declaration: {
    name,
    barclamp: 'b',
    summary: name,
    nodes: {},
    implicit: false,
    runsOn: ['live', 'installed'],
    requires: [],
    waitsFor: [],
    conflictsWith: [],
    provides: [],
    inputs: [],
    outputs: {},
    secrets: {},
    installs: false,
    wipes: false,
    lasts: 'system',
    captures: false,
    destructive: false,
    once: false,
    canary: false,
    jig: 'recipe',
    ...more,
  },
  digest: `digest of ${name}`,
  reads: [],
  files: new Map(),
});

/** Of the barclamps that the roles name. */
export function catalogOf(...roles: Role[]): Catalog {
  const names = [...new Set(roles.map((r) => r.declaration.barclamp))];
  const barclamp = (name: string): Barclamp => ({
    name,
    version: '1.0.0',
    summary: '',
    license: '',
    platforms: ['debian-12'],
    needs: { barclamps: {} },
    bundle: {},
    roles: Object.fromEntries(roles.filter((r) => r.declaration.barclamp === name).map((r) => [r.declaration.name, r.declaration])),
    proposalSchema: { type: 'object', properties: {} },
    folder: '',
    digest: '',
  });
  return { barclamps: new Map(names.map((name) => [name, barclamp(name)])), roles: new Map(roles.map((r) => [r.declaration.name, r])) };
}

export const node = (name: string, more: Partial<Node> = {}): Node => ({
  id: `id-${name}`,
  name,
  remote: 'ssh',
  macs: [],
  approved: true,
  pool: 'default',
  addresses: { admin: `10.0.0.${name.slice(1)}` },
  system: { kind: 'live', instance: `boot of ${name}`, platform: 'debian-12' },
  discoveredAt: 0,
  contact: 'up',
  contactAt: 0,
  ...more,
});

export function factsOf(nodes: Node[], roles: Record<string, string[] | { count: number | 'all' }>, more: Partial<PlanFacts> = {}): PlanFacts {
  return {
    nodes,
    deployments: [{ name: 'd', summary: '', pools: [] }],
    proposals: [{ deployment: 'd', barclamp: 'b', commit: 1, body: { attributes: {}, roles } }],
    latest: new Map(),
    lastDone: new Map(),
    retries: new Map(),
    networks: [],
    ...more,
  };
}

export const copyOf = (index: RunIndex) => new Map([...index].map(([name, runs]) => [name, new Map(runs)]));

let nextRun = 1;
/** The facts after every node-role in one of these states has run with this outcome. */
export function after(
  facts: PlanFacts,
  plan: Plan,
  outcome: NonNullable<Run['outcome']> | 'running' = 'done',
  outputs: (vertex: number) => Record<string, unknown> = () => ({}),
  startedAt = 1,
): PlanFacts {
  const latest = copyOf(facts.latest);
  const lastDone = copyOf(facts.lastDone);
  for (let vertex = 0; vertex < vertexCount(plan); vertex++) {
    const state = stateOf(plan, vertex);
    if (state !== 'runnable' && state !== 'orphan') continue;
    const mode = state === 'orphan' ? 'remove' : 'apply';
    const run: Run = {
      id: nextRun++,
      key: keyOf(plan, vertex),
      deployment: 'd',
      role: groupAt(plan, vertex).role.declaration.name,
      nodeId: nodeAt(plan, vertex).id,
      nodeName: nodeAt(plan, vertex).name,
      mode,
      fingerprint: fingerprintOf(plan, vertex),
      startedAt,
      ...(outcome !== 'running' && { endedAt: startedAt + 1, outcome, outputs: outputs(vertex) }),
    };
    setRun(latest, run);
    if (mode === 'apply' && outcome === 'done') setRun(lastDone, run);
  }
  return { ...facts, latest, lastDone };
}
