// Looks at a role on a node without touching it: its health.yml as a probe, or its recipe in check mode. Neither changes anything, and
// neither takes the node's lock, so that work on the node never waits for it.

import type { ActOnHardware } from '../model/act.ts';
import type { Node } from '../model/node.ts';
import { type Problem, problem } from '../model/problem.ts';
import type { Outcome, RunEvent, RunMode } from '../model/run.ts';
import type { Group } from '../plan/plan.ts';
import type { Remote } from '../remote/remote.ts';
import { compileFor, runProgram, runRole } from './apply-role.ts';

export type Look = { group: Group; node: Node; remote: Remote; hardware?: ActOnHardware; signal: AbortSignal };

/** Which resources are, or would have to be, changed; `problem` is why nobody knows, or what failed. `lost`: the node was not reached. */
export type Seen = { resources: { name: string; diff?: string }[]; problem?: Problem; lost?: true };

// Resources have limits of their own; this one only catches what escapes them.
const LIMIT_MS = 300_000;
const DIFF_BYTES = 4096;
const MOST_RESOURCES = 100;

/** Whether it works: what its health.yml says. A resource that would change something is not as it should be. */
export async function probeHealth(look: Look): Promise<Seen> {
  const probe = compileFor(look.group, look.node, look.group.role.health!, 'probe');
  const seen = await watch(look, (onEvent) => runProgram(probe, look.remote, { ...look, onEvent }, LIMIT_MS));
  const [wrong] = seen.resources;
  if (!wrong || seen.problem) return seen;
  return { ...seen, problem: placed(look, problem(`${wrong.name} is not as it should be.`, undefined, 'Apply the role again, or look on the machine.')) };
}

/** What applying it (again), or taking it away, would change. */
export const checkRole = (look: Look, mode: RunMode): Promise<Seen> => watch(look, (onEvent) => runRole({ ...look, mode, onEvent }, 'check', LIMIT_MS));

async function watch(look: Look, run: (onEvent: (event: RunEvent) => void) => Promise<Outcome>): Promise<Seen> {
  const resources: Seen['resources'] = [];
  const onEvent = (event: RunEvent) => {
    if (event.kind !== 'end' || event.result !== 'changed' || resources.length === MOST_RESOURCES) return;
    resources.push({ name: event.name, ...(event.diff && { diff: cut(event.diff) }) });
  };
  const outcome = await run(onEvent);
  switch (outcome.kind) {
    case 'done':
      return { resources };
    case 'notYet':
      return { resources, problem: placed(look, problem(outcome.reason)) };
    case 'lost':
      return { resources, problem: placed(look, outcome.problem), lost: true };
    default:
      return { resources, problem: placed(look, outcome.problem) };
  }
}

const cut = (diff: string): string => (diff.length > DIFF_BYTES ? `${diff.slice(0, DIFF_BYTES)}\n… the rest of this diff was cut` : diff);

const placed = ({ group, node }: Look, found: Problem): Problem => ({
  ...found,
  where: { ...found.where, role: group.role.declaration.name, node: node.name },
});
