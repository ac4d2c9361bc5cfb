// The baseline of a machine, read off Redfish services in the shape of each vendor's.

import assert from 'node:assert/strict';
import { makeAuthority } from '../access/certificates.ts';
import { type ActSite, openActSite } from './act-site-for-tests.ts';
import { shapes } from './redfish-for-tests.ts';

const all = ['processor', 'memory', 'disk', 'port', 'cable', 'firmware', 'setting'];

describe('the hardware baseline', function () {
  this.timeout(120_000);
  let tls: { key: string; cert: string };
  let site: ActSite;
  before(async () => {
    tls = await makeAuthority('a BMC');
  });
  afterEach(() => site.close());

  for (const shape of shapes) {
    it(`accepts what it sees first and tells what changes, as ${shape.vendor}`, async () => {
      site = await openActSite(shape, tls);
      const first = await site.try('hardware-baseline', { compare: all });
      assert.deepEqual(first.outcome, { kind: 'done', outputs: { differences: [] }, changed: 0 });
      const reading = (await site.store.get('hardwareReading', 'n1'))!;
      assert.deepEqual(reading.firmware, { BIOS: '2.19.1', 'Integrated Remote Access Controller': '7.10.30.00', 'Backplane 1': '4.35' });
      assert.equal((await site.store.get('baseline', 'n1'))?.by, undefined);

      site.inside.firmware.BIOS = '2.20.0';
      const [setting] = Object.keys(site.inside.bios);
      if (setting) site.inside.bios[setting] = 'Other';
      const second = await site.try('hardware-baseline', { compare: all });
      assert.ok(second.outcome.kind === 'done');
      const expected = [
        'the firmware of BIOS is 2.20.0 and was 2.19.1',
        ...(setting ? [`the setting ${setting} is Other and was ${reading.settings![setting]}`] : []),
      ];
      assert.deepEqual(second.outcome.outputs.differences, expected);

      const round = await site.try('hardware-baseline', { compare: all }, 'check');
      assert.deepEqual([round.results, round.diff], [['changed'], expected.map((text) => `+ ${text}`).join('\n')]);
      const strict = await site.try('hardware-baseline', { compare: all, blocks: true });
      assert.ok(strict.outcome.kind === 'failed');
      assert.match(strict.outcome.problem.summary, /is not what was accepted: the firmware of BIOS is 2\.20\.0/);
      assert.match(strict.outcome.problem.next!, /prybar node baseline n1 --accept/);
    });
  }

  it('waits for a person where nothing is accepted by itself', async () => {
    site = await openActSite(shapes[0]!, tls);
    const given = { compare: all, acceptFirst: false };
    assert.deepEqual((await site.try('hardware-baseline', given)).results, ['skipped']);
    const strict = await site.try('hardware-baseline', { ...given, blocks: true });
    assert.ok(strict.outcome.kind === 'failed');
    assert.match(strict.outcome.problem.summary, /Nothing was accepted of n1 yet/);
    assert.equal(await site.store.get('baseline', 'n1'), undefined);
  });

  it('compares without what IPMI does not tell, and says so', async () => {
    site = await openActSite(shapes[0]!, tls, { ipmi: true });
    const { said } = await site.try('hardware-baseline', { compare: all });
    assert.match(said[0]!, /IPMI only/);
    await site.change({ inventory: { ...(await site.node()).inventory!, disks: [] } });
    const { outcome } = await site.try('hardware-baseline', { compare: all });
    assert.ok(outcome.kind === 'done');
    assert.deepEqual(outcome.outputs.differences, ['disk wwn-1 is gone: it was 447 GiB ssd']);
  });

  it('keeps what a controller told before while it does not answer', async () => {
    site = await openActSite(shapes[0]!, tls);
    await site.try('hardware-baseline', { compare: all });
    await site.service.close();
    const { outcome, said } = await site.try('hardware-baseline', { compare: all });
    assert.ok(outcome.kind === 'done');
    assert.deepEqual(outcome.outputs.differences, []);
    assert.match(said[0]!, /does not answer/);
  });
});
