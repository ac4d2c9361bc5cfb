// Volumes of storage controllers over Redfish, in the shape of each vendor's service.

import assert from 'node:assert/strict';
import { makeAuthority } from '../access/certificates.ts';
import { type ActSite, openActSite } from './act-site-for-tests.ts';
import { planVolumes } from './act-volumes.ts';
import { shapes } from './redfish-for-tests.ts';
import type { Controller } from './redfish-storage.ts';

const mirror = { policy: 'mirror', volumes: [{ name: 'system', raid: 'RAID1', drives: 2 }] };

describe('volumes of storage controllers', function () {
  this.timeout(120_000);
  let tls: { key: string; cert: string };
  let site: ActSite;
  before(async () => {
    tls = await makeAuthority('a BMC');
  });
  afterEach(() => site?.close());

  for (const shape of shapes.slice(0, 4)) {
    it(`are made of the smallest drives on a machine that was named for it, as ${shape.vendor}`, async () => {
      site = await openActSite(shape, tls);
      const diff = '+ system: RAID1 of Disk 1 (480 GB), Disk 2 (480 GB)';
      assert.equal((await site.try('storage-volumes', mirror, 'check')).diff, diff);
      const refused = await site.try('storage-volumes', mirror);
      assert.ok(refused.outcome.kind === 'failed');
      assert.match(refused.outcome.problem.summary, /On n1 drives would be erased: system: RAID1 of Disk 1 \(480 GB\), Disk 2/);
      assert.match(refused.outcome.problem.next!, /name n1 under mayErase/);
      assert.deepEqual([site.inside.volumes, site.restarts], [[], 0]);

      const made = await site.try('storage-volumes', { ...mirror, mayErase: ['n1'] });
      assert.deepEqual(made.outcome, { kind: 'done', outputs: { volumes: ['system: RAID1, 480 GB'] }, changed: 1 });
      assert.deepEqual(site.inside.volumes, [{ name: 'system', raid: 'RAID1', drives: ['Disk 1', 'Disk 2'] }]);
      // From now on there is nothing to do, also where nothing may be erased.
      assert.deepEqual((await site.try('storage-volumes', mirror)).results, ['ok']);
      assert.equal(site.restarts, 1);
    });
  }

  it('are deleted where there are to be none, and only then', async () => {
    site = await openActSite(shapes[1]!, tls);
    site.inside.volumes.push({ name: 'old', raid: 'RAID5', drives: ['Disk 2', 'Disk 3', 'Disk 4'] });
    const none = { policy: 'none', volumes: [] };
    const refused = await site.try('storage-volumes', { ...none, mayErase: ['n2'] });
    assert.ok(refused.outcome.kind === 'failed');
    assert.match(refused.outcome.problem.summary, /would be erased: old: RAID5 of 3 drives/);
    assert.equal(site.inside.volumes.length, 1);
    const { outcome } = await site.try('storage-volumes', { ...none, mayErase: ['*'] });
    assert.ok(outcome.kind === 'done');
    assert.deepEqual(site.inside.volumes, []);
  });

  it('that are in the way are deleted, and others kept', async () => {
    site = await openActSite(shapes[3]!, tls);
    site.inside.volumes.push({ name: 'data', raid: 'RAID1', drives: ['Disk 3', 'Disk 4'] }, { name: 'odd', raid: 'RAID0', drives: ['Disk 1'] });
    // The mirror that is there fits, whatever it is called.
    assert.deepEqual((await site.try('storage-volumes', mirror)).results, ['ok']);
    const { outcome } = await site.try('storage-volumes', {
      policy: 'x',
      volumes: [...mirror.volumes, { name: 'two', raid: 'RAID1', drives: 2 }],
      mayErase: ['n1'],
    });
    assert.ok(outcome.kind === 'done');
    assert.deepEqual(
      site.inside.volumes.map(({ name }) => name),
      ['data', 'two'],
    );
  });

  it('are skipped with the reason where nobody makes them', async () => {
    site = await openActSite(shapes[4]!, tls);
    assert.match((await site.try('storage-volumes', mirror)).said.join(), /no storage controller that makes volumes; the layout of os-install mirrors disks/);
    await site.close();
    site = await openActSite(shapes[0]!, tls, { ipmi: true });
    assert.match((await site.try('storage-volumes', mirror)).said.join(), /speaks IPMI only/);
  });

  describe('are planned', () => {
    const drive = (name: string, size: number, more: object = {}) => ({ path: `/${name}`, name, size, kind: 'hdd' as const, usable: true, ...more });
    const controller = (drives: Controller['drives'], volumes: Controller['volumes'] = []): Controller => ({
      name: 'C',
      volumesPath: '/v',
      raidTypes: ['RAID1', 'RAID6', 'RAID10'],
      drives,
      volumes,
    });
    const five = ['a', 'b', 'c', 'd', 'e'].map((name, index) => drive(name, 1000 + index));
    const all = { name: 'all', raid: 'RAID10', drives: 'rest' as const, kind: 'any' as const };

    it('of pairs, without what failed', () => {
      const broken = five.map((one, index) => (index === 0 ? { ...one, usable: false } : one));
      const plan = planVolumes(controller(broken), [all]);
      assert.deepEqual(plan.ok && plan.value.create[0]!.drives.map(({ name }) => name), ['b', 'c', 'd', 'e']);
    });

    it('the same when they are made', () => {
      const plan = planVolumes(controller(five, [{ path: '/v/1', name: 'x', raid: 'RAID10', size: 1, drives: ['/a', '/b', '/c', '/d'] }]), [all]);
      assert.deepEqual(plan, { ok: true, value: { remove: [], create: [] } });
    });

    it('not at all where there are too few drives or another controller is needed', () => {
      const few = planVolumes(controller(five.slice(0, 3)), [all]);
      assert.match(few.ok ? '' : few.problems[0]!.summary, /3 drives for the volume all \(RAID10\), which needs 4/);
      const other = planVolumes({ ...controller(five), raidTypes: ['RAID1'] }, [all]);
      assert.match(other.ok ? '' : other.problems[0]!.summary, /C cannot make RAID10; it can make RAID1/);
      const ssd = planVolumes(controller(five), [{ ...all, raid: 'RAID1', drives: 2, kind: 'ssd' }]);
      assert.equal(ssd.ok, false);
    });
  });
});
