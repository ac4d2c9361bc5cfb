// What a machine says of itself, as the discovery image sends it (iso-builder/discovery-image/README.md), turned into an Inventory.
// It comes from an untrusted machine: checked by a schema first, every text cut to a length, unknown fields kept apart.

import { type Static, Type } from 'typebox';
import type { Dimm, Disk, Inventory, Nic } from '../model/inventory.ts';
import type { MeasuredStart } from '../model/measured-boot.ts';
import type { System } from '../model/node.ts';
import { bad, type Checked, ok, problem } from '../model/problem.ts';
import { checkAgainst } from '../schema.ts';
import { readEventLog, REGISTERS, replay } from './event-log.ts';

/** What one report tells. */
export type Report = { inventory: Inventory; system: System; evidence?: Omit<MeasuredStart, 'instance' | 'at' | 'changed'> };

const text = (maxLength = 300) => Type.String({ maxLength });
const orNull = <T extends ReturnType<typeof text> | ReturnType<typeof Type.Number>>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));
const texts = Type.Record(Type.String({ maxLength: 100 }), Type.Union([text(2000), Type.Null()]));
const mac = Type.String({ pattern: '^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$' });

const rawSchema = Type.Object({
  format: Type.Literal(1),
  bootId: Type.String({ pattern: '^[0-9a-f-]{36}$' }),
  hostKey: Type.String({ pattern: '^ssh-ed25519 [A-Za-z0-9+/=]{20,200}$' }),
  os: texts,
  firmware: Type.Union([Type.Literal('bios'), Type.Literal('uefi')]),
  secureBoot: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
  tpm: Type.Optional(
    Type.Union([
      Type.Object({
        registers: Type.Record(Type.String({ pattern: '^\\d{1,2}$' }), Type.String({ pattern: '^[0-9a-f]{64}$' }), { maxProperties: REGISTERS }),
        log: Type.Union([Type.String({ maxLength: 500_000, pattern: '^[A-Za-z0-9+/]*={0,2}$' }), Type.Null()]),
      }),
      Type.Null(),
    ]),
  ),
  dmi: texts,
  cpu: Type.Union([texts, Type.Null()]),
  memory: texts,
  dmiMemory: Type.Optional(Type.Union([text(400_000), Type.Null()])),
  disks: Type.Array(
    Type.Object({
      name: text(100),
      type: text(30),
      size: Type.Number({ minimum: 0 }),
      rota: Type.Optional(Type.Boolean()),
      rm: Type.Optional(Type.Boolean()),
      hotplug: Type.Optional(Type.Boolean()),
      tran: orNull(text(30)),
      model: orNull(text()),
      serial: orNull(text()),
      rev: orNull(text(100)),
    }),
    { maxItems: 2000 },
  ),
  diskIds: Type.Array(Type.Object({ id: text(), device: text(100) }), { maxItems: 20_000 }),
  ports: Type.Array(
    Type.Object({ name: text(30), mac, speed: orNull(Type.Number()), carrier: Type.Boolean(), pci: orNull(text(30)), firmware: orNull(text(100)) }),
    {
      minItems: 1,
      maxItems: 500,
    },
  ),
  lldp: Type.Array(
    Type.Object({ port: text(30), systemName: orNull(text()), portId: orNull(text()), portDescription: orNull(text()), chassisId: orNull(text()) }),
    { maxItems: 500 },
  ),
  bmc: Type.Optional(Type.Union([Type.Object({ info: texts, lan: texts }), Type.Null()])),
});
type Raw = Static<typeof rawSchema>;

// Sent for people and for later; read from the document when needed, never trusted here.
const passedOver = new Set(['bootInterface', 'kernel', 'uptime', 'links', 'addresses', 'pci']);
const EXTRA_BYTES = 4096;

