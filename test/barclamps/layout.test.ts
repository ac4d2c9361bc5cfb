// The rules of the layouts that os-install can make, as they run on a machine: jq over an inventory. Golden pictures and steps, refusals word
// for word, and properties over many layouts and disks. That the steps do what they say is shown by `npm run soak -- rootfs`.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { parseYaml } from '../../core/catalog/catalog.ts';
import type { JsonSchema } from '../../core/model/barclamp.ts';
import { checkAgainst } from '../../core/schema.ts';

const program = path.resolve(import.meta.dirname, '../../barclamps/os-install/roles/os-install/files/layout.jq');
const IMAGE_BYTES = 784_334_848;
const GIB = 2 ** 30;

type Disk = { name: string; gib: number; ssd?: boolean; removable?: boolean; usb?: boolean; readOnly?: boolean; serial?: string | null };
type Wish = { layout: string; own?: unknown[]; captured?: unknown[]; disk?: string; degraded?: boolean };
type Mount = { folder: string; device: string; format: string; options: string };
type Plan = {
  disks: string[];
  starts: string[];
  needs: string[];
  steps: string[][];
  mounts: Mount[];
  swaps: string[];
  encrypted: { name: string; device: string }[];
  picture: string;
};

/** As discovery reports them: blockdevices of lsblk, and links below /dev/disk/by-id. */
const inventory = (disks: readonly Disk[]) => ({
  disks: disks.map(({ name, gib, ssd, removable, usb, readOnly }) => ({
    name,
    type: 'disk',
    size: Math.floor(gib * GIB),
    rota: !ssd,
    rm: removable ?? false,
    ro: readOnly ?? false,
    tran: usb ? 'usb' : null,
  })),
  diskIds: disks.flatMap(({ name, serial = `serial-of-${name}` }) =>
    serial === null
      ? []
      : [
          { id: `wwn-0x5000-${name}-and-much-longer`, device: name },
          { id: `disk-${serial}`, device: name },
        ],
  ),
});

function fit(wish: Wish, disks: readonly Disk[]): { plan: Plan } | { refusal: string } {
  const { status, stdout, stderr, error } = spawnSync('jq', ['-f', program], {
    input: JSON.stringify({ own: [], disk: 'smallest', imageBytes: IMAGE_BYTES, ...wish }),
    env: { ...process.env, captured_inventory: JSON.stringify(inventory(disks)) },
    encoding: 'utf8',
  });
  if (error) throw error;
  if (status === 0) return { plan: JSON.parse(stdout) as Plan };
  // Whatever else jq says is a fault of ours.
  assert.equal(status, 1, stderr);
  assert.match(stderr, /^this layout cannot be laid out here:\n( {2}- .+\n)+$/);
  return { refusal: stderr };
}

function planOf(wish: Wish, disks: readonly Disk[]): Plan {
  const found = fit(wish, disks);
  assert('plan' in found, 'refusal' in found ? found.refusal : '');
  return found.plan;
}

function reasonsOf(wish: Wish, disks: readonly Disk[]): string[] {
  const found = fit(wish, disks);
  assert('refusal' in found, 'it was not refused');
  return found.refusal
    .split('\n')
    .slice(1, -1)
    .map((line) => line.replace('  - ', ''));
}

const pair: Disk[] = [
  { name: 'sda', gib: 20, ssd: true },
  { name: 'nvme0n1', gib: 40, ssd: true },
  { name: 'sdb', gib: 2000 },
];
const own = (...volumes: unknown[]): Wish => ({ layout: 'own', own: [{ disks: {}, volumes }] });

