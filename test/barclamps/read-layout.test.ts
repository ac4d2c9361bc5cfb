// What is read of the disks of a machine that an image is made of: the layout, or why there can be none. The first facts are those of a real
// encrypted mirror; that such a layout is made anew is shown by `npm run soak -- volumes`.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { readCapturedLayout } from '../../core/images/captured-layout.ts';

const program = path.resolve(import.meta.dirname, '../../barclamps/capture/roles/system-capture/files/read-layout.jq');
const MIB = 2 ** 20;

type Device = { name: string; kname: string; type: string; size: number; children?: Device[] };
const device = (kname: string, type: string, mib: number, ...children: Device[]): Device => ({ name: kname, kname, type, size: mib * MIB, children });
const mount = (folder: string, on: string, used = 100, format = 'ext4', options = 'defaults') => ({ folder, device: on, format, options, used: used * MIB });

const volumes = [device('dm-1', 'lvm', 1416), device('dm-2', 'lvm', 1416), device('dm-3', 'lvm', 1024)];
const crypt = device('dm-0', 'crypt', 4584, ...volumes);
const disk = (name: string, top: Device = device('md126', 'raid1', 4600, crypt)): Device =>
  device(
    name,
    'disk',
    6144,
    device(`${name}1`, 'part', 1),
    device(`${name}3`, 'part', 1024, device('md127', 'raid1', 1022)),
    device(`${name}4`, 'part', 4605, top),
  );
const logical = (name: string, minor: number, segtype = 'linear') => ({ vg_name: 'system', lv_name: name, lv_kernel_minor: `${minor}`, segtype });
const facts = {
  devices: [disk('sda'), disk('sdb')],
  mounts: [mount('/', 'dm-1', 900, 'ext4', 'defaults,errors=remount-ro'), mount('/boot', 'md127'), mount('/var', 'dm-2', 300, 'xfs', 'noatime')],
  swaps: ['dm-3'],
  arrays: ['md126', 'md127'].map((name) => ({ name, level: 'raid1', disks: 2 })),
  volumes: [logical('root', 1), logical('var', 2), logical('swap', 3)],
  groups: [{ vg_name: 'system', pv_count: '1', vg_size: `${4580 * MIB}` }],
};

const read = (found: object) => {
  const { status, stdout, stderr } = spawnSync('jq', ['-ncf', program], { env: { ...process.env, captured_devices: JSON.stringify(found) }, encoding: 'utf8' });
  return { status, text: stdout, reasons: stderr.split('\n').slice(1, -1) };
};
const layoutOf = (found: object) => {
  const { status, text, reasons } = read(found);
  assert.equal(status, 0, reasons.join('\n'));
  const layout = readCapturedLayout(text);
  assert.ok(layout.ok, JSON.stringify(layout));
  return layout.value;
};
const refused = (found: object, reason: RegExp): void => {
  const { status, reasons } = read(found);
  assert.equal(status, 1);
  assert.equal(reasons.length, 1, reasons.join('\n'));
  assert.match(reasons[0]!, reason);
};

describe('the layout of a machine that an image is made of', () => {
  it('is read through mirror, encryption and group, with what is in each', () => {
    const leaf = (folder: string, was: number, used: number) => ({ size: 'was', was, mount: folder, format: 'ext4', used, options: 'defaults' });
    assert.deepEqual(layoutOf(facts), [
      {
        disks: { count: 2 },
        volumes: [
          leaf('/boot', 1022, 100),
          {
            encrypted: true,
            group: 'system',
            size: 'was',
            was: 4600,
            volumes: [leaf('/', 1416, 900), { ...leaf('/var', 1416, 300), format: 'xfs', options: 'noatime' }, { size: 'was', was: 1024, swap: true }],
            free: 724,
          },
        ],
      },
    ]);
  });

  it('has as many disks as it should have, when one is gone', () => {
    assert.deepEqual(layoutOf({ ...facts, devices: [disk('sdb')] })![0]!.disks, { count: 2 });
  });

  it('names disks with other data behind those with the system', () => {
    const data = device('sdc', 'disk', 9000, device('sdc1', 'part', 8999));
    const layout = layoutOf({ ...facts, devices: [data, ...facts.devices], mounts: [mount('/srv', 'sdc1', 5, 'xfs'), ...facts.mounts] })!;
    assert.deepEqual(
      layout.map(({ disks, volumes: held }) => [disks.count, held.length]),
      [
        [2, 2],
        [1, 1],
      ],
    );
  });

  it('is none where everything lies on plain partitions', () => {
    const plain = device('sda', 'disk', 9000, device('sda3', 'part', 8000), device('sda4', 'part', 900));
    const none = { arrays: [], volumes: [], groups: [], swaps: ['sda4'] };
    assert.equal(layoutOf({ ...none, devices: [plain], mounts: [mount('/', 'sda3')] }), undefined);
  });

  it('is refused where it could not be made anew, with the reason', () => {
    const [root, ...others] = facts.mounts;
    refused({ ...facts, mounts: [root, ...others, mount('/srv', 'dm-2', 1, 'btrfs')] }, /\/srv is btrfs, and only ext4 and xfs are made anew/);
    refused({ ...facts, arrays: [{ name: 'md126', level: 'raid5', disks: 2 }, facts.arrays[1]] }, /md126 is raid5, and only mirrors/);
    refused({ ...facts, volumes: [logical('root', 1, 'thin'), ...facts.volumes.slice(1)] }, /system\/root is thin, and only linear/);
    refused({ ...facts, groups: [{ ...facts.groups[0], pv_count: '2' }] }, /group system lies on 2 devices/);
    refused({ ...facts, swaps: ['sda1'] }, /volumes lie on sda and sdb as well as on sda|volumes lie on sda as well as on sda and sdb/);
    refused({ ...facts, devices: [disk('sdb')], swaps: ['sdb1'] }, /on sdb some volumes are mirrored and others are not/);
  });
});