export function normalize(body: unknown): Checked<Report> {
  const problems = checkAgainst(rawSchema, body);
  if (problems.length) return { ok: false, problems: problems.slice(0, 20) };
  const raw = body as Raw;
  const nics = raw.ports.map((port) => nicOf(port, raw)).sort((a, b) => compare(a.pciPath ?? a.name, b.pciPath ?? b.name));
  const twice = nics.find((nic, index) => nics.findIndex((other) => other.mac === nic.mac) !== index);
  if (twice)
    return bad(problem(`The machine reports the MAC ${twice.mac} twice.`, { pointer: '/ports' }, 'Bonded or broken ports: give each its own address.'));
  const memory = kibibytes(raw.memory.MemTotal);
  if (!memory) return bad(problem('The report does not say how much memory the machine has.', { pointer: '/memory/MemTotal' }));
  const id = raw.os.ID ?? 'unknown';
  const extra = extraOf(raw);
  const dimms = dimmsIn(raw.dmiMemory ?? '');
  const evidence = raw.tpm && evidenceOf(raw.tpm);
  return ok({
    inventory: {
      cpu: cpuOf(raw),
      memory,
      ...(dimms.length && { dimms }),
      disks: raw.disks.filter((disk) => disk.type === 'disk' && disk.size > 0).map((disk) => diskOf(disk, raw)),
      nics,
      firmware: {
        kind: raw.firmware,
        ...given('vendor', raw.dmi.bios_vendor),
        ...given('version', raw.dmi.bios_version),
        ...given('date', raw.dmi.bios_date),
        ...(typeof raw.secureBoot === 'boolean' && { secureBoot: raw.secureBoot }),
      },
      ...given('vendor', raw.dmi.sys_vendor),
      ...given('product', raw.dmi.product_name),
      ...given('serial', raw.dmi.product_serial),
      ...given('uuid', raw.dmi.product_uuid?.toLowerCase()),
      ...(raw.bmc && { bmc: bmcOf(raw.bmc) }),
      ...(extra && { extra }),
    },
    ...(evidence && { evidence }),
    system: { kind: 'live', instance: raw.bootId, platform: `${id}-${raw.os.VERSION_ID ?? ''}`, hostKey: raw.hostKey },
  });
}

// Linux measures into it while it runs (IMA), and keeps a log of its own for that.
const LINUX_OWN = '10';

/** A log that cannot be read proves nothing, and that is what is kept of it. */
function evidenceOf({ registers, log }: NonNullable<Raw['tpm']>): NonNullable<Report['evidence']> {
  const set = Object.fromEntries(Object.entries(registers).filter(([, value]) => !/^(0+|f+)$/.test(value)));
  const events = log ? readEventLog(Buffer.from(log, 'base64')) : ok([]);
  const told = events.ok ? replay(events.value) : {};
  return {
    registers: set,
    events: events.ok ? events.value : [],
    log: log ?? '',
    unproven: Object.keys(set).filter((register) => register !== LINUX_OWN && told[register] !== set[register]),
  };
}

// Vendors leave such texts where a number belongs; taken for serials, they would make one machine of many.
const NO_VALUE = /^(to be filled by o\.?e\.?m\.?|not specified|none|default string|unknown|system serial number|0+|\.+)?$/i;

function given<K extends string>(key: K, value: string | null | undefined): Partial<Record<K, string>> {
  const cleaned = value?.replaceAll(/[^\x20-\x7e]/g, ' ').trim();
  return cleaned && !NO_VALUE.test(cleaned) ? ({ [key]: cleaned.slice(0, 200) } as Record<K, string>) : {};
}

function cpuOf({ cpu }: Raw): Inventory['cpu'] {
  const number = (key: string): number => Number.parseInt(cpu?.[key] ?? '', 10) || 1;
  const sockets = number('Socket(s)');
  return {
    model: given('model', cpu?.['Model name']).model ?? 'unknown',
    sockets,
    cores: sockets * number('Core(s) per socket'),
    threads: number('CPU(s)'),
    architecture: given('a', cpu?.Architecture).a ?? 'unknown',
  };
}

const kibibytes = (value: string | null | undefined): number => (Number.parseInt(value ?? '', 10) || 0) * 1024;

const MOST_DIMMS = 256;
const units: Record<string, number> = { kB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 };

