// Takes in the first report of a system that was just installed. Its token says which machine it is and which installation; what it says of
// itself is not needed for either. The report may come again (its answer may be lost), and says the same again.

import { randomBytes } from 'node:crypto';
import type { Node } from '../model/node.ts';
import { ok, problem, type Problem } from '../model/problem.ts';
import type { Store } from '../store/store.ts';

export type Arrived = { nodeId: string; heartbeat: string };

const HEARTBEAT_MS = 10 * 365 * 24 * 3600_000;

export async function takeInstalled(
  store: Store,
  token: string,
  now: number,
): Promise<{ ok: true; value: Arrived } | { ok: false; problems: Problem[]; status: number }> {
  const nodeId = await store.tokenSubject(token, 'installation', now);
  if (!nodeId)
    return { ok: false, status: 401, problems: [problem('This installation is not expected (any more).', undefined, 'Have the machine installed anew.')] };
  const id = token.split('.')[0]!;
  const recorded = await store.transact(async (tx) => {
    const node = await tx.get('node', nodeId);
    const installing = await tx.get('installing', nodeId);
    if (node?.installation?.id === id) return ok(node as Node);
    if (!node || installing?.id !== id)
      return {
        ok: false,
        problems: [problem('Another installation was begun on this machine since.', undefined, 'Wait for that one, or have it installed anew.')],
      };
    const { revision: _, nodeId: _id, replaces: _replaces, ...installation } = installing;
    const { platform, hostKey } = installation;
    await tx.remove('installing', nodeId);
    await tx.remove('bootOrder', nodeId);
    return tx.put(
      'node',
      nodeId,
      { ...node, installation: { ...installation, at: now }, system: { kind: 'installed', instance: id, platform, hostKey }, contact: 'up', contactAt: now },
      node.revision,
    );
  });
  if (!recorded.ok) return { ...recorded, status: 409 };
  const heartbeat = randomBytes(24).toString('base64url');
  await store.revokeTokens('installed', nodeId);
  await store.issueToken(heartbeat, 'installed', nodeId, now + HEARTBEAT_MS);
  return { ok: true, value: { nodeId, heartbeat } };
}

/** A heartbeat of an installed system: it runs again, whatever ran on the machine in between. */
export async function backOnDisk(store: Store, node: Node & { revision: number }, now: number): Promise<void> {
  const { installation } = node;
  if (!installation || node.system?.kind === 'installed') return;
  const { id, platform, hostKey } = installation;
  await store.put('node', node.id, { ...node, system: { kind: 'installed', instance: id, platform, hostKey }, contact: 'up', contactAt: now }, node.revision);
}
