// Roles that put an operating system on a node. Around the role itself, which is applied in the live system like any other: bring the node
// there, give the coming system a token of its own, let the node start from its disk, and wait until the new system has reported.

import { randomBytes } from 'node:crypto';
import type { Installation, Node } from '../model/node.ts';
import { problem, type Problem } from '../model/problem.ts';
import type { Outcome, RunEvent } from '../model/run.ts';
import type { Store } from '../store/store.ts';
import { intoDiscovery, nodeWhen, REPORT_MS, type Restarting } from './into-discovery.ts';

export type InstallOptions = Restarting & {
  /** Has its next start go to the disk at once, where its BMC can do that; the boot script leads there in any case. */
  startFromDisk(node: Node): Promise<unknown>;
};

export type Install = {
  node: Node;
  /** The role that installs, with its fingerprint on this node. */
  by: Pick<Installation, 'deployment' | 'role' | 'fingerprint'>;
  /** Of the coming system, one line. */
  hostKey: string;
  platform: string;
  /** How long it may take to report, ms; half an hour unless told: an installer that the machine is handed over to may take longer. */
  reportMs?: number;
  /** Applies the role; `secret` is what the coming system reports with, `replaces` are the installations that it may write over. */
  apply(node: Node, secret: string, replaces: string[]): Promise<Outcome>;
  onEvent(event: RunEvent): void;
  signal: AbortSignal;
};

const TOKEN_MS = 4 * 3600_000;

export async function install(options: InstallOptions, wish: Install): Promise<Outcome> {
  const { store, now } = options;
  const { by, hostKey, platform, reportMs = REPORT_MS, onEvent, signal } = wish;
  const live = await intoDiscovery(options, wish, 'it is to be installed anew');
  if (!live.ok) return { kind: 'failed', problem: live.problems[0]! };
  const node = live.value;

  const id = randomBytes(8).toString('hex');
  const secret = `${id}.${randomBytes(24).toString('base64url')}`;
  const replaces = await replaceable(store, node);
  await store.put('installing', node.id, { nodeId: node.id, id, ...by, platform, hostKey, at: now(), replaces }, 'any');
  await store.issueToken(secret, 'installation', node.id, now() + TOKEN_MS + reportMs);
  const applied = await wish.apply(node, secret, replaces);
  if (applied.kind !== 'done') return applied;

  // From here on the disk is what it starts from: the role restarts it a moment after it has ended.
  await store.put('bootOrder', node.id, { nodeId: node.id, target: 'disk', createdAt: now(), reason: 'it has just been installed' }, 'any');
  await options.startFromDisk(node);
  onEvent({ kind: 'log', text: 'Written. The machine starts from its disk; waiting for the new system to report.' });
  const begun = now();
  const arrived = await nodeWhen(store, node.id, ({ installation }) => installation?.id === id, reportMs, signal);
  if (!arrived) {
    // The new system may still report, and is then taken in without anybody waiting.
    if (signal.aborted) return { kind: 'lost', problem: problem(`Nobody waited until the new system of ${node.name} reported.`, { node: node.name }) };
    await store.remove('bootOrder', node.id);
    return { kind: 'failed', problem: silent(node, reportMs) };
  }
  return { ...applied, outputs: { ...applied.outputs, startSeconds: Math.round((now() - begun) / 1000) } };
}

const MOST_REPLACED = 10;

async function replaceable(store: Store, node: Node): Promise<string[]> {
  const before = await store.get('installing', node.id);
  const ids = [...(before ? [...before.replaces, before.id] : []), ...(node.installation ? [node.installation.id] : [])];
  return [...new Set(ids)].slice(-MOST_REPLACED);
}

const silent = (node: Node, reportMs: number): Problem =>
  problem(
    `The new system of ${node.name} has not reported within ${reportMs / 60_000} minutes.`,
    { node: node.name },
    'Look at its console: whether an installer still works or asks something, whether it starts from the right disk, and whether it gets to the network.',
  );
