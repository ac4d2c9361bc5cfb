// What a machine is made of, held against what was accepted: modules, disks, ports, cables, versions of firmware, its settings. Pure.

import { type Inventory, nicsInOrder } from './inventory.ts';
import type { Node } from './node.ts';

/** What a machine's board controller says of it; read from time to time and kept, by node id. */
export type HardwareReading = {
  nodeId: string;
  /** Unix ms. */
  at: number;
  /** Component → version; absent where the controller tells none. */
  firmware?: Record<string, string>;
  /** Firmware setup, attribute → value; absent where the controller does not tell it. */
  settings?: Record<string, string>;
  /** How the role that read it compares. */
  comparison: Comparison;
};

export type Comparison = {
  /** All when absent. */
  kinds?: readonly PartKind[];
  /** Parts that are left out, by name or by how it begins: `SystemDate`, `NIC*`. */
  ignore?: readonly string[];
};

export type Hardware = { inventory: Inventory } & Partial<Pick<HardwareReading, 'firmware' | 'settings'>>;

/** What was accepted: of one machine, by its node id, or of all machines like it, by `shapeOf`. */
export type Baseline = {
  id: string;
  /** `node`: this very hardware, serial numbers and all. `shape`: as many of the same, in the same places. */
  scope: 'node' | 'shape';
  /** Whose hardware it was. */
  nodeName: string;
  /** Unix ms. */
  at: number;
  /** Who accepted it; absent: it is what was seen first. */
  by?: string;
  hardware: Hardware;
};

export const partKinds = ['processor', 'memory', 'disk', 'port', 'cable', 'firmware', 'setting'] as const;
export type PartKind = (typeof partKinds)[number];

export type Difference = {
  kind: PartKind;
  /** What it is about: a slot, a disk, a port, an attribute. */
  part: string;
  was?: string;
  is?: string;
};

/** Machines of one make and model; undefined where a machine says neither. */
export function shapeOf(inventory: Pick<Inventory, 'vendor' | 'product'> | undefined): string | undefined {
  const name = [inventory?.vendor, inventory?.product].filter(Boolean).join(' ');
  return name ? `shape ${name}` : undefined;
}

/** The one that counts for a machine: its own before that of its shape. */
export function baselineFor(node: Pick<Node, 'id' | 'inventory'>, of: (id: string) => Baseline | undefined): Baseline | undefined {
  const shape = shapeOf(node.inventory);
  return of(node.id) ?? (shape === undefined ? undefined : of(shape));
}

export const hardwareOf = ({ extra: _, ...inventory }: Inventory, reading?: HardwareReading): Hardware => ({
  inventory,
  ...(reading?.firmware && { firmware: reading.firmware }),
  ...(reading?.settings && { settings: reading.settings }),
});

/** In the order of kinds, then by part. What either side cannot tell (its controller was not asked, nobody spoke at the port) is no difference. */
export function differencesBetween(
  { scope, hardware }: Pick<Baseline, 'scope' | 'hardware'>,
  now: Hardware,
  { kinds = partKinds, ignore = [] }: Comparison = {},
): Difference[] {
  const found: Difference[] = [];
  const [accepted, present] = hardware.firmware && now.firmware ? [hardware, now] : [withoutReading(hardware), withoutReading(now)];
  for (const kind of partKinds) {
    if (!kinds.includes(kind)) continue;
    const [before, after] = [parts[kind](accepted, scope), parts[kind](present, scope)];
    if (!before || !after) continue;
    for (const part of [...new Set([...before.keys(), ...after.keys()])].sort()) {
      const [was, is] = [before.get(part), after.get(part)];
      if (was === is || was === UNTOLD || is === UNTOLD || ignore.some((pattern) => isCalled(part, pattern))) continue;
      found.push({ kind, part, ...(was !== undefined && { was }), ...(is !== undefined && { is }) });
    }
  }
  return found;
}

const withoutReading = ({ inventory }: Hardware): Hardware => ({ inventory });

const kindWords: Record<PartKind, string> = {
  processor: 'the processors',
  memory: 'memory',
  disk: 'disk',
  port: 'network port',
  cable: 'the cable at',
  firmware: 'the firmware of',
  setting: 'the setting',
};

/** `memory A1 is gone: it was 16 GiB DDR4`. */
export function differenceText({ kind, part, was, is }: Difference): string {
  const what = `${kindWords[kind]} ${kind === 'processor' || part === WHOLE ? '' : part}`.trim();
  if (is === undefined) return `${what} is gone: it was ${was}`;
  if (was === undefined) return `${what} is new: ${is}`;
  return kind === 'processor' ? `${what} are ${is} and were ${was}` : `${what} is ${is} and was ${was}`;
}

