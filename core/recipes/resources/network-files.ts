// Interfaces as the files of each system that manages them. Which files are ours is told by their names.

import type { Backend, Interface } from './network.ts';

export type NetworkFiles = {
  /** Path → text. */
  files: Record<string, string>;
  /** Shell pattern of all files that are ours; those not in `files` go. */
  pattern: string;
  /** sh code that brings the files into effect. */
  apply: string;
};

type Interfaces = Record<string, Interface>;

export function renderNetwork(named: Interfaces, backend: Backend): NetworkFiles {
  const interfaces = withCarriers(named);
  switch (backend) {
    case 'networkd':
      return {
        files: networkdFiles(interfaces),
        pattern: '/etc/systemd/network/50-prybar-*',
        apply: 'systemctl -q enable --now systemd-networkd\nnetworkctl reload',
      };
    case 'netplan':
      return {
        files: { '/etc/netplan/50-prybar.yaml': `${JSON.stringify(netplan(interfaces), null, 2)}\n` },
        pattern: '/etc/netplan/50-prybar.yaml',
        apply: 'netplan apply',
      };
    case 'ifupdown':
      return {
        files: { '/etc/network/interfaces.d/prybar': ifupdown(interfaces) },
        pattern: '/etc/network/interfaces.d/prybar',
        apply: 'systemctl restart networking',
      };
    // nmstate reads JSON as the YAML that it is; its own service applies what is in this folder at boot.
    case 'nmstate':
      return {
        files: { '/etc/nmstate/50-prybar.yml': `${JSON.stringify(nmstate(interfaces), null, 2)}\n` },
        pattern: '/etc/nmstate/50-prybar.yml',
        apply: 'systemctl -q enable nmstate\nnmstatectl apply /etc/nmstate/50-prybar.yml',
      };
  }
}

// What a bond, bridge or VLAN stands on needs no entry of its own when there is nothing to say of it.
export function withCarriers(named: Interfaces): Interfaces {
  const carriers = Object.values(named).flatMap((one) => [...(one.members ?? []), ...(one.of ? [one.of] : [])]);
  const missing = carriers.filter((name) => !named[name]).map((name): [string, Interface] => [name, { kind: 'ethernet' }]);
  return { ...Object.fromEntries(missing), ...named };
}

// systemd.netdev(5), systemd.network(5)
function networkdFiles(interfaces: Interfaces): Record<string, string> {
  const files: Record<string, string> = {};
  for (const [name, one] of Object.entries(interfaces)) {
    const base = `/etc/systemd/network/50-prybar-${name}`;
    if (one.kind !== 'ethernet') files[`${base}.netdev`] = netdev(name, one);
    files[`${base}.network`] = sections([
      ['Match', one.mac ? [['PermanentMACAddress', one.mac]] : [['Name', name]]],
      ['Link', one.mtu ? [['MTUBytes', one.mtu]] : []],
      [
        'Network',
        [
          ['DHCP', one.dhcp ? 'yes' : 'no'],
          ...list('Address', one.addresses),
          ...list('Gateway', one.gateway && [one.gateway]),
          ...list('DNS', one.dns),
          ...list('Domains', one.search && [one.search.join(' ')]),
          ...carriedBy(name, interfaces),
        ],
      ],
      // One machine, one lease: not by a client id that the firmware does not have.
      ['DHCPv4', one.dhcp ? [['ClientIdentifier', 'mac']] : []],
      ...(one.routes ?? []).map(
        (route): Section => [
          'Route',
          [
            ['Destination', route.to],
            ['Gateway', route.via],
          ],
        ],
      ),
    ]);
  }
  return files;
}

function netdev(name: string, one: Interface): string {
  const head: [string, string | number][] = [['Name', name], ['Kind', one.kind], ...(one.mtu ? [['MTUBytes', one.mtu] as [string, number]] : [])];
  return sections([
    ['NetDev', head],
    ['VLAN', one.kind === 'vlan' ? [['Id', one.id!]] : []],
    [
      'Bond',
      one.kind === 'bond'
        ? [
            ['Mode', one.mode ?? 'active-backup'],
            ['MIIMonitorSec', '100ms'],
            ...(one.mode === '802.3ad' ? [['LACPTransmitRate', 'fast'] as [string, string]] : []),
          ]
        : [],
    ],
  ]);
}

// What networkd has to be told at the member, not at the bond, bridge or VLAN.
function carriedBy(name: string, interfaces: Interfaces): [string, string][] {
  return Object.entries(interfaces).flatMap(([other, one]): [string, string][] => {
    if (one.kind === 'vlan' && one.of === name) return [['VLAN', other]];
    if (one.kind === 'bond' && one.members?.includes(name)) return [['Bond', other]];
    if (one.kind === 'bridge' && one.members?.includes(name)) return [['Bridge', other]];
    return [];
  });
}

type Section = [string, [string, string | number][]];

const list = (key: string, values: string[] | '' | undefined): [string, string][] => (values || []).map((value) => [key, value]);

const sections = (all: Section[]): string =>
  all
    .filter(([, settings]) => settings.length)
    .map(([name, settings]) => `[${name}]\n${settings.map(([key, value]) => `${key}=${value}\n`).join('')}`)
    .join('\n');

