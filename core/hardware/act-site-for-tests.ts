// A machine to try acts on: a Redfish service in a vendor's shape with hardware inside, a node of a real store, and a way to start it again.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ActOnHardware } from '../model/act.ts';
import type { Inventory } from '../model/inventory.ts';
import type { Node } from '../model/node.ts';
import { bad, ok, problem } from '../model/problem.ts';
import type { Outcome, RunEvent } from '../model/run.ts';
import { hostNamespace } from '../network/namespace.ts';
import { openStore, type Store } from '../store/store.ts';
import type { Site } from './act.ts';
import { openActs } from './acts.ts';
import type { Bmc } from './power.ts';
import { redfishBmc } from './redfish.ts';
import { type FakeService, PASSWORD, type Shape, startRedfish, USER } from './redfish-for-tests.ts';
import { type Inside, insideOf } from './redfish-hardware-for-tests.ts';

export type Tried = { outcome: Outcome; said: string[]; results: string[]; diff?: string };

export type ActSite = {
  store: Store;
  service: FakeService;
  inside: Inside;
  hardware: ActOnHardware;
  node(): Promise<Node>;
  change(change: Partial<Node>): Promise<void>;
  /** How often it was started again. */
  restarts: number;
  /** Where the admin node keeps firmware. */
  firmwareFile: Site['firmwareFile'];
  downloadUrl: Site['downloadUrl'];
  try(kind: string, given: Record<string, unknown>, mode?: 'apply' | 'check'): Promise<Tried>;
  close(): Promise<void>;
};

export const vendors: Record<string, string> = {
  'Dell iDRAC': 'Dell Inc.',
  'HPE iLO': 'HPE',
  Supermicro: 'Supermicro',
  'Lenovo XClarity': 'Lenovo',
};

export function inventoryOf(shape: Shape): Inventory {
  return {
    cpu: { model: 'Xeon', sockets: 1, cores: 8, threads: 16, architecture: 'x86_64' },
    memory: 32 * 2 ** 30,
    disks: [{ name: 'sda', byId: '/dev/disk/by-id/wwn-1', size: 480e9, kind: 'ssd', removable: false }],
    nics: [{ name: 'eno1', mac: '52:54:00:00:00:01', pciPath: '0000:01:00.0', up: true }],
    firmware: { kind: 'uefi', version: '2.19.1' },
    vendor: vendors[shape.vendor] ?? 'Nobody',
    product: 'X1',
  };
}

/** `ipmi` leaves out all that only Redfish can do. */
export async function openActSite(shape: Shape, tls: { key: string; cert: string }, { ipmi = false } = {}): Promise<ActSite> {
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-acts-'));
  const store = await openStore({ file: path.join(folder, 'facts.db') });
  const inside = insideOf(shape);
  const service = await startRedfish(shape, tls, inside);
  const access = { address: '127.0.0.1', port: service.port, user: USER, password: PASSWORD };
  const { redfish, ...plain }: Bmc = redfishBmc(access, { namespace: hostNamespace(), machine: { serial: 'SERIAL1' } });
  const bmc: Bmc = { ...plain, ...(!ipmi && redfish && { redfish }) };
  await bmc.on();
  await store.put(
    'node',
    'n1',
    {
      id: 'n1',
      name: 'n1',
      remote: 'ssh',
      macs: ['52:54:00:00:00:01'],
      approved: true,
      pool: 'default',
      addresses: {},
      inventory: inventoryOf(shape),
      system: { kind: 'live', instance: 'boot-0', platform: 'debian-12' },
      discoveredAt: 0,
      contact: 'up',
      contactAt: 0,
    },
    'new',
  );
  const node = async (): Promise<Node> => (await store.get('node', 'n1'))!;
  const change = async (more: Partial<Node>): Promise<void> => void (await store.put('node', 'n1', { ...(await node()), ...more }, 'any'));
  const site: ActSite = {
    store,
    service,
    inside,
    node,
    change,
    restarts: 0,
    firmwareFile: async () => bad(problem('There are no files here.')),
    downloadUrl: () => undefined,
    hardware: openActs({
      store,
      bmc: async () => ok(bmc),
      async restart() {
        const cycled = await bmc.cycle();
        site.restarts++;
        const { system } = await node();
        // A live system comes up as another one, an installed one as itself.
        await change({ ...(system?.kind === 'live' && { system: { ...system, instance: `boot-${site.restarts}` } }), contact: 'up', contactAt: Date.now() });
        return cycled;
      },
      firmwareFile: (sha256) => site.firmwareFile(sha256),
      downloadUrl: (file) => site.downloadUrl(file),
      now: Date.now,
      pauseMs: 5,
    }),
    async try(kind, given, mode = 'apply') {
      const events: RunEvent[] = [];
      const outcome = await site.hardware({
        node: await node(),
        acts: [{ kind, given, where: {} }],
        mode,
        onEvent: (event) => events.push(event),
        signal: AbortSignal.timeout(20_000),
      });
      const diff = events.flatMap((event) => (event.kind === 'end' && event.diff ? [event.diff] : []))[0];
      return {
        outcome,
        said: events.flatMap((event) => (event.kind === 'log' ? [event.text] : event.kind === 'end' && event.reason ? [event.reason] : [])),
        results: events.flatMap((event) => (event.kind === 'end' ? [event.result] : [])),
        ...(diff !== undefined && { diff }),
      };
    },
    async close() {
      await service.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return site;
}
