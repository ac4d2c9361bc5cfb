// A small site to which anything may happen, for property tests of what follows plans: machines that come up and go silent, runs that end one way or
// another, other settings, other places.

import fc from 'fast-check';
import type { Catalog, Condition, Role } from '../model/catalog.ts';
import type { Extended } from '../model/extension.ts';
import type { Node } from '../model/node.ts';
import type { NodeSelector } from '../model/proposal.ts';
import { indexRuns, type Run } from '../model/run.ts';
import { fingerprintOf, groupAt, keyOf, nodeAt, type Plan, type PlanFacts, stateOf, vertexCount } from './plan.ts';
import { bad, ok, problem } from '../model/problem.ts';
import { catalogOf, role } from './plan-for-tests.ts';
import type { Changed } from './replan.ts';

export const NODES = 4;
const ROLES = 5;
const roleName = (index: number): string => `r${index}`;

type Shape = {
  edges: [number, number, boolean][];
  once: number[];
  reads: [number, number][];
  rolled: number[];
  conditional: number[];
  gates: number[];
  lasting: number[];
  installing: number[];
};

const edge = fc.tuple(fc.nat(ROLES - 1), fc.nat(ROLES - 1), fc.boolean());
export const shape: fc.Arbitrary<Shape> = fc.record({
  edges: fc.array(edge, { maxLength: 7 }),
  once: fc.array(fc.nat(ROLES - 1), { maxLength: 1 }),
  reads: fc.array(fc.tuple(fc.nat(ROLES - 1), fc.nat(ROLES - 1)), { maxLength: 2 }),
  rolled: fc.uniqueArray(fc.nat(ROLES - 1), { minLength: 1, maxLength: 4 }),
  conditional: fc.uniqueArray(fc.nat(ROLES - 1), { maxLength: 2 }),
  gates: fc.uniqueArray(fc.nat(ROLES - 1), { maxLength: 2 }),
  lasting: fc.uniqueArray(fc.nat(ROLES - 1), { maxLength: 2 }),
  installing: fc.uniqueArray(fc.nat(ROLES - 1), { maxLength: 1 }),
});

export function catalogFrom({ edges, once, reads, rolled, conditional, gates, lasting, installing }: Shape): Catalog {
  const roles = Array.from({ length: ROLES }, (_, index): Role => {
    // From lower to higher numbers only, so that there is no circle.
    const from = (same: boolean) => [...new Set(edges.filter(([a, b, s]) => b === index && a < b && s === same).map(([a]) => roleName(a)))];
    const waitsFor = from(false);
    const plain = role(roleName(index), {
      barclamp: index < 3 ? 'b' : 'c',
      requires: from(true),
      waitsFor,
      inputs: [...waitsFor.slice(0, 1).map((name) => `${name}.out`), ...(index === 4 ? ['site.nodes'] : [])],
      outputs: { out: { type: 'array' } },
      // The last but one of the second barclamp: some of those behind it wait for it.
      wipes: index === 3,
      once: once.includes(index),
      ...(rolled.includes(index) && { serial: 1 }),
      ...(gates.includes(index) && { gate: 'value' }),
      ...(lasting.includes(index) && { lasts: 'machine' }),
      ...(installing.includes(index) && { installs: true }),
    });
    const unlessOne: Condition = ({ value }) => ok(value !== 1);
    const conditions = conditional.includes(index) && { when: unlessOne, edgesWhen: new Map(waitsFor.slice(0, 1).map((name) => [name, unlessOne])) };
    const gate = gates.includes(index) && { gate: unlessOne };
    const health = rolled.includes(index) && { health: { file: '', items: [], lines: [] } };
    return { ...plain, ...conditions, ...gate, ...health, reads: reads.filter(([to]) => to === index).map(([, of]) => roleName(of)) };
  });
  const catalog = catalogOf(...roles);
  // It knows what the fingerprint stands on, and fails with some settings.
  const extension: Extended = { deriveInputs: (_, { attributes, ...rest }) => (attributes.value === 2 ? bad(problem('It fails.')) : ok({ derived: rest })) };
  return { ...catalog, barclamps: new Map(catalog.barclamps).set('c', { ...catalog.barclamps.get('c')!, extension }) };
}

