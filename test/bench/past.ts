// What it costs to keep what the plan was and to look back: fifty machines × ten roles on a real admin daemon, each role tried a few times, a moment kept
// for every two node-roles that move. Beside it in the same run: the present plan, read in the same shape; and half a million node-roles.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadCatalog } from '../../core/catalog/catalog.ts';
import { differencesBetween } from '../../core/plan/past.ts';
import { keepMoments } from '../../core/plan-moments.ts';
import { fingerprintOf, groupAt, keyOf, makePlan, nodeAt, stateOf, vertexCount } from '../../core/plan/plan.ts';
import { makePlanner } from '../../core/plan/planner.ts';
import { after } from '../../core/plan/plan-for-tests.ts';
import { followFacts } from '../../core/store/snapshot.ts';
import { openStore } from '../../core/store/store.ts';
import { startAdmin } from '../admin.ts';
import { enterSite } from '../many-machines.ts';
import type { Bench } from './main.ts';
import { site } from './plan.ts';

const MACHINES = 50;
const ROLES = 10;
const TRIES = 20;
const ASKED = 200;

export const past: Bench = async ({ progress }) => {
  const state = mkdtempSync(path.join(tmpdir(), 'prybar-bench-past-'));
  const barclamps = path.join(state, 'barclamps');
  try {
    await enterSite(state, barclamps, { machines: MACHINES, roles: ROLES });
    progress('a deployment goes its way');
    const kept = await deploy(path.join(state, 'store/facts.db'), barclamps);
    const admin = await startAdmin(['--no-lab', '--barclamps', barclamps], state);
    try {
      progress('looking back');
      const { moments } = await admin.client.call('GET /plan/moments', { query: { deployment: 'cloud', limit: 2000 } });
      const times = Array.from({ length: ASKED }, (_, index) => moments[Math.floor((index * moments.length) / ASKED)]!.at);
      const then = await median(times, (at) => admin.client.call('GET /plan/summary', { query: { deployment: 'cloud', at } }));
      const now = await median(times, () => admin.client.call('GET /plan/summary', { query: { deployment: 'cloud' } }));
      const list = await median(times, (around) => admin.client.call('GET /plan/moments', { query: { deployment: 'cloud', around } }));
      progress('half a million node-roles');
      const large = ofHalfAMillion();
      return {
        figures: { ...kept, 'plan of a moment, ms': then, 'present plan, ms': now, '500 moments, ms': list, ...large },
        ratios: { 'of a moment to present': then / now },
      };
    } finally {
      await admin.stop();
    }
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
};

async function deploy(file: string, barclamps: string): Promise<Record<string, number>> {
  const store = await openStore({ file });
  const facts = await followFacts(store);
  const { catalog } = loadCatalog(barclamps);
  const planner = makePlanner(facts, () => catalog);
  const moments = keepMoments({ store, facts, planner, now: Date.now, onProblem: (found) => console.error(found.summary) });
  await moments.look();
  const tries = new Map<string, number>();
  const looks: number[] = [];
  const look = async () => {
    await facts.refresh();
    planner.plan();
    const start = performance.now();
    await moments.look();
    looks.push(performance.now() - start);
  };
  for (;;) {
    const plan = planner.plan();
    const ready = Array.from({ length: vertexCount(plan) }, (_, vertex) => vertex).filter((vertex) => ['runnable', 'waiting'].includes(stateOf(plan, vertex)));
    if (!ready.length) break;
    const some = ready.slice(0, 2).map((vertex) => {
      const { deployment, role } = groupAt(plan, vertex);
      const { id, name } = nodeAt(plan, vertex);
      return { key: keyOf(plan, vertex), deployment, role: role.declaration.name, nodeId: id, nodeName: name, fingerprint: fingerprintOf(plan, vertex) };
    });
    const ids = await store.startRuns(some.map((run) => ({ ...run, mode: 'apply' as const, startedAt: Date.now() })));
    await look();
    await store.endRuns(
      some.map(({ key }, index) => {
        tries.set(key, (tries.get(key) ?? 0) + 1);
        const outcome = tries.get(key)! < TRIES ? ('notYet' as const) : ('done' as const);
        return { id: ids[index]!, endedAt: Date.now(), outcome, outputs: {} };
      }),
    );
    await look();
  }
  await moments.stop();
  const all = await store.moments.list({ limit: 1_000_000, deployments: ['cloud'] });
  await store.close();
  return {
    'node-roles': MACHINES * ROLES,
    moments: all.length,
    'changes of state': all.reduce((sum, { changed }) => sum + changed, 0),
    'a look, ms': looks.sort((a, b) => a - b)[looks.length >> 1]!,
  };
}

function ofHalfAMillion(): Record<string, number> {
  const { facts, catalog } = site();
  const plan = makePlan(facts, catalog);
  const next = makePlan(after(facts, plan, 'running'), catalog);
  const start = performance.now();
  const found = differencesBetween(plan, next);
  const ms = performance.now() - start;
  if (!found.size) throw new Error('nothing changed, so nothing was measured');
  return { 'half a million, a look, ms': ms };
}

async function median<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (const item of items) {
    const start = performance.now();
    await work(item);
    taken.push(performance.now() - start);
  }
  return taken.sort((a, b) => a - b)[taken.length >> 1]!;
}
