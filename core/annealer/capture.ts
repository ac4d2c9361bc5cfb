// Roles that make an image of what is installed on a node. Around the role itself, which is applied in the live system like any other: bring
// the node there, let it send files, start it from its disk again, and have the image made. Whatever happens in between, nothing on the node
// has changed, nobody else can send anything, and what has arrived of an attempt that failed is thrown away.

import { randomBytes } from 'node:crypto';
import type { Capture, Node } from '../model/node.ts';
import { type Checked, problem } from '../model/problem.ts';
import type { Outcome, RunEvent } from '../model/run.ts';
import type { InstallOptions } from './install.ts';
import { intoDiscovery, nodeWhen, REPORT_MS } from './into-discovery.ts';

/** What the role says of what it sent. */
export type Sent = { sha256: string; leftOut: string; layout: string };

/** What becomes of the files that arrive; another folder's business. */
export type CaptureShop = {
  /** Puts the image into the catalogue; `id` is the capture's. What it is called and who wants it is in the node. */
  make(node: Node & { capture: Capture }, id: string, sent: Sent, signal: AbortSignal): Promise<Checked<{ version: string; digest: string }>>;
  /** Forgets what has arrived. */
  drop(id: string): Promise<void>;
};

export type CaptureOptions = InstallOptions & { captures: CaptureShop };

export type CaptureWish = {
  node: Node;
  /** Applies the role to the node in the discovery image; `secret` is what it sends with. */
  apply(node: Node, secret: string, installation: string): Promise<Outcome>;
  onEvent(event: RunEvent): void;
  signal: AbortSignal;
};

// Disks of many terabytes take a day.
const TOKEN_MS = 25 * 3600_000;
// Where nobody has seen its disks.
const MOST_BYTES = 2 ** 40;

export async function capture(options: CaptureOptions, wish: CaptureWish): Promise<Outcome> {
  const { store, now, captures } = options;
  const { onEvent, signal } = wish;
  const { capture: wanted, installation } = wish.node;
  if (!wanted || !installation)
    return { kind: 'failed', problem: problem(`Nothing is installed on ${wish.node.name} by Prybar.`, { node: wish.node.name }, 'Call it off.') };
  const live = await intoDiscovery(options, wish, 'an image is made of what is on its disk');
  if (!live.ok) return { kind: 'failed', problem: live.problems[0]! };
  const node = live.value;

  const id = randomBytes(8).toString('hex');
  const most = node.inventory?.disks.reduce((sum, disk) => sum + disk.size, 0) ?? MOST_BYTES;
  const secret = `${id}.${randomBytes(24).toString('base64url')}`;
  const before = await store.get('capturing', node.id);
  if (before) await captures.drop(before.id);
  await store.revokeTokens('capture', node.id);
  await store.put('capturing', node.id, { nodeId: node.id, id, most }, 'any');
  await store.issueToken(secret, 'capture', node.id, now() + TOKEN_MS);
  try {
    const applied = await wish.apply(node, secret, installation.id).finally(() => store.revokeTokens('capture', node.id));
    // Nobody waits any more: it is tried again, or called off, which starts it from its disk.
    if (signal.aborted || applied.kind === 'lost') return applied;
    if (applied.kind !== 'done') {
      await ontoDisk(options, node, signal);
      return applied;
    }
    onEvent({ kind: 'log', text: 'Everything has arrived. The machine starts from its disk again; the image is being made.' });
    const { sha256, leftOut, layout } = applied.outputs;
    const [back, made] = await Promise.all([
      backOnDisk(options, node, signal),
      captures.make({ ...node, capture: wanted }, id, { sha256: String(sha256), leftOut: String(leftOut), layout: String(layout) }, signal),
    ]);
    if (!made.ok) return { kind: 'failed', problem: made.problems[0]! };
    if (!back && signal.aborted) return { kind: 'lost', problem: problem(`Nobody waited until ${node.name} was back.`, { node: node.name }) };
    await fulfil(options, node.id, wanted);
    onEvent({ kind: 'log', text: `The image is ${wanted.name} ${made.value.version}.` });
    if (!back) return { kind: 'failed', problem: notBack(node) };
    return { ...applied, outputs: { ...applied.outputs, image: made.value.digest } };
  } finally {
    await captures.drop(id);
    await store.remove('capturing', node.id);
  }
}

async function ontoDisk({ store, now, restart, startFromDisk }: CaptureOptions, node: Node, signal: AbortSignal): Promise<void> {
  await store.put('bootOrder', node.id, { nodeId: node.id, target: 'disk', createdAt: now(), reason: 'an image was made of what is on its disk' }, 'any');
  await restart(node, signal);
  await startFromDisk(node);
}

async function backOnDisk(options: CaptureOptions, node: Node, signal: AbortSignal): Promise<boolean> {
  await ontoDisk(options, node, signal);
  const back = await nodeWhen(options.store, node.id, ({ system, contact }) => system?.kind === 'installed' && contact === 'up', REPORT_MS, signal);
  await options.store.remove('bootOrder', node.id);
  return back !== undefined;
}

/** Unless somebody has wished for another one in the meantime. */
async function fulfil({ store }: CaptureOptions, nodeId: string, wanted: Capture): Promise<void> {
  await store.transact(async (tx) => {
    const { capture: open, revision, ...rest } = (await tx.get('node', nodeId))!;
    return tx.put('node', nodeId, open && open.at !== wanted.at ? { ...rest, capture: open } : rest, revision);
  });
}

const notBack = (node: Node) =>
  problem(
    `${node.name} was started from its disk and has not reported; the image was made.`,
    { node: node.name },
    'Look at its console: whether it starts from the right disk, and whether it gets to the network.',
  );
