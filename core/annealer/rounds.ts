// Goes round the node-roles that are done and looks at each again and again: due times are spread so that a large site is looked at
// evenly, few at the same time, one on a node at a time, and never one whose node is being worked on. What is looked at and where the
// result goes is said by health.ts and drift.ts. When who was looked at last is kept in memory only.

import type { ActOnHardware } from '../model/act.ts';
import type { Node } from '../model/node.ts';
import { problem, type Problem } from '../model/problem.ts';
import { groupName, type NodeRoleKey, type Run } from '../model/run.ts';
import { type Group, keyOf, nodeAt, type Plan, stateOf } from '../plan/plan.ts';
import type { Planner } from '../plan/planner.ts';
import type { Remote } from '../remote/remote.ts';
import type { FollowedFacts } from '../store/snapshot.ts';
import type { Store } from '../store/store.ts';
import type { Look, Seen } from './look-at-role.ts';
import { reveal, type SecretsOf } from './reveal.ts';

/** What both kinds of round are given. */
export type RoundContext = {
  store: Store;
  facts: FollowedFacts;
  planner: Planner;
  remoteFor(node: Node): Remote;
  secretsOf: SecretsOf;
  hardware?: ActOnHardware;
  /** Unix ms since when nothing is applied to the node, 0 when nothing was; undefined while something is. */
  quietSince(nodeId: string): number | undefined;
  now(): number;
  onProblem(problem: Problem): void;
};

export type Visit = { plan: Plan; group: Group; node: Node; key: NodeRoleKey; run: Run };

export type Rounds = {
  /** How often it is looked at, in ms; undefined: never. */
  every(group: Group, plan: Plan): number | undefined;
  /** Whether a node-role is looked at in this state. */
  wants(state: string): boolean;
  /** When the next look after this run falls due, where something is known of an earlier one: Unix ms. */
  firstDue(key: NodeRoleKey, run: Run, everyMs: number): number | undefined;
  /** Somebody asked for it, whatever its time: Unix ms. */
  askedFor(key: NodeRoleKey): boolean;
  look(look: Look): Promise<Seen>;
  keep(visit: Visit, seen: Seen): Promise<void>;
  /** The plan's shape is a new one: what is kept of node-roles that are in it no more can go. */
  sweep(plan: Plan): Promise<void>;
  /** Looks at the same time. */
  limit: number;
};

type Entry = { runId: number; dueAt: number };

const LEAST_PAUSE_MS = 200;
const MOST_PAUSE_MS = 30_000;
// A look over a large plan must not take more than this share of the time.
const SCAN_SHARE = 20;
// Spread around the interval, so that what began together drifts apart.
const JITTER = 0.2;
// One lost connection says little: it is tried again after this.
const AGAIN_MS = 3000;

export function startRounds(context: RoundContext, rounds: Rounds): { stop(): Promise<void> } {
  const { facts, planner, now } = context;
  const known = new Map<string, Map<string, Entry>>(); // group → node id
  const visits = new Map<string, Promise<void>>(); // by node id
  const ending = new AbortController();
  const started = now();
  let timer: NodeJS.Timeout | undefined;
  let scanning: Promise<void> | undefined;
  let again = false;
  let notBefore = 0;
  let shape: Plan['nodeOf'] | undefined;

  const schedule = (at: number) => {
    if (ending.signal.aborted) return;
    clearTimeout(timer);
    timer = setTimeout(wake, Math.max(LEAST_PAUSE_MS, Math.min(MOST_PAUSE_MS, Math.max(at, notBefore) - now())));
  };
  const wake = () => {
    if (ending.signal.aborted) return;
    again = scanning !== undefined;
    if (again) return;
    if (now() < notBefore) return schedule(notBefore);
    scanning = scan()
      .catch((error: Error) => context.onProblem(problem(`Looking at what is done stumbled: ${error.message}`, undefined, error.stack)))
      .finally(() => {
        scanning = undefined;
        if (again) wake();
      });
  };

  const scan = async () => {
    await facts.refresh();
    const begun = now();
    const plan = planner.plan();
    if (plan.nodeOf !== shape) {
      shape = plan.nodeOf;
      await rounds.sweep(plan);
    }
    let next = Number.POSITIVE_INFINITY;
    for (const group of plan.groups) {
      const everyMs = group.orphan ? undefined : rounds.every(group, plan);
      if (everyMs !== undefined) next = Math.min(next, scanGroup(plan, group, everyMs));
    }
    notBefore = now() + Math.max(LEAST_PAUSE_MS, (now() - begun) * SCAN_SHARE);
    schedule(next);
  };

  /** Starts what is due and returns when the next one is. */
  const scanGroup = (plan: Plan, group: Group, everyMs: number): number => {
    const name = groupName(group.deployment, group.role.declaration.name);
    const entries = known.get(name) ?? new Map<string, Entry>();
    known.set(name, entries);
    let next = Number.POSITIVE_INFINITY;
    for (let vertex = group.start; vertex < group.end; vertex++) {
      const node = nodeAt(plan, vertex);
      const run = group.latest.get(node.id);
      if (!run?.endedAt || plan.unready[plan.nodeOf[vertex]!] || !rounds.wants(stateOf(plan, vertex))) continue;
      const key = keyOf(plan, vertex);
      let entry = entries.get(node.id);
      if (entry?.runId !== run.id) {
        entry = { runId: run.id, dueAt: rounds.firstDue(key, run, everyMs) ?? started + Math.random() * everyMs };
        entries.set(node.id, entry);
      }
      const due = entry.dueAt <= now() || rounds.askedFor(key);
      if (due && visits.size < rounds.limit && !visits.has(node.id) && context.quietSince(node.id) !== undefined)
        begin({ plan, group, node, key, run }, entry, everyMs);
      // What is due but cannot begin is looked for again when a visit or a run has ended, which wakes us.
      else if (!due) next = Math.min(next, entry.dueAt);
    }
    return next;
  };

  const begin = (visit: Visit, entry: Entry, everyMs: number) => {
    const { group, node } = visit;
    const begun = now();
    const ended = reveal(group, node, context.secretsOf)
      .then((given) =>
        lookTwice({ group: given, node, remote: context.remoteFor(node), ...(context.hardware && { hardware: context.hardware }), signal: ending.signal }),
      )
      .then(async (seen) => {
        if (ending.signal.aborted) return;
        const quiet = context.quietSince(node.id);
        // Somebody worked on the node meanwhile: what was seen may be half of it.
        if (quiet === undefined || quiet > begun) return;
        entry.dueAt = now() + everyMs * (1 - JITTER / 2 + Math.random() * JITTER);
        await rounds.keep(visit, seen);
      })
      .catch((error: Error) => context.onProblem(problem(`${visit.key} could not be looked at: ${error.message}`, undefined, error.stack)))
      .finally(() => {
        visits.delete(node.id);
        wake();
      });
    visits.set(node.id, ended);
  };

  const lookTwice = async (look: Look): Promise<Seen> => {
    const seen = await rounds.look(look);
    if (!seen.lost || ending.signal.aborted) return seen;
    await new Promise<void>((resolve) => {
      const pause = setTimeout(resolve, AGAIN_MS);
      look.signal.addEventListener('abort', () => resolve(clearTimeout(pause)), { once: true });
    });
    return look.signal.aborted ? seen : rounds.look(look);
  };

  const unsubscribe = context.store.onChange(wake);
  wake();
  return {
    async stop() {
      ending.abort();
      unsubscribe();
      clearTimeout(timer);
      await scanning;
      await Promise.all(visits.values());
    },
  };
}
