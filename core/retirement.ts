// The end of a machine's life: once all that it had is undone, and its disks are erased where that was asked for, it is switched off and
// forgotten, and the certificate stays. Whatever changed only wakes; what is left to do is read from the plan.

import type { Node, Revised } from './model/node.ts';
import { type Checked, type Problem, problem } from './model/problem.ts';
import type { Run } from './model/run.ts';
import type { Signature } from './signing.ts';
import { forget } from './network/admission.ts';
import { groupAt, nodeAt, type Plan, stateOf, vertexCount } from './plan/plan.ts';
import type { Planner } from './plan/planner.ts';
import { followChanges } from './store/follow.ts';
import type { FollowedFacts } from './store/snapshot.ts';
import type { Store } from './store/store.ts';

export type RetirementOptions = {
  store: Store;
  facts: FollowedFacts;
  planner: Planner;
  sign(text: string): Promise<Signature>;
  switchOff(node: Node): Promise<Checked<unknown>>;
  onProblem(problem: Problem): void;
};

export function watchRetirements(options: RetirementOptions): { stop(): Promise<void> } {
  const { store, facts, planner, onProblem } = options;
  const look = async () => {
    await facts.refresh();
    const leaving = [...facts.current.nodes.values()].filter((node) => node.leaving);
    if (!leaving.length) return;
    const plan = planner.plan();
    for (const node of leaving) {
      const end = endOf(plan, node);
      if (end) await bury(options, node, end.erased);
    }
  };

  return followChanges(store, look, (error) => onProblem(problem(`A machine could not be retired: ${error.message}`, undefined, error.stack)));
}

/** With the run that erased its disks, where that was asked for; undefined as long as something is still to be done on it. */
function endOf(plan: Plan, node: Node): { erased?: Run } | undefined {
  let erased: Run | undefined;
  for (let vertex = 0; vertex < vertexCount(plan); vertex++) {
    if (nodeAt(plan, vertex).id !== node.id) continue;
    const { role, latest } = groupAt(plan, vertex);
    if (!role.declaration.wipes || stateOf(plan, vertex) !== 'done') return undefined;
    erased = latest.get(node.id);
  }
  return node.leaving!.disks && !erased ? undefined : erased ? { erased } : {};
}

async function bury({ store, sign, switchOff, onProblem }: RetirementOptions, node: Revised<Node>, erased: Run | undefined): Promise<void> {
  if (erased) {
    const text = String(erased.outputs?.certificate ?? '');
    const at = node.leaving!.at;
    const { id: nodeId, name: nodeName, serial } = node;
    await store.put(
      'certificate',
      `${nodeId}@${at}`,
      { nodeId, nodeName, ...(serial && { serial }), at, runId: erased.id, text, signature: await sign(text) },
      'any',
    );
  }
  // It would report again, and be discovered as a new one.
  const off = await switchOff(node);
  if (!off.ok) onProblem({ ...off.problems[0]!, severity: 'warning', next: `Switch ${node.name} off by hand: as long as it runs it is discovered again.` });
  await forget(store, node.id, true);
}
