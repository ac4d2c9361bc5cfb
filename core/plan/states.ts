// How far each node-role is: derived from its latest run, its fingerprint, its node and its parents. The inner loop of planning, so
// it makes no texts and looks runs up by node id alone.

import type { Role } from '../model/catalog.ts';
import type { Node } from '../model/node.ts';
import { type NodeRoleState, nodeRoleStates } from '../model/plan.ts';
import { nodeRoleKey, type Run } from '../model/run.ts';
import { stillThere } from './fingerprint.ts';
import type { Group, Plan } from './plan.ts';

const numbers = Object.fromEntries(nodeRoleStates.map((state, number) => [state, number])) as Record<NodeRoleState, number>;

/** Fills in the states of one group; its parents' must be there. */
export function markStates(plan: Plan, group: Group): void {
  group.open = mayPass(group);
  group.pending = 0;
  group.done = 0;
  group.startable = 0;
  for (let vertex = group.start; vertex < group.end; vertex++) {
    const state = deriveState(plan, group, vertex);
    plan.states[vertex] = state;
    count(group, state, 1);
  }
}

/** Whether everything that the whole group waits for is there. */
export const mayPass = (group: Group): boolean => group.missing.length === 0 && !group.fault && group.waitsFor.every(({ groups }) => groups.every(barrierOpen));

/** Derives one state anew in a group that is marked already; true when others may see the difference. */
export function markAgain(plan: Plan, group: Group, vertex: number): boolean {
  const before = plan.states[vertex]!;
  const state = deriveState(plan, group, vertex);
  if (state === before) return false;
  plan.states[vertex] = state;
  count(group, before, -1);
  count(group, state, 1);
  return true;
}

function count(group: Group, state: number, by: number): void {
  if (state === numbers.done || state === numbers.outdated) group.done += by;
  else if (state !== numbers.held) group.pending += by;
  if (state === numbers.runnable || state === numbers.waiting || state === numbers.orphan) group.startable += by;
}

/** Why the node cannot take any role now; undefined when it can. */
export function notReady(node: Node): string | undefined {
  if (!node.approved) return `${node.name} is not approved`;
  if (node.maintenance) return `${node.name} is in maintenance`;
  if (!node.system) return `${node.name} has not reported a system yet`;
  if (node.contact === 'off') return `${node.name} is off`;
  if (node.contact === 'silent') return `${node.name} no longer answers`;
  return undefined;
}

/** Why this role cannot run on the system that the node has now. */
export function wrongSystem(node: Node, role: Role): string | undefined {
  const has = node.id === 'admin' ? 'admin' : node.system?.kind;
  if (!has || role.declaration.runsOn.includes(has)) return undefined;
  return has === 'live'
    ? `${node.name} runs the discovery image, and ${role.declaration.name} needs an installed system`
    : `${role.declaration.name} does not run on ${has === 'admin' ? 'the admin node' : 'an installed system'}`;
}

/** The node-role that is about to give this one's machine the system that it is meant for; undefined when there is none, or it failed. */
export function comingSystem(plan: Plan, group: Group, node: number): number | undefined {
  for (const { at } of group.installers) {
    const vertex = at[node]!;
    if (vertex >= 0 && coming.has(plan.states[vertex]!)) return vertex;
  }
  return undefined;
}

const coming: ReadonlySet<number> = new Set([numbers.running, numbers.runnable, numbers.waiting, numbers.blocked]);

/** The barrier of a group, seen from those that wait for it. Nodes that are not ready never hold up the others. */
export const barrierOpen = (group: Group): boolean => group.pending === 0 && group.done > 0;

export function isDone(plan: Plan, vertex: number): boolean {
  const state = plan.states[vertex];
  return state === numbers.done || state === numbers.outdated;
}

const deriveState = (plan: Plan, group: Group, vertex: number): number =>
  numbers[group.orphan ? orphanState(plan, group, vertex) : wantedState(plan, group, vertex)];

