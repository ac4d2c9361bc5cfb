// The network resource: real systemd-networkd on a machine with cables, and the files for the other systems.

import assert from 'node:assert/strict';
import { evaluate, render } from '../catalog/render.ts';
import type { RecipeItem } from '../model/recipe.ts';
import { machineMissing, type MachineWorkshop, openMachineWorkshop } from './machine-for-tests.ts';
import type { Interface } from './resources/network.ts';
import { renderNetwork } from './resources/network-files.ts';
import { skipWhere } from '../../test/skip-where.ts';

describe('network on a throwaway machine', function () {
  this.timeout(180_000);
  let on: MachineWorkshop;

  before(async function () {
    skipWhere(this, machineMissing());
    on = await openMachineWorkshop({ render, evaluate });
    on.sh(`ip netns add outside; ip link add nic0 type veth peer name peer0 netns outside; ip link add nic1 type veth peer name peer1 netns outside
      ip -n outside address add 10.7.0.1/24 dev peer0; for peer in peer0 peer1; do ip -n outside link set $peer up; done
      (exec ip netns exec outside busybox httpd -f -p 10.7.0.1:80 -h /srv) >/dev/null 2>&1 & true`);
  });
  after(() => on?.close());

  const reaches = 'curl -sS --max-time 2 -o /dev/null http://10.7.0.1/';
  const network = (address: string, more: Record<string, unknown> = {}): RecipeItem[] => [
    {
      network: { nic0: { addresses: [address], mtu: 1400, gateway: '10.7.0.1', dns: ['10.7.0.1'] }, ...more },
      verify: reaches,
      within: '10s',
    },
  ];

  it('configures interfaces, bridges, and stays reachable', async () => {
    await on.converges(network('10.7.0.2/24', { br0: { kind: 'bridge', members: ['nic1'], addresses: ['10.8.0.1/24'] } }));
    const shown = on.sh('ip -o address; ip link show nic0; ip route; bridge link');
    assert.match(shown, /nic0 +inet 10\.7\.0\.2\/24/);
    assert.match(shown, /br0 +inet 10\.8\.0\.1\/24/);
    assert.match(shown, /nic0.* mtu 1400/);
    assert.match(shown, /default via 10\.7\.0\.1 dev nic0/);
    assert.match(shown, /nic1.*master br0/);
  });
  it('changes an address', async () => {
    await on.converges(network('10.7.0.3/24', { br0: { kind: 'bridge', members: ['nic1'], addresses: ['10.8.0.1/24'] } }));
    const shown = on.sh('ip -o address show nic0');
    assert.match(shown, /10\.7\.0\.3/);
    assert.doesNotMatch(shown, /10\.7\.0\.2\//);
  });
  it('takes what a template gives, and begins nothing while an interface is missing', async () => {
    const files = { 'templates/plan.njk': '{{ { nic0: { addresses: [attributes.address], mtu: 1400, gateway: "10.7.0.1" }, nic7: {} } | toJson }}' };
    const items = [{ network: 'plan.njk', verify: reaches, within: '10s' }];
    const before = on.sh('cat /etc/systemd/network/50-prybar-*');
    assert.match(await on.why(items, { files, scope: { attributes: { address: '10.7.0.3/24' } } }), /has no interface nic7, but .*nic0 nic1/);
    assert.equal(on.sh('cat /etc/systemd/network/50-prybar-*'), before);
    const found = on.work.problems(items, { files, scope: { attributes: { address: 'no address' } } });
    assert.match(found[0]!.summary, /plan.njk gives at \/nic0\/addresses\/0: /);
  });
  it('goes back to what it was when the node is no longer reached', async () => {
    const before = on.sh('cat /etc/systemd/network/50-prybar-*');
    assert.match(
      await on.why(network('10.99.0.3/24', { br1: { kind: 'bridge', members: ['nic1'] } })),
      /not reached within 10 s of the change, so the old configuration is back/,
    );
    assert.equal(on.sh('cat /etc/systemd/network/50-prybar-*'), before);
    on.sh(`for n in $(seq 50); do ${reaches} && exit 0; sleep 0.2; done; exit 1`);
    assert.doesNotMatch(on.sh('ip -o address; ip link'), /10\.99|br1/);
  });
  it('goes back by itself when the program dies before it has confirmed', async () => {
    const items = network('10.99.0.4/24');
    (items[0] as { verify: string }).verify = 'touch /run/reached; sleep 60';
    on.work.program(items);
    const { program } = on.work.program(items);
    on.sh(
      `cat >/run/program <<'PROGRAM'\n${program}\nPROGRAM\n(exec setsid sh /run/program) >/dev/null 2>&1 & echo $! >/run/program.pid; while [ ! -e /run/reached ]; do sleep 0.1; done; kill -9 -- "-$(cat /run/program.pid)" 2>/dev/null || kill -9 "$(cat /run/program.pid)"`,
    );
    on.sh(`for n in $(seq 50); do ip -o address show nic0 | grep -q 10.99.0.4 && exit 0; sleep 0.1; done; exit 1`);
    on.sh(`for n in $(seq 150); do ${reaches} && exit 0; sleep 0.2; done; exit 1`);
    assert.match(on.sh('cat /etc/systemd/network/50-prybar-nic0.network'), /10\.7\.0\.3/);
  });
});

const example: Record<string, Interface> = {
  eno1: { kind: 'ethernet', mac: '52:54:00:00:00:01', mtu: 9000 },
  eno2: { kind: 'ethernet', dhcp: true },
  bond0: { kind: 'bond', members: ['eno1'], mode: '802.3ad' },
  'bond0.100': { kind: 'vlan', of: 'bond0', id: 100 },
  'br-ex': {
    kind: 'bridge',
    members: ['bond0.100'],
    addresses: ['10.0.0.5/24', 'fd00::5/64'],
    gateway: '10.0.0.1',
    routes: [{ to: '10.9.0.0/16', via: '10.0.0.9' }],
    dns: ['10.0.0.2'],
    search: ['example.org'],
  },
};

describe('network files', () => {
  it('for systemd-networkd', () => {
    const { files } = renderNetwork(example, 'networkd');
    assert.equal(
      files['/etc/systemd/network/50-prybar-eno1.network'],
      '[Match]\nPermanentMACAddress=52:54:00:00:00:01\n\n[Link]\nMTUBytes=9000\n\n[Network]\nDHCP=no\nBond=bond0\n',
    );
    assert.equal(files['/etc/systemd/network/50-prybar-eno2.network'], '[Match]\nName=eno2\n\n[Network]\nDHCP=yes\n\n[DHCPv4]\nClientIdentifier=mac\n');
    assert.equal(
      files['/etc/systemd/network/50-prybar-bond0.netdev'],
      '[NetDev]\nName=bond0\nKind=bond\n\n[Bond]\nMode=802.3ad\nMIIMonitorSec=100ms\nLACPTransmitRate=fast\n',
    );
    assert.equal(files['/etc/systemd/network/50-prybar-bond0.network'], '[Match]\nName=bond0\n\n[Network]\nDHCP=no\nVLAN=bond0.100\n');
    assert.equal(files['/etc/systemd/network/50-prybar-bond0.100.netdev'], '[NetDev]\nName=bond0.100\nKind=vlan\n\n[VLAN]\nId=100\n');
    assert.equal(
      files['/etc/systemd/network/50-prybar-br-ex.network'],
      '[Match]\nName=br-ex\n\n[Network]\nDHCP=no\nAddress=10.0.0.5/24\nAddress=fd00::5/64\nGateway=10.0.0.1\nDNS=10.0.0.2\nDomains=example.org\n\n[Route]\nDestination=10.9.0.0/16\nGateway=10.0.0.9\n',
    );
  });
  it('for ifupdown', () => {
    assert.equal(
      renderNetwork(example, 'ifupdown').files['/etc/network/interfaces.d/prybar'],
      `auto eno1
iface eno1 inet manual
  mtu 9000

auto eno2
iface eno2 inet dhcp

auto bond0
iface bond0 inet manual
  bond-slaves eno1
  bond-mode 802.3ad
  bond-miimon 100

auto bond0.100
iface bond0.100 inet manual
  vlan-raw-device bond0
  vlan-id 100

auto br-ex
iface br-ex inet static
  address 10.0.0.5/24
  gateway 10.0.0.1
  bridge_ports bond0.100
  bridge_stp off
  up ip address add fd00::5/64 dev br-ex
  up ip route add 10.9.0.0/16 via 10.0.0.9
  dns-nameservers 10.0.0.2
  dns-search example.org
`,
    );
  });
  it('for netplan', () => {
    assert.deepEqual(JSON.parse(renderNetwork(example, 'netplan').files['/etc/netplan/50-prybar.yaml']!), {
      network: {
        version: 2,
        ethernets: {
          eno1: { match: { macaddress: '52:54:00:00:00:01' }, 'set-name': 'eno1', dhcp4: false, mtu: 9000 },
          eno2: { dhcp4: true, 'dhcp-identifier': 'mac' },
        },
        bonds: { bond0: { interfaces: ['eno1'], parameters: { mode: '802.3ad', 'mii-monitor-interval': 100 }, dhcp4: false } },
        vlans: { 'bond0.100': { link: 'bond0', id: 100, dhcp4: false } },
        bridges: {
          'br-ex': {
            interfaces: ['bond0.100'],
            dhcp4: false,
            addresses: ['10.0.0.5/24', 'fd00::5/64'],
            routes: [
              { to: 'default', via: '10.0.0.1' },
              { to: '10.9.0.0/16', via: '10.0.0.9' },
            ],
            nameservers: { search: ['example.org'], addresses: ['10.0.0.2'] },
          },
        },
      },
    });
  });
  it('for nmstate', () => {
    const made = JSON.parse(renderNetwork(example, 'nmstate').files['/etc/nmstate/50-prybar.yml']!);
    assert.deepEqual(
      made.interfaces.map((one: { type: string }) => one.type),
      ['ethernet', 'ethernet', 'bond', 'vlan', 'linux-bridge'],
    );
    assert.deepEqual(made.routes.config[0], { destination: '0.0.0.0/0', 'next-hop-address': '10.0.0.1', 'next-hop-interface': 'br-ex' });
    assert.deepEqual(made.interfaces[4].ipv6, { enabled: true, dhcp: false, address: [{ ip: 'fd00::5', 'prefix-length': 64 }] });
  });
});
