// The loop: read, plan, apply, append. Whatever in the plan can start is started, one role on a node at a time; what comes out is a run
// in the store, and that change wakes the loop again. It holds nothing that a crash could lose: an attempt without an end
// is interrupted, and simply done again.

import { millisecondsOf } from '../model/duration.ts';
import type { ActOnHardware } from '../model/act.ts';
import type { Node } from '../model/node.ts';
import { type Checked, problem, type Problem } from '../model/problem.ts';
import type { NodeRoleKey, Outcome, RunEvent, RunMode } from '../model/run.ts';
import { fingerprintOf, type Group, groupAt, keyOf, nodeAt, type Plan, stateOf } from '../plan/plan.ts';
import type { Planner } from '../plan/planner.ts';
import { turnOf } from '../plan/rolling.ts';
import type { Remote } from '../remote/remote.ts';
import { followChanges } from '../store/follow.ts';
import type { FollowedFacts } from '../store/snapshot.ts';
import type { RunEnding, Store } from '../store/store.ts';
import { applyRole } from './apply-role.ts';
import { capture, type CaptureShop } from './capture.ts';
import { install } from './install.ts';
import { inGroups } from './group-commit.ts';
import { reveal, secretLines, type SecretsOf, passphraseOf, secretsOn } from './reveal.ts';
import { recordLog } from './run-log.ts';
import { wipe } from './wipe.ts';

export type AnnealerOptions = {
  store: Store;
  facts: FollowedFacts;
  planner: Planner;
  remoteFor(node: Node): Remote;
  secretsOf: SecretsOf;
  /** How a role is applied; another one for measuring. */
  apply?: typeof applyRole;
  /** Starts a node again, by its BMC or from inside. */
  restart(node: Node, signal: AbortSignal): Promise<Checked<unknown>>;
  startFromDisk(node: Node): Promise<unknown>;
  /** How roles act on a machine's hardware; absent where there is none. */
  hardware?: ActOnHardware;
  captures: CaptureShop;
  /** Attempts at the same time, over all nodes. */
  limit: number;
  now(): number;
  onProblem(problem: Problem): void;
};

export type Annealer = {
  /** Since when nothing is applied to a node: Unix ms, 0 when nothing was since the start; undefined while something is. */
  quietSince(nodeId: string): number | undefined;
  stop(): Promise<void>;
};

// After an attempt that should be repeated: doubled each time, so that a machine that is away costs little.
const BACKOFF_MS = { first: 2000, most: 60_000 };

type Attempt = { runId: number; deployment: string; controller: AbortController; cancelled: boolean; ended: Promise<void> };

