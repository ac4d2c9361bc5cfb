// Takes in what a machine reports of itself. The token says which machine was asked; what it says is checked against that, against a
// schema, and against what is known of others, and either becomes a Node as a whole or changes nothing.

import { randomBytes } from 'node:crypto';
import type { Network } from '../model/network.ts';
import type { Node } from '../model/node.ts';
import { bad, type Checked, ok, problem, type Problem } from '../model/problem.ts';
import { admitByRule } from '../network/admission.ts';
import { inRange } from '../network/allocate.ts';
import type { Facility, Store } from '../store/store.ts';
import { normalize, type Report } from './inventory.ts';

export type Intake = { token: string; body: unknown; address: string; now: number };
export type Taken = { nodeId: string; mac: string; heartbeat: string; hostname: string | null };

const HEARTBEAT_MS = 400 * 24 * 3600_000;

export async function takeInventory(store: Store, intake: Intake): Promise<{ ok: true; value: Taken } | { ok: false; problems: Problem[]; status: number }> {
  const refused = (status: number, problems: Problem[]) => ({ ok: false as const, problems, status });
  // Looked at before it is used up, so that a report with a mistake in it can be sent again.
  const mac = await store.tokenSubject(intake.token, 'discovery', intake.now);
  if (!mac)
    return refused(401, [
      problem(
        'This token is not valid (any more): it was used, is too old, or was never given out.',
        undefined,
        'Restart the machine: it gets a new one when it boots.',
      ),
    ]);
  const report = normalize(intake.body);
  if (!report.ok) return refused(422, report.problems);
  if (!report.value.inventory.nics.some((nic) => nic.mac === mac)) {
    return refused(403, [
      problem(
        `The token was given to the machine with the MAC ${mac}, which is not among those reported.`,
        undefined,
        'Restart the machine so that it asks with its own MAC.',
      ),
    ]);
  }
  if ((await store.redeemToken(intake.token, 'discovery', intake.now)) === undefined)
    return refused(401, [problem('This token was used a moment ago.', undefined, 'Restart the machine.')]);

  const stored = await store.transact((tx) => record(tx, report.value, intake));
  if (!stored.ok) return refused(409, stored.problems);
  let node = stored.value;
  if (!node.approved) {
    const admitted = await admitByRule(store, node);
    if (admitted?.ok) node = admitted.value;
  }
  const heartbeat = randomBytes(24).toString('base64url');
  await store.revokeTokens('heartbeat', node.id);
  await store.issueToken(heartbeat, 'heartbeat', node.id, intake.now + HEARTBEAT_MS);
  return { ok: true, value: { nodeId: node.id, mac, heartbeat, hostname: node.approved ? node.name : null } };
}

async function record(tx: Facility, report: Report, intake: Intake): Promise<Checked<Node & { revision: number }>> {
  const { inventory, system } = report;
  const identity = await identify(tx, report);
  if (!identity.ok) return identity;
  const before = identity.value.node;
  const id = identity.value.id;
  const macs = inventory.nics.map((nic) => nic.mac);
  if (before) await tx.release(id, 'mac');
  for (const mac of macs) {
    const claimed = await tx.claim('mac', mac, id);
    if (!claimed.ok) return claimed;
  }
  if (report.evidence) await keepEvidence(tx, id, report, intake.now);
  // It has booted what it was told to.
  if ((await tx.get('bootOrder', id))?.target === 'discovery') await tx.remove('bootOrder', id);
  const addresses = { ...before?.addresses };
  const network = (await tx.list('network')).find((candidate: Network) => inRange(candidate, intake.address));
  // Before approval the lease it has is noted; afterwards its address is reserved and stays.
  if (network && !before?.approved) addresses[network.name] = intake.address;
  return tx.put(
    'node',
    id,
    {
      ...(before ?? { approved: false, pool: 'default', name: provisionalName(inventory.serial, macs[0]!), discoveredAt: intake.now, remote: 'ssh' as const }),
      id,
      macs,
      ...(inventory.serial && { serial: inventory.serial }),
      addresses,
      inventory,
      system,
      contact: 'up',
      contactAt: intake.now,
    },
    before ? before.revision : 'new',
  );
}

const STARTS_KEPT = 5;

async function keepEvidence(tx: Facility, nodeId: string, { evidence, system }: Report, at: number): Promise<void> {
  const starts = ((await tx.get('bootEvidence', nodeId))?.starts ?? []).filter(({ instance }) => instance !== system.instance);
  const [before] = starts;
  const now = evidence!.registers;
  const changed =
    before && [...new Set([...Object.keys(before.registers), ...Object.keys(now)])].filter((register) => before.registers[register] !== now[register]);
  const start = { ...evidence!, instance: system.instance, at, ...(changed && { changed }) };
  await tx.put('bootEvidence', nodeId, { nodeId, starts: [start, ...starts].slice(0, STARTS_KEPT) }, 'any');
}

const provisionalName = (serial: string | undefined, mac: string): string => {
  const label = (serial ?? '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40);
  return `new-${label || mac.replaceAll(':', '')}`;
};

// SMBIOS fields that vendors forgot to fill in; the same on every board of a batch.
const JUNK_UUIDS = new Set(['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '03000200-0400-0500-0006-000700080009']);

/** Which machine this is: the one that owns its MACs, else the one with its UUID and serial, else a new one. */
async function identify(tx: Facility, { inventory }: Report): Promise<Checked<{ id: string; node?: Node & { revision: number } }>> {
  const claims = new Map<string, string>();
  for (const { mac } of inventory.nics) {
    const owner = await tx.ownerOf('mac', mac);
    if (owner) claims.set(mac, owner);
  }
  const owners = new Set(claims.values());
  const uuid = inventory.uuid && !JUNK_UUIDS.has(inventory.uuid) ? inventory.uuid : undefined;
  if (owners.size > 1) {
    return bad(
      problem(
        `This machine reports MAC addresses that belong to several machines: ${[...owners].join(', ')}.`,
        undefined,
        'A NIC was moved, or an address is doubled: forget the machine that is gone, then restart this one.',
      ),
    );
  }
  const [owner] = owners;
  if (owner) {
    const node = (await tx.get('node', owner))!;
    const known = node.inventory;
    const other = (a?: string, b?: string) => a !== undefined && b !== undefined && a !== b;
    if (other(known?.uuid, inventory.uuid) && other(known?.serial, inventory.serial)) {
      const shared = inventory.nics.find((nic) => claims.has(nic.mac))!.mac;
      return bad(
        problem(
          `The MAC ${shared} belongs to ${node.name} (serial ${known?.serial}), and was now reported by another machine (serial ${inventory.serial}).`,
          { node: node.name },
          `Two machines with one MAC cannot share a network: change one, or forget ${node.name} if its card was moved.`,
        ),
      );
    }
    return ok({ id: owner, node });
  }
  const id = uuid ? `n-${uuid.replaceAll('-', '').slice(0, 20)}` : `n-${inventory.nics[0]!.mac.replaceAll(':', '')}`;
  const node = await tx.get('node', id);
  if (!node) return ok({ id });
  // All its network cards are new, everything else says it is the same one.
  if (node.serial === inventory.serial) return ok({ id, node });
  return ok({ id: `n-${inventory.nics[0]!.mac.replaceAll(':', '')}` });
}
