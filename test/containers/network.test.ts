// The barclamp network for real, with cables between two containers: bridges, addresses, MTU and routes come about, and a change that would cut
// machines off costs nobody anything. VLANs and bonds are not in every kernel; how they are written down is shown by the case `bonds`.

import assert from 'node:assert/strict';
import { containersMissing } from './boxes-for-tests.ts';
import { openSite, type TestSite } from './site-for-tests.ts';
import { skipWhere } from '../skip-where.ts';

describe('networks of machines', function () {
  this.timeout(5 * 60_000);
  let site: TestSite;
  let admin: Record<string, unknown>;
  let number: (node: string) => string;
  const settle = async (): Promise<void> => assert.deepEqual((await site.converge()).problems, []);

  before(async function () {
    skipWhere(this, containersMissing());
    site = await openSite('network', 'one-cable');
    number = (node) => site.addressOf(node).split('.').at(-1)!;
    const prefix = site.addressOf('n1').replace(/\d+$/, '');
    admin = { name: 'admin', cidr: `${prefix}0/24`, conduit: 'eth0', gateway: `${prefix}1` };
    // What comes out at the other end of a machine's second cable: a router at 10.7.0.1 with a network behind it.
    for (const node of ['n1', 'n2'])
      await site.run(
        node,
        `ip link add cable0 type veth peer name far0
         unshare -n sleep 600 >/dev/null 2>&1 & sleep 0.3
         ip link set far0 netns $!
         nsenter -t $! -n sh -c 'ip link set lo up; ip link set far0 mtu 9000 up; ip address add 10.7.0.1/16 dev far0; ip address add 10.8.0.1/16 dev lo'`,
      );
  });
  after(() => site?.stop());

  it('come about as bridges, addresses, MTU and routes', async () => {
    site.set({
      conduits: [
        { name: 'back', interfaces: ['nowhere0'], pools: ['other'] },
        { name: 'back', interfaces: ['cable0'] },
      ],
      networks: [admin, { name: 'storage', cidr: '10.7.0.0/16', conduit: 'back', bridge: true, mtu: 9000, routes: [{ to: '10.8.0.0/16', via: '10.7.0.1' }] }],
      patience: 10,
    });
    await settle();
    for (const node of ['n1', 'n2']) {
      const shown = await site.run(
        node,
        'ip -o -4 address show; ip -o link show; ip route; ping -q -c 1 -W 2 10.8.0.1; ping -q -c 1 -W 2 -s 8000 -M do 10.7.0.1',
      );
      assert.match(shown, new RegExp(`br-storage +inet 10\\.7\\.0\\.${number(node)}/16`));
      assert.match(shown, /cable0@.* mtu 9000 .*master br-storage/);
      assert.match(shown, /br-storage: .* mtu 9000/);
      assert.match(shown, /10\.8\.0\.0\/16 via 10\.7\.0\.1 dev br-storage/);
      assert.match(shown, new RegExp(`default via ${String(admin.gateway).replaceAll('.', '\\.')} dev eth0`));
    }
  });

  it('are not touched when an interface is not there', async () => {
    const before = await site.run('n1', 'cat /etc/systemd/network/50-prybar-*');
    site.set({ conduits: [{ name: 'back', interfaces: ['10g3'] }] });
    const { problems } = await site.converge();
    assert.match(problems[0]!.summary, /has no interface 10g3, but .*cable0/);
    assert.equal(await site.run('n1', 'cat /etc/systemd/network/50-prybar-*'), before);
    site.set({ conduits: [{ name: 'back', interfaces: ['cable0'] }] });
    await settle();
  });

  it('come back on the one machine where a change that cuts it off was tried first', async () => {
    const shown = 'cat /etc/systemd/network/50-prybar-*; ip -o -4 address show dev eth0 | grep -o "inet [^ ]*"; ip route show proto static';
    const before = await Promise.all(['n1', 'n2'].map((node) => site.run(node, shown)));
    // The admin network is said to be at the far end of the second cable.
    site.set({
      networks: [
        { ...admin, conduit: 'cable0' },
        { name: 'other', cidr: '10.99.0.0/16', conduit: 'eth0' },
      ],
    });
    const { problems, attempts } = await site.converge();
    assert.match(problems[0]!.summary, /not reached within 10 s of the change, so the old configuration is back/);
    assert.deepEqual(new Set(attempts.filter(({ role }) => role === 'network').map(({ node }) => node)).size, 1, 'more than one machine was tried');
    assert.deepEqual(
      await Promise.all(
        ['n1', 'n2'].map((node) => site.run(node, `for n in $(seq 20); do ping -q -c 1 -W 1 ${String(admin.gateway)} >/dev/null && break; done; ${shown}`)),
      ),
      before,
    );
  });
});
