// What a first start puts into an empty store: the admin node itself, the deployments, and a sample to watch.
// Everything here is an ordinary fact that people may change later; what exists is left alone.

import { hostname } from 'node:os';
import { readFileSync } from 'node:fs';
import type { Secrets } from './access/secrets.ts';
import type { AdminSite, Network } from './model/network.ts';
import { ok } from './model/problem.ts';
import { type ProposalBody, SYSTEM } from './model/proposal.ts';
import type { FactKind, Facts, Store } from './store/store.ts';

export const SAMPLE = 'sample';

export async function seed(store: Store, options: { now: number }): Promise<void> {
  await once(store, 'node', 'admin', {
    id: 'admin',
    name: 'admin',
    remote: 'local',
    macs: [],
    approved: true,
    pool: 'admin',
    addresses: {},
    system: { kind: 'installed', instance: hostname(), platform: platformOf(readFileSync('/etc/os-release', 'utf8')) },
    discoveredAt: options.now,
    contact: 'up',
    contactAt: options.now,
  });
  await store.claim('name', 'admin', 'admin');
  await once(store, 'deployment', SYSTEM, { name: SYSTEM, summary: 'What everything else stands on', pools: [] });
  // For machines that are retired; it is on no other.
  await propose(store, SYSTEM, 'wipe', { attributes: {}, roles: {} }, options.now);
  // And for those that an image is made of.
  await propose(store, SYSTEM, 'capture', { attributes: {}, roles: {} }, options.now);
}

/** The sample: one machine serves time, the others follow it. */
export async function seedSample(store: Store, now: number): Promise<void> {
  // Not the containers of a virtual rack: they have no clock of their own.
  await once(store, 'deployment', SAMPLE, { name: SAMPLE, summary: 'One time for every machine: a first deployment to look at', pools: ['default'] });
  await propose(store, SAMPLE, 'ntp', { attributes: {}, roles: { 'ntp-server': { count: 1 } } }, now);
}

/** The rack network, as it is at this start, and the admin node's roles in it; with these settings at the first one. */
export async function setNetwork(store: Store, network: Network, site: AdminSite, provisioner: ProposalBody['attributes'] = {}): Promise<void> {
  await change(store, 'network', network.name, network);
  const installers = (await store.get('site', 'admin'))?.installers;
  await change(store, 'site', 'admin', { ...site, ...(installers && { installers }) });
  const admin = (await store.get('node', 'admin'))!;
  await change(store, 'node', 'admin', { ...admin, addresses: { ...admin.addresses, [network.name]: network.adminAddress } });
  await propose(store, SYSTEM, 'provisioner', { attributes: provisioner, roles: { 'dhcp-server': ['admin'] } }, Date.now());
}

/** The containers count as installed machines: each gets the role that says so. A list that people made a condition of is theirs. */
export async function seedContainers(store: Store, names: string[], now: number): Promise<void> {
  const id = `${SYSTEM}.container-ready`;
  await propose(store, SYSTEM, 'container-ready', { attributes: {}, roles: { 'container-ready': names } }, now);
  await store.transact(async (tx) => {
    // Whoever took it away and now adds containers wants it again.
    const { removed = false, ...proposal } = (await tx.get('proposal', id))!;
    const present = (proposal.committed ?? proposal.draft).roles['container-ready'] ?? [];
    if (!Array.isArray(present) || (!removed && names.every((name) => present.includes(name)))) return ok(proposal);
    const body = { ...proposal.draft, roles: { 'container-ready': [...new Set([...present, ...names])] } };
    await tx.appendCommit({ proposalId: id, commit: proposal.commit + 1, body, note: 'More containers', at: now });
    return tx.put('proposal', id, { ...proposal, draft: body, committed: body, commit: proposal.commit + 1 }, proposal.revision);
  });
}

async function propose(store: Store, deployment: string, barclamp: string, body: ProposalBody, now: number): Promise<void> {
  const id = `${deployment}.${barclamp}`;
  if (await store.get('proposal', id)) return;
  await store.transact(async (tx) => {
    await tx.appendCommit({ proposalId: id, commit: 1, body, note: 'First start', at: now });
    return tx.put('proposal', id, { id, deployment, barclamp, draft: body, committed: body, commit: 1 }, 'new');
  });
}

async function once<K extends FactKind>(store: Store, kind: K, id: string, fact: Facts[K]): Promise<void> {
  if (!(await store.get(kind, id))) await store.put(kind, id, fact, 'new');
}

// Writing what is there already would wake everybody for nothing.
async function change<K extends FactKind>(store: Store, kind: K, id: string, fact: Facts[K]): Promise<void> {
  const before = await store.get(kind, id);
  const same = before && JSON.stringify({ ...before, revision: 0 }) === JSON.stringify({ ...fact, revision: 0 });
  if (!same) await store.put(kind, id, fact, 'any');
}

/** `debian-12`, from os-release(5). */
function platformOf(release: string): string {
  const value = (key: string) => new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(release)?.[1] ?? '';
  return `${value('ID')}-${value('VERSION_ID')}`;
}

/** Lets the virtual rack's machines in by themselves, and keeps the way to their BMCs. */
export async function seedLab(
  store: Store,
  secrets: Secrets,
  machines: { serial: string; bmc: { address: string; port: number; user: string; password: string } }[],
): Promise<void> {
  await once(store, 'approvalRule', 'lab', { id: 'lab', serials: ['PRYBAR-LAB-*'], pool: 'default', namePrefix: 'n' });
  for (const { serial, bmc } of machines) {
    const secret = `bmc ${serial}`;
    if ((await secrets.get(secret)) !== bmc.password) await secrets.put(secret, bmc.password);
    await change(store, 'bmcAccess', serial, { id: serial, protocol: 'ipmi', serials: [serial], address: bmc.address, port: bmc.port, user: bmc.user, secret });
  }
}