describe('layouts', function () {
  this.timeout(120_000);

  it('are drawn and made as the golden file says', () => {
    const wishes: [string, Wish, Disk[]][] = [
      ...['plain', 'lvm', 'encrypted', 'mirror', 'mirror-lvm', 'mirror-encrypted'].map((layout): [string, Wish, Disk[]] => [layout, { layout }, pair]),
      [
        'own: mirrored system, scratch on the large disk',
        {
          layout: 'own',
          own: [
            {
              disks: { choose: 'smallest-ssd', count: 2 },
              volumes: [
                { mount: '/', size: '10GiB' },
                { mount: '/var/log', format: 'xfs', options: 'noatime' },
              ],
            },
            {
              disks: { choose: 'largest' },
              volumes: [
                {
                  group: 'data',
                  volumes: [
                    { mount: '/srv', size: '50%', format: 'xfs' },
                    { swap: true, size: '4GiB' },
                  ],
                },
              ],
            },
          ],
        },
        pair,
      ],
      ['a disk without a serial number', { layout: 'plain' }, [{ name: 'nvme0n1', gib: 8, serial: null }]],
    ];
    const text = wishes
      .map(([title, wish, disks]) => {
        const { picture, steps, mounts, swaps, encrypted, needs, starts } = planOf(wish, disks);
        return [
          `── ${title}`,
          picture,
          ...steps.map((step) => `+ ${step.join(' ').replaceAll('\n', '\n    ')}`),
          ...mounts.map(({ folder, device, format, options }) => `mount ${device} at ${folder} as ${format} with ${options}`),
          ...swaps.map((device) => `swap on ${device}`),
          ...encrypted.map(({ name, device }) => `${name} opens ${device}`),
          `needs ${needs.join(', ') || 'nothing'}; starts from ${starts.join(', ')}`,
          '',
        ].join('\n');
      })
      .join('\n');
    const file = path.join(import.meta.dirname, 'layouts.golden');
    if (process.env.UPDATE_GOLDEN || !existsSync(file)) writeFileSync(file, text);
    assert.equal(text, readFileSync(file, 'utf8'));
  });

  it('are what the README shows and the schema takes', () => {
    const home = path.resolve(import.meta.dirname, '../../barclamps/os-install');
    const readme = readFileSync(path.join(home, 'README.md'), 'utf8');
    const schema = JSON.parse(readFileSync(path.join(home, 'proposal.schema.json'), 'utf8')) as JsonSchema;
    const examples = [...readme.matchAll(/```yaml\n([^]*?)```/g)]
      .map(([, text]) => parseYaml(text!, 'README.md'))
      .map((parsed) => parsed.ok && (parsed.value as { attributes: { method?: string; layout: string; ownLayout?: unknown[] } }).attributes)
      .filter((attributes) => attributes && attributes.method === 'rootfs');
    assert.equal(examples.length, 2);
    for (const attributes of examples as { layout: string; ownLayout?: unknown[] }[]) {
      assert.deepEqual(checkAgainst(schema, attributes), []);
      planOf({ layout: attributes.layout, own: attributes.ownLayout ?? [] }, [
        { name: 'sda', gib: 40, ssd: true },
        { name: 'sdd', gib: 40, ssd: true },
        pair[2]!,
      ]);
    }
    const lab = ['1', '2'].map((number) => ({ name: `vd${number}`, gib: 8, serial: null }));
    const { picture } = planOf({ layout: 'mirror-lvm' }, lab);
    assert(readme.includes(picture.split('\n').slice(2).join('\n')), picture);
    const twice = { layout: 'own', ownLayout: [{ volumes: [{ mount: '/', swap: true }] }] };
    assert.equal(checkAgainst(schema, twice).length > 0, true, 'a volume is one thing');
    assert.equal(checkAgainst(schema, { layout: 'own', ownLayout: [{ volumes: [{ group: 'g' }] }] }).length > 0, true, 'a group holds something');
  });

  it('say which disk there was, and what it lacks', () => {
    const disks: Disk[] = [
      { name: 'sda', gib: 2, ssd: true },
      { name: 'sdb', gib: 100 },
      { name: 'sdc', gib: 64, ssd: true, removable: true },
      { name: 'sdd', gib: 64, ssd: true, usb: true },
      { name: 'sde', gib: 64, ssd: true, readOnly: true },
    ];
    assert.deepEqual(reasonsOf({ layout: 'mirror', disk: 'smallest-ssd' }, disks), [
      'swap and /: 2 disks of 3 GiB or more needed, smallest-ssd of this machine; found: disk-serial-of-sda (2 GiB), too small; disk-serial-of-sdb (100 GiB), no SSD; disk-serial-of-sdc (64 GiB), removable; disk-serial-of-sdd (64 GiB), removable; disk-serial-of-sde (64 GiB), read-only',
    ]);
    assert.deepEqual(reasonsOf({ layout: 'plain', disk: '/dev/disk/by-id/other' }, [disks[1]!]), [
      'swap and /: 1 disk of 3 GiB or more needed, /dev/disk/by-id/other; found: disk-serial-of-sdb (100 GiB)',
    ]);
    assert.deepEqual(reasonsOf({ layout: 'mirror', disk: '/dev/disk/by-id/disk-serial-of-sdb' }, disks), [
      'swap and /: 2 disks of 3 GiB or more needed, /dev/disk/by-id/disk-serial-of-sdb; found: disk-serial-of-sda (2 GiB), too small; disk-serial-of-sdb (100 GiB); disk-serial-of-sdc (64 GiB), removable; disk-serial-of-sdd (64 GiB), removable; disk-serial-of-sde (64 GiB), read-only',
    ]);
    assert.match(reasonsOf({ layout: 'plain' }, [])[0]!, /found: none$/);
  });

  it('say all that is wrong with themselves, whatever the disks', () => {
    assert.deepEqual(
      reasonsOf(
        { layout: 'own', own: [{ volumes: [{ mount: '/etc' }, { mount: '/srv' }, { mount: '/srv', size: '70%' }, { swap: true, size: '60%' }] }] },
        pair,
      ),
      [
        'nothing is mounted at /: give one volume "mount: /"',
        '/srv is there 2 times',
        '/etc cannot be a file system of its own: the system needs it before it has mounted any but /',
        '/etc and /srv all take the rest; one can',
        'the shares of one disk or group come to 130 %',
      ],
    );
    assert.deepEqual(reasonsOf(own({ mount: '/', encrypted: true }), pair), [
      '/ would hold the kernel and be encrypted: give /boot a volume that is not, for GRUB to read',
    ]);
    assert.deepEqual(reasonsOf(own({ mount: '/', format: 'xfs' }), pair), [
      '/ would hold the kernel, which GRUB reads from ext4 only: give /boot a volume with ext4',
    ]);
    assert.deepEqual(reasonsOf(own({ mount: '/' }, { group: 'var', size: '2GiB', volumes: [{ mount: '/var' }] }), pair), [
      'the group var needs another name: a volume is called so',
    ]);
  });

  describe('that were captured', () => {
    const was = (size: number, rest: object) => ({ size: 'was', was: size, ...rest });
    const captured = [
      {
        disks: { count: 2 },
        volumes: [
          was(1024, { mount: '/boot', format: 'ext4', options: 'defaults', used: 100 }),
          {
            ...was(20 * 1024, { group: 'system', free: 4096, encrypted: true }),
            volumes: [
              was(4096, { mount: '/', format: 'ext4', options: 'defaults', used: 1000 }),
              was(10 * 1024, { mount: '/srv', format: 'xfs', options: 'noatime', used: 5000 }),
              was(2048, { swap: true }),
            ],
          },
        ],
      },
    ];
    const wish: Wish = { layout: 'captured', captured };
    const disksOf = (...sizes: number[]): Disk[] => sizes.map((gib, index) => ({ name: `sd${'abc'[index]}`, gib }));
    const sizesOf = (plan: Plan): Record<string, number> =>
      Object.fromEntries(plan.steps.filter(([what]) => what === 'volume').map(([, , name, mib]) => [name!, Number(mib)]));

    it('are as they were on a disk like theirs, and grow alike on larger ones, but for swap and /boot', () => {
      const same = sizesOf(planOf(wish, disksOf(21.6, 21.6)));
      for (const [name, size] of Object.entries({ root: 4096, srv: 10_240, swap: 2048 })) assert.ok(Math.abs(same[name]! - size) < 64, `${name} ${same[name]}`);
      const larger = planOf(wish, disksOf(200, 100));
      const { root, srv, swap } = sizesOf(larger);
      assert.equal(swap, 2048);
      assert.ok(Math.abs(srv! / root! - 2.5) < 0.01, `${srv} to ${root}`);
      assert.match(larger.steps.find(([what, on]) => what === 'partition' && on!.endsWith('sda'))![2]!, /size=1024MiB, type=A19D880F/);
    });

    it('shrink to what is in them and no further, and say what does not fit', () => {
      const { root, srv, swap } = sizesOf(planOf(wish, disksOf(12, 12)));
      assert.ok(root! >= 1350 && root! < 4096, `${root}`);
      assert.ok(srv! >= 5950 && srv! < 10_240, `${srv}`);
      assert.ok(swap! >= 256 && swap! < 2048, `${swap}`);
      assert.match(
        reasonsOf(wish, disksOf(8, 8))[0]!,
        /^\/boot and system: 2 disks of 8\.\d GiB or more needed, smallest of this machine; found: .* too small/,
      );
    });

    it('are refused on fewer disks, or built without those that are missing where that is wished for', () => {
      const [reason] = reasonsOf(wish, disksOf(40));
      assert.match(reason!, /2 disks of .* found: disk-serial-of-sda \(40 GiB\); set "degraded"/);
      const { steps, picture, starts } = planOf({ ...wish, degraded: true }, disksOf(40));
      assert.deepEqual(
        steps.filter(([what]) => what === 'mirror').map((step) => step.slice(3)),
        [2, 3, 4].map((number) => [`/dev/disk/by-id/disk-serial-of-sda-part${number}`, 'missing']),
      );
      assert.equal(starts.length, 1);
      assert.match(picture, /\/boot .* mirrored \(1 of 2 disks missing\)/);
      assert.match(reasonsOf({ ...wish, degraded: true }, disksOf(3))[0]!, /too small$/);
    });
  });

  it('say what would become too small, and by how much', () => {
    assert.deepEqual(reasonsOf(own({ mount: '/boot', size: '1GiB' }, { mount: '/', size: '30%' }, { mount: '/srv' }), [{ name: 'sda', gib: 5 }]), [
      '/ would have 1 GiB on disk-serial-of-sda (5 GiB), and needs 1.5 GiB',
    ]);
    assert.deepEqual(
      reasonsOf(
        own({
          group: 'system',
          size: '4GiB',
          volumes: [
            { mount: '/', size: '3GiB' },
            { mount: '/var', size: '2GiB' },
          ],
        }),
        [{ name: 'sda', gib: 9 }],
      ),
      ['system has 5 GiB in it and room for 3.9 GiB on disk-serial-of-sda (9 GiB)'],
    );
  });

  it('take no disk twice, leave named ones to who names them, and fill no disk beyond its end', () => {
    const seldom = fc.integer({ min: 0, max: 9 }).map((number) => number === 0);
    const disk = fc.record({ gib: fc.double({ min: 4, max: 64, noNaN: true }), ssd: fc.boolean(), removable: seldom, usb: seldom });
    const size = fc.oneof(
      fc.constantFrom('rest', '40%', '60%', '2GiB', '5GiB'),
      fc.integer({ min: 1700, max: 9000 }).map((mib) => `${mib}MiB`),
    );
    const part = (folders: string[], at: number) =>
      fc.record({
        disks: fc.oneof(
          fc.record({ choose: fc.constantFrom('smallest', 'largest', 'smallest-ssd', 'largest-ssd'), count: fc.integer({ min: 1, max: 2 }) }),
          fc.record({
            ids: fc.constantFrom(['/dev/disk/by-id/disk-serial-of-sd0'], ['/dev/disk/by-id/disk-serial-of-sd1', '/dev/disk/by-id/disk-serial-of-sd2']),
          }),
        ),
        volumes: fc.tuple(size, size, fc.boolean()).map(([first, second, grouped]) =>
          grouped
            ? [
                { mount: folders[0], size: first },
                {
                  group: `g${at}`,
                  encrypted: true,
                  volumes: [
                    { mount: folders[1], size: second },
                    { swap: true, size: '512MiB' },
                  ],
                },
              ]
            : [
                { mount: folders[0], size: first },
                { mount: folders[1], size: second, format: 'xfs' },
              ],
        ),
      });
    let fitted = 0;
    fc.assert(
      fc.property(fc.array(disk, { minLength: 3, maxLength: 6 }), part(['/', '/var'], 1), part(['/srv', '/home'], 2), (given, first, second) => {
        const disks = given.map((one, at) => ({ ...one, name: `sd${at}` }));
        const found = fit({ layout: 'own', own: [first, second] }, disks);
        if ('refusal' in found) return;
        fitted++;
        const { plan } = found;
        assert.equal(new Set(plan.disks).size, plan.disks.length, 'a disk is taken once');
        const cleared = plan.steps.filter(([step]) => step === 'clear').map((step) => step[1]!);
        assert.deepEqual(cleared, plan.disks, 'nothing else is written to');
        for (const { ids } of [first.disks, second.disks] as { ids?: string[] }[]) for (const id of ids ?? []) assert(plan.disks.includes(id));
        for (const [step, name, table] of plan.steps) {
          if (step !== 'partition') continue;
          const { gib, removable, usb } = disks.find((one) => name!.endsWith(`serial-of-${one.name}`))!;
          assert(!removable && !usb, 'what can be pulled is never taken');
          const used = [...table!.matchAll(/size=(\d+)MiB/g)].reduce((sum, match) => sum + Number(match[1]), 0);
          // A MiB before the first, and the copy of the table after the last.
          assert(used + 2 <= gib * 1024, `${used} MiB on ${gib} GiB`);
        }
        assert.deepEqual(plan.mounts.map(({ folder }) => folder).sort(), ['/', '/boot/efi', '/home', '/srv', '/var']);
        assert.equal(plan.mounts[0]!.folder, '/', 'the outermost is mounted first');
      }),
      { numRuns: 40 },
    );
    assert(fitted > 4, `${fitted} of them fitted: the property says little`);
  });
});
