// One contract for every way to a board controller: the same cases over IPMI, to a real ipmi_sim, and over Redfish, to a service in the
// shape of each vendor's. Then what is Redfish's own: sessions, tags, tasks, patience, certificates.

import assert from 'node:assert/strict';
import { readFileSync, watch } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port-for-tests.ts';
import { makeAuthority } from '../access/certificates.ts';
import { chassisFolder, startBmc } from '../lab/bmc.ts';
import type { Checked } from '../model/problem.ts';
import { hostNamespace } from '../network/namespace.ts';
import { ipmiBmc } from './ipmi.ts';
import { readEvents, readSensors } from './ipmi-text.ts';
import { type Bmc, isSilent } from './power.ts';
import { quirksOf } from './quirks.ts';
import { redfishBmc } from './redfish.ts';
import { type FakeService, PASSWORD, type Shape, shapes, startRedfish, USER } from './redfish-for-tests.ts';
import { skipWhere } from '../../test/skip-where.ts';

type Subject = {
  bmc: Bmc;
  /** The same controller, asked with another password or at a port where nobody is. */
  wrong: Bmc;
  nobody: Bmc;
  power(): Promise<'on' | 'off'>;
  nextBoot(): Promise<string>;
  /** How often it was started or started again. */
  starts(): Promise<number>;
  heat(): Promise<void>;
  end(): Promise<void>;
};

const namespace = hostNamespace();

