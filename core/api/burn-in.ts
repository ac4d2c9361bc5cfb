// What burn-ins measured, each machine among those of its make and model.

import { shapeOf } from '../model/baseline.ts';
import { amongPeers, type BurnIn, readBurnIn } from '../model/measurement.ts';
import type { Run } from '../model/run.ts';
import { type Handlers, nodeCalled } from './context.ts';

const ROLE = 'burn-in';

export const burnIn = {
  'GET /nodes/:id/burn-in': async ({ store, facts }, { params }) => {
    const node = await nodeCalled(store, params.id);
    await facts.refresh();
    // In whichever deployment; the latest counts.
    const latest = new Map<string, { run: Run; found: BurnIn }>();
    for (const runs of facts.current.lastDone.values()) {
      // Runs are kept by role: one says it for all of them.
      const [any] = runs.values();
      if (any?.role !== ROLE) continue;
      for (const run of runs.values()) {
        const found = readBurnIn(run.outputs?.results);
        if (found && (latest.get(run.nodeId)?.run.id ?? 0) < run.id) latest.set(run.nodeId, { run, found });
      }
    }
    const shape = shapeOf(node.inventory);
    const alike = [...latest.values()].filter(
      ({ run }) => run.nodeId === node.id || (shape && shapeOf(facts.current.nodes.get(run.nodeId)?.inventory) === shape),
    );
    const own = latest.get(node.id);
    if (!own) return { machines: alike.length };
    const { measured, skipped } = own.found;
    const all = alike.flatMap(({ found }) => found.measured);
    return { machines: alike.length, measured: { at: own.run.endedAt ?? own.run.startedAt, results: amongPeers(measured, all), skipped } };
  },
} satisfies Partial<Handlers>;
