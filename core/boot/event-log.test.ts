// Event logs of TPMs: written here as firmware writes them, and as somebody writes them who wants to hide something.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { readEventLog, replay } from './event-log.ts';

const u16 = (value: number): Buffer => Buffer.from([value & 255, value >> 8]);
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u64 = (value: number): Buffer => Buffer.concat([u32(value), u32(0)]);
const sha256 = (...parts: (Buffer | string)[]): Buffer => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

const HEAD = Buffer.concat([
  ...[u32(0), u32(3), Buffer.alloc(20), u32(37)],
  ...[Buffer.from('Spec ID Event03\0'), u32(0), Buffer.from([0, 2, 0, 2]), u32(2), u16(4), u16(20), u16(0xb), u16(32), Buffer.from([0])],
]);
const event = (register: number, type: number, digest: Buffer, data: Buffer | string): Buffer => {
  const bytes = Buffer.from(data);
  return Buffer.concat([u32(register), u32(type), u32(2), u16(4), Buffer.alloc(20), u16(0xb), digest, u32(bytes.length), bytes]);
};
const variable = (name: string): Buffer => Buffer.concat([Buffer.alloc(16), u64(name.length), u64(1), Buffer.from(name, 'utf16le'), Buffer.from([1])]);
const pathNode = (kind: number, subKind: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([kind, subKind]), u16(body.length + 4), body]);
const application = (file: string): Buffer => {
  const devicePath = Buffer.concat([pathNode(4, 4, Buffer.from(`${file}\0`, 'utf16le')), pathNode(0x7f, 0xff, Buffer.alloc(0))]);
  return Buffer.concat([u64(0), u64(0), u64(0), u64(devicePath.length), devicePath]);
};

const [one, two] = [sha256('one'), sha256('two')];
const log = Buffer.concat([
  HEAD,
  event(7, 0x80000001, one, variable('SecureBoot')),
  event(4, 0x80000003, two, application('\\EFI\\BOOT\\BOOTX64.EFI')),
  event(8, 0x0d, one, 'grub_cmd: linux /kernel\0'),
  event(4, 4, one, u32(0)),
]);

describe('the event log of a TPM', () => {
  it('says what was measured into which register', () => {
    const read = readEventLog(log);
    assert(read.ok);
    assert.deepEqual(
      read.value.map(({ register, name, text }) => [register, name, text]),
      [
        [7, 'variable', 'SecureBoot'],
        [4, 'application', '\\EFI\\BOOT\\BOOTX64.EFI'],
        [8, 'boot loader', 'grub_cmd: linux /kernel'],
        [4, 'separator', undefined],
      ],
    );
  });

  it('leads to the values that the registers have', () => {
    const read = readEventLog(log);
    assert(read.ok);
    const zeros = Buffer.alloc(32);
    assert.deepEqual(replay(read.value), {
      7: sha256(zeros, one).toString('hex'),
      4: sha256(sha256(zeros, two), one).toString('hex'),
      8: sha256(zeros, one).toString('hex'),
    });
  });

  it('begins the first register where the firmware says that it begins', () => {
    const read = readEventLog(Buffer.concat([HEAD, event(0, 3, Buffer.alloc(32), 'StartupLocality\0\x03'), event(0, 1, one, '')]));
    assert(read.ok);
    assert.deepEqual(replay(read.value), { 0: sha256(Buffer.concat([Buffer.alloc(31), Buffer.from([3])]), one).toString('hex') });
  });

  it('is refused where it is cut short or of another kind, and never throws', () => {
    for (const wrong of [log.subarray(0, -1), log.subarray(0, 20), Buffer.alloc(100), Buffer.concat([HEAD, Buffer.alloc(12, 255)])])
      assert.equal(readEventLog(wrong).ok, false);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(log.length), (noise, at) => {
        readEventLog(Buffer.concat([log.subarray(0, at), noise]));
        readEventLog(Buffer.concat([HEAD, Buffer.from(noise)]));
      }),
    );
  });
});