describe('board controllers', function () {
  this.timeout(120_000);
  let certificate: { key: string; cert: string };
  before(async () => {
    certificate = await makeAuthority('a BMC');
  });

  const subjects: { name: string; begin(): Promise<Subject | string> }[] = [
    { name: 'IPMI', begin: simulated },
    ...shapes.map((shape) => ({ name: `Redfish as ${shape.vendor}`, begin: () => pretended(shape, certificate) })),
  ];
  for (const { name, begin } of subjects) {
    describe(name, () => {
      let it_: Subject;
      before(async function () {
        const begun = await begin();
        if (typeof begun !== 'string') it_ = begun;
        else {
          skipWhere(this, begun);
        }
      });
      after(() => it_?.end());

      it('switches on and off, and takes it easy when it is so already', async () => {
        assert.equal(valueOf(await it_.bmc.status()), 'off');
        for (const order of ['on', 'on', 'off', 'off'] as const) {
          valueOf(await it_.bmc[order]());
          assert.equal(valueOf(await it_.bmc.status()), order);
          assert.equal(await it_.power(), order);
        }
      });

      it('starts again, also what is off', async () => {
        const before = await it_.starts();
        valueOf(await it_.bmc.cycle());
        await until(async () => (await it_.starts()) === before + 1);
        valueOf(await it_.bmc.cycle());
        await until(async () => (await it_.starts()) === before + 2);
        assert.equal(await it_.power(), 'on');
        valueOf(await it_.bmc.off());
      });

      it('has the next start go where it is told', async () => {
        for (const device of ['pxe', 'disk'] as const) {
          valueOf(await it_.bmc.setNextBoot(device));
          assert.equal(await it_.nextBoot(), device);
        }
      });

      it('says who it is', async () => {
        const identity = valueOf(await it_.bmc.identity());
        assert.match(identity.version!, /^\d+\.\d+/);
        assert.match(identity.firmware!, /^\d+\.\d+/);
      });

      it('reads sensors and the event log, newest first', async () => {
        const sensors = valueOf(await it_.bmc.sensors());
        const [temperature, fan] = [sensors.find((s) => s.kind === 'temperature' && s.state !== 'unread'), sensors.find((s) => s.kind === 'fan')];
        assert.deepEqual([temperature?.state, temperature?.unit, fan?.state], ['ok', '°C', 'ok']);
        assert.ok(temperature!.value! > 30 && temperature!.value! < 50, `${temperature!.value}`);
        assert.ok(fan!.value! >= 30);
        await it_.heat();
        assert.equal(valueOf(await it_.bmc.sensors()).find((s) => s.name === temperature!.name)?.state, 'critical');
        const [latest, ...earlier] = valueOf(await it_.bmc.events(3));
        assert.ok(latest);
        assert.equal(latest.severity, 'critical');
        assert.match(latest.text, /CPU temp/i);
        assert.ok(earlier.length > 0 && earlier.length <= 2);
        assert.deepEqual(
          earlier.map(({ id }) => Number(id)),
          earlier.map((_entry, index) => Number(latest.id) - 1 - index),
        );
      });

      it('tells a wrong password from no answer', async () => {
        const refused = await it_.wrong.status();
        assert.ok(!refused.ok && !isSilent(refused));
        assert.match(refused.problems[0]!.summary, /does not accept the user/);
        const silent = await it_.nobody.status();
        assert.ok(!silent.ok && isSilent(silent));
        assert.match(silent.problems[0]!.summary, /does not answer/);
      });

      it('takes many orders at once, one after the other', async () => {
        const answers = await Promise.all(Array.from({ length: 5 }, () => it_.bmc.status()));
        assert.ok(answers.every((answer) => answer.ok));
      });
    });
  }

  describe('a Redfish service', () => {
    let service: FakeService;
    const open = async (shape: Partial<Shape> = {}) => (service = await startRedfish({ ...shapes[0]!, ...shape }, certificate));
    const bmc = (pinned?: string, machine?: { uuid?: string; serial?: string }, onCertificate?: (certificate: string) => void): Bmc =>
      redfishBmc(
        { address: '127.0.0.1', port: service.port, user: USER, password: PASSWORD, ...(pinned && { certificate: pinned }) },
        { namespace, ...(machine && { machine }), ...(onCertificate && { onCertificate }) },
      );
    afterEach(() => service.close());

    it('keeps no session open', async () => {
      await open();
      for (const answer of [await bmc().status(), await bmc().sensors(), await bmc().on()]) assert.ok(answer.ok);
      assert.equal(service.sessions.size, 0);
      assert.equal(service.asked.filter((line) => line.startsWith('DELETE') && line.endsWith(' 204')).length, 3);
    });

    it('that ends the session early gets a new one', async () => {
      await open();
      service.once(shapes[0]!.system, 401);
      assert.equal(valueOf(await bmc().status()), 'off');
      assert.equal(service.asked.filter((line) => line.startsWith('POST') && line.endsWith(' 201')).length, 2);
    });

    it('is believed by the certificate that it showed first, and told nothing with another', async () => {
      await open();
      const seen: string[] = [];
      valueOf(await bmc(undefined, undefined, (shown) => seen.push(shown)).status());
      assert.deepEqual(seen, [service.certificate]);
      valueOf(await bmc(service.certificate).status());
      const before = service.asked.length;
      const other = await bmc('0'.repeat(64)).status();
      assert.ok(!other.ok && !isSilent(other));
      assert.match(other.problems[0]!.summary, /another certificate/);
      assert.equal(service.asked.length, before);
    });

    it('that is busy is asked again, after the time that it names', async () => {
      await open();
      service.once('/redfish/v1', 503, { 'retry-after': '1' });
      const begun = Date.now();
      assert.equal(valueOf(await bmc().status()), 'off');
      assert.ok(Date.now() - begun >= 900);
    });

    it('whose task fails is a Problem with what it says', async () => {
      await open({ tasks: true });
      service.once('/redfish/v1/TaskService/TaskMonitors/1', 200, {}, { TaskState: 'Exception', Messages: [{ Message: 'The power button is locked.' }] });
      const refused = await bmc().on();
      assert.match(refused.ok ? '' : refused.problems[0]!.summary, /The power button is locked/);
    });

    it('that redirects is followed, but never to another machine', async () => {
      await open();
      service.once(shapes[0]!.system, 308, { location: `https://198.51.100.1${shapes[0]!.system}/` });
      assert.equal(valueOf(await bmc().status()), 'off');
    });

    it('with several systems is only used for its own', async () => {
      await open();
      const two = { Members: [{ '@odata.id': shapes[0]!.system }, { '@odata.id': shapes[0]!.chassis }] };
      service.once('/redfish/v1/Systems', 200, {}, two);
      assert.equal(valueOf(await bmc(undefined, { serial: 'SERIAL1' }).status()), 'off');
      service.once('/redfish/v1/Systems', 200, {}, two);
      const other = await bmc(undefined, { serial: 'SERIAL2' }).status();
      assert.match(other.ok ? '' : other.problems[0]!.summary, /2 systems behind it, and none of them is this machine: SERIAL1/);
    });

    it('that cannot start the machine again switches it off and on', async () => {
      await open({ resetTypes: { where: 'beside', values: ['On', 'ForceOff'] } });
      valueOf(await bmc().on());
      valueOf(await bmc().cycle());
      assert.deepEqual([service.starts.length, service.power()], [2, 'on']);
    });

    it('says by which way it gives its console', async () => {
      await open({ consoles: ['SSH'] });
      const none = await bmc().console();
      assert.match(none.ok ? '' : none.problems[0]!.summary, /it offers it by SSH only/);
    });
  });
});

