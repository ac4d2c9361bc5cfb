// The barclamp dns for real: a change is published without a pause and with a later serial, a zone that is wrong is not, and names outside
// the site are asked of the forwarders.

import assert from 'node:assert/strict';
import { containersMissing } from './boxes-for-tests.ts';
import { openSite, type TestSite } from './site-for-tests.ts';
import { skipWhere } from '../skip-where.ts';

describe('names', function () {
  this.timeout(5 * 60_000);
  let site: TestSite;
  const www = { name: 'www', type: 'CNAME', value: 'n2' };
  const ask = async (words: string, from = 'n2'): Promise<string> =>
    (await site.run(from, `dig +time=2 +tries=2 +short @${site.addressOf('n1')} ${words}`)).trim();
  const serial = async (zone: string): Promise<number> => Number((await ask(`SOA ${zone}`)).split(' ')[2]);
  const process = (): Promise<string> => site.run('n1', 'systemctl show -p MainPID --value named');
  const settle = async (): Promise<void> => assert.deepEqual((await site.converge()).problems, []);

  before(async function () {
    skipWhere(this, containersMissing());
    site = await openSite('dns', 'single');
    for (const node of ['n2', 'outside']) await site.run(node, 'apt-get install -y -q bind9-dnsutils >/dev/null');
    // The outside is a name server of its own, of which the site's ask what they do not know.
    await site.run(
      'outside',
      `apt-get install -y -q dnsmasq-base >/dev/null
       dnsmasq --no-resolv --no-hosts --address=/host.example.net/192.0.2.7 --address=/db.corp.example/192.0.2.8`,
    );
    site.set({ records: [www], forwarders: [site.addressOf('outside')], dnssecValidation: false });
    await settle();
  });
  after(() => site?.stop());

  it('are the same by search domain, and those of others come from the forwarders', async () => {
    assert.match(await site.run('n2', 'getent ahostsv4 n1'), new RegExp(`^${site.addressOf('n1').replaceAll('.', '\\.')} `));
    assert.equal(await site.run('n2', 'hostname -f'), 'n2.rack.internal\n');
    assert.equal(await ask('A host.example.net'), '192.0.2.7');
    assert.equal(await ask('A www.rack.internal'), `n2.rack.internal.\n${site.addressOf('n2')}`);
  });

  it('change by a reload, with a later serial in the zone that changed and in no other', async () => {
    const reverse = `${site.addressOf('n1').split('.').slice(0, 3).toReversed().join('.')}.in-addr.arpa`;
    const before = { forward: await serial('rack.internal'), reverse: await serial(reverse), process: await process() };
    assert(before.forward > 0 && before.reverse > 0);
    site.set({
      records: [www, { name: 'text', type: 'TXT', value: 'a SERIAL b' }],
      forwardZones: [{ domain: 'corp.example', servers: [site.addressOf('outside')] }],
    });
    await settle();
    assert.equal(await ask('TXT text.rack.internal'), '"a SERIAL b"');
    assert.equal(await ask('A db.corp.example'), '192.0.2.8');
    assert((await serial('rack.internal')) > before.forward);
    assert.deepEqual({ reverse: await serial(reverse), process: await process() }, { reverse: before.reverse, process: before.process });
  });

  it('stay as they are when a zone would be wrong', async () => {
    const before = await serial('rack.internal');
    // A name with an alias can have nothing else.
    site.set({ records: [www, { name: 'www', type: 'A', value: '192.0.2.9' }] });
    const { problems } = await site.converge();
    assert.match(problems[0]!.summary, /CNAME and other data|zone rack\.internal is wrong/);
    assert.equal(await ask('A www.rack.internal'), `n2.rack.internal.\n${site.addressOf('n2')}`);
    assert.equal(await serial('rack.internal'), before);
    site.set({ records: [www] });
    await settle();
    assert.equal(await ask('TXT text.rack.internal'), '');
  });
});
