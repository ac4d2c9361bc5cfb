// Settings of the firmware over Redfish, in the shape of each vendor's service, with the policies and names that the barclamp ships.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { makeAuthority } from '../access/certificates.ts';
import { settle } from './act-bios.ts';
import { type ActSite, openActSite } from './act-site-for-tests.ts';
import { shapes } from './redfish-for-tests.ts';

type Given = Parameters<typeof settle>[2];
const golden = path.resolve(import.meta.dirname, '../../barclamps/bios/test/default/expected/bios-virtualization/hardware.json');
const [shipped] = JSON.parse(readFileSync(golden, 'utf8')) as [{ 'bios-settings': Given & { restart: string } }];
const given = shipped['bios-settings'];

describe('settings of the firmware', function () {
  this.timeout(120_000);
  let tls: { key: string; cert: string };
  let site: ActSite;
  before(async () => {
    tls = await makeAuthority('a BMC');
  });
  afterEach(() => site?.close());
  const called = (vendor: string) => shapes.find((shape) => shape.vendor === vendor)!;

  const expected: Record<string, { set: string[]; unsupported: string[] }> = {
    'Dell iDRAC': {
      set: ['ProcVirtualization Disabled → Enabled', 'SriovGlobalEnable Disabled → Enabled', 'SysProfile PerfPerWattOptimizedDapc → PerfOptimized'],
      unsupported: [],
    },
    'HPE iLO': {
      set: ['IntelProcVtd Disabled → Enabled', 'PowerRegulator DynamicPowerSavings → StaticHighPerf'],
      unsupported: ['sr-iov: the machine has none of Sriov'],
    },
    Supermicro: {
      set: ['IntelVirtualizationTechnology#0A11 Disable → Enable', 'SR-IOVSupport#0106 Disabled → Enabled'],
      unsupported: ['iommu: the machine has none of Intel VT for Directed I/O (VT-d), IOMMU', 'power: nothing says what Supermicro calls it'],
    },
    'Lenovo XClarity': {
      set: ['Processors_IntelVirtualizationTechnology Disabled → Enabled'],
      unsupported: [
        'iommu: the machine has none of Processors_IntelVTforDirectedIOVTd, DevicesandIOPorts_IOMMU',
        'sr-iov: the machine has none of DevicesandIOPorts_SRIOV',
        'power: the machine has none of OperatingModes_ChooseOperatingMode',
      ],
    },
  };

  for (const [vendor, { set, unsupported }] of Object.entries(expected)) {
    it(`are shown, staged, restarted for and read again, as ${vendor}`, async () => {
      site = await openActSite(called(vendor), tls);
      const before = { ...site.inside.bios };
      const shown = await site.try('bios-settings', given, 'check');
      assert.deepEqual(shown.diff?.split('\n').length, set.length * 2);
      assert.deepEqual([site.inside.bios, site.inside.staged, site.restarts], [before, {}, 0]);
      for (const text of unsupported) assert.ok(shown.said.includes(`Not set, ${text}.`), shown.said.join('\n'));

      const { outcome, results } = await site.try('bios-settings', given);
      assert.deepEqual(outcome, { kind: 'done', outputs: { set, unsupported }, changed: 1 });
      assert.deepEqual([results, site.restarts], [['changed'], 1]);

      const again = await site.try('bios-settings', given);
      assert.deepEqual(again.outcome, { kind: 'done', outputs: { set: [], unsupported }, changed: 0 });
      assert.equal(site.restarts, 1);
    });
  }

  it('wait for the next start of an installed machine, and are not staged again meanwhile', async () => {
    site = await openActSite(called('HPE iLO'), tls);
    await site.change({ system: { kind: 'installed', instance: 'i', platform: 'debian-12' } });
    for (let times = 0; times < 2; times++) {
      const { outcome } = await site.try('bios-settings', given);
      assert.ok(outcome.kind === 'notYet');
      assert.match(outcome.reason, /staged, and come into force when n1 starts the next time/);
    }
    assert.equal(site.restarts, 0);
    assert.equal(site.service.asked.filter((line) => line.startsWith('PATCH')).length, 1);
    const { outcome } = await site.try('bios-settings', { ...given, restart: 'always' });
    assert.ok(outcome.kind === 'done');
    assert.equal(site.restarts, 1);
  });

  it('that a machine does not take are named', async () => {
    site = await openActSite(called('Dell iDRAC'), tls);
    site.inside.stubborn.add('SysProfile');
    const { outcome } = await site.try('bios-settings', given);
    assert.ok(outcome.kind === 'failed');
    assert.match(outcome.problem.summary, /n1 was restarted and has not taken: SysProfile PerfOptimized/);
    assert.equal(site.inside.bios.ProcVirtualization, 'Enabled');
  });

  it('are taken by the names of the vendor, and refused in its words', async () => {
    site = await openActSite(called('Dell iDRAC'), tls);
    const { outcome } = await site.try('bios-settings', {
      ...given,
      settings: {},
      attributes: { LogicalProc: 'Disabled', NoSuch: 'x', SystemServiceTag: 'Z', SysProfile: 'Turbo' },
    });
    assert.ok(outcome.kind === 'done');
    assert.deepEqual(outcome.outputs, {
      set: ['LogicalProc Enabled → Disabled'],
      unsupported: [
        'NoSuch: the machine has no such attribute',
        'SystemServiceTag: the machine does not let SystemServiceTag be set',
        'SysProfile: SysProfile takes PerfOptimized, PerfPerWattOptimizedDapc, PerfPerWattOptimizedOs, Custom and not Turbo',
      ],
    });
  });

  it('are skipped with the reason where nobody tells them', async () => {
    site = await openActSite(shapes.at(-1)!, tls);
    const silent = await site.try('bios-settings', given);
    assert.deepEqual(silent.results, ['skipped']);
    assert.match(silent.said.join(), /does not tell the settings of the firmware/);
    await site.close();
    site = await openActSite(called('Dell iDRAC'), tls, { ipmi: true });
    assert.match((await site.try('bios-settings', given)).said.join(), /speaks IPMI only/);
  });

  it('keep their kind, and the last of two wishes for one counts', () => {
    const bios = {
      current: new Map<string, string | number | boolean>([
        ['Delay', 5],
        ['Quiet', true],
        ['Mode', 'A'],
      ]),
      known: new Map(),
    };
    const wish = {
      settings: { mode: 'b' },
      names: [{ vendor: 'Ac', settings: { mode: { attributes: ['Mode'], values: { b: ['B'] } } } }],
      attributes: { Delay: '7', Quiet: 'false', Mode: 'C' },
    };
    assert.deepEqual(settle(bios, { vendor: 'ACME' }, wish).changes, [
      { attribute: 'Mode', from: 'A', to: 'C' },
      { attribute: 'Delay', from: 5, to: 7 },
      { attribute: 'Quiet', from: true, to: false },
    ]);
  });
});
