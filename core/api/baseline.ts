// What machines are made of, against what was accepted of them. Only facts are read: controllers are asked by the role that looks after it.

import { type Baseline, baselineFor, differencesBetween, differenceText, hardwareOf, shapeOf } from '../model/baseline.ts';
import type { Node } from '../model/node.ts';
import { problem, ProblemError } from '../model/problem.ts';
import { groupAt, keyOf, nodeAt, stateOf, vertexCount } from '../plan/plan.ts';
import { type Context, type Handlers, nodeCalled } from './context.ts';
import type { BaselineSummary, BaselineView } from './contract.ts';

const ACT = 'hardware-baseline';

async function viewOf({ store }: Context, node: Node): Promise<BaselineView> {
  const baselines = new Map((await store.list('baseline')).map((baseline) => [baseline.id, baseline]));
  const reading = await store.get('hardwareReading', node.id);
  const accepted = baselineFor(node, (id) => baselines.get(id));
  const shape = shapeOf(node.inventory);
  const differences = accepted && node.inventory ? differencesBetween(accepted, hardwareOf(node.inventory, reading), reading?.comparison) : [];
  return {
    ...(accepted && { accepted: shown(accepted) }),
    differences: differences.map((difference) => ({ ...difference, text: differenceText(difference) })),
    ...(reading?.firmware && { readAt: reading.at }),
    ...(shape !== undefined && { shape: { name: shape.replace(/^shape /, ''), nodes: (await alike(store, shape)).map(({ name }) => name).sort() } }),
  };
}

const shown = ({ scope, nodeName, at, by }: Baseline): NonNullable<BaselineView['accepted']> => ({ scope, nodeName, at, ...(by && { by }) });
const alike = async (store: Context['store'], shape: string): Promise<Node[]> => (await store.list('node')).filter((node) => shapeOf(node.inventory) === shape);

/** A failure that is put right by accepting would otherwise stay until somebody asked for another attempt. */
async function tryAgain({ store, facts, planner, now }: Context, nodes: ReadonlySet<string>): Promise<void> {
  await facts.refresh();
  const plan = planner.plan();
  for (let vertex = 0; vertex < vertexCount(plan); vertex++) {
    const { role, latest } = groupAt(plan, vertex);
    const { id } = nodeAt(plan, vertex);
    if (!nodes.has(id) || stateOf(plan, vertex) === 'running' || !role.acts?.items.some((item) => ACT in item)) continue;
    const run = latest.get(id);
    if (run) await store.put('retry', run.key, { key: keyOf(plan, vertex), afterRun: run.id, at: now() }, 'any');
  }
}

/** Those that there is something to say of, by name. */
async function summaries({ store, facts }: Context): Promise<BaselineSummary[]> {
  const baselines = new Map((await store.list('baseline')).map((one) => [one.id, one]));
  const readings = new Map((await store.list('hardwareReading')).map((reading) => [reading.nodeId, reading]));
  await facts.refresh();
  return [...facts.current.nodes.values()]
    .flatMap((node): BaselineSummary[] => {
      const { id, name, inventory } = node;
      const accepted = baselineFor(node, (of) => baselines.get(of));
      const reading = readings.get(id);
      // Nobody waits for what no role looks after.
      if (!inventory || (!accepted && !reading)) return [];
      const differences = accepted ? differencesBetween(accepted, hardwareOf(inventory, reading), reading?.comparison).map(differenceText) : [];
      if (accepted && !differences.length) return [];
      const shape = shapeOf(inventory)?.replace(/^shape /, '');
      return [{ id, name, ...(shape !== undefined && { shape }), accepted: Boolean(accepted), differences }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export const baseline = {
  'GET /baselines': (context) => summaries(context),
  'GET /nodes/:id/baseline': async (context, { params }) => viewOf(context, await nodeCalled(context.store, params.id)),

  'PUT /nodes/:id/baseline': async (context, { params, body: { scope }, principal }) => {
    const { store, now } = context;
    const node = await nodeCalled(store, params.id);
    const { name, inventory } = node;
    if (!inventory)
      throw new ProblemError(problem(`${name} was never discovered, so that nobody knows what it is made of.`, { node: name }, 'Start it from the network.'));
    const shape = shapeOf(inventory);
    if (scope === 'shape' && shape === undefined)
      throw new ProblemError(problem(`${name} does not say what make and model it is.`, { node: name }, 'Accept it for this machine alone.'));
    const id = scope === 'node' ? node.id : shape!;
    const hardware = hardwareOf(inventory, await store.get('hardwareReading', node.id));
    await store.put('baseline', id, { id, scope, nodeName: name, at: now(), by: principal.user, hardware }, 'any');
    // What was accepted of this one alone would go before it.
    if (scope === 'shape') await store.remove('baseline', node.id);
    await tryAgain(context, new Set(scope === 'node' ? [node.id] : (await alike(store, shape!)).map((other) => other.id)));
    return viewOf(context, node);
  },
} satisfies Partial<Handlers>;
