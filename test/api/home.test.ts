// Machines that were sent away call a running admin node, by the script that they carry; what people see of it and decide, on the command line;
// and what programs elsewhere are told.

import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { machineForTests, type TestMachine } from '../../core/home/machine-for-tests.ts';
import type { CallerView, HomeView, InvitationView } from '../../core/api/contract.ts';
import { type Admin, startAdmin, until } from '../admin.ts';
import { webhookReceiver } from '../webhook-receiver.ts';

describe('the home of machines that were sent away', function () {
  this.timeout(120_000);
  const { server: receiver, heard } = webhookReceiver();
  let admin: Admin;
  let home: HomeView;
  let one: TestMachine;
  let two: TestMachine;
  before(async () => {
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    admin = await startAdmin(['--no-lab', '--home', '0', '--home-names', 'localhost,home.example.net', '--webhooks-to', '127.0.0.1']);
    home = await admin.client.call('GET /home');
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    await admin.client.call('POST /webhooks', { body: { name: 'portal', url, events: ['home.*'] } });
    const where = { home: home.url!, authority: home.fingerprint };
    one = machineForTests({ serial: 'SN-1', ...where });
    two = machineForTests({ serial: 'SN-2', ...where });
  });
  after(async () => {
    one?.remove();
    two?.remove();
    await admin?.remove();
    receiver.close();
    receiver.closeAllConnections();
  });

  const callerCalled = (id: string) => admin.client.call('GET /callers/:id', { params: { id } });
  const json = <T>(...args: string[]): T => {
    const { stdout, stderr } = admin.cli('home', ...args, '--json');
    assert(stdout, stderr);
    return JSON.parse(stdout) as T;
  };
  const told = (type: string, serial: string) =>
    until(
      () => heard.find((telling) => telling.type === type && (telling.data.caller as CallerView).serial === serial),
      60_000,
      () => JSON.stringify(heard),
    );

  it('says where it is, by a name of its choice, and by what it is known', async () => {
    assert.match(home.url!, /^https:\/\/localhost:\d+$/);
    assert.equal(admin.cli('home', 'address').stdout, `home: ${home.url}\nauthority: ${home.fingerprint}\n`);
    const pages = await admin.client.call('GET /certificate-authority');
    assert.notEqual(pages.fingerprint, home.fingerprint, 'people who trust the page trust no machine');
    assert.match(admin.cli('home', 'list').stdout, /No machine has called home yet/);
  });

  it('lets in whom somebody invited, or allows, and shows how they are', async () => {
    const made = json<InvitationView & { text: string }>('invite', '--serial', 'SN-1', '--days', '7');
    assert(!JSON.stringify(json('invitations')).includes(made.text.split('.')[2]!), 'the text is shown once');
    one.set('invitation', made.text);
    assert.equal((await one.call()).status, 0);
    assert.equal((await admin.client.call('GET /invitations'))[0]!.left, 0);
    assert.equal((await two.call()).status, 75);
    assert.match(admin.cli('home', 'list').stdout, /SN-1 .*(well|ailing)[\s\S]*SN-2 .*waiting .*It has no invitation\./);
    assert.match(admin.cli('home', 'allow', 'SN-2').stdout, /SN-2 \([0-9a-f]{16}\) is let in when it calls again/);
    assert.equal((await two.call()).status, 0);
    const shown = await callerCalled('SN-2');
    assert.equal(shown.verdict!.by, 'command-line');
    assert.match(
      admin.cli('home', 'show', shown.id.slice(0, 12)).stdout,
      /^decided +let in by command-line[\s\S]*^certificate +[0-9A-F]+, until[\s\S]*^disk +\//m,
    );
    assert(!('steps' in shown));
    assert.equal(((await told('home.registered', 'SN-1')).data.caller as { key: string }).key, (await callerCalled('SN-1')).id);
    await told('home.waiting', 'SN-2');
    await told('home.registered', 'SN-2');
  });

  it('is their home again after a restart, and they find it by themselves', async () => {
    await admin.stop();
    const away = await one.call();
    assert.deepEqual([away.status, /Home is out of reach/.test(away.said)], [75, true], away.said);
    admin = await startAdmin(['--no-lab', '--home', new URL(home.url!).port, '--home-names', 'localhost', '--webhooks-to', '127.0.0.1'], admin.state);
    assert.equal((await admin.client.call('GET /home')).fingerprint, home.fingerprint);
    const before = await callerCalled('SN-1');
    assert.deepEqual(await one.call(), { status: 0, said: '' });
    const after = await callerCalled('SN-1');
    assert(after.lastAt > before.lastAt);
    assert.deepEqual([after.id, after.certificate], [before.id, before.certificate]);
  });

  it('refuses one with a reason, notes who did, and forgets it', async () => {
    admin.cli('home', 'refuse', 'SN-1', '--reason', 'returned to the maker');
    assert.match((await one.call()).said, /It is refused: returned to the maker/);
    assert.match(admin.cli('home', 'list').stdout, /SN-1 .*refused .*returned to the maker/);
    const acts = await admin.client.call('GET /audit', { query: { text: 'refuse' } });
    assert.equal(acts.find(({ act }) => act === 'POST /callers/:id/refuse')!.facts[0]!.kind, 'caller');
    assert.match(admin.cli('home', 'forget', 'SN-1').stderr, /nobody is at a terminal to be asked/);
    assert.equal(admin.cli('home', 'forget', 'SN-1', '--yes').status, 0);
    assert.match((await one.call()).said, /Its invitation [0-9a-f]{8} was used up by others/);
    const { id } = (await admin.client.call('GET /invitations'))[0]!;
    assert.equal(admin.cli('home', 'revoke', id).status, 0);
    assert.match(admin.cli('home', 'revoke', id).stderr, /There is no invitation/);
    assert.match(admin.cli('home', 'show', 'SN-7').stderr, /No machine SN-7 has called home/);
  });

  it('shows two with one serial as what they are', async () => {
    const third = machineForTests({ serial: 'SN-2', uuid: 'another', home: home.url!, authority: home.fingerprint });
    try {
      assert.equal((await third.call()).status, 77);
      assert.match(admin.cli('home', 'list').stdout, /SN-2 .*Another machine calls with its serial\.[\s\S]*SN-2 .*waiting .*Its serial is that of another\./);
      assert.match(admin.cli('home', 'allow', 'SN-2').stderr, /2 machines call home as SN-2[\s\S]*by its key: [0-9a-f]{16} or [0-9a-f]{16}/);
      await told('home.conflict', 'SN-2');
      assert.equal((await two.call()).status, 0);
    } finally {
      third.remove();
    }
  });
});