export async function startAnnealer(options: AnnealerOptions): Promise<Annealer> {
  const { store, facts, planner, now, apply = applyRole } = options;
  const record = inGroups((endings: RunEnding[]) => store.endRuns(endings));
  const attempts = new Map<string, Attempt>(); // by node id: a node does one thing at a time
  const lastEnded = new Map<string, number>(); // by node id
  const pauses = new Map<NodeRoleKey, { count: number; until: number }>();
  let timer: NodeJS.Timeout | undefined;

  await closeInterrupted(store, now());

  const turnOver = async (stopping: AbortSignal) => {
    await facts.refresh();
    await takeCancellations();
    if (stopping.aborted) return;
    const plan = planner.plan();
    const ready = startable(plan);
    if (!ready.length) return;
    const ids = await store.startRuns(ready.map((vertex) => newRun(plan, vertex, now())));
    for (const [index, vertex] of ready.entries()) attempt(plan, vertex, ids[index]!);
  };

  const startable = (plan: Plan): number[] => {
    const free = options.limit - attempts.size;
    const found: number[] = [];
    const busy = new Set(attempts.keys());
    let nextPause = Number.POSITIVE_INFINITY;
    const room = roomByDeployment(
      plan,
      [...attempts.values()].map((attempt) => attempt.deployment),
    );
    for (const group of plan.groups) {
      if (!group.startable) continue;
      if (found.length === free) break;
      let { starts } = turnOf(plan, group);
      for (let vertex = group.start; vertex < group.end && starts > 0 && found.length < free; vertex++) {
        const state = stateOf(plan, vertex);
        if (state !== 'runnable' && state !== 'waiting' && state !== 'orphan') continue;
        if ((room.get(group.deployment) ?? 0) <= 0) break;
        const node = nodeAt(plan, vertex);
        if (busy.has(node.id)) continue;
        const until = isRepeated(plan, vertex) ? (pauses.get(keyOf(plan, vertex))?.until ?? 0) : 0;
        if (until > now()) {
          nextPause = Math.min(nextPause, until);
          continue;
        }
        busy.add(node.id);
        found.push(vertex);
        starts--;
        room.set(group.deployment, room.get(group.deployment)! - 1);
      }
    }
    clearTimeout(timer);
    if (Number.isFinite(nextPause)) timer = setTimeout(following.wake, Math.max(50, nextPause - now()));
    return found;
  };

  const takeCancellations = async () => {
    for (const { runId } of await store.list('cancellation')) {
      const running = [...attempts.values()].find((candidate) => candidate.runId === runId);
      // It has ended by itself in the meantime.
      if (!running) await store.remove('cancellation', String(runId));
      else if (!running.cancelled) {
        running.cancelled = true;
        running.controller.abort();
      }
    }
  };

  const attempt = (plan: Plan, vertex: number, runId: number) => {
    const key = keyOf(plan, vertex);
    const node = nodeAt(plan, vertex);
    const controller = new AbortController();
    const ended = runOnce(plan, groupAt(plan, vertex), node, runId, controller.signal)
      .then(async ({ run, outcome }) => {
        pause(key, outcome);
        const cancelled = attempts.get(node.id)?.cancelled && outcome.kind !== 'done';
        await record(cancelled ? { ...run, outcome: 'cancelled', problem: stoppedByPerson(key) } : run);
        if (attempts.get(node.id)?.cancelled) await store.remove('cancellation', String(runId));
      })
      .catch((error: Error) => options.onProblem(problem(`The end of run ${runId} could not be recorded: ${error.message}`, undefined, 'Is the disk full?')))
      .finally(() => {
        attempts.delete(node.id);
        lastEnded.set(node.id, now());
        following.wake();
      });
    attempts.set(node.id, { runId, deployment: groupAt(plan, vertex).deployment, controller, cancelled: false, ended });
  };

  const runOnce = async (plan: Plan, group: Group, node: Node, runId: number, signal: AbortSignal): Promise<{ run: RunEnding; outcome: Outcome }> => {
    const log = recordLog(store, runId, now);
    let outcome: Outcome;
    try {
      const given = await reveal(group, node, options.secretsOf);
      const onNode = (of: Node, its: Group) =>
        apply({
          plan,
          group: its,
          node: of,
          mode: modeOf(group),
          remote: options.remoteFor(of),
          ...(options.hardware && { hardware: options.hardware }),
          signal,
          onEvent: log.add,
        });
      const { installs, wipes, captures } = given.role.declaration;
      if (installs && !group.orphan) outcome = await installOn(plan, given, node, onNode, log.add, signal);
      else if (wipes) outcome = await wipe(options, { node, apply: (live) => onNode(live, given), onEvent: log.add, signal });
      else if (captures) {
        const others = secretLines(await secretsOn(plan, node, options.secretsOf));
        const disks = await passphraseOf(plan, node, options.secretsOf);
        outcome = await capture(options, {
          node,
          apply: (live, secret, captured) => onNode(live, { ...given, revealed: { ...given.revealed, capture: secret, captured, others, disks } }),
          onEvent: log.add,
          signal,
        });
      } else outcome = await onNode(node, given);
    } catch (error) {
      // A bug of ours must not look like an attempt that still runs.
      outcome = {
        kind: 'failed',
        problem: problem(`Prybar itself failed: ${(error as Error).message}`, { node: node.name, role: group.role.declaration.name }, (error as Error).stack),
      };
    }
    const counts = await log.close();
    return { run: endingOf(runId, outcome, counts, signal, now()), outcome };
  };

  const installOn = (
    plan: Plan,
    group: Group,
    node: Node,
    onNode: (node: Node, group: Group) => Promise<Outcome>,
    onEvent: (event: RunEvent) => void,
    signal: AbortSignal,
  ): Promise<Outcome> => {
    const { declaration } = group.role;
    const { hostKey } = group.revealed ?? {};
    return install(options, {
      node,
      by: { deployment: group.deployment, role: declaration.name, fingerprint: fingerprintOf(plan, vertexOf(plan, group, node)) },
      hostKey: typeof hostKey === 'object' && 'public' in hostKey ? hostKey.public : '',
      platform: String(group.attributes.platform ?? 'debian-12'),
      ...(typeof group.attributes.reportWithin === 'string' && { reportMs: millisecondsOf(group.attributes.reportWithin) }),
      apply: (live, secret, replaces) => onNode(live, { ...group, revealed: { ...group.revealed, installation: secret, replaces: replaces.join(' ') } }),
      onEvent,
      signal,
    });
  };

  const pause = (key: NodeRoleKey, outcome: Outcome) => {
    if (outcome.kind !== 'notYet' && outcome.kind !== 'lost') return void pauses.delete(key);
    const count = (pauses.get(key)?.count ?? 0) + 1;
    const least = outcome.kind === 'notYet' ? outcome.retryAfterMs : 0;
    pauses.set(key, { count, until: now() + Math.max(least, Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** (count - 1))) });
  };

  const following = followChanges(store, turnOver, (error) => options.onProblem(problem(`The annealer stumbled: ${error.message}`, undefined, error.stack)));
  return {
    quietSince: (nodeId) => (attempts.has(nodeId) ? undefined : (lastEnded.get(nodeId) ?? 0)),
    async stop() {
      const quiet = following.stop();
      for (const { controller } of attempts.values()) controller.abort();
      await Promise.all([...attempts.values()].map((a) => a.ended));
      await quiet;
      clearTimeout(timer);
    },
  };
}

