// The annealer in small, for trials: plan, apply what can start, plan again, with the runs in memory and an end. One role on a node at a
// time, many nodes at once, in the plan's order; how a role is applied is annealer/apply-role.ts's business.

import { applyRole } from '../annealer/apply-role.ts';
import { reveal, type SecretsOf } from '../annealer/reveal.ts';
import type { Catalog } from '../model/catalog.ts';
import type { Node } from '../model/node.ts';
import { errorsIn, problem, type Problem } from '../model/problem.ts';
import type { Retry } from '../model/progress.ts';
import { type NodeRoleKey, type Outcome, type Run, type RunEvent, type RunMode, setRun } from '../model/run.ts';
import { type Committed, fingerprintOf, groupAt, keyOf, makePlan, nodeAt, type Plan, type PlanFacts, stateOf, vertexCount } from '../plan/plan.ts';
import { turnOf } from '../plan/rolling.ts';
import { whyNot } from '../plan/why.ts';
import type { Remote } from '../remote/remote.ts';

/** What happened to one role on one node. */
export type Attempt = {
  key: NodeRoleKey;
  role: string;
  node: string;
  mode: RunMode | 'health' | 'smoke';
  /** Unix ms. */
  startedAt: number;
  seconds?: number;
  outcome?: Outcome;
  /** Resources that changed something: `package chrony`. */
  changed: string[];
  /** The last lines of what it said. */
  log: string[];
  /** The resource it is at. */
  at?: string;
};

export type Converging = {
  catalog: Catalog;
  /** Runs are added to them; the caller may change the rest between two calls. */
  facts: Omit<PlanFacts, 'proposals'> & {
    proposals: readonly Committed[];
    latest: Map<string, Map<string, Run>>;
    lastDone: Map<string, Map<string, Run>>;
    retries: Map<NodeRoleKey, Retry>;
  };
  remoteFor(node: Node): Remote;
  secretsOf: SecretsOf;
  signal: AbortSignal;
  /** Called at the beginning, at each resource and at the end of an attempt. */
  onAttempt(attempt: Attempt): void;
};

export type Converged = { plan: Plan; attempts: Attempt[]; problems: Problem[] /** The attempt that failed. */; failed?: Attempt };

const LOG_LINES = 25;
const PAUSE_MS = { first: 2000, most: 15_000 };
/** A role that says `not yet` for longer than this will not come to an end. */
const PATIENCE_MS = 10 * 60_000;
const LOST_TRIES = 3;

type Pause = { tries: number; since: number; until: number };

/** Applies (and undoes) everything that the facts ask for. Ends when nothing is left to do, or something failed and the rest has ended. */
export async function converge(converging: Converging): Promise<Converged> {
  const { facts, catalog, signal } = converging;
  const attempts: Attempt[] = [];
  const busy = new Map<string, Promise<void>>();
  const pauses = new Map<NodeRoleKey, Pause>();
  let failed: Attempt | undefined;
  for (;;) {
    signal.throwIfAborted();
    const plan = makePlan(facts, catalog);
    const wrong = errorsIn(plan.problems);
    const { ready, wakeAt } = failed || wrong.length ? { ready: [] } : startable(plan, busy, pauses);
    for (const vertex of ready) {
      const node = nodeAt(plan, vertex).id;
      const work = attempt(converging, plan, vertex).then((ended) => {
        attempts.push(ended);
        busy.delete(node);
        if (!mayGoOn(pauses, ended)) failed ??= ended;
      });
      busy.set(node, work);
    }
    if (!busy.size && failed) return { plan, attempts, failed, problems: [problemOf(failed)] };
    if (!busy.size && wakeAt === undefined) return { plan, attempts, problems: wrong.length ? wrong : unfinished(plan) };
    await firstOf([...busy.values()], wakeAt);
  }
}

/** What can start on nodes that do nothing, and when the next one may be tried again. */
function startable(plan: Plan, busy: ReadonlyMap<string, unknown>, pauses: ReadonlyMap<NodeRoleKey, Pause>): { ready: number[]; wakeAt?: number } {
  const taken = new Set(busy.keys());
  const ready: number[] = [];
  let wakeAt: number | undefined;
  for (const group of plan.groups) {
    let { starts } = turnOf(plan, group);
    for (let vertex = group.start; vertex < group.end && starts > 0; vertex++) {
      const node = nodeAt(plan, vertex).id;
      if (!['runnable', 'waiting', 'orphan'].includes(stateOf(plan, vertex)) || taken.has(node)) continue;
      const until = pauses.get(keyOf(plan, vertex))?.until ?? 0;
      if (until > Date.now()) {
        wakeAt = Math.min(wakeAt ?? until, until);
        continue;
      }
      taken.add(node);
      ready.push(vertex);
      starts--;
    }
  }
  return { ready, ...(wakeAt !== undefined && { wakeAt }) };
}