// netplan(5)
function netplan(interfaces: Interfaces): unknown {
  const groups: Record<string, Record<string, unknown>> = {};
  const groupOf = { ethernet: 'ethernets', bond: 'bonds', vlan: 'vlans', bridge: 'bridges' } as const;
  for (const [name, one] of Object.entries(interfaces)) {
    (groups[groupOf[one.kind]] ??= {})[name] = {
      ...(one.mac && { match: { macaddress: one.mac }, 'set-name': name }),
      ...(one.members && { interfaces: one.members }),
      ...(one.kind === 'bond' && { parameters: { mode: one.mode ?? 'active-backup', 'mii-monitor-interval': 100 } }),
      ...(one.kind === 'vlan' && { link: one.of, id: one.id }),
      dhcp4: one.dhcp ?? false,
      ...(one.dhcp && { 'dhcp-identifier': 'mac' }),
      ...(one.addresses && { addresses: one.addresses }),
      ...(one.mtu && { mtu: one.mtu }),
      ...((one.gateway || one.routes) && { routes: [...(one.gateway ? [{ to: 'default', via: one.gateway }] : []), ...(one.routes ?? [])] }),
      ...((one.dns || one.search) && { nameservers: { ...(one.search && { search: one.search }), ...(one.dns && { addresses: one.dns }) } }),
    };
  }
  return { network: { version: 2, ...groups } };
}

// interfaces(5), with ifupdown2's and ifenslave's, vlan's and bridge-utils' words
function ifupdown(interfaces: Interfaces): string {
  return Object.entries(interfaces)
    .map(([name, one]) => {
      const [first, ...more] = one.addresses ?? [];
      const lines = [
        `auto ${name}`,
        `iface ${name} ${first?.includes(':') ? 'inet6' : 'inet'} ${one.dhcp ? 'dhcp' : first ? 'static' : 'manual'}`,
        ...(first && !one.dhcp ? [`  address ${first}`] : []),
        ...(one.gateway ? [`  gateway ${one.gateway}`] : []),
        ...(one.mtu ? [`  mtu ${one.mtu}`] : []),
        ...(one.kind === 'bond' ? [`  bond-slaves ${one.members!.join(' ')}`, `  bond-mode ${one.mode ?? 'active-backup'}`, '  bond-miimon 100'] : []),
        ...(one.kind === 'bridge' ? [`  bridge_ports ${one.members!.join(' ')}`, '  bridge_stp off'] : []),
        ...(one.kind === 'vlan' ? [`  vlan-raw-device ${one.of}`, `  vlan-id ${one.id}`] : []),
        ...more.map((extra) => `  up ip address add ${extra} dev ${name}`),
        ...(one.routes ?? []).map((route) => `  up ip route add ${route.to} via ${route.via}`),
        ...(one.dns ? [`  dns-nameservers ${one.dns.join(' ')}`] : []),
        ...(one.search ? [`  dns-search ${one.search.join(' ')}`] : []),
      ];
      return `${lines.join('\n')}\n`;
    })
    .join('\n');
}

// https://nmstate.io/devel/yaml_api.html
function nmstate(interfaces: Interfaces): unknown {
  const family = (addresses: string[], dhcp: boolean): unknown => ({
    enabled: dhcp || addresses.length > 0,
    dhcp,
    address: addresses.map((text) => ({ ip: text.split('/')[0], 'prefix-length': Number(text.split('/')[1]) })),
  });
  const all = Object.values(interfaces);
  const routes = Object.entries(interfaces).flatMap(([name, one]) =>
    [...(one.gateway ? [{ to: one.gateway.includes(':') ? '::/0' : '0.0.0.0/0', via: one.gateway }] : []), ...(one.routes ?? [])].map((route) => ({
      destination: route.to,
      'next-hop-address': route.via,
      'next-hop-interface': name,
    })),
  );
  const dns = { server: all.flatMap((one) => one.dns ?? []), search: all.flatMap((one) => one.search ?? []) };
  return {
    interfaces: Object.entries(interfaces).map(([name, one]) => ({
      name,
      type: one.kind === 'bridge' ? 'linux-bridge' : one.kind,
      state: 'up',
      ...(one.mac && { identifier: 'mac-address', 'mac-address': one.mac }),
      ...(one.mtu && { mtu: one.mtu }),
      ...(one.kind === 'bond' && { 'link-aggregation': { mode: one.mode ?? 'active-backup', port: one.members } }),
      ...(one.kind === 'bridge' && { bridge: { options: { stp: { enabled: false } }, port: one.members!.map((member) => ({ name: member })) } }),
      ...(one.kind === 'vlan' && { vlan: { 'base-iface': one.of, id: one.id } }),
      ipv4: family(
        (one.addresses ?? []).filter((text) => !text.includes(':')),
        one.dhcp ?? false,
      ),
      ipv6: family(
        (one.addresses ?? []).filter((text) => text.includes(':')),
        false,
      ),
    })),
    ...(routes.length && { routes: { config: routes } }),
    ...((dns.server.length || dns.search.length) && { 'dns-resolver': { config: dns } }),
  };
}
