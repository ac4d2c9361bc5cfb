// The shape in which a plan is shown and sent: one entry a node-role, with the reason it is not done.

import type { Problem } from './problem.ts';
import type { NodeRoleKey } from './run.ts';
import type { Drift, Health } from './watch.ts';

/**
 * `held`: its node is not ready. `blocked`: a parent is not done. `runnable`: could start now. `waiting`: to be asked again later.
 * `outdated`: done with an earlier fingerprint, and a person must ask for the re-run. `orphan`: to be undone.
 */
export type NodeRoleState = 'held' | 'blocked' | 'runnable' | 'waiting' | 'running' | 'done' | 'failed' | 'outdated' | 'orphan';

export const nodeRoleStates: readonly NodeRoleState[] = ['held', 'blocked', 'runnable', 'waiting', 'running', 'done', 'failed', 'outdated', 'orphan'];

/** What stands in the way, and the smallest act that would remove it. */
export type Hindrance = { what: string; next?: string; key?: NodeRoleKey };

export type NodeRoleView = {
  key: NodeRoleKey;
  deployment: string;
  role: string;
  barclamp: string;
  nodeId: string;
  nodeName: string;
  state: NodeRoleState;
  /** Empty when it is done or runs. */
  whyNot: Hindrance[];
  /** Not known of the past. */
  fingerprint?: string;
  /** The latest run of it, whatever its fingerprint was. */
  runId?: number;
  /** When that run began and ended, Unix ms; not told of the past. */
  ran?: { startedAt: number; endedAt?: number };
  /** What its probes say; absent when it has none, or was not probed since it was last applied. */
  health?: Pick<Health, 'state' | 'since' | 'checkedAt' | 'problem'>;
  /** Absent when nobody has looked since it was last applied. */
  drift?: Pick<Drift, 'checkedAt' | 'changed' | 'problem'>;
};

/** How the machines of a role were chosen that is wanted on so many, not on named ones. */
export type Choice = {
  deployment: string;
  role: string;
  /** Machines that fit what was asked for. */
  fit: number;
  chosen: { nodeName: string; why: string }[];
};

/** A point that people wait for: all of a role is done. */
export type MilestoneView = {
  deployment: string;
  role: string;
  title: string;
  /** Of `total` machines. */
  done: number;
  total: number;
  reached: boolean;
  /** When it will be, in ms from now; absent where a person has to act first. */
  inMs?: number;
};

/** Why something goes no further until a person acts: one node-role of those that it holds up, as an example of all. */
export type HoldUp = {
  key: NodeRoleKey;
  role: string;
  nodeName: string;
  state: NodeRoleState;
  /** How many the same holds up, this one among them; not those that only wait for these. */
  nodeRoles: number;
  /** `key` in it: of another deployment, for which this one waits. */
  why: Hindrance;
};

export type ForecastView = {
  /** From now, in ms, until all that can be done is done. */
  ms: number;
  /** What that end waits for, first to last; making one of them quicker makes the whole quicker. */
  criticalPath: { key: NodeRoleKey; role: string; nodeName: string; startsInMs: number; ms: number }[];
  /** Node-roles that wait for a person, or for something that does. */
  stuck: number;
  /** What those wait for, the most urgent first. */
  holdUps: HoldUp[];
  /** Roles that were never done before: what they take is a guess. */
  guessed: string[];
  milestones: MilestoneView[];
};

/** A role in a deployment, over all its machines. */
export type PlanGroup = {
  deployment: string;
  role: string;
  barclamp: string;
  totals: Partial<Record<NodeRoleState, number>>;
  /** Of those that are done: how many do not work, and how many somebody else has changed. */
  failing: number;
  drifted: number;
  /** Only where they are few. */
  nodeRoles?: NodeRoleView[];
};

/** The plan by roles: of one size however many machines there are. */
export type PlanSummary = Omit<PlanView, 'nodeRoles' | 'matching'> & { groups: PlanGroup[] };

export type PlanView = {
  nodeRoles: NodeRoleView[];
  /** How many fit what was asked for, though not all were sent. */
  matching: number;
  /** Role graph edges, for drawing: from is done before to. */
  edges: { from: string; to: string; kind: 'requires' | 'waitsFor' }[];
  choices: Choice[];
  problems: Problem[];
  /** How many node-roles are in each state. */
  totals: Record<NodeRoleState, number>;
  /** Sequence number of the change feed the plan was made at. */
  seq: number;
};

/** A point of the past at which node-roles of a deployment came into another state. */
export type PlanMoment = {
  /** Unix ms. */
  at: number;
  deployment: string;
  /** How many did, and how many of them failed. */
  changed: number;
  failed: number;
  /** How many were at work or about to be after it, and how many were not done. */
  moving: number;
  undone: number;
};

/** A stretch of the past, oldest first. */
export type PlanMoments = {
  moments: PlanMoment[];
  /** Whether there are more before and after those. */
  earlier: boolean;
  later: boolean;
  /** What was committed meanwhile. */
  commits: { deployment: string; barclamp: string; commit: number; note: string; at: number }[];
};
