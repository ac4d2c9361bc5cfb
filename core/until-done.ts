// For scripts: waits until the sample deployment has converged on as many machines as there should be, or says why it cannot.

import { bad, type Checked, ok, problem, type Problem } from './model/problem.ts';
import { groupAt, type Plan, stateOf, vertexCount } from './plan/plan.ts';
import type { Planner } from './plan/planner.ts';
import { nodeRoleView } from './plan/why.ts';
import type { FollowedFacts } from './store/snapshot.ts';
import type { Store } from './store/store.ts';

export type Wanted = { deployment: string; machines: number; timeoutMs: number; signal: AbortSignal };

export async function untilDone(store: Store, facts: FollowedFacts, planner: Planner, wanted: Wanted): Promise<Checked<void>> {
  const deadline = Date.now() + wanted.timeoutMs;
  for (;;) {
    await facts.refresh();
    const plan = planner.plan();
    const failed = (await store.list('activity')).find((activity) => activity.problem);
    if (failed) return bad(failed.problem!);
    if (isDone(plan, wanted)) return ok(undefined);
    const stuck = failures(plan);
    if (stuck.length) return bad(...stuck);
    if (wanted.signal.aborted) return bad(problem('Stopped before everything was done.'));
    if (Date.now() > deadline) return bad(problem(`Not everything was done within ${wanted.timeoutMs / 1000} s.`, undefined, whatIsMissing(plan, wanted)));
    await nextChange(store, Math.min(1000, deadline - Date.now() + 1), wanted.signal);
  }
}

/** Every node-role of the deployment and of the system is done, on all the machines. */
function isDone(plan: Plan, wanted: Wanted): boolean {
  const machines = plan.nodes.filter((node) => node.remote !== 'local' && node.approved && node.contact === 'up');
  if (machines.length < wanted.machines) return false;
  let own = 0;
  for (let vertex = 0; vertex < vertexCount(plan); vertex++) {
    if (stateOf(plan, vertex) !== 'done') return false;
    if (groupAt(plan, vertex).deployment === wanted.deployment) own++;
  }
  return own >= wanted.machines;
}

// Waiting any longer would not help: a person must act.
function failures(plan: Plan): Problem[] {
  const found: Problem[] = [];
  for (let vertex = 0; vertex < vertexCount(plan); vertex++) {
    if (stateOf(plan, vertex) !== 'failed') continue;
    const { role, nodeName, whyNot } = nodeRoleView(plan, vertex);
    found.push(problem(`${role} on ${nodeName} failed: ${whyNot[0]?.what ?? 'no reason was given'}`, { role, node: nodeName }, whyNot[0]?.next));
  }
  return found;
}

function whatIsMissing(plan: Plan, wanted: Wanted): string {
  const machines = plan.nodes.filter((node) => node.remote !== 'local' && node.contact === 'up').length;
  if (machines < wanted.machines) return `${machines} of ${wanted.machines} machines have reported themselves; look at the console logs of the others.`;
  for (let vertex = 0; vertex < vertexCount(plan); vertex++) {
    const view = nodeRoleView(plan, vertex);
    if (view.state !== 'done') return `${view.role} on ${view.nodeName} is ${view.state}${view.whyNot[0] ? `: ${view.whyNot[0].what}` : ''}.`;
  }
  return 'Look at the log above.';
}

function nextChange(store: Store, atMostMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, atMostMs);
    const stop = store.onChange(end);
    signal.addEventListener('abort', end, { once: true });
  });
}