const isCalled = (part: string, pattern: string): boolean => (pattern.endsWith('*') ? part.startsWith(pattern.slice(0, -1)) : part === pattern);

/** Memory of which only the sum is known. */
const WHOLE = 'all';
/** Something is there, and what it is was not told this time. */
const UNTOLD = '?';

type Parts = Map<string, string>;
type Scope = Baseline['scope'];

const gib = (bytes: number): string => `${Math.round((bytes / 2 ** 30) * 10) / 10} GiB`;
const words = (...texts: (string | undefined | false)[]): string => texts.filter(Boolean).join(' ');
const ofThis = (scope: Scope, serial: string | undefined): string | false => scope === 'node' && serial !== undefined && `serial ${serial}`;
const version = (text: string | undefined, part: string): [string, string][] => (text === undefined ? [] : [[part, text]]);

/** What there is of each kind, by place or identity; undefined where that was not told. */
const parts: Record<PartKind, (hardware: Hardware, scope: Scope) => Parts | undefined> = {
  processor: ({ inventory: { cpu } }) => new Map([['processors', `${cpu.sockets} × ${cpu.model}, ${cpu.cores} cores, ${cpu.threads} threads`]]),

  memory({ inventory: { dimms, memory } }, scope) {
    // Firmware takes a little of it, and not always as much.
    if (!dimms) return new Map([[WHOLE, `about ${Math.round(memory / 2 ** 30)} GiB`]]);
    return new Map(
      dimms.map(({ slot, size, type, speed, maker, part, serial }) => [
        slot,
        words(gib(size), type, speed !== undefined && `${speed} MT/s`, maker, part, ofThis(scope, serial)),
      ]),
    );
  },

  disk({ inventory: { disks } }, scope) {
    const fixed = disks.filter(({ removable }) => !removable);
    const text = (disk: (typeof disks)[number]): string => words(gib(disk.size), disk.kind, disk.model);
    if (scope === 'shape') return numbered(fixed.map(text));
    return new Map(fixed.map((disk) => [diskName(disk), text(disk)]));
  },

  port: ({ inventory }, scope) =>
    new Map(nicsInOrder(inventory).map((nic) => [portName(nic, scope), words(nic.pciPath ? `at ${nic.pciPath}` : nic.name, scope === 'node' && nic.mac)])),

  cable({ inventory }, scope) {
    // Where they lead differs from machine to machine.
    if (scope === 'shape') return undefined;
    return new Map(
      inventory.nics
        .filter(({ up }) => up)
        .map((nic) => [
          portName(nic, scope),
          nic.lldp ? words(nic.lldp.system, 'port', nic.lldp.port, nic.speed !== undefined && `at ${nic.speed} Mbit/s`) : UNTOLD,
        ]),
    );
  },

  firmware({ inventory, firmware }, scope) {
    const { disks, nics, bmc } = inventory;
    const own: [string, string][] = [
      ...version(inventory.firmware.version, 'system'),
      ...version(bmc?.version, 'BMC'),
      ...nics.flatMap((nic) => version(nic.firmware, portName(nic, scope))),
      // Of a shape nobody knows which disk is which; their versions are told by model.
      ...disks
        .filter(({ removable }) => !removable)
        .flatMap((disk) => version(disk.firmware, scope === 'shape' ? `disk ${disk.model ?? disk.kind}` : diskName(disk))),
    ];
    return new Map([...own, ...Object.entries(firmware ?? {})]);
  },

  setting({ settings }, scope) {
    if (!settings) return undefined;
    return new Map(Object.entries(settings).filter(([name]) => !passing.test(name) && (scope === 'node' || !personal.test(name))));
  },
};

/** Attributes that change by themselves, and those that are of one machine alone, as vendors call them. */
const passing = /date|time$|clock|boottime|powercycle|lastboot/i;
const personal = /serial|servicetag|assettag|uuid|mac(addr|$)|hostname|owner|systemname/i;

const diskName = ({ byId, serial, name }: Inventory['disks'][number]): string => byId?.replace('/dev/disk/by-id/', '') ?? serial ?? name;
const portName = ({ name, mac, pciPath }: Inventory['nics'][number], scope: Scope): string => (scope === 'node' ? mac : (pciPath ?? name));

/** `960 GiB ssd X #2`: as many of each as there are. */
function numbered(texts: string[]): Parts {
  const seen = new Map<string, number>();
  return new Map(
    texts.map((text) => {
      const count = (seen.get(text) ?? 0) + 1;
      seen.set(text, count);
      return [`${text} #${count}`, text];
    }),
  );
}
