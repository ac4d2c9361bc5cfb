// A site of many machines, written into the store of an admin daemon before it starts: racks of forty behind a leaf switch each, in pools, with
// roles that are done, failed, waiting. The deployment is paused, so nobody goes and looks for machines that are not there.

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadCatalog } from '../core/catalog/catalog.ts';
import type { Inventory } from '../core/model/inventory.ts';
import type { Node } from '../core/model/node.ts';
import { ok } from '../core/model/problem.ts';
import { fingerprintOf, groupAt, keyOf, makePlan, nodeAt, type Plan, vertexCount } from '../core/plan/plan.ts';
import { planFacts, followFacts } from '../core/store/snapshot.ts';
import { openStore, type Store } from '../core/store/store.ts';

const RACK = 40;
const GiB = 2 ** 30;

export type Site = { machines: number /** On each machine, one after the other. */; roles: number };

/** Barclamps of one role each, every one standing on the one before. */
export function writeBarclamps(folder: string, roles: number): string[] {
  const names = Array.from({ length: roles }, (_, index) => `step-${String(index + 1).padStart(2, '0')}`);
  for (const [index, name] of names.entries()) {
    const files = {
      'barclamp.yml': `name: ${name}\nversion: 1.0.0\nsummary: Step ${index + 1}\nlicense: Apache-2.0\nplatforms: [debian-12]\nroles:\n  ${name}:\n    summary: Step ${index + 1} on each machine\n    implicit: true\n${index ? `    requires: [${names[index - 1]}]\n` : ''}`,
      'proposal.schema.json': JSON.stringify({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
        additionalProperties: false,
        properties: {},
      }),
      'README.md': `# ${name}\n\nA step.\n`,
      [`roles/${name}/recipe.yml`]: `- directory: /var/lib/${name}\n`,
      [`roles/${name}/remove.yml`]: `- directory: /var/lib/${name}\n  state: absent\n`,
    };
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name, file)), { recursive: true });
      writeFileSync(path.join(folder, name, file), text);
    }
  }
  return names;
}

export async function enterSite(state: string, barclamps: string, { machines, roles }: Site): Promise<void> {
  const names = writeBarclamps(barclamps, roles);
  const store = await openStore({ file: path.join(state, 'store/facts.db') });
  const now = Date.now();
  await store.transact(async (tx) => {
    for (let number = 1; number <= machines; number++) {
      const node = machine(number, now);
      await tx.put('node', node.id, node, 'new');
      await tx.claim('name', node.name, node.id);
    }
    await tx.put('deployment', 'cloud', { name: 'cloud', summary: 'A cloud of many machines', pools: ['compute', 'storage', 'control'], paused: true }, 'new');
    for (const barclamp of names) {
      const id = `cloud.${barclamp}`;
      const body = { attributes: {}, roles: {} };
      await tx.appendCommit({ proposalId: id, commit: 1, body, note: 'A first start', at: now });
      await tx.put('proposal', id, { id, deployment: 'cloud', barclamp, commit: 1, draft: body, committed: body }, 'new');
    }
    return ok(undefined);
  });
  const facts = await followFacts(store);
  await history(store, makePlan(planFacts(facts.current), loadCatalog(barclamps).catalog), now);
  await store.close();
}

// The n-th machine; each the same at every run.
function machine(number: number, now: number): Node {
  const rack = Math.ceil(number / RACK);
  const slot = ((number - 1) % RACK) + 1;
  const storage = rack % 4 === 0;
  const isNew = number % 97 === 5;
  const nics: Inventory['nics'] = [0, 1].map((index) => ({
    name: `enp${index + 1}s0`,
    mac: macOf(number * 2 + index),
    speed: 25_000,
    pciPath: `0000:0${index + 1}:00.0`,
    up: true,
    lldp: { system: `leaf-${String(rack).padStart(3, '0')}${'ab'[index]}`, port: `swp${slot}` },
  }));
  const disk = { size: storage ? 4e12 : 960e9, kind: storage ? ('hdd' as const) : ('nvme' as const), removable: false };
  return {
    id: `id-${number}`,
    name: isNew ? `new-sn${number}` : `m${String(number).padStart(5, '0')}`,
    remote: 'ssh',
    macs: nics.map(({ mac }) => mac),
    serial: `SN${String(100_000 + number)}`,
    approved: !isNew,
    pool: isNew ? 'default' : rack % 50 === 1 ? 'control' : storage ? 'storage' : 'compute',
    rack: `row-${Math.ceil(rack / 10)} rack-${String(rack).padStart(3, '0')}`,
    addresses: { admin: `10.${64 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}` },
    system: { kind: 'installed', instance: `i-${number}`, platform: 'debian-12' },
    inventory: {
      cpu: { model: 'EPYC', sockets: 2, cores: 64, threads: 128, architecture: 'x86_64' },
      memory: (storage ? 128 : 512) * GiB,
      disks: Array.from({ length: storage ? 12 : 2 }, (_, index) => ({ ...disk, name: `d${index}`, byId: `/dev/disk/by-id/wwn-${number}-${index}` })),
      nics,
      firmware: { kind: 'uefi' },
      vendor: storage ? 'Supermicro' : 'Dell',
      product: storage ? 'SSG-6029' : 'PowerEdge R7525',
      bmc: { address: `10.250.${(number >> 8) & 255}.${number & 255}` },
    },
    discoveredAt: now - 86_400_000,
    contact: number % 61 === 7 ? 'silent' : number % 43 === 9 ? 'off' : 'up',
    contactAt: now - (number % 600) * 1000,
    ...(number % 71 === 3 && { maintenance: true }),
  };
}

const macOf = (number: number): string => `52:54:00:${[number >> 16, number >> 8, number].map((part) => (part & 255).toString(16).padStart(2, '0')).join(':')}`;

/** Three of four machines are done; of the others some failed at a step, some stand before it. */
async function history(store: Store, plan: Plan, now: number): Promise<void> {
  const runs = [];
  for (let vertex = 0; vertex < vertexCount(plan); vertex++) {
    const node = nodeAt(plan, vertex);
    const group = groupAt(plan, vertex);
    const number = Number(/\d+$/.exec(node.id)?.[0] ?? 0);
    const step = Number(/\d+$/.exec(group.role.declaration.name)?.[0] ?? 0);
    const last = number % 4 ? Infinity : number % 7;
    if (step > last || node.maintenance) continue;
    const outcome = step === last && number % 3 === 0 ? ('failed' as const) : ('done' as const);
    const of = { deployment: group.deployment, role: group.role.declaration.name, nodeId: node.id, nodeName: node.name };
    runs.push({
      ...of,
      key: keyOf(plan, vertex),
      mode: 'apply' as const,
      fingerprint: fingerprintOf(plan, vertex),
      startedAt: now - 60_000 * (1 + (vertex % 90)),
      outcome,
    });
  }
  const CHUNK = 5000;
  for (let at = 0; at < runs.length; at += CHUNK) {
    const part = runs.slice(at, at + CHUNK);
    const ids = await store.startRuns(part.map(({ outcome: _, ...run }) => run));
    await store.endRuns(
      part.map(({ outcome, startedAt, nodeName }, index) => ({
        id: ids[index]!,
        endedAt: startedAt + 4000,
        outcome,
        ...(outcome === 'failed' && {
          problem: {
            severity: 'error' as const,
            summary: `The disk of ${nodeName} is full.`,
            where: { node: nodeName },
            next: 'Make room in /var, then try again.',
          },
        }),
        ...(outcome === 'done' && { outputs: {}, counts: { changed: 1, ok: 0, failed: 0, skipped: 0 } }),
      })),
    );
  }
}