async function attempt({ facts, remoteFor, secretsOf, signal, onAttempt }: Converging, plan: Plan, vertex: number): Promise<Attempt> {
  const group = groupAt(plan, vertex);
  const node = nodeAt(plan, vertex);
  const key = keyOf(plan, vertex);
  const role = group.role.declaration.name;
  const mode: RunMode = group.orphan ? 'remove' : 'apply';
  const run: Run = {
    id: Math.max(0, ...[...facts.latest.values()].flatMap((runs) => [...runs.values()].map(({ id }) => id))) + 1,
    key,
    deployment: group.deployment,
    role,
    nodeId: node.id,
    nodeName: node.name,
    mode,
    fingerprint: fingerprintOf(plan, vertex),
    startedAt: Date.now(),
  };
  setRun(facts.latest, run);
  const ended = await recorded({ key, role, node: node.name, mode }, onAttempt, async (onEvent) =>
    applyRole({ plan, group: await reveal(group, node, secretsOf), node, mode, remote: remoteFor(node), signal, onEvent }),
  );
  const { outcome } = ended;
  const done: Run = { ...run, endedAt: Date.now(), outcome: outcome.kind, ...(outcome.kind === 'done' && { outputs: outcome.outputs }) };
  if (outcome.kind === 'failed' || outcome.kind === 'lost') done.problem = outcome.problem;
  setRun(facts.latest, done);
  if (mode === 'apply' && outcome.kind === 'done') setRun(facts.lastDone, done);
  return ended;
}

/** Runs something that reports as a role does, and keeps what is needed to speak about it afterwards. */
export async function recorded(
  what: Pick<Attempt, 'key' | 'role' | 'node' | 'mode'>,
  onAttempt: (attempt: Attempt) => void,
  work: (onEvent: (event: RunEvent) => void) => Promise<Outcome>,
): Promise<Attempt & { outcome: Outcome }> {
  const attempt: Attempt = { ...what, startedAt: Date.now(), changed: [], log: [] };
  const note = (text: string): void => {
    attempt.log.push(...text.split('\n'));
    attempt.log.splice(0, attempt.log.length - LOG_LINES);
  };
  onAttempt(attempt);
  const outcome = await work((event) => {
    if (event.kind === 'log') note(event.text);
    if (event.kind === 'begin') {
      attempt.at = event.name;
      onAttempt(attempt);
    }
    if (event.kind !== 'end') return;
    if (event.result === 'changed') attempt.changed.push(event.diff ? `${event.name}\n${event.diff}` : event.name);
    if (event.result === 'changed' || event.result === 'failed') note(`${event.name}: ${event.result}${event.reason ? ` (${event.reason})` : ''}`);
  });
  const seconds = Math.round((Date.now() - attempt.startedAt) / 100) / 10;
  // Another jig may count what it changed without naming it.
  if (outcome.kind === 'done' && outcome.changed > attempt.changed.length) attempt.changed.push(`${outcome.changed - attempt.changed.length} more`);
  const ended = Object.assign(attempt, { seconds, outcome });
  onAttempt(ended);
  return ended;
}

/** Whether there is another try, or none is needed. */
function mayGoOn(pauses: Map<NodeRoleKey, Pause>, { key, outcome }: Attempt): boolean {
  if (outcome?.kind === 'done') return true;
  const { tries, since } = pauses.get(key) ?? { tries: 0, since: Date.now() };
  pauses.set(key, { tries: tries + 1, since, until: Date.now() + Math.min(PAUSE_MS.most, PAUSE_MS.first * 2 ** tries) });
  if (outcome?.kind === 'notYet') return Date.now() - since < PATIENCE_MS;
  return outcome?.kind === 'lost' && tries + 1 < LOST_TRIES;
}

export function problemOf({ outcome, role, node }: Attempt): Problem {
  if (outcome?.kind === 'failed' || outcome?.kind === 'lost') return outcome.problem;
  const reason = outcome?.kind === 'notYet' ? outcome.reason : 'it has not ended';
  return problem(`${role} says "not yet" for ten minutes: ${reason}`, { role, node }, 'Look at what it waits for; it may be something that this case has not.');
}

/** Why what is not done is not done. */
function unfinished(plan: Plan): Problem[] {
  return Array.from({ length: vertexCount(plan) }, (_, vertex) => vertex)
    .filter((vertex) => stateOf(plan, vertex) !== 'done')
    .map((vertex) => {
      const where = { role: groupAt(plan, vertex).role.declaration.name, node: nodeAt(plan, vertex).name };
      const [first] = whyNot(plan, vertex);
      return problem(
        `${where.role} on ${where.node} stays ${stateOf(plan, vertex)}: ${first?.what ?? 'nothing says why'}.`,
        where,
        'Give the case what it needs: roles of other barclamps go under beside.',
      );
    });
}

async function firstOf(work: Promise<void>[], wakeAt: number | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const alarm = new Promise<void>((resolve) => {
    if (wakeAt !== undefined) timer = setTimeout(resolve, Math.max(20, wakeAt - Date.now()));
  });
  await Promise.race([...work, alarm]).finally(() => clearTimeout(timer));
}
