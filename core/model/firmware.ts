// The firmware of machines: which parts have which versions, what a site accepts of them, and what a part is to be brought to. Pure.

import { compareVersions } from './firmware-version.ts';
import { type Inventory, nicsInOrder } from './inventory.ts';

export type FirmwarePart = {
  /** What people call it; two of one name are numbered. */
  name: string;
  version: string;
  /** Who says so: the board controller, or the system that was discovered. */
  told: 'controller' | 'system';
  /** The controller takes another version for it; absent where the system says so. */
  updateable?: boolean;
};

/** What a machine's board controller told of it, and what that is held against; by node id. */
export type FirmwareReading = {
  nodeId: string;
  /** Unix ms; absent where the controller was never asked or tells nothing. */
  readAt?: number;
  parts: FirmwarePart[];
  /** Of the role that looks after it, absent where none does. */
  rules?: FirmwareRule[];
};

/** Of the parts that it speaks of, these versions are accepted. Names and versions may have stars for anything. */
export type FirmwareRule = {
  /** How the SMBIOS system manufacturer and the product name begin, in any case; any when absent. */
  vendor?: string;
  product?: string;
  component: string;
  accept: string[];
  bring?: FirmwareBringing;
};

export type FirmwareBringing = {
  /** What the part says when it was done. */
  version: string;
  /** Of the file, 64 hex digits. */
  sha256: string;
  /** Also where the part has a newer version, or one that cannot be compared. */
  downgrade?: boolean;
  /** `push`: the admin node sends the file to the controller. `pull`: the controller fetches it from the admin node. */
  way?: 'auto' | 'push' | 'pull';
  /** What the vendor wants to be told with the file, as its part OemParameters. */
  oem?: Record<string, unknown>;
};

/** A file with firmware, which the admin node keeps. */
export type FirmwareFile = {
  /** As it was called; some controllers look at how it ends. */
  name: string;
  /** SHA-256, 64 hex digits: the fact's id. */
  digest: string;
  bytes: number;
  /** Absolute path on the admin node. */
  file: string;
  /** Ed25519 (RFC 8032) over the digest's 64 hex digits, with the site's key; both in base64. */
  signature: { publicKey: string; signature: string };
  by: string;
  /** Unix ms. */
  at: number;
};

/** An update that was begun and whose end nobody has seen yet; by node id, so that there is one at a time. */
export type FirmwareUpdate = {
  nodeId: string;
  part: string;
  from: string;
  to: string;
  sha256: string;
  /** `sending`: nobody knows whether the controller has taken it. */
  stage: 'sending' | 'taken';
  /** Where the controller tells how far it is; absent where it makes no task of it. */
  task?: string;
  /** The machine was started again for it: then, and which system ran before. Unix ms. */
  restarted?: { at: number; instance?: string };
  /** Unix ms. */
  at: number;
};

export type Judged = FirmwarePart & {
  /** `untold`: no rule speaks of it. */
  verdict: 'accepted' | 'differs' | 'untold';
  /** The one that speaks of it. */
  rule?: FirmwareRule;
};

const BIOS = /bios|uefi|system rom/i;

/** What its controller told and, of what that left out, what the system saw. */
export function firmwareParts(inventory: Inventory | undefined, read: readonly FirmwarePart[] = []): FirmwarePart[] {
  if (!inventory) return [...read];
  const { firmware, bmc, disks } = inventory;
  const seen: FirmwarePart[] = [];
  const see = (name: string, version: string | undefined): void => void (version && seen.push({ name, version, told: 'system' }));
  if (!read.some(({ name }) => BIOS.test(name))) see('BIOS', firmware.version);
  if (!read.length) see('BMC', bmc?.version);
  for (const nic of nicsInOrder(inventory)) see(`network port ${nic.pciPath ?? nic.name}`, nic.firmware);
  for (const disk of disks) if (!disk.removable) see(`disk ${disk.model ?? disk.kind}`, disk.firmware);
  return [...read, ...numbered(seen)];
}

/** Two of one name are told apart by a number. */
export function numbered<T extends { name: string }>(parts: readonly T[]): T[] {
  const seen = new Map<string, number>();
  return parts.map((part) => {
    const count = (seen.get(part.name) ?? 0) + 1;
    seen.set(part.name, count);
    return count > 1 ? { ...part, name: `${part.name} #${count}` } : part;
  });
}

/** Each part by the first rule that speaks of it. */
export function judgeFirmware(
  parts: readonly FirmwarePart[],
  machine: Pick<Inventory, 'vendor' | 'product'> | undefined,
  rules: readonly FirmwareRule[],
): Judged[] {
  const own = rules.filter(({ vendor, product }) => begins(machine?.vendor, vendor) && begins(machine?.product, product));
  return parts.map((part) => {
    const rule = own.find(({ component }) => fits(part.name, component));
    if (!rule) return { ...part, verdict: 'untold' };
    return { ...part, verdict: isAccepted(part.version, rule) ? 'accepted' : 'differs', rule };
  });
}

export const isAccepted = (version: string, { accept, bring }: FirmwareRule): boolean =>
  version === bring?.version || accept.some((pattern) => fits(version, pattern));

/** Why a part is not brought to its file; undefined where it can be. */
export function whyNotBrought({ name, version, told, updateable }: FirmwarePart, { version: to, downgrade = false }: FirmwareBringing): string | undefined {
  if (told === 'system') return `${name}: its controller does not tell it, so that it cannot be updated over Redfish`;
  if (updateable === false) return `${name}: its controller says that it cannot be updated`;
  const order = compareVersions(version, to);
  if (downgrade || (order !== undefined && order < 0)) return undefined;
  const what = order === undefined ? `cannot be compared with ${version}` : `is older than ${version}`;
  return `${name}: ${to} ${what}; say downgrade: true where it is meant`;
}

/** `BIOS 2.19.1 is not accepted: 2.20.*`. */
export const differenceInWords = ({ name, version, rule }: Judged): string =>
  `${name} ${version} is not accepted: ${[...new Set([...(rule?.accept ?? []), ...(rule?.bring ? [rule.bring.version] : [])])].join(', ')}`;

/** What parts of many machines have in common: without their number, MAC or place. */
export const kindOfPart = (name: string): string =>
  name
    .replace(/ #\d+$/, '')
    .replace(/ - ([0-9a-f]{2}:){5}[0-9a-f]{2}$/i, '')
    .replace(/^network port .*/, 'network port');

const begins = (text: string | undefined, beginning: string | undefined): boolean =>
  beginning === undefined || Boolean(text?.toLowerCase().startsWith(beginning.toLowerCase()));

/** Stars stand for anything; upper and lower case are the same. In linear time: what stands between stars is looked for from left to right. */
export function fits(text: string, pattern: string): boolean {
  const [whole, pieces] = [text.toLowerCase(), pattern.toLowerCase().split('*')];
  const [first, last] = [pieces[0]!, pieces.at(-1)!];
  if (pieces.length === 1) return whole === first;
  if (!whole.startsWith(first) || !whole.endsWith(last) || whole.length < first.length + last.length) return false;
  const end = whole.length - last.length;
  let at = first.length;
  for (const between of pieces.slice(1, -1)) {
    const found = whole.indexOf(between, at);
    if (found < 0 || found + between.length > end) return false;
    at = found + between.length;
  }
  return true;
}