describe('what ipmitool prints', () => {
  it('becomes sensors', () => {
    const text = 'CPU Temp,42,degrees C,ok\nFan 2,,,ns\nPS1 Status,0x01,discrete,ok\n12V,10.9,Volts,lcr\nVRM,96,degrees C,unc\n';
    assert.deepEqual(readSensors(text), [
      { name: 'CPU Temp', kind: 'temperature', value: 42, unit: '°C', state: 'ok' },
      { name: 'Fan 2', kind: 'other', state: 'unread' },
      { name: 'PS1 Status', kind: 'other', state: 'ok' },
      { name: '12V', kind: 'voltage', value: 10.9, unit: 'V', state: 'critical' },
      { name: 'VRM', kind: 'temperature', value: 96, unit: '°C', state: 'warning' },
    ]);
  });

  it('becomes events, with the time of a clock that was set', () => {
    const text = '1, Pre-Init ,0000012828,Memory #0x05,Uncorrectable ECC,Asserted\n2,11/21/26,11:29:05 UTC,Power Supply PS1,Power Supply AC lost,Deasserted\n';
    assert.deepEqual(readEvents(text), [
      { id: '2', at: Date.UTC(2026, 10, 21, 11, 29, 5), severity: 'ok', text: 'Power Supply PS1: Power Supply AC lost (over)' },
      { id: '1', severity: 'critical', text: 'Memory #0x05: Uncorrectable ECC' },
    ]);
  });
});

describe('quirks', () => {
  it('are found by who made the machine', () => {
    assert.equal(quirksOf({ vendor: 'Supermicro', product: 'SYS-1029P' }).ipmiUefiDisk, '0x24');
    assert.deepEqual(quirksOf({ vendor: 'Intel Corporation' }).ipmiCipherSuites, [17]);
    assert.deepEqual(quirksOf({ vendor: 'QEMU' }), {});
    assert.deepEqual(quirksOf(undefined), {});
  });

  it('of one product stand above those of its maker', () => {
    const from = { why: 'for this test', source: 'https://example.org' };
    const entries = [
      { vendor: 'Maker', ipmiUefiDisk: '0x24', ...from },
      { vendor: 'maker', product: 'X9', ipmiUefiDisk: '0x08', ...from },
    ];
    assert.equal(quirksOf({ vendor: 'MAKER Inc.', product: 'X9-1' }, entries).ipmiUefiDisk, '0x08');
    assert.equal(quirksOf({ vendor: 'MAKER Inc.', product: 'X10' }, entries).ipmiUefiDisk, '0x24');
  });
});

async function pretended(shape: Shape, certificate: { key: string; cert: string }): Promise<Subject> {
  const service = await startRedfish(shape, certificate);
  const bmc = (changed: { password?: string; port?: number }): Bmc =>
    redfishBmc({ address: '127.0.0.1', port: service.port, user: USER, password: PASSWORD, ...changed }, { namespace });
  const names: Record<string, string> = { Pxe: 'pxe', Hdd: 'disk' };
  return {
    bmc: bmc({}),
    wrong: bmc({ password: 'wrong' }),
    nobody: bmc({ port: 1 }),
    power: async () => service.power(),
    nextBoot: async () => names[service.nextBoot()] ?? service.nextBoot(),
    starts: async () => service.starts.length,
    heat: async () => service.setTemperature(85),
    end: service.close,
  };
}

