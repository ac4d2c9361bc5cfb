// Calls home over real TLS, by the script that machines run, with openssl and curl; only the clock is the test's.

import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { makeAuthority, makeCertificate } from '../access/certificates.ts';
import { certifyCaller, homeAuthority, homeCertificate } from '../access/home-authority.ts';
import { openSecrets } from '../access/secrets.ts';
import { type Caller, callerState, concernsOf } from '../model/home.ts';
import { ok } from '../model/problem.ts';
import { openStore, type Store } from '../store/store.ts';
import { readCall } from './call.ts';
import { allow, callerCalled, forgetCaller, refuse } from './decide.ts';
import { invite } from './invitations.ts';
import { type Found, imageForTests, machineForTests, type TestMachine } from './machine-for-tests.ts';
import { homeServer } from './server.ts';
import { MOST_WAITING } from './take-call.ts';

const DAY_MS = 24 * 3600_000;

describe('calling home', function () {
  this.timeout(120_000);
  const state = mkdtempSync(path.join(tmpdir(), 'prybar-home-'));
  const machines: TestMachine[] = [];
  let ahead = 0; // ms
  const now = () => Date.now() + ahead;
  let store: Store;
  let server: Server;
  let authority: string;
  let home: Pick<Found, 'home' | 'authority'>;
  let tls: { key: string; cert: string; authority: string };
  let certify: Parameters<typeof homeServer>[0]['certify'];

  const listen = (): Promise<Server> => {
    const made = homeServer({ store, certify, certificateDays: 30, tls, now, log: (found) => assert.fail(found.summary) });
    return new Promise((resolve) => made.listen(home ? Number(new URL(home.home).port) : 0, '127.0.0.1', () => resolve(made)));
  };
  const close = (which: Server) =>
    new Promise<void>((resolve) => {
      which.close(() => resolve());
      which.closeAllConnections();
    });

  before(async () => {
    store = await openStore({ file: path.join(state, 'facts.db') });
    const secrets = openSecrets(store, path.join(state, 'secret.key'));
    ({ cert: authority } = await homeAuthority(secrets, 'test'));
    tls = { ...(await homeCertificate(secrets, ['localhost', '127.0.0.1'], now())), authority };
    certify = (id, publicKey, days) => certifyCaller(secrets, 'test', { id, publicKey, days });
    server = await listen();
    home = { home: `https://localhost:${(server.address() as AddressInfo).port}`, authority: new X509Certificate(authority).fingerprint256 };
  });
  beforeEach(() => {
    ahead = 0;
  });
  after(async () => {
    for (const machine of machines) machine.remove();
    await close(server);
    await store.close();
    rmSync(state, { recursive: true, force: true });
  });

  const machine = (found: Partial<Found> & { serial: string }): TestMachine => {
    const made = machineForTests({ ...home, ...found });
    machines.push(made);
    return made;
  };
  const kept = (of: TestMachine, name: string) => path.join(of.folder, 'var/lib/prybar/call-home', name);
  const certificateOf = (of: TestMachine) => new X509Certificate(readFileSync(kept(of, 'certificate.pem')));
  const caller = async (name: string) => {
    const found = await callerCalled(store, name);
    assert(found.ok, JSON.stringify(found));
    return found.value;
  };
  const invited = async (serials: string[], count = 1, days = 30): Promise<string> => {
    const made = await store.transact(async (tx) => ok(await invite(tx, { serials, count, days, by: 'ann' }, now())));
    assert(made.ok);
    return made.value.text;
  };
  const decide = async (name: string, act: typeof allow, reason?: string) => {
    const { id } = await caller(name);
    const done = await store.transact(async (tx) => act(tx, (await tx.get('caller', id))!, { by: 'ann', at: now(), ...(reason !== undefined && { reason }) }));
    assert(done.ok, JSON.stringify(done));
  };
  const says = async (of: TestMachine, status: number, what: RegExp) => {
    const { status: ended, said } = await of.call();
    assert.match(said, what);
    assert.equal(ended, status, said);
  };

  it('registers one that is invited: its key stays with it, and serial, key and health are known at home', async () => {
    const one = machine({ serial: 'SN-1', invitation: await invited(['SN-*']) });
    await says(one, 0, /^Registered at https:\/\/localhost:\d+ as SN-1\.$/m);
    const { id, verdict, health, certificate, address } = await caller('SN-1');
    assert.equal(verdict!.allowed, true);
    assert.match(verdict!.by, /^invitation [0-9a-f]{8} of ann$/);
    assert.equal(address, '127.0.0.1');
    assert.match(health.os, /Debian/);
    assert(health.memory.total > health.memory.available && health.memory.available > 0);
    assert(
      health.disks.some(({ mount, size, free }) => mount === '/' && size > free),
      JSON.stringify(health.disks),
    );
    assert.equal(health.load.length, 3);
    assert.equal(health.image, imageForTests);
    const own = certificateOf(one);
    assert(own.verify(new X509Certificate(authority).publicKey));
    assert.deepEqual([own.serialNumber, own.validToDate.getTime(), own.subject], [certificate!.serial, certificate!.endsAt, `CN=${id}`]);
    const spki = execFileSync('sh', ['-c', `openssl pkey -in ${kept(one, 'key.pem')} -pubout -outform DER | sha256sum | cut -d ' ' -f 1`], {
      encoding: 'utf8',
    });
    assert.equal(spki.trim(), id);
    await says(one, 0, /^$/);
    assert.equal(certificateOf(one).serialNumber, own.serialNumber, 'it was given another one for nothing');
  });

  it('lets an invitation in as often as it says, for its serials, and until its end', async () => {
    const text = await invited(['A-*'], 1);
    await says(machine({ serial: 'B-1', invitation: text }), 75, /Somebody at home has to decide: Its invitation [0-9a-f]{8} is for other serials\./);
    await says(machine({ serial: 'A-1', invitation: text }), 0, /Registered/);
    await says(machine({ serial: 'A-2', invitation: text }), 75, /was used up by others/);
    await says(machine({ serial: 'A-3', invitation: `${text}x` }), 75, /is not known here/);
    const late = await invited(['C-*'], 5, 1);
    ahead = 2 * DAY_MS;
    const one = machine({ serial: 'C-1', invitation: late });
    await says(one, 75, /ended on \d{4}-\d\d-\d\d/);
    assert.equal(existsSync(kept(one, 'certificate.pem')), false);
  });

  it('has one that nobody invited wait for somebody', async () => {
    const one = machine({ serial: 'W-1' });
    await says(one, 75, /It has no invitation/);
    assert.equal(callerState(await caller('W-1'), now()), 'waiting');
    await decide('W-1', allow);
    await says(one, 0, /Registered/);
    const late = machine({ serial: 'W-2' });
    await says(late, 75, /It has no invitation/);
    late.set('invitation', await invited(['W-2']));
    await says(late, 0, /Registered/);
  });

  it('refuses one as people say, which then keeps quiet, and lets it come back', async () => {
    const one = machine({ serial: 'R-1', invitation: await invited(['R-1']) });
    await says(one, 0, /Registered/);
    await decide('R-1', refuse, 'it was sold');
    await says(one, 77, /^Home does not take it: It is refused: it was sold$/m);
    const before = await caller('R-1');
    const { process: running, said } = one.start();
    let seconds = 0;
    for (const end = Date.now() + 30_000; !seconds && Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 100))) {
      const { stdout } = spawnSync('ps', ['-o', 'args=', '--ppid', String(running.pid)], { encoding: 'utf8' });
      seconds = Number(/^sleep (\d+)$/m.exec(stdout)?.[1] ?? 0);
    }
    process.kill(-running.pid!);
    assert.match(said(), /it was sold/);
    assert(seconds >= 0.8 * 86_400 && seconds <= 1.2 * 86_400, `it calls again after ${seconds} s`);
    assert.equal((await caller('R-1')).revision, before.revision, 'a refused call is not written down');
    await decide('R-1', allow);
    await says(one, 0, /^$/);
  });

  it('is found again after home was out of reach, without a hand, and nothing is kept of the time between', async () => {
    await close(server);
    const one = machine({ serial: 'O-1', invitation: await invited(['O-1']) });
    const { process: running, said } = one.start();
    const until = async (what: RegExp) => {
      const end = Date.now() + 30_000;
      while (!what.test(said())) {
        assert(Date.now() < end, said());
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    try {
      await until(/Home is out of reach: .*(refused|Failed to connect|Couldn't connect)/);
      server = await listen();
      await until(/Registered at .* as O-1/);
      assert.equal((await caller('O-1')).verdict!.allowed, true);
    } finally {
      process.kill(-running.pid!);
      if (!server.listening) server = await listen();
    }
  });

  it('tells nothing to who shows another authority', async () => {
    const strange = await makeAuthority('Somebody else');
    const certified = await makeCertificate(['localhost'], strange);
    let asked = 0;
    const stranger = createServer({ key: certified.key, cert: certified.cert }, (request, response) => {
      if (request.url === '/ca.pem') return void response.end(strange.cert);
      asked++;
      response.end();
    });
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const there = `https://localhost:${(stranger.address() as AddressInfo).port}`;
    await says(machine({ serial: 'S-1', home: there }), 78, /shows the authority [0-9a-f]{64}, and not [0-9a-f]{64}: it is told nothing/);
    const one = machine({ serial: 'S-2', invitation: await invited(['S-2']) });
    await says(one, 0, /Registered/);
    one.set('home', there);
    await says(one, 75, /is not believed, or the clock here is wrong/);
    assert.equal(asked, 0);
    await close(stranger);
  });

  it('gives another certificate when two thirds of its time are over, and has one that came too late wait', async () => {
    const one = machine({ serial: 'N-1', invitation: await invited(['N-1']) });
    await says(one, 0, /Registered/);
    const first = certificateOf(one).serialNumber;
    ahead = 19 * DAY_MS;
    await says(one, 0, /^$/);
    assert.equal(certificateOf(one).serialNumber, first);
    ahead = 21 * DAY_MS;
    await says(one, 0, /Registered/);
    assert.notEqual(certificateOf(one).serialNumber, first);
    assert.equal((await caller('N-1')).certificate!.serial, certificateOf(one).serialNumber);
    ahead = 200 * DAY_MS;
    await says(one, 75, /Its certificate ended before it called again/);
    await says(one, 75, /Its certificate ended before it called again/);
    await decide('N-1', allow);
    await says(one, 0, /Registered/);
  });

  it('gives the certificate again where its answer was lost on the way', async () => {
    const one = machine({ serial: 'L-1', invitation: await invited(['L-1']) });
    await says(one, 0, /Registered/);
    rmSync(kept(one, 'certificate.pem'));
    rmSync(kept(one, 'step'));
    await says(one, 0, /Registered/);
  });

  it('notices two that have one key, goes on with the first, and refuses the second', async () => {
    const one = machine({ serial: 'T-1', invitation: await invited(['T-1'], 3) });
    await says(one, 0, /Registered/);
    const other = one.copy('T-1');
    machines.push(other);
    await says(one, 0, /^$/);
    await says(one, 0, /^$/);
    await says(other, 77, /Two machines call with its key/);
    assert.match((await caller('T-1')).conflict!.text, /Two machines/);
    await says(one, 0, /^$/);
    await says(other, 77, /Two machines/);
    // What makes the second a machine of its own.
    await decide('T-1', allow);
    assert.equal((await caller('T-1')).conflict, undefined);
    await says(one, 0, /^$/);
  });

  it('is called by a copy in other hardware with a key of its own', async () => {
    const one = machine({ serial: 'K-1', invitation: await invited(['K-*'], 2) });
    await says(one, 0, /Registered/);
    const other = one.copy('K-2');
    machines.push(other);
    await says(other, 0, /The key here was made on another machine: this one makes its own\.\nRegistered at .* as K-2/);
    assert.notEqual((await caller('K-1')).id, (await caller('K-2')).id);
    // Somebody who takes the key along, and says another serial with it.
    const thief = one.copy('K-3');
    machines.push(thief);
    writeFileSync(kept(thief, 'machine'), 'K-3 K-3\n');
    await says(thief, 77, /A machine with the serial K-3 calls with its key/);
    await says(one, 0, /^$/);
  });

  it('takes no second machine with one serial, until somebody says which is the right one', async () => {
    const one = machine({ serial: 'D-1', invitation: await invited(['D-1'], 5) });
    await says(one, 0, /Registered/);
    const first = await caller('D-1');
    const second = machine({ serial: 'D-1', invitation: await invited(['D-1']) });
    await says(second, 77, /Another machine with this serial calls home already/);
    await says(one, 0, /^$/);
    const both = await callerCalled(store, 'D-1');
    assert(!both.ok && /2 machines call home as D-1/.test(both.problems[0]!.summary));
    const newer = (await store.list('caller')).find(({ serial, id }) => serial === 'D-1' && id !== first.id)!;
    assert.equal((await caller(first.id)).conflict!.with, newer.id);
    await decide(newer.id.slice(0, 16), allow);
    await says(second, 0, /Registered/);
    await says(one, 77, /its serial is that of [0-9a-f]{16} now/);
    await store.transact(async (tx) => ok(await forgetCaller(tx, first)));
    assert.equal((await caller('D-1')).id, newer.id);
    assert.equal((await caller('D-1')).conflict, undefined);
  });

  it('takes no call without a certificate, with another kind of key, or that is no call', async () => {
    // The server is in this process: it must be able to answer.
    const curl = async (...args: string[]) =>
      (await promisify(execFile)('curl', ['-sS', '--cacert', path.join(state, 'ca.pem'), '-w', '\n%{http_code}', ...args, `${home.home}/call`])).stdout;
    writeFileSync(path.join(state, 'ca.pem'), authority);
    assert.match(await curl('--data', 'serial=x'), /shows no certificate[\s\S]*\n401$/);
    const rsa = path.join(state, 'rsa');
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${rsa}.key`, '-out', `${rsa}.pem`, '-subj', '/CN=x'], {
      stdio: 'ignore',
    });
    assert.match(await curl('--cert', `${rsa}.pem`, '--key', `${rsa}.key`, '--data', 'serial=x'), /key of another kind \(rsa\)[\s\S]*\n422$/);
    const one = machine({ serial: 'F-1' });
    await one.call();
    const shown = ['--cert', kept(one, 'own.pem'), '--key', kept(one, 'key.pem')];
    const wrong = await curl(...shown, '--data', 'serial=a%0Ab&name=x%20y&load=high&colour=red');
    for (const what of [
      /"serial\\" must match pattern/,
      /"name\\" must match/,
      /load\\" must match/,
      /colour\\" is not a known property/,
      /uptime\\" is missing/,
      /\n400$/,
    ])
      assert.match(wrong, what);
    assert.match(await curl(...shown, '--data', `serial=${'x'.repeat(20_000)}`), /\n413$/);
    assert.match(await curl(...shown, '--data', Array.from({ length: 40 }, (_, at) => `k${at}=1`).join('&')), /\n413$/);
  });

  it('sends strangers away when too many wait, and forgets those that no longer call', async () => {
    const [some] = await store.list('caller');
    const waiting = (index: number, lastAt: number): Caller => ({
      ...some!,
      id: `w${index}`,
      serial: `X-${index}`,
      firstAt: lastAt,
      lastAt,
      waits: 'It has no invitation.',
    });
    await store.transact(async (tx) => {
      for (let index = 0; index < MOST_WAITING; index++) {
        const { verdict: _, ...stranger } = waiting(index, now());
        await tx.put('caller', stranger.id, stranger, 'new');
      }
      return ok(undefined);
    });
    const one = machine({ serial: 'M-1' });
    await says(one, 75, /Home could not answer \(503\): Too many machines wait/);
    await says(machine({ serial: 'M-2', invitation: await invited(['M-2']) }), 0, /Registered/);
    ahead = 31 * DAY_MS;
    await says(one, 75, /has to decide/);
    assert.equal((await store.list('caller')).filter(({ id }) => id.startsWith('w')).length, 0);
  });
});

describe('what a machine says of itself', () => {
  const form = {
    serial: 'S',
    name: 'n',
    uptime: '7',
    load: '0.1 0.2 0.3',
    memory: '1000 40',
    disks: '100 50 /\n200 10 /srv data\n',
    failed: 'a.service\nb.service\n',
    kernel: '6.1',
    os: 'Debian',
  };
  it('is read, and what is to be looked at is said', () => {
    const read = readCall(form);
    assert(read.ok);
    assert.deepEqual(read.value.health.disks[1], { mount: '/srv data', size: 204_800, free: 10_240 });
    assert.deepEqual(concernsOf(read.value.health), ['a.service has failed', 'b.service has failed', '/srv data has 5 % free', '4 % of its memory is free']);
  });
  it('is refused where it has another form', () => {
    for (const [name, text] of Object.entries({
      serial: ' ',
      name: 'a b',
      uptime: '-1',
      memory: '1',
      disks: 'x',
      failed: 'a b',
      os: 'a\u0007',
      image: 'latest',
      step: '!',
    })) {
      const read = readCall({ ...form, [name]: text });
      assert(!read.ok && read.problems.length === 1, `${name}: ${JSON.stringify(read)}`);
      assert.equal(read.problems[0]!.where?.pointer, `/${name}`);
    }
  });
});