export type Act =
  | { kind: 'begin' | 'lost'; pick: number }
  | { kind: 'finish'; outcome: 'done' | 'failed' | 'notYet'; out: number; pick: number }
  | { kind: 'contact'; node: number; contact: Node['contact'] }
  | { kind: 'pool'; node: number; pool: string }
  | { kind: 'reboot' | 'retire' | 'stay'; node: number }
  | { kind: 'address'; node: number; address: number }
  | { kind: 'attributes'; barclamp: 'b' | 'c'; value: number }
  | { kind: 'roles'; barclamp: 'b' | 'c'; role: number; nodes: number[] | number }
  | { kind: 'retry'; pick: number }
  | { kind: 'probe'; pick: number; state: 'ok' | 'failing' };

const node = fc.nat(NODES - 1);
export const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constantFrom('begin' as const, 'lost' as const), pick: fc.nat() }),
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('finish' as const),
      outcome: fc.constantFrom('done' as const, 'done' as const, 'failed' as const, 'notYet' as const),
      out: fc.nat(3),
      pick: fc.nat(),
    }),
  },
  fc.record({ kind: fc.constant('contact' as const), node, contact: fc.constantFrom('up' as const, 'silent' as const, 'off' as const) }),
  fc.record({ kind: fc.constant('pool' as const), node, pool: fc.constantFrom('p', 'q') }),
  fc.record({ kind: fc.constantFrom('reboot' as const, 'retire' as const, 'stay' as const), node }),
  fc.record({ kind: fc.constant('address' as const), node, address: fc.nat(3) }),
  fc.record({ kind: fc.constant('attributes' as const), barclamp: fc.constantFrom('b' as const, 'c' as const), value: fc.nat(2) }),
  fc.record({
    kind: fc.constant('roles' as const),
    barclamp: fc.constantFrom('b' as const, 'c' as const),
    role: fc.nat(ROLES - 1),
    nodes: fc.oneof(fc.array(node, { maxLength: 3 }), fc.nat(3)),
  }),
  fc.record({ kind: fc.constant('retry' as const), pick: fc.nat() }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('probe' as const), pick: fc.nat(), state: fc.constantFrom('ok' as const, 'failing' as const) }) },
);

export const nothing = (): { nodes: Set<string>; keys: Set<string>; proposals: Set<string>; other: boolean } => ({
  nodes: new Set(),
  keys: new Set(),
  proposals: new Set(),
  other: false,
});

let runId = 0;
let instance = 0;

