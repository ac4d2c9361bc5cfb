// Firmware over Redfish, in the shape of each vendor's service: files of a real store of the admin node go over TLS or are fetched by HTTP, and what the
// service makes of them is looked at until it has ended.

import assert from 'node:assert/strict';
import { appendFileSync, createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { makeAuthority } from '../access/certificates.ts';
import { newKeyPair, sign } from '../signing.ts';
import { type FirmwareFiles, openFirmwareFiles } from '../images/firmware-files.ts';
import type { FirmwareUpdate } from '../model/firmware.ts';
import { type ActSite, openActSite, type Tried } from './act-site-for-tests.ts';
import { shapes } from './redfish-for-tests.ts';
import { packageFor } from './redfish-update-for-tests.ts';

const ACT = 'firmware-versions';
const BMC = 'Integrated Remote Access Controller';

describe('firmware', function () {
  this.timeout(120_000);
  let tls: { key: string; cert: string };
  let folder: string;
  let site: ActSite;
  let files: FirmwareFiles;
  let server: Server;
  const { privateKey } = newKeyPair('test');
  before(async () => {
    tls = await makeAuthority('a BMC');
    // As the boot server hands them out: by digest, with any name behind it.
    server = createServer((request, response) => {
      const file = files.path(request.url!.split('/')[2]!);
      if (file) createReadStream(file).pipe(response);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'prybar-firmware-'));
  });
  afterEach(async () => {
    await site.close();
    rmSync(folder, { recursive: true });
  });
  after(() => new Promise((resolve) => server.close(resolve)));

  async function open(vendor: string, options = {}): Promise<void> {
    const shape = shapes.find((one) => one.vendor === vendor)!;
    site = await openActSite(shape, tls, options);
    const vouch = async (text: string) => {
      const signed = sign(Buffer.from(text), privateKey);
      assert.ok(signed.ok);
      return signed.value;
    };
    files = openFirmwareFiles({ store: site.store, folder, sign: vouch, now: Date.now });
    site.firmwareFile = files.open;
    site.downloadUrl = ({ digest, name }) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/downloads/${digest}/${name}`;
  }
  const keep = async (component: string, version: string, name = `${component}_${version}.exe`): Promise<string> =>
    (await files.take(Readable.from([packageFor(component, version)]), { name, by: 'somebody' })).digest;
  const rule = async (component: string, version: string, more = {}) => ({
    component,
    accept: [],
    bring: { version, sha256: await keep(component, version), ...more },
  });
  const update = (components: object[], more = {}): Promise<Tried> => site.try(ACT, { components, update: true, ...more });
  const begun = () => site.store.get('firmwareUpdate', 'n1');
  /** As a crash leaves it. */
  const leave = (fact: Partial<FirmwareUpdate>) =>
    site.store.put(
      'firmwareUpdate',
      'n1',
      { nodeId: 'n1', part: 'BIOS', from: '2.19.1', to: '2.20.0', sha256: '', stage: 'taken', at: Date.now(), ...fact },
      'any',
    );
  /** What is not there at first shows only in time. */
  const until = async (is: () => boolean | Promise<boolean>): Promise<void> => {
    for (const end = Date.now() + 10_000; !(await is()); ) {
      assert.ok(Date.now() < end, 'it did not come');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  const expected: Record<string, { way: string; restarts: number; says: RegExp; targets?: unknown }> = {
    'Dell iDRAC': { way: 'push', restarts: 1, says: /The controller: The update goes on\. 30 %/, targets: 0 },
    'HPE iLO': { way: 'pull', restarts: 1, says: /The controller: Writing/ },
    Supermicro: { way: 'push', restarts: 1, says: /The controller: its task goes on/, targets: 1 },
    'Lenovo XClarity': { way: 'push', restarts: 1, says: /The controller: The update goes on\. 60 %/, targets: 1 },
  };
  for (const [vendor, { way, restarts, says, targets }] of Object.entries(expected)) {
    it(`is shown, given, worked at, started for and read again, as ${vendor}`, async () => {
      await open(vendor);
      const wish = [{ ...(await rule('BIOS', '2.20.0')), vendor: (await site.node()).inventory!.vendor }];
      const shown = await site.try(ACT, { components: wish, update: true }, 'check');
      assert.equal(shown.diff, '- BIOS: 2.19.1\n+ BIOS: 2.20.0');
      assert.match(shown.said.join('\n'), /n1 would be restarted for it/);
      assert.deepEqual([site.inside.updates.taken, site.restarts], [[], 0]);

      const { outcome, said, results } = await update(wish);
      assert.deepEqual(outcome, { kind: 'done', outputs: { differences: [], updated: ['BIOS 2.19.1 → 2.20.0'], left: [] }, changed: 1 }, said.join('\n'));
      assert.deepEqual([results, site.restarts, site.inside.firmware.BIOS], [['changed'], restarts, '2.20.0']);
      assert.match(said.join('\n'), says);
      const [taken] = site.inside.updates.taken;
      assert.deepEqual([taken!.way, taken!.bytes, taken!.name], [way, packageFor('BIOS', '2.20.0').length, 'BIOS_2.20.0.exe']);
      if (targets !== undefined) assert.equal((taken!.parameters.Targets as string[]).length, targets);
      assert.equal(await begun(), undefined);
      const reading = (await site.store.get('firmwareReading', 'n1'))!;
      assert.deepEqual([reading.parts[0]?.version, reading.rules?.length], ['2.20.0', 1]);

      const again = await update(wish);
      assert.deepEqual([again.outcome.kind, again.results, site.inside.updates.taken.length, site.restarts], ['done', ['ok'], 1, restarts]);
    });
  }

  it('of several parts is brought one after another, and the controller may start itself meanwhile', async () => {
    await open('Dell iDRAC');
    // The file says which part it is for.
    const wish = [await rule(BMC, '7.20.10.00'), { ...(await rule('Backplane 1', '4.36')), component: 'Backplane*' }, await rule('BIOS', '2.20.0')];
    const { outcome, said } = await update(wish);
    assert.ok(outcome.kind === 'done', said.join('\n'));
    assert.deepEqual(outcome.outputs.updated, [`${BMC} 7.10.30.00 → 7.20.10.00`, 'Backplane 1 4.35 → 4.36', 'BIOS 2.19.1 → 2.20.0']);
    assert.deepEqual(site.inside.firmware, { BIOS: '2.20.0', [BMC]: '7.20.10.00', 'Backplane 1': '4.36' });
    assert.equal(site.restarts, 1);
  });
  it('that differs is shown without being touched, and blocks where that is asked for', async () => {
    await open('Dell iDRAC');
    const components = [{ component: 'BIOS', accept: ['2.20.*', '2.21.0'] }];
    const shown = await site.try(ACT, { components });
    assert.deepEqual(shown.outcome, {
      kind: 'done',
      outputs: { differences: ['BIOS 2.19.1 is not accepted: 2.20.*, 2.21.0'], updated: [], left: [] },
      changed: 0,
    });
    assert.equal((await site.try(ACT, { components }, 'check')).diff, '+ BIOS 2.19.1 is not accepted: 2.20.*, 2.21.0');
    const strict = await site.try(ACT, { components, blocks: true });
    assert.ok(strict.outcome.kind === 'failed');
    assert.match(strict.outcome.problem.summary, /The firmware of n1 is not what is accepted: BIOS 2\.19\.1/);
    site.inside.firmware.BIOS = '2.20.7';
    assert.deepEqual((await site.try(ACT, { components, blocks: true })).results, ['ok']);
  });

  it('is left where it cannot be updated, is newer, or cannot be compared, unless that is meant', async () => {
    await open('Dell iDRAC');
    site.inside.updates.fixed.add('Backplane 1');
    const down = await rule('BIOS', '2.10.0');
    const wish = [down, { ...(await rule(BMC, 'A07')) }, await rule('Backplane 1', '4.36')];
    const { outcome } = await update(wish);
    assert.ok(outcome.kind === 'done');
    assert.deepEqual(outcome.outputs.left, [
      'BIOS: 2.10.0 is older than 2.19.1; say downgrade: true where it is meant',
      `${BMC}: A07 cannot be compared with 7.10.30.00; say downgrade: true where it is meant`,
      'Backplane 1: its controller says that it cannot be updated',
    ]);
    assert.equal(site.inside.updates.taken.length, 0);
    const meant = await update([{ ...down, bring: { ...down.bring, downgrade: true } }]);
    assert.ok(meant.outcome.kind === 'done');
    assert.equal(site.inside.firmware.BIOS, '2.10.0');
  });

  it('whose file is missing, was changed, or was vouched for by others is not given to a controller', async () => {
    await open('Dell iDRAC');
    const wish = await rule('BIOS', '2.20.0');
    const missing = await update([{ ...wish, bring: { ...wish.bring, sha256: '0'.repeat(64) } }]);
    assert.ok(missing.outcome.kind === 'failed');
    assert.match(missing.outcome.problem.next!, /prybar firmware add/);

    appendFileSync(files.path(wish.bring.sha256)!, ' ');
    const changed = await update([wish]);
    assert.ok(changed.outcome.kind === 'failed');
    assert.match(changed.outcome.problem.summary, /has the SHA-256 [0-9a-f]{64} now instead of .*: somebody has changed it/);

    await keep('BIOS', '2.20.0');
    const { revision: _, ...fact } = (await site.store.get('firmwareFile', wish.bring.sha256))!;
    const other = sign(Buffer.from('something else'), newKeyPair('other').privateKey);
    assert.ok(other.ok);
    await site.store.put('firmwareFile', wish.bring.sha256, { ...fact, signature: other.value }, 'any');
    const unsigned = await update([wish]);
    assert.ok(unsigned.outcome.kind === 'failed');
    assert.match(unsigned.outcome.problem.summary, /this site has not vouched for it/);
    assert.deepEqual([site.inside.updates.taken, await begun()], [[], undefined]);
    await assert.rejects(files.take(Readable.from(['x']), { name: 'x', by: 'y', sha256: '1'.repeat(64) }), /instead of 1{64}/);
  });

  for (const vendor of ['HPE iLO', 'Supermicro']) {
    it(`that fails while it is written is told in the words of the service, as ${vendor}`, async () => {
      await open(vendor);
      site.inside.updates.failWith = 'The image does not fit this system.';
      const wish = [await rule('BIOS', '2.20.0')];
      const { outcome } = await update(wish);
      assert.ok(outcome.kind === 'failed');
      assert.match(outcome.problem.summary, /The update of BIOS of n1 to 2\.20\.0 failed: The image does not fit this system\./);
      assert.deepEqual([site.inside.firmware.BIOS, site.restarts, await begun()], ['2.19.1', 0, undefined]);
      // Whoever tries again begins anew.
      assert.equal((await update(wish)).outcome.kind, 'done');
      assert.equal(site.inside.firmware.BIOS, '2.20.0');
    });
  }

  it('that is refused, too large, or taken and forgotten is a failure', async () => {
    await open('Lenovo XClarity');
    const wish = await rule('BIOS', '2.20.0');
    const large = await files.take(Readable.from([Buffer.alloc(20_000)]), { name: 'big.bin', by: 'somebody' });
    const tooLarge = await update([{ ...wish, bring: { ...wish.bring, sha256: large.digest } }]);
    assert.ok(tooLarge.outcome.kind === 'failed');
    assert.match(tooLarge.outcome.problem.summary, /takes files of 10000 bytes at most, and this one has 20000/);
    const wrong = await files.take(Readable.from(['no package']), { name: 'x.bin', by: 'somebody' });
    const refused = await update([{ ...wish, bring: { ...wish.bring, sha256: wrong.digest } }]);
    assert.ok(refused.outcome.kind === 'failed');
    assert.match(refused.outcome.problem.summary, /refused POST \/mfwupdate \(400\): The image is not valid/);
    assert.equal(await begun(), undefined);
    site.inside.updates.forgets = true;
    const forgotten = await update([wish]);
    assert.ok(forgotten.outcome.kind === 'failed');
    assert.match(forgotten.outcome.problem.summary, /n1 was started again, and BIOS is 2\.19\.1 instead of 2\.20\.0/);
    assert.equal(site.restarts, 1);
  });

  it('goes the way that is asked for, and with what the vendor wants to be told', async () => {
    await open('Dell iDRAC');
    assert.equal((await update([await rule('BIOS', '2.20.0', { way: 'pull' })])).outcome.kind, 'done');
    assert.equal((await update([await rule('BIOS', '2.21.0', { oem: { ImageType: 'BIOS' } })])).outcome.kind, 'done');
    const [pulled, pushed] = site.inside.updates.taken;
    assert.deepEqual([pulled!.way, pulled!.parameters.TransferProtocol, pushed!.way, pushed!.oem], ['pull', 'HTTP', 'push', { ImageType: 'BIOS' }]);
    await site.close();
    await open('HPE iLO');
    const { outcome } = await update([await rule('BIOS', '2.20.0', { way: 'push' })]);
    assert.ok(outcome.kind === 'failed');
    assert.match(outcome.problem.summary, /offers pull only/);
  });

  it('waits for the next start of an installed machine, and is not given twice meanwhile', async () => {
    await open('Dell iDRAC');
    await site.change({ system: { kind: 'installed', instance: 'i', platform: 'debian-12' } });
    const wish = [await rule('BIOS', '2.20.0')];
    for (let times = 0; times < 2; times++) {
      const { outcome } = await update(wish);
      assert.ok(outcome.kind === 'notYet');
      assert.match(outcome.reason, /BIOS 2\.20\.0 is staged, and comes into force when n1 starts the next time/);
    }
    assert.deepEqual([site.restarts, site.inside.updates.taken.length], [0, 1]);
    site.inside.started();
    const { outcome } = await update(wish);
    assert.ok(outcome.kind === 'done');
    assert.deepEqual([outcome.outputs.updated, site.inside.updates.taken.length], [['BIOS 2.19.1 → 2.20.0'], 1]);
    assert.equal((await update([await rule('BIOS', '2.21.0')], { restart: 'always' })).outcome.kind, 'done');
    assert.equal(site.restarts, 1);
  });

  it('is left on an installed machine whose controller cannot be told to wait', async () => {
    await open('Supermicro');
    await site.change({ system: { kind: 'installed', instance: 'i', platform: 'debian-12' } });
    const { outcome } = await update([await rule('BIOS', '2.20.0')]);
    assert.ok(outcome.kind === 'done');
    assert.match(String(outcome.outputs.left), /cannot be told to wait for the next start of n1, which is installed; say restart: always/);
    assert.equal(site.inside.updates.taken.length, 0);
  });

  it('is never begun while the controller is at another update, whoever began that', async () => {
    await open('Dell iDRAC');
    site.inside.updates.stuck = true;
    const wish = [await rule('BIOS', '2.20.0')];
    const first = update(wish);
    await until(async () => (await begun())?.stage === 'taken');
    // Somebody else's, as far as the second attempt can know.
    await site.store.remove('firmwareUpdate', 'n1');
    const second = await update(wish);
    assert.ok(second.outcome.kind === 'notYet');
    assert.match(second.outcome.reason, /its controller is at something else: The update goes on\./);
    site.inside.updates.stuck = false;
    assert.equal((await first).outcome.kind, 'done');
    assert.equal(site.inside.updates.taken.length, 1);
  });

  for (const vendor of ['Dell iDRAC', 'HPE iLO']) {
    it(`is followed to its end by whoever comes after a crash, as ${vendor}`, async () => {
      await open(vendor);
      site.inside.updates.stuck = true;
      const wish = [await rule('BIOS', '2.20.0')];
      const gone = new AbortController();
      const first = site.hardware({
        node: await site.node(),
        acts: [{ kind: ACT, given: { components: wish, update: true }, where: {} }],
        mode: 'apply',
        onEvent: () => {},
        signal: gone.signal,
      });
      await until(async () => (await begun())?.stage === 'taken');
      gone.abort();
      await assert.rejects(first);
      site.inside.updates.stuck = false;
      const { outcome, said } = await update(wish);
      assert.ok(outcome.kind === 'done', said.join('\n'));
      assert.match(said.join('\n'), /The update of BIOS to 2\.20\.0 was begun before; it is followed to its end\./);
      assert.deepEqual([outcome.outputs.updated, site.inside.updates.taken.length, site.restarts], [['BIOS 2.19.1 → 2.20.0'], 1, 1]);
    });
  }

  it('of which a crash left open whether it was taken is found among the tasks, or begun anew', async () => {
    await open('Dell iDRAC');
    const wish = [await rule('BIOS', '2.20.0')];
    await leave({ stage: 'sending', sha256: wish[0]!.bring.sha256 });
    const anew = await update(wish);
    assert.equal(anew.outcome.kind, 'done');
    assert.match(anew.said.join('\n'), /Whether BIOS was sent is not known; its controller is at nothing/);

    site.inside.updates.stuck = true;
    const next = [await rule('BIOS', '2.21.0')];
    const first = update(next);
    await until(async () => (await begun())?.stage === 'taken');
    await leave({ stage: 'sending', from: '2.20.0', to: '2.21.0' });
    const second = update(next);
    await until(async () => Boolean((await begun())?.task));
    site.inside.updates.stuck = false;
    await first;
    const { outcome, said } = await second;
    assert.equal(outcome.kind, 'done');
    assert.match(said.join('\n'), /The controller is at something that was begun before/);
    assert.equal(site.inside.updates.taken.length, 2);
  });

  it('that was lost with the current is begun anew when somebody tries again', async () => {
    await open('Dell iDRAC');
    site.inside.updates.stuck = true;
    const wish = [await rule('BIOS', '2.20.0')];
    const first = update(wish);
    await until(async () => (await begun())?.stage === 'taken');
    site.inside.updates.loseAll();
    site.inside.updates.stuck = false;
    const { outcome } = await first;
    assert.ok(outcome.kind === 'failed');
    assert.match(outcome.problem.summary, /n1 was started again, and BIOS is 2\.19\.1 instead of 2\.20\.0/);
    assert.equal((await update(wish)).outcome.kind, 'done');
  });

  it('is compared by what the system saw where IPMI tells nothing, and never updated', async () => {
    await open('Dell iDRAC', { ipmi: true });
    const wish = [await rule('BIOS', '2.20.0')];
    const { outcome, said } = await update(wish);
    assert.ok(outcome.kind === 'done');
    assert.deepEqual(outcome.outputs.differences, ['BIOS 2.19.1 is not accepted: 2.20.0']);
    assert.match(said.join('\n'), /speaks IPMI only/);
    assert.equal(site.inside.updates.taken.length, 0);
  });

  it('of a service that takes no files is left', async () => {
    await open(shapes.at(-1)!.vendor);
    const { outcome } = await update([await rule('BIOS', '2.20.0')]);
    assert.ok(outcome.kind === 'failed');
    assert.match(outcome.problem.summary, /takes no files over Redfish/);
  });
});
