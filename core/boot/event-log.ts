// What firmware and boot loaders measured before they ran it: the event log that a machine with a TPM keeps, read and replayed. A log is
// only as good as the registers it leads to: each event was extended into one, so whoever changes the log cannot arrive at their values.
// Format: TCG PC Client Platform Firmware Profile 1.05, sections 10.2 (events) and 10.4 (what they hold). It comes from an untrusted machine.

import { createHash } from 'node:crypto';
import type { MeasuredEvent } from '../model/measured-boot.ts';
import { bad, type Checked, ok, problem } from '../model/problem.ts';

const SHA1 = 0x0004;
const SHA256 = 0x000b;
/** Registers that are set by what runs before an operating system. */
export const REGISTERS = 16;
const MOST_EVENTS = 5000;
const TEXT = 200;

const names: Record<number, string> = {
  0x00: 'certificate',
  0x01: 'firmware code',
  0x03: 'no action',
  0x04: 'separator',
  0x05: 'action',
  0x06: 'tag',
  0x07: 'firmware root',
  0x08: 'firmware version',
  0x09: 'processor microcode',
  0x0a: 'platform settings',
  0x0b: 'table of devices',
  0x0c: 'compact hash',
  0x0d: 'boot loader',
  0x0e: 'boot loader data',
  0x80000001: 'variable',
  0x80000002: 'boot variable',
  0x80000003: 'application',
  0x80000004: 'driver',
  0x80000005: 'runtime driver',
  0x80000006: 'partition table',
  0x80000007: 'action',
  0x80000008: 'firmware code',
  0x80000009: 'tables',
  0x8000000a: 'firmware code',
  0x8000000b: 'tables',
  0x8000000c: 'boot variable',
  0x800000e0: 'signer',
};
const NO_ACTION = 0x03;

/** In the order of measuring. Problems: cut short, another format, no SHA-256. */
export function readEventLog(log: Buffer): Checked<MeasuredEvent[]> {
  try {
    return readAll(log);
  } catch (error) {
    if (error instanceof RangeError) return bad(problem('The event log of the TPM ends in the middle of an event.'));
    throw error;
  }
}

function readAll(log: Buffer): Checked<MeasuredEvent[]> {
  const head = readHead(log);
  if (!head) return bad(problem('The event log of the TPM has no SHA-256, or is of another format.'));
  const events: MeasuredEvent[] = [];
  let at = head.end;
  while (at < log.length) {
    if (events.length === MOST_EVENTS) return bad(problem(`The event log of the TPM has more than ${MOST_EVENTS} events.`));
    const register = log.readUInt32LE(at);
    const type = log.readUInt32LE(at + 4);
    const count = log.readUInt32LE(at + 8);
    at += 12;
    let digest = '';
    for (let index = 0; index < count; index++) {
      const algorithm = log.readUInt16LE(at);
      const size = head.sizes.get(algorithm);
      if (size === undefined) return bad(problem(`The event log of the TPM has a digest of the unknown kind ${algorithm}.`));
      if (algorithm === SHA256) digest = cut(log, at + 2, size).toString('hex');
      at += 2 + size;
    }
    const data = cut(log, at + 4, log.readUInt32LE(at));
    at += 4 + data.length;
    const text = textOf(type, data);
    events.push({ register, type, name: names[type] ?? `0x${type.toString(16)}`, digest, ...(text && { text }) });
  }
  return ok(events);
}

/** The first event is of the old format and says which digests the others carry. */
function readHead(log: Buffer): { end: number; sizes: Map<number, number> } | undefined {
  const data = cut(log, 32, log.readUInt32LE(28));
  if (data.toString('latin1', 0, 15) !== 'Spec ID Event03') return undefined;
  const sizes = new Map<number, number>();
  const count = data.readUInt32LE(24);
  for (let index = 0; index < count; index++) sizes.set(data.readUInt16LE(28 + index * 4), data.readUInt16LE(30 + index * 4));
  return sizes.get(SHA256) === 32 && (sizes.get(SHA1) ?? 20) === 20 ? { end: 32 + data.length, sizes } : undefined;
}

/** The values that the registers have after these events, as hex by number. */
export function replay(events: readonly MeasuredEvent[]): Record<string, string> {
  const registers = new Map<number, Buffer>();
  for (const { register, type, digest, text } of events) {
    if (type === NO_ACTION) {
      // Not extended; but it says that the first register did not begin with zeros.
      const locality = register === 0 ? /^StartupLocality (\d)$/.exec(text ?? '')?.[1] : undefined;
      if (locality) registers.set(0, Buffer.concat([Buffer.alloc(31), Buffer.from([Number(locality)])]));
      continue;
    }
    const before = registers.get(register) ?? Buffer.alloc(32);
    registers.set(register, createHash('sha256').update(before).update(Buffer.from(digest, 'hex')).digest());
  }
  return Object.fromEntries([...registers].map(([register, value]) => [String(register), value.toString('hex')]));
}

function cut(log: Buffer, from: number, length: number): Buffer {
  if (from + length > log.length) throw new RangeError('beyond the end');
  return log.subarray(from, from + length);
}

/** What an event says of itself, for people; what was measured is its digest. */
function textOf(type: number, data: Buffer): string | undefined {
  try {
    switch (type) {
      case NO_ACTION:
        return data.toString('latin1', 0, 15) === 'StartupLocality' ? `StartupLocality ${data.readUInt8(16)}` : undefined;
      case 0x05:
      case 0x0d:
      case 0x80000007:
        return printable(data.toString('latin1'));
      case 0x80000001:
      case 0x80000002:
      case 0x8000000c:
      case 0x800000e0:
        return printable(cut(data, 32, Number(data.readBigUInt64LE(16)) * 2).toString('utf16le'));
      case 0x80000003:
      case 0x80000004:
      case 0x80000005:
        return printable(pathOf(cut(data, 32, Number(data.readBigUInt64LE(24)))));
      default:
        return undefined;
    }
  } catch (error) {
    // The digest holds, whatever else stands there.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The file or address in a device path (UEFI specification 2.10, 10.3). */
function pathOf(devicePath: Buffer): string {
  const parts: string[] = [];
  let at = 0;
  while (at + 4 <= devicePath.length) {
    const [kind, subKind, length] = [devicePath.readUInt8(at), devicePath.readUInt8(at + 1), devicePath.readUInt16LE(at + 2)];
    if (kind === 0x7f || length < 4) break;
    const body = cut(devicePath, at + 4, length - 4);
    if (kind === 4 && subKind === 4) parts.push(body.toString('utf16le'));
    if (kind === 3 && subKind === 24) parts.push(body.toString('latin1'));
    if (kind === 3 && subKind === 11) parts.push('network card');
    at += length;
  }
  return parts.join(' ');
}

const printable = (text: string): string | undefined =>
  text
    .replaceAll('\0', '')
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .trim()
    .slice(0, TEXT) || undefined;