/** The facts after the act, and what it changed; undefined when there was nothing to act on. */
export function perform(facts: PlanFacts, plan: Plan, what: Act): { facts: PlanFacts; changed: Changed } | undefined {
  const changed = nothing();
  const withNode = (index: number, change: Partial<Node>) => {
    const nodes = facts.nodes.map((n, i) => (i === index ? { ...n, ...change } : n));
    changed.nodes.add(facts.nodes[index]!.id);
    return { facts: { ...facts, nodes }, changed };
  };
  const withBody = (barclamp: string, change: Partial<PlanFacts['proposals'][number]['body']>) => {
    changed.proposals.add(`d/${barclamp}`);
    return {
      facts: {
        ...facts,
        proposals: facts.proposals.map((p) => (p.barclamp === barclamp ? { ...p, commit: p.commit + 1, body: { ...p.body, ...change } } : p)),
      },
      changed,
    };
  };
  const runsOf = (index: PlanFacts['latest']) => [...index.values()].flatMap((runs) => [...runs.values()]);
  switch (what.kind) {
    case 'contact':
      return withNode(what.node, { contact: what.contact });
    case 'pool':
      return withNode(what.node, { pool: what.pool });
    case 'reboot':
      return withNode(what.node, { system: { kind: 'live', instance: `i${instance++}`, platform: 'debian-12' } });
    case 'retire':
      return withNode(what.node, { leaving: { at: 0, disks: ['/dev/sda'] } });
    case 'stay': {
      const { leaving: _, ...staying } = facts.nodes[what.node]!;
      changed.nodes.add(staying.id);
      return { facts: { ...facts, nodes: facts.nodes.map((n, i) => (i === what.node ? staying : n)) }, changed };
    }
    case 'address':
      return withNode(what.node, { addresses: { admin: `10.0.0.${what.address}` } });
    case 'attributes':
      return withBody(what.barclamp, { attributes: { value: what.value } });
    case 'roles': {
      const role = what.barclamp === 'b' ? what.role % 3 : 3 + (what.role % 2);
      const selector: NodeSelector = Array.isArray(what.nodes) ? [...new Set(what.nodes)].map((n) => `n${n}`) : { count: what.nodes };
      return withBody(what.barclamp, { roles: { ...facts.proposals.find((p) => p.barclamp === what.barclamp)!.body.roles, [roleName(role)]: selector } });
    }
    case 'retry': {
      const ended = runsOf(facts.latest).filter((run) => run.endedAt);
      const run = ended[what.pick % ended.length];
      if (!run) return undefined;
      changed.keys.add(run.key);
      return { facts: { ...facts, retries: new Map(facts.retries).set(run.key, { key: run.key, afterRun: run.id, at: 0 }) }, changed };
    }
    case 'probe': {
      const rolled = plan.groups.filter((group) => group.role.declaration.serial !== undefined).flatMap((group) => [...group.lastDone.values()]);
      const run = rolled[what.pick % rolled.length];
      if (!run) return undefined;
      // No state comes of it, so nothing is named as changed; only the pace of what is rolled out does.
      const health = { key: run.key, runId: run.id, state: what.state, since: 0, checkedAt: 0 };
      return { facts: { ...facts, health: new Map(facts.health).set(run.key, health) }, changed };
    }
    default: {
      const ready = Array.from({ length: vertexCount(plan) }, (_, v) => v).filter((v) =>
        ['runnable', 'waiting', 'orphan', 'running'].includes(stateOf(plan, v)),
      );
      const vertex = ready[what.pick % ready.length];
      if (vertex === undefined) return undefined;
      const group = groupAt(plan, vertex);
      const key = keyOf(plan, vertex);
      const mode = group.orphan ? ('remove' as const) : ('apply' as const);
      const base = {
        id: ++runId,
        key,
        deployment: 'd',
        role: group.role.declaration.name,
        nodeId: nodeAt(plan, vertex).id,
        nodeName: '',
        mode,
        fingerprint: fingerprintOf(plan, vertex),
        startedAt: 0,
      };
      const ended = what.kind === 'finish' ? { outcome: what.outcome, outputs: { out: [what.out] } } : { outcome: 'lost' as const };
      const run: Run = what.kind === 'begin' ? base : { ...base, endedAt: 1, ...ended };
      changed.keys.add(key);
      let lastDone = runsOf(facts.lastDone);
      if (run.outcome === 'done') lastDone = [...lastDone.filter((r) => r.key !== key), ...(mode === 'apply' ? [run] : [])];
      return { facts: { ...facts, latest: indexRuns([...runsOf(facts.latest).filter((r) => r.key !== key), run]), lastDone: indexRuns(lastDone) }, changed };
    }
  }
}

export function begin(): PlanFacts {
  return {
    nodes: Array.from(
      { length: NODES },
      (_, index): Node => ({
        id: `id${index}`,
        name: `n${index}`,
        remote: 'ssh',
        macs: [],
        approved: true,
        pool: 'p',
        addresses: {},
        system: { kind: 'live', instance: `i${index}`, platform: 'debian-12' },
        discoveredAt: 0,
        contact: 'up',
        contactAt: 0,
      }),
    ),
    deployments: [{ name: 'd', summary: '', pools: [] }],
    proposals: ['b', 'c'].map((barclamp) => ({
      deployment: 'd',
      barclamp,
      commit: 1,
      body: { attributes: {}, roles: barclamp === 'b' ? { r0: ['n0', 'n1'], r2: { count: 2 } } : { r4: ['n1', 'n2', 'n3'] } },
    })),
    latest: new Map(),
    lastDone: new Map(),
    retries: new Map(),
    health: new Map(),
    networks: [],
  };
}
