// Versions as vendors write them, which of them a site accepts, and what is not brought to a file.

import assert from 'node:assert/strict';
import { compareVersions } from './firmware-version.ts';
import { firmwareParts, type FirmwarePart, fits, judgeFirmware, kindOfPart, whyNotBrought } from './firmware.ts';
import type { Inventory } from './inventory.ts';

const part = (name: string, version: string, more: Partial<FirmwarePart> = {}): FirmwarePart => ({
  name,
  version,
  told: 'controller',
  updateable: true,
  ...more,
});

describe('versions of firmware', () => {
  const older: [string, string][] = [
    ['2.9.1', '2.19.1'],
    ['U46 v2.42 (04/08/2024)', 'U46 v2.50 (01/02/2023)'],
    ['1.4', '1.4b'],
    ['1.4a', '1.4B'],
    ['TEE142E-2.30', 'TEE150A-1.10'],
    ['7.10.30.00', '7.10.30.05'],
    ['0012345678901234567890', '12345678901234567891'],
  ];
  for (const [a, b] of older)
    it(`${a} is older than ${b}`, () => {
      assert.ok(compareVersions(a, b)! < 0);
      assert.ok(compareVersions(b, a)! > 0);
    });

  it('are the same, or of two kinds', () => {
    assert.equal(compareVersions('2.19.1', '2.19.01'), 0);
    assert.equal(compareVersions('v2.1', 'V2.1'), 0);
    for (const [a, b] of [
      ['U46 v2.42', 'A43 v2.50'],
      ['1.4b', '1.4.2'],
      ['2.1-rc', '2.1-beta'],
    ] as const)
      assert.equal(compareVersions(a, b), undefined, `${a} and ${b}`);
  });
});

describe('accepted firmware', () => {
  it('is told by names and versions with stars', () => {
    for (const [text, pattern] of [
      ['BIOS', 'bios'],
      ['Broadcom NetXtreme - 01', 'broadcom*'],
      ['2.19.1', '2.*.1'],
      ['abcabc', 'a*c*c'],
      ['', '*'],
    ] as const)
      assert.ok(fits(text, pattern), `${text} and ${pattern}`);
    for (const [text, pattern] of [
      ['BIOS 2', 'bios'],
      ['abc', 'ab*bc'],
      ['2.19', '2.*.1'],
      ['ac', 'a*b*c'],
    ] as const)
      assert.ok(!fits(text, pattern), `${text} and ${pattern}`);
    // What would take a matcher that tries everything for ever.
    const begun = Date.now();
    assert.ok(!fits('a'.repeat(5000), `${'a*'.repeat(500)}b`));
    assert.ok(Date.now() - begun < 200);
  });

  it('is judged by the first rule that speaks of the part, for the make and model', () => {
    const rules = [
      { vendor: 'dell', product: 'X1', component: 'BIOS', accept: ['2.20.*'] },
      { component: 'BIOS', accept: ['1.*'] },
      { component: 'Backplane*', accept: [], bring: { version: '4.36', sha256: 'f'.repeat(64) } },
    ];
    const parts = [part('BIOS', '2.19.1'), part('Backplane 1', '4.36'), part('PSU 1', '1')];
    const verdicts = (machine: { vendor: string; product: string }) => judgeFirmware(parts, machine, rules).map(({ verdict }) => verdict);
    assert.deepEqual(verdicts({ vendor: 'Dell Inc.', product: 'X1' }), ['differs', 'accepted', 'untold']);
    assert.deepEqual(verdicts({ vendor: 'HPE', product: 'X1' }), ['differs', 'accepted', 'untold']);
    parts[0] = part('BIOS', '1.5');
    assert.deepEqual(verdicts({ vendor: 'Dell Inc.', product: 'X1' })[0], 'differs');
    assert.deepEqual(verdicts({ vendor: 'HPE', product: 'X1' })[0], 'accepted');
  });

  it('is not brought where it cannot be, or is newer, unless that is meant', () => {
    const to = { version: '2.20.0', sha256: '' };
    assert.equal(whyNotBrought(part('BIOS', '2.19.1'), to), undefined);
    assert.match(whyNotBrought(part('BIOS', '2.21.0'), to)!, /BIOS: 2\.20\.0 is older than 2\.21\.0; say downgrade/);
    assert.match(whyNotBrought(part('BIOS', 'A06'), to)!, /cannot be compared with A06/);
    assert.equal(whyNotBrought(part('BIOS', '2.21.0'), { ...to, downgrade: true }), undefined);
    assert.match(whyNotBrought(part('BIOS', '2.19.1', { updateable: false }), { ...to, downgrade: true })!, /says that it cannot be updated/);
    assert.match(whyNotBrought(part('disk', '1', { told: 'system' }), to)!, /cannot be updated over Redfish/);
  });

  it('is what the controller told and, beyond that, what the system saw', () => {
    const inventory: Inventory = {
      cpu: { model: '', sockets: 1, cores: 1, threads: 1, architecture: 'x86_64' },
      memory: 1,
      disks: [1, 2].map((number) => ({ name: `sd${number}`, size: 1, kind: 'ssd', removable: false, model: 'Fast', firmware: `F${number}` })),
      nics: [{ name: 'eno1', mac: '52:54:00:00:00:01', pciPath: '0000:01:00.0', up: true, firmware: '21.60' }],
      firmware: { kind: 'uefi', version: '2.19.1' },
      bmc: { version: '7.10' },
    };
    const shown = (read: FirmwarePart[]) => firmwareParts(inventory, read).map(({ name, version }) => `${name} ${version}`);
    const seen = ['network port 0000:01:00.0 21.60', 'disk Fast F1', 'disk Fast #2 F2'];
    assert.deepEqual(shown([]), ['BIOS 2.19.1', 'BMC 7.10', ...seen]);
    assert.deepEqual(shown([part('System ROM', 'U46 v2.42')]), ['System ROM U46 v2.42', ...seen]);
    assert.deepEqual(shown([part('iLO 5', '3.01')]), ['iLO 5 3.01', 'BIOS 2.19.1', ...seen]);
    assert.deepEqual(['disk Fast #2', 'Broadcom BCM5720 - 00:11:22:AA:BB:CC', 'network port 0000:01:00.0'].map(kindOfPart), [
      'disk Fast',
      'Broadcom BCM5720',
      'network port',
    ]);
  });
});
