// How fast a plan of half a million node-roles is made, and made again after one change. The physical limit beside it in the same run:
// hashing as many short texts, which any plan with fingerprints must at least do once for each role and node.

import { hash } from 'node:crypto';
import type { Catalog, Role } from '../../core/model/catalog.ts';
import type { Node } from '../../core/model/node.ts';
import { indexRuns, type Run } from '../../core/model/run.ts';
import { fingerprintOf, groupAt, keyOf, makePlan, nodeAt, type PlanFacts, vertexCount } from '../../core/plan/plan.ts';
import { catalogOf, role } from '../../core/plan/plan-for-tests.ts';
import { replan } from '../../core/plan/replan.ts';
import type { Bench } from './main.ts';

const NODES = 10_000;
const ROLES = 50;

export function site(nodeCount = NODES, roleCount = ROLES): { facts: PlanFacts; catalog: Catalog } {
  const name = (index: number): string => `role-${String(index).padStart(2, '0')}`;
  // One barclamp a role, so that a changed setting touches one role on every machine and what stands on it.
  const roles = Array.from(
    { length: roleCount },
    (_, index): Role =>
      role(name(index), {
        barclamp: name(index),
        implicit: true,
        // A chain on each machine, with a barrier over all of them at every tenth role.
        requires: index % 10 ? [name(index - 1)] : [],
        waitsFor: index && index % 10 === 0 ? [name(index - 1)] : [],
      }),
  );
  const catalog = catalogOf(...roles);
  const nodes = Array.from(
    { length: nodeCount },
    (_, index): Node => ({
      id: `id-${index}`,
      name: `n${index}`,
      remote: 'ssh',
      macs: [`52:54:00:${String(index)}`],
      approved: true,
      pool: 'p',
      addresses: { admin: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}` },
      system: { kind: 'installed', instance: `i${index}`, platform: 'debian-12' },
      discoveredAt: 0,
      contact: 'up',
      contactAt: 0,
    }),
  );
  return {
    catalog,
    facts: {
      nodes,
      deployments: [{ name: 'd', summary: '', pools: [] }],
      proposals: roles.map(({ declaration }) => ({ deployment: 'd', barclamp: declaration.barclamp, commit: 1, body: { attributes: {}, roles: {} } })),
      latest: new Map(),
      lastDone: new Map(),
      retries: new Map(),
      networks: [],
    },
  };
}

/** The facts with every node-role done as planned. */
export function allDone(facts: PlanFacts, catalog: Catalog): PlanFacts {
  const plan = makePlan(facts, catalog);
  const runs: Run[] = [];
  for (let vertex = 0; vertex < vertexCount(plan); vertex++) {
    const key = keyOf(plan, vertex);
    runs.push({
      id: vertex + 1,
      key,
      deployment: 'd',
      role: groupAt(plan, vertex).role.declaration.name,
      nodeId: nodeAt(plan, vertex).id,
      nodeName: nodeAt(plan, vertex).name,
      mode: 'apply',
      fingerprint: fingerprintOf(plan, vertex),
      startedAt: 0,
      endedAt: 1,
      outcome: 'done',
    });
  }
  const latest = indexRuns(runs);
  return { ...facts, latest, lastDone: latest };
}

export const plan: Bench = async ({ progress }) => {
  const { facts, catalog } = site();
  const time = <T>(work: () => T): [T, number] => {
    const started = performance.now();
    const result = work();
    return [result, performance.now() - started];
  };
  progress('a first plan');
  const [first, firstMs] = time(() => makePlan(facts, catalog));
  progress('everything done');
  const done = allDone(facts, catalog);
  globalThis.gc?.();
  const before = process.memoryUsage();
  const [full, fullMs] = time(() => makePlan(done, catalog));
  const after = process.memoryUsage();
  const nothing = { nodes: new Set<string>(), keys: new Set<string>(), proposals: new Set<string>(), other: false };
  const setting: PlanFacts = {
    ...done,
    proposals: done.proposals.map((p) => (p.barclamp === 'role-25' ? { ...p, body: { ...p.body, attributes: { word: 'new' } } } : p)),
  };
  const [, attributeMs] = time(() => replan(full, setting, catalog, { ...nothing, proposals: new Set(['d/role-25']) }));
  const moved: PlanFacts = { ...done, nodes: done.nodes.map((node, index) => (index === 77 ? { ...node, addresses: { admin: '10.9.9.9' } } : node)) };
  const [, oneNodeMs] = time(() => replan(full, moved, catalog, { ...nothing, nodes: new Set(['id-77']) }));
  const key = 'd/role-25@id-77';
  const [, oneRunMs] = time(() => replan(full, done, catalog, { ...nothing, keys: new Set([key]) }));
  const [, hashMs] = time(() => {
    for (let index = 0; index < NODES + ROLES; index++) hash('sha256', `something as long as a node in a template scope ${index}`);
  });
  return {
    figures: {
      nodeRoles: vertexCount(first),
      firstPlanMs: firstMs,
      fullPlanMs: fullMs,
      replanOneSettingMs: attributeMs,
      replanOneNodeMs: oneNodeMs,
      replanOneRunMs: oneRunMs,
      hashOncePerRoleAndNodeMs: hashMs,
      planHeapMiB: (after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / 2 ** 20,
      residentMiB: after.rss / 2 ** 20,
    },
    ratios: { nodeRolesPerSecond: vertexCount(first) / (fullMs / 1000) },
  };
};