/** What `dmidecode -q -t memory` says: paragraphs of `Name: value` lines, one for each slot. Empty slots are left out. */
function dimmsIn(dmi: string): Dimm[] {
  const found = dmi.split(/\n\s*\n/).flatMap((paragraph): Dimm[] => {
    if (!paragraph.trimStart().startsWith('Memory Device\n')) return [];
    const fields = new Map(paragraph.split('\n').map((line) => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]));
    const size = /^(\d+) ([kMGT]B)$/.exec(fields.get('Size') ?? '');
    if (!size) return [];
    const slot = given('slot', fields.get('Locator')).slot ?? '?';
    const bank = given('bank', fields.get('Bank Locator')).bank;
    const speed = Number.parseInt(fields.get('Speed') ?? '', 10);
    return [
      {
        // Some number the slots of each processor anew.
        slot: bank && /^DIMM[ _]?\d$/i.test(slot) ? `${bank} ${slot}` : slot,
        size: Number(size[1]) * units[size[2]!]!,
        ...given('type', fields.get('Type')),
        ...(speed > 0 && { speed }),
        ...given('maker', fields.get('Manufacturer')),
        ...given('part', fields.get('Part Number')),
        ...given('serial', fields.get('Serial Number')),
      },
    ];
  });
  return found.slice(0, MOST_DIMMS).sort((a, b) => a.slot.localeCompare(b.slot, 'en', { numeric: true }));
}

// Of the several names udev gives a disk: those made of its world-wide name or serial stay when it is moved to another port.
const ID_PREFERENCE = [/^wwn-/, /^nvme-eui\./, /^nvme-/, /^ata-/, /^scsi-/, /^virtio-/];

function diskOf(disk: Raw['disks'][number], raw: Raw): Disk {
  const ids = raw.diskIds
    .filter((link) => link.device === disk.name)
    .map((link) => link.id)
    .sort(compare);
  const rank = (id: string): number => (ID_PREFERENCE.findIndex((pattern) => pattern.test(id)) + ID_PREFERENCE.length + 1) % (ID_PREFERENCE.length + 1);
  const [best] = ids.sort((a, b) => rank(a) - rank(b));
  return {
    ...(best && { byId: `/dev/disk/by-id/${best}` }),
    name: disk.name,
    size: disk.size,
    kind: disk.tran === 'nvme' || disk.name.startsWith('nvme') ? 'nvme' : disk.rota ? 'hdd' : 'ssd',
    removable: Boolean(disk.rm) || disk.tran === 'usb',
    ...given('model', disk.model),
    ...given('serial', disk.serial),
    ...given('firmware', disk.rev),
  };
}

function nicOf(port: Raw['ports'][number], raw: Raw): Nic {
  const neighbour = raw.lldp.find((heard) => heard.port === port.name);
  const system = neighbour && (given('s', neighbour.systemName).s ?? given('s', neighbour.chassisId).s);
  const peer = neighbour && (given('p', neighbour.portId).p ?? given('p', neighbour.portDescription).p);
  return {
    name: port.name,
    mac: port.mac.toLowerCase(),
    // The kernel says -1 where a port does not know its speed.
    ...(port.speed && port.speed > 0 && { speed: port.speed }),
    ...given('pciPath', port.pci),
    up: port.carrier,
    ...given('firmware', port.firmware),
    ...(system && peer && { lldp: { system, port: peer } }),
  };
}

function bmcOf(bmc: { info: Record<string, string | null>; lan: Record<string, string | null> }): NonNullable<Inventory['bmc']> {
  const address = bmc.lan['IP Address'];
  return {
    ...(address && address !== '0.0.0.0' && given('address', address)),
    ...given('mac', bmc.lan['MAC Address']),
    ...given('version', bmc.info['Firmware Revision']),
  };
}

function extraOf(raw: Raw): Record<string, unknown> | undefined {
  const unknown = Object.entries(raw).filter(([key]) => !(key in rawSchema.properties) && !passedOver.has(key));
  const kept = unknown.filter(([, value]) => JSON.stringify(value).length <= EXTRA_BYTES).slice(0, 20);
  return kept.length ? Object.fromEntries(kept) : undefined;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