/** A real ipmi_sim; the machine behind it is the folder of facts that it writes. */
async function simulated(): Promise<Subject | string> {
  for (const program of ['ipmi_sim', 'ipmitool']) {
    if (
      !(await access(`/usr/bin/${program}`).then(
        () => true,
        () => false,
      ))
    )
      return `there is no ${program} here`;
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'prybar-bmc-'));
  const place = { address: '127.0.0.1', port: await freePort(), user: 'admin', password: 'secret-1234' };
  await mkdir(chassisFolder(folder));
  const fact = (name: string): Promise<string> =>
    readFile(path.join(chassisFolder(folder), name), 'utf8').then(
      (text) => text.trim(),
      () => '',
    );
  for (const [name, value] of [
    ['power', '0'],
    ['boot', 'none'],
  ] as const)
    await writeFile(path.join(chassisFolder(folder), name), value);
  // What the machine says on its serial line.
  const line = net.createServer((socket) => {
    socket.on('data', (typed) => socket.write(String(typed).toUpperCase()));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve));
  const lan = { netmask: '255.0.0.0', mac: '52:54:00:00:00:01', guid: '0'.repeat(32) };
  const sim = await startBmc(
    'm1',
    folder,
    { ...place, ...lan, guestPort: await freePort(), serialPort: (line.address() as net.AddressInfo).port },
    (argv) => argv,
  );
  const bmc = (changed: Partial<typeof place>): Bmc => ipmiBmc({ ...place, ...changed }, { namespace, retries: 1 });
  let starts = 0;
  let was = '0';
  const watcher = watch(chassisFolder(folder), () => {
    const power = readFileSync(path.join(chassisFolder(folder), 'power'), 'utf8').trim();
    if (power === '1' && was !== '1') starts++;
    was = power;
  });
  const subject: Subject = {
    bmc: bmc({}),
    wrong: bmc({ password: 'wrong' }),
    nobody: bmc({ port: await freePort() }),
    power: async () => ((await fact('power')) === '1' ? 'on' : 'off'),
    // `default` is how ipmi_sim says hard disk.
    nextBoot: async () => ((await fact('boot')) === 'default' ? 'disk' : fact('boot')),
    starts: async () => starts,
    heat: async () => {
      await writeFile(path.join(folder, 'temperature'), '85\n');
      await sleep(2500);
    },
    end: async () => {
      watcher.close();
      await sim.kill();
      line.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  for (let tries = 0; !(await subject.bmc.status()).ok; tries++) if (tries > 5) return 'ipmi_sim does not start';
  return subject;
}

function valueOf<T>(answer: Checked<T>): T {
  if (answer.ok) return answer.value;
  assert.fail(answer.problems.map((p) => p.summary).join('\n'));
}

describe('the serial console', function () {
  this.timeout(120_000);
  it('comes over IPMI, for one at a time, and is free again afterwards', async function () {
    const begun = await simulated();
    if (typeof begun === 'string') return this.skip();
    try {
      for (const typed of ['ls ~. \r', 'exit']) {
        const line = valueOf(await begun.bmc.console());
        // ipmi_sim takes the first packet of a session for the last one of the session before when both have the same number.
        for (const part of [typed, '!']) {
          line.write(part);
          await hears(line, part.toUpperCase().trimEnd());
        }
        const ended = new Promise((resolve) => line.once('close', resolve));
        line.destroy();
        await ended;
      }
      const holder = valueOf(await begun.bmc.console());
      const other = await begun.bmc.console();
      assert.match(other.ok ? 'opened' : other.problems[0]!.summary, /Somebody else has the serial console/);
      holder.destroy();
    } finally {
      await begun.end();
    }
  });
});

async function until(true_: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 5000; waited += 20) {
    if (await true_()) return;
    await sleep(20);
  }
  assert.fail('it did not come to that within 5 s');
}

async function hears(line: Duplex, words: string): Promise<void> {
  let heard = '';
  for await (const chunk of line.iterator({ destroyOnReturn: false })) {
    heard += String(chunk);
    if (heard.includes(words)) return;
  }
  assert.fail(`the line ended after: ${heard}`);
}