/** Whether its next attempt is the same as the one before, which nobody has asked for. */
function isRepeated(plan: Plan, vertex: number): boolean {
  if (stateOf(plan, vertex) !== 'orphan') return stateOf(plan, vertex) === 'waiting';
  const run = groupAt(plan, vertex).latest.get(nodeAt(plan, vertex).id)!;
  return run.mode === 'remove' && (plan.facts.retries.get(run.key)?.afterRun ?? 0) < run.id;
}

/** How many more attempts each deployment may begin. */
function roomByDeployment(plan: Plan, running: string[]): Map<string, number> {
  return new Map(
    plan.facts.deployments.map(({ name, paused, atOnce = Number.POSITIVE_INFINITY }) => [
      name,
      paused ? 0 : atOnce - running.filter((deployment) => deployment === name).length,
    ]),
  );
}

const stoppedByPerson = (key: NodeRoleKey): Problem =>
  problem('Somebody stopped this attempt.', undefined, `It stays as it is until something changes or you try again: prybar run retry ${key}`);

const vertexOf = (plan: Plan, group: Group, node: Node): number => group.at[plan.indexOf.get(node.id)!]!;

const modeOf = (group: Group): RunMode => (group.orphan ? 'remove' : 'apply');

function newRun(plan: Plan, vertex: number, startedAt: number) {
  const group = groupAt(plan, vertex);
  const node = nodeAt(plan, vertex);
  return {
    key: keyOf(plan, vertex),
    deployment: group.deployment,
    role: group.role.declaration.name,
    nodeId: node.id,
    nodeName: node.name,
    mode: modeOf(group),
    fingerprint: fingerprintOf(plan, vertex),
    startedAt,
  };
}

function endingOf(id: number, outcome: Outcome, counts: RunEnding['counts'], signal: AbortSignal, endedAt: number): RunEnding {
  const base = { id, endedAt, ...(counts && { counts }) };
  if (signal.aborted && outcome.kind !== 'done') return { ...base, outcome: 'interrupted' };
  switch (outcome.kind) {
    case 'done':
      return { ...base, outcome: 'done', outputs: outcome.outputs };
    case 'notYet':
      return { ...base, outcome: 'notYet', problem: problem(outcome.reason) };
    default:
      return { ...base, outcome: outcome.kind, problem: outcome.problem };
  }
}

// Attempts that an earlier admin process began and never ended.
async function closeInterrupted(store: Store, endedAt: number): Promise<void> {
  const unfinished = await store.unfinishedRuns();
  if (unfinished.length) await store.endRuns(unfinished.map(({ id }) => ({ id, endedAt, outcome: 'interrupted' })));
}
