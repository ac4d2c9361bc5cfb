import assert from 'node:assert/strict';
import { readCapturedLayout } from './captured-layout.ts';

const root = { size: 'was', was: 4096, mount: '/', format: 'ext4', options: 'defaults', used: 900 };
const group = { size: 'was', was: 8192, group: 'system', encrypted: true, free: 512, volumes: [root, { size: 'was', was: 1024, swap: true }] };
const said = (...volumes: unknown[]) => readCapturedLayout(JSON.stringify([{ disks: { count: 2 }, volumes }]));

describe('a layout that a machine sent', () => {
  it('is read as it is, or is none', () => {
    const found = said({ ...root, mount: '/boot' }, group);
    assert.ok(found.ok && found.value);
    assert.deepEqual(found.value[0]!.volumes[1], group);
    assert.deepEqual(readCapturedLayout('null'), { ok: true, value: undefined });
  });

  it('is refused when it says anything else', () => {
    const wrong: unknown[] = [
      { ...root, mount: '/$(reboot)' },
      { ...root, mount: '/a b' },
      { ...root, mount: '/srv/../../etc' },
      { ...root, options: 'defaults; reboot' },
      { ...root, format: 'btrfs' },
      { ...root, was: -1 },
      { ...root, used: '900' },
      { ...root, swap: true },
      { ...root, device: '/dev/sda' },
      { ...group, group: '-rf' },
      { ...group, volumes: [] },
      { ...group, volumes: [group] },
      { size: 'was', was: 1 },
    ];
    for (const volume of wrong) assert.equal(said(volume).ok, false, JSON.stringify(volume));
    for (const text of ['', '[]', '{}', '7', '[{"disks":{"count":0},"volumes":[]}]']) assert.equal(readCapturedLayout(text).ok, false, text);
  });
});
