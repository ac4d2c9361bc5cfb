// Roles that put an operating system on a node. Around the role itself, which is applied in the live system like any other: bring the node
// there, give the coming system a token of its own, let the node start from its disk, and wait until the new system has reported.

import { randomBytes } from 'node:crypto';
import type { Installation, Node } from '../model/node.ts';
import { type Checked, ok, problem, type Problem } from '../model/problem.ts';
import type { Outcome, RunEvent } from '../model/run.ts';
import type { Store } from '../store/store.ts';

export type InstallOptions = {
  store: Store;
  now(): number;
  /** Starts the node again, by its BMC or from inside. */
  restart(node: Node, signal: AbortSignal): Promise<Checked<unknown>>;
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
  /** Applies the role; `secret` is what the coming system reports with, `replaces` are the installations that it may write over. */
  apply(node: Node, secret: string, replaces: string[]): Promise<Outcome>;
  onEvent(event: RunEvent): void;
  signal: AbortSignal;
};

// Firmware of real servers takes minutes to start, and so does a disk check.
const REPORT_MS = 30 * 60_000;
const TOKEN_MS = 4 * 3600_000;

export async function install(options: InstallOptions, wish: Install): Promise<Outcome> {
  const { store, now } = options;
  const { by, hostKey, platform, onEvent, signal } = wish;
  const live = await intoDiscovery(options, wish);
  if (!live.ok) return { kind: 'failed', problem: live.problems[0]! };
  const node = live.value;

  const id = randomBytes(8).toString('hex');
  const secret = `${id}.${randomBytes(24).toString('base64url')}`;
  const replaces = await replaceable(store, node);
  await store.put('installing', node.id, { nodeId: node.id, id, ...by, platform, hostKey, at: now(), replaces }, 'any');
  await store.issueToken(secret, 'installation', node.id, now() + TOKEN_MS);
  const applied = await wish.apply(node, secret, replaces);
  if (applied.kind !== 'done') return applied;

  // From here on the disk is what it starts from: the role restarts it a moment after it has ended.
  await store.put('bootOrder', node.id, { nodeId: node.id, target: 'disk', createdAt: now(), reason: 'it has just been installed' }, 'any');
  await options.startFromDisk(node);
  onEvent({ kind: 'log', text: 'Written. The machine starts from its disk; waiting for the new system to report.' });
  const begun = now();
  const arrived = await nodeWhen(store, node.id, ({ installation }) => installation?.id === id, REPORT_MS, signal);
  if (!arrived) {
    // The new system may still report, and is then taken in without anybody waiting.
    if (signal.aborted) return { kind: 'lost', problem: problem(`Nobody waited until the new system of ${node.name} reported.`, { node: node.name }) };
    await store.remove('bootOrder', node.id);
    return { kind: 'failed', problem: silent(node) };
  }
  return { ...applied, outputs: { ...applied.outputs, startSeconds: Math.round((now() - begun) / 1000) } };
}

const MOST_REPLACED = 10;

async function replaceable(store: Store, node: Node): Promise<string[]> {
  const before = await store.get('installing', node.id);
  const ids = [...(before ? [...before.replaces, before.id] : []), ...(node.installation ? [node.installation.id] : [])];
  return [...new Set(ids)].slice(-MOST_REPLACED);
}

const silent = (node: Node): Problem =>
  problem(
    `The new system of ${node.name} has not reported within ${REPORT_MS / 60_000} minutes.`,
    { node: node.name },
    'Look at its console: whether it starts from the right disk, and whether it gets to the network.',
  );

/** The node as it is in the live system; one that runs an installed system is started into it first. */
async function intoDiscovery({ store, now, restart }: InstallOptions, { node, onEvent, signal }: Install): Promise<Checked<Node>> {
  if (node.system?.kind === 'live') return ok(node);
  await store.put('bootOrder', node.id, { nodeId: node.id, target: 'discovery', createdAt: now(), reason: 'it is to be installed anew' }, 'any');
  onEvent({ kind: 'log', text: 'The machine runs an installed system: starting it into the discovery image.' });
  const restarted = await restart(node, signal);
  const live = restarted.ok && (await nodeWhen(store, node.id, (now) => now.system?.kind === 'live' && now.contact === 'up', REPORT_MS, signal));
  if (live) return ok(live);
  await store.remove('bootOrder', node.id);
  if (!restarted.ok) return restarted;
  return {
    ok: false,
    problems: [
      problem(
        `${node.name} was started anew and has not come up in the discovery image.`,
        { node: node.name },
        'Look at its console: does it start from the network?',
      ),
    ],
  };
}

/** The node as soon as it is as wanted; undefined when the time is over, or nobody waits any more. */
async function nodeWhen(store: Store, id: string, wanted: (node: Node) => boolean, timeoutMs: number, signal: AbortSignal): Promise<Node | undefined> {
  const over = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  for (;;) {
    // Listening begins before looking, so that nothing falls between.
    const changed = nextChange(store, over);
    const node = await store.get('node', id);
    if (node && wanted(node)) return node;
    if (over.aborted) return undefined;
    await changed;
  }
}

function nextChange(store: Store, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = store.onChange(done);
    function done() {
      stop();
      over.removeEventListener('abort', done);
      resolve();
    }
    over.addEventListener('abort', done);
    if (over.aborted) done();
  });
}
