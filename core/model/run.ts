// One attempt to apply a role to a node, and what it said while it ran.

import type { Problem } from './problem.ts';

/** What became of one resource of a recipe. In check mode `changed` means: would change. */
export type ResourceResult = 'ok' | 'changed' | 'failed' | 'skipped';

/** What a running role says, in order. The log people read is made of these. */
export type RunEvent =
  | { kind: 'begin'; index: number; name: string }
  | { kind: 'end'; index: number; name: string; result: ResourceResult; seconds: number; diff?: string; reason?: string }
  | { kind: 'log'; text: string; index?: number }
  | { kind: 'output'; values: Record<string, unknown> };

/** What a jig returns. `lost` means nobody knows how far it came: never taken for done. */
export type Outcome =
  | { kind: 'done'; outputs: Record<string, unknown>; changed: number }
  | { kind: 'notYet'; reason: string; retryAfterMs: number }
  | { kind: 'failed'; problem: Problem }
  | { kind: 'lost'; problem: Problem };

export type RunMode = 'apply' | 'remove';

/** `deployment/role@nodeId`: names a node-role everywhere. */
export type NodeRoleKey = string;
export const nodeRoleKey = (deployment: string, role: string, nodeId: string): NodeRoleKey => `${deployment}/${role}@${nodeId}`;

export function parseNodeRoleKey(key: NodeRoleKey): { deployment: string; role: string; nodeId: string } | undefined {
  const match = /^([^/@]+)\/([^/@]+)@([^/@]+)$/.exec(key);
  return match ? { deployment: match[1]!, role: match[2]!, nodeId: match[3]! } : undefined;
}

/** Runs by node-role: first `deployment/role`, then node id, so that looking one up makes no new text. */
export type RunIndex = ReadonlyMap<string, ReadonlyMap<string, Run>>;

export const groupName = (deployment: string, role: string): string => `${deployment}/${role}`;

export function runOf(index: RunIndex, key: NodeRoleKey): Run | undefined {
  const at = key.lastIndexOf('@');
  return index.get(key.slice(0, at))?.get(key.slice(at + 1));
}

export function indexRuns(runs: Iterable<Run>): Map<string, Map<string, Run>> {
  const index = new Map<string, Map<string, Run>>();
  for (const run of runs) setRun(index, run);
  return index;
}

export function setRun(index: Map<string, Map<string, Run>>, run: Run): void {
  const name = groupName(run.deployment, run.role);
  let group = index.get(name);
  if (!group) index.set(name, (group = new Map()));
  group.set(run.nodeId, run);
}

export type Run = {
  /** Ascending with time, so that ordering by id is ordering by start. */
  id: number;
  key: NodeRoleKey;
  deployment: string;
  role: string;
  nodeId: string;
  nodeName: string;
  mode: RunMode;
  fingerprint: string;
  /** Unix ms. */
  startedAt: number;
  /** Unix ms; absent while it runs. */
  endedAt?: number;
  outcome?: Outcome['kind'] | 'interrupted' | 'cancelled';
  problem?: Problem;
  outputs?: Record<string, unknown>;
  /** Resources by result. */
  counts?: Partial<Record<ResourceResult, number>>;
};
