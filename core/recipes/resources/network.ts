// network: the interfaces of a node, for the system that manages them there. If the node cannot be reached afterwards, the old
// configuration comes back by itself, even if this program has died.

import { checkAgainst, withDefaults } from '../../schema.ts';
import { feed, feedCode, sh, shellFunction } from '../shell.ts';
import { renderNetwork, withCarriers } from './network-files.ts';
import { type Context, duration, type Resource, secondsOf, shellCode, templateName, valueOf } from './resource.ts';

export type Interface = {
  kind: 'ethernet' | 'bond' | 'vlan' | 'bridge';
  mac?: string;
  members?: string[];
  mode?: string;
  of?: string;
  id?: number;
  addresses?: string[];
  dhcp?: boolean;
  gateway?: string;
  routes?: { to: string; via: string }[];
  mtu?: number;
  dns?: string[];
  search?: string[];
};

export const backends = ['networkd', 'netplan', 'ifupdown', 'nmstate'] as const;
export type Backend = (typeof backends)[number];

type Interfaces = Record<string, Interface>;
type Network = { network: Interfaces | string; backend?: Backend; verify: string; within: string | number };

const name = { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$' };
const address = { type: 'string', pattern: '^[0-9A-Fa-f:.]+$' };
const cidr = { type: 'string', pattern: '^[0-9A-Fa-f:.]+/[0-9]{1,3}$' };

const interfaces = {
  type: 'object',
  minProperties: 1,
  propertyNames: name,
  additionalProperties: {
    type: 'object',
    properties: {
      kind: { enum: ['ethernet', 'bond', 'vlan', 'bridge'], default: 'ethernet', description: 'What it is.' },
      mac: { type: 'string', pattern: '^([0-9a-f]{2}:){5}[0-9a-f]{2}$', description: 'Finds an ethernet interface whatever the kernel calls it.' },
      members: { type: 'array', items: name, minItems: 1, description: 'Of a bond or bridge.' },
      mode: { enum: ['active-backup', '802.3ad', 'balance-rr', 'balance-xor', 'balance-tlb', 'balance-alb'], description: 'Of a bond.' },
      of: { ...name, description: 'Interface that carries a VLAN.' },
      id: { type: 'integer', minimum: 1, maximum: 4094, description: 'Of a VLAN.' },
      addresses: { type: 'array', items: cidr, description: 'With prefix length.' },
      dhcp: { type: 'boolean', description: 'Ask for an IPv4 address.' },
      gateway: { ...address, description: 'Default route.' },
      routes: {
        type: 'array',
        items: {
          type: 'object',
          properties: { to: { ...cidr, description: 'Destination.' }, via: { ...address, description: 'Next hop.' } },
          required: ['to', 'via'],
          additionalProperties: false,
        },
        description: 'Further routes.',
      },
      mtu: { type: 'integer', minimum: 576, maximum: 65535, description: 'Largest packet, in bytes.' },
      dns: { type: 'array', items: address, description: 'Name servers.' },
      search: { type: 'array', items: { type: 'string', pattern: '^[A-Za-z0-9.-]+$' }, description: 'Domains in which short names are looked up.' },
    },
    additionalProperties: false,
  },
};

export const network: Resource<Network> = {
  key: 'network',
  summary: 'The interfaces of a node, with a way back should it no longer be reached.',
  properties: {
    network: {
      ...interfaces,
      ...templateName,
      type: ['object', 'string'],
      description: 'Interface → what it is; or the name of a file in templates/ that gives this as JSON. Interfaces that are not named are left alone.',
    },
    backend: {
      enum: backends,
      description: 'What manages interfaces there; by platform when absent: netplan on Ubuntu, nmstate on RPM systems, else networkd.',
    },
    verify: shellCode('Must succeed afterwards: says that the node still reaches what it must.'),
    within: { ...duration, default: '60s', description: 'How long the network may take; then the old configuration comes back.' },
  },
  required: ['verify'],
  seconds: (item) => 3 * secondsOf(item.within) + 60,
  title: ({ network: named }) => `network ${typeof named === 'string' ? `of ${named}` : Object.keys(named).join(', ')}`,
  code(item, context) {
    const named = typeof item.network === 'string' ? fromTemplate(item.network, context) : item.network;
    for (const [interfaceName, one] of Object.entries(named)) checkInterface(interfaceName, one, context);
    const backend = item.backend ?? usualBackend(context);
    const { files, pattern, apply } = renderNetwork(named, backend);
    const found = Object.entries(withCarriers(named)).flatMap(([interfaceName, one]) => (one.kind === 'ethernet' ? [one.mac ?? interfaceName] : []));
    const made = Object.entries(named)
      .filter(([, one]) => one.kind !== 'ethernet')
      .map(([interfaceName]) => interfaceName);
    return [
      sh`need_interfaces ${found}`,
      sh`network_files=${pattern}`,
      ...Object.entries(files).map(([path, text]) => feed(sh`stage_network_file ${path}`, text)),
      shellFunction('apply_network', apply),
      shellFunction('ready', feedCode("run_text ''", item.verify)),
      feed(sh`change_network ${secondsOf(item.within)} ${made}`, `${apply}\n`),
    ].join('\n');
  },
};

function fromTemplate(name: string, context: Context): Interfaces {
  const value = valueOf(name, context);
  if (value === undefined) return {};
  const problems = checkAgainst(interfaces, value, { pointer: '' });
  for (const { summary, where, next } of problems) context.problem(`templates/${name} gives at ${where?.pointer || '/'}: ${summary}`, next);
  return problems.length ? {} : withDefaults(interfaces, value as Interfaces);
}

function checkInterface(interfaceName: string, one: Interface, context: Context): void {
  const needed = { ethernet: [], bond: ['members'], bridge: ['members'], vlan: ['of', 'id'] }[one.kind];
  for (const property of ['members', 'of', 'id'] as const) {
    const wanted = needed.includes(property as never);
    if (wanted === (one[property] !== undefined)) continue;
    context.problem(
      `${interfaceName} is of kind ${one.kind}, which ${wanted ? 'needs' : 'has no'} \`${property}\`.`,
      wanted ? 'Add it.' : 'Remove it, or correct the kind.',
    );
  }
}

function usualBackend(context: Context): Backend {
  if (context.platform.startsWith('ubuntu')) return 'netplan';
  return context.family === 'rpm' ? 'nmstate' : 'networkd';
}
