// A spare takes the place of a machine that failed. What stays is the node: its id, name, addresses, roles and history; what changes is the
// hardware behind it. The two change places in one transaction, so that a crash leaves either all of it or nothing.

import type { Disk } from '../model/inventory.ts';
import type { Node, Revised } from '../model/node.ts';
import { bad, type Checked, problem } from '../model/problem.ts';
import type { Store } from '../store/store.ts';

/** Why the machine cannot take anybody's place now; undefined when it can. */
export function notSpare(spare: Node): string | undefined {
  if (spare.id === 'admin') return 'it is the admin node';
  if (spare.leaving) return 'it is being retired';
  if (spare.maintenance) return 'it is in maintenance';
  if (spare.installation || spare.system?.kind === 'installed') return 'something is installed on it';
  if (spare.system?.kind !== 'live' || spare.contact !== 'up') return 'it does not run the discovery image';
  return undefined;
}

// Vendors count memory a little differently, and firmware takes some of it.
const ENOUGH_MEMORY = 0.95;

/** What the failed machine had and the spare has not, each in words; none where its inventory is not known. */
export function lacks(failed: Pick<Node, 'inventory'>, spare: Pick<Node, 'inventory'>): string[] {
  const [had, has] = [failed.inventory, spare.inventory];
  if (!had || !has) return [];
  const found: string[] = [];
  const gib = (bytes: number): string => `${Math.round(bytes / 2 ** 30)} GiB`;
  if (has.cpu.architecture !== had.cpu.architecture) found.push(`processors of the kind ${had.cpu.architecture}: it has ${has.cpu.architecture}`);
  if (has.cpu.threads < had.cpu.threads) found.push(`${had.cpu.threads} threads: it has ${has.cpu.threads}`);
  if (has.memory < had.memory * ENOUGH_MEMORY) found.push(`${gib(had.memory)} of memory: it has ${gib(has.memory)}`);
  if (has.nics.length < had.nics.length) found.push(`${had.nics.length} network ports: it has ${has.nics.length}`);
  // The largest first, each to the smallest that holds it: whatever can be matched is.
  const free = fixed(has.disks).toSorted((a, b) => a.size - b.size);
  for (const disk of fixed(had.disks).toSorted((a, b) => b.size - a.size)) {
    const at = free.findIndex((candidate) => candidate.size >= disk.size && (disk.kind === 'hdd' || candidate.kind !== 'hdd'));
    if (at < 0) found.push(`a disk of ${gib(disk.size)} (${disk.kind})`);
    else free.splice(at, 1);
  }
  return found;
}

const fixed = (disks: readonly Disk[]): Disk[] => disks.filter((disk) => !disk.removable);

const OF_THE_HARDWARE = ['bootOrder', 'installing', 'capturing', 'bmcContact', 'handRequest', 'hardwareReading', 'firmwareReading', 'firmwareUpdate'] as const;

export type Replacement = { failed: Revised<Node>; spare: Revised<Node> };

/**
 * The node with the spare's hardware. The failed hardware becomes a machine that nobody has let in, of which nothing is known to be
 * installed, so that it never starts from its disk with an address that is another's now. Problems: the failed one still answers; the spare
 * is none; somebody changed one of them in the meantime.
 */
export function replace(store: Store, { failed, spare }: Replacement, now: number): Promise<Checked<Revised<Node>>> {
  return store.transact(async (tx) => {
    if (failed.contact === 'up')
      return bad(problem(`${failed.name} still answers.`, { node: failed.name }, 'Switch it off first; two machines cannot have one address.'));
    if (!failed.approved || failed.id === 'admin')
      return bad(problem(`${failed.name} has no place that another could take.`, { node: failed.name }, 'Only an approved machine can be replaced.'));
    const why = notSpare(spare);
    if (why || spare.id === failed.id)
      return bad(
        problem(`${spare.name} cannot take its place: ${why ?? 'it is the same machine'}.`, { node: spare.name }, 'Choose another: prybar node replace NAME'),
      );
    for (const { id } of [failed, spare]) {
      for (const scope of ['mac', 'name'] as const) await tx.release(id, scope);
      for (const kind of OF_THE_HARDWARE) await tx.remove(kind, id);
    }
    for (const [id, macs] of [
      [failed.id, spare.macs],
      [spare.id, failed.macs],
    ] as const)
      for (const mac of macs) {
        const claimed = await tx.claim('mac', mac, id);
        if (!claimed.ok) return claimed;
      }
    const away = `${failed.name.slice(0, 54)}-replaced`;
    for (const [id, name] of [
      [failed.id, failed.name],
      [spare.id, away],
    ] as const) {
      const named = await tx.claim('name', name, id);
      if (!named.ok) return named;
    }
    for (const network of await tx.list('network')) await tx.release(spare.id, `address in ${network.name}`);

    const gone = await tx.put(
      'node',
      spare.id,
      { ...standing(spare), ...hardwareOf(failed), name: away, addresses: {}, approved: false, contact: 'off', hardwareSince: now },
      spare.revision,
    );
    if (!gone.ok) return gone;
    // It is up under another address; it reports itself anew when it has started again.
    return tx.put('node', failed.id, { ...standing(failed), ...hardwareOf(spare), contact: 'silent', hardwareSince: now }, failed.revision);
  });
}

/** What belongs to the machine itself, and moves with it. */
function hardwareOf({ macs, serial, inventory, wakesOnLan }: Node) {
  return { macs, ...(serial && { serial }), ...(inventory && { inventory }), ...(wakesOnLan && { wakesOnLan }) };
}

/** What belongs to its place, and stays. */
function standing({
  serial: _,
  inventory: _inventory,
  wakesOnLan: _wakes,
  system: _system,
  installation: _installation,
  // What was to be captured is gone with its disk.
  capture: _capture,
  revision: _revision,
  ...rest
}: Revised<Node>) {
  return rest;
}

/** What either machine still says of itself is not believed any more: who it was is another now. */
export async function silence(store: Store, { failed, spare }: Replacement): Promise<void> {
  for (const { id } of [failed, spare]) for (const purpose of ['heartbeat', 'installed', 'installation', 'capture']) await store.revokeTokens(purpose, id);
}

export const candidates = (failed: Node, nodes: readonly Node[]): { node: Node; lacks: string[] }[] =>
  nodes
    .filter((node) => node.id !== failed.id && !notSpare(node))
    .map((node) => ({ node, lacks: lacks(failed, node) }))
    .sort((a, b) => a.lacks.length - b.lacks.length || (a.node.name < b.node.name ? -1 : 1));