function wantedState(plan: Plan, group: Group, vertex: number): NodeRoleState {
  const index = plan.nodeOf[vertex]!;
  const node = plan.nodes[index]!;
  const run = group.latest.get(node.id);
  if (run && !run.endedAt) return 'running';
  if (group.role.declaration.installs && node.installation && !isToBeReplaced(plan, group, node)) return installedState(group, node);
  const { lasts } = group.role.declaration;
  const isForAnEnd = endOf(group.role) !== undefined;
  // What is done to a system that goes is lost, and nobody can rely on it: like a machine that has none yet.
  const goes = comingSystem(plan, group, index) !== undefined;
  // All of them are applied in the discovery image, into which the machine is started for that.
  const unready = plan.unready[index] ?? (isForAnEnd || isToBeReplaced(plan, group, node) ? undefined : wrongSystem(node, group.role));
  const fresh = run?.mode === 'apply' && isForThis(plan, group, index, run) && !askedAgain(plan, run);
  // A RAM system that is silent may be gone with all that was done to it; an installed one and hardware keep what they have, and what was erased is gone.
  if (fresh && run.outcome === 'done' && !goes && (!unready || isForAnEnd || lasts === 'machine' || node.system?.kind === 'installed')) return 'done';
  if (unready || goes) return 'held';
  if (waitsForPerson(plan, group, node)) return 'outdated';
  // What a person stopped waits for a person, like what failed.
  if (fresh && (run.outcome === 'failed' || run.outcome === 'cancelled')) return 'failed';
  if (!group.open || !parentsDone(plan, group, index)) return 'blocked';
  return fresh && (run.outcome === 'notYet' || run.outcome === 'lost') ? 'waiting' : 'runnable';
}

// What is on a disk is never written over because something changed: only a person has it installed anew.
function installedState({ deployment, role, fingerprint }: Group, { installation, system }: Node): NodeRoleState {
  const isOurs = installation!.deployment === deployment && installation!.role === role.declaration.name;
  return isOurs && installation!.fingerprint.startsWith(`${fingerprint}.`) && system?.kind === 'installed' ? 'done' : 'outdated';
}

const isToBeReplaced = ({ facts }: Plan, { deployment, role }: Group, { id, installation }: Node): boolean =>
  role.declaration.installs && installation !== undefined && (facts.retries.get(nodeRoleKey(deployment, role.declaration.name, id))?.at ?? 0) > installation.at;

/** The wish of a person that a role fulfils, where it is placed for nothing else: once for each wish, whichever system the machine runs. */
export const endOf = ({ declaration }: Role): 'leaving' | 'capture' | undefined =>
  declaration.wipes ? 'leaving' : declaration.captures ? 'capture' : undefined;

function isForThis(plan: Plan, group: Group, index: number, run: Run): boolean {
  const end = endOf(group.role);
  return end
    ? run.startedAt >= (plan.nodes[index]![end]?.at ?? Number.POSITIVE_INFINITY)
    : sameFingerprint(run.fingerprint, group.fingerprint, plan.nodeFingerprints[index]![group.role.declaration.lasts]);
}

const sameFingerprint = (has: string, role: string, node: string): boolean =>
  has.length === role.length + node.length && has.startsWith(role) && has.endsWith(node);

// Destructive and once-only roles never run again by themselves, as long as the system or machine they were applied to is still there.
function waitsForPerson(plan: Plan, group: Group, node: Node): boolean {
  const { destructive, once, lasts } = group.role.declaration;
  if (!destructive && !once) return false;
  const done = group.lastDone.get(node.id);
  return done !== undefined && stillThere(done.fingerprint, node, lasts) && !askedAgain(plan, done);
}

/** Whether a person asked for another attempt after this run. */
const askedAgain = (plan: Plan, run: Run): boolean => plan.facts.retries.size > 0 && (plan.facts.retries.get(run.key)?.afterRun ?? 0) >= run.id;

function parentsDone(plan: Plan, group: Group, node: number): boolean {
  for (const { groups } of group.requires) {
    let done = false;
    for (const parent of groups) done ||= parent.at[node]! >= 0 && isDone(plan, parent.at[node]!);
    if (!done) return false;
  }
  for (const orphans of group.displaces) if (orphans.at[node]! >= 0) return false;
  for (const gate of group.gates) if (!isPassed(plan, gate, node)) return false;
  return true;
}

/** A gate that is meant for another system than the node runs is none: the discovery image has its own. */
export function isPassed(plan: Plan, gate: Group, node: number): boolean {
  const vertex = gate.at[node]!;
  return vertex < 0 || isDone(plan, vertex) || (plan.states[vertex] === numbers.held && !plan.unready[node]);
}

function orphanState(plan: Plan, group: Group, vertex: number): NodeRoleState {
  const node = plan.nodeOf[vertex]!;
  const run = group.latest.get(plan.nodes[node]!.id)!;
  if (!run.endedAt) return 'running';
  if (plan.unready[node]) return 'held';
  if (run.mode === 'remove' && (run.outcome === 'failed' || run.outcome === 'cancelled') && !askedAgain(plan, run)) return 'failed';
  const needed =
    group.requires.some(({ groups }) => groups.some((g) => g.at[node]! >= 0)) || group.waitsFor.some(({ groups }) => groups.some((g) => g.end > g.start));
  return needed ? 'blocked' : 'orphan';
}
