// firewall: which ports of the node answer to whom. Each role adds its own rules to one table of nftables.

import { isIPv6 } from 'node:net';
import { feed, sh } from '../shell.ts';
import { listOf, presence, type Resource } from './resource.ts';

type Rule = { port: number | string | (number | string)[]; protocol: 'tcp' | 'udp'; from?: string | string[]; interface?: string };
type Firewall = { firewall: string; allow: Rule[]; otherwise?: 'drop'; state: 'present' | 'absent' };

const port = { type: ['integer', 'string'], pattern: '^[0-9]{1,5}(-[0-9]{1,5})?$', minimum: 1, maximum: 65535 };
const address = { type: 'string', pattern: '^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$' };

export const firewall: Resource<Firewall> = {
  key: 'firewall',
  summary: 'Which ports of the node answer to whom. Needs nftables.',
  properties: {
    firewall: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]*$', description: 'Name of this set of rules on the node, such as the role’s.' },
    allow: {
      type: 'array',
      description: 'What is let in.',
      default: [],
      items: {
        type: 'object',
        properties: {
          port: { ...port, type: [...port.type, 'array'], items: port, minItems: 1, description: 'One, several, or ranges as "8000-8010".' },
          protocol: { enum: ['tcp', 'udp'], default: 'tcp', description: 'Which protocol the ports are of.' },
          from: { ...address, type: ['string', 'array'], items: address, minItems: 1, description: 'Addresses or networks; everybody when absent.' },
          interface: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,15}$', description: 'Only what comes in there.' },
        },
        required: ['port'],
        additionalProperties: false,
      },
    },
    otherwise: { enum: ['drop'], description: 'Refuse on this node what no role allows. SSH, ping and answers to its own requests stay open.' },
    state: presence,
  },
  title: (item) => `firewall ${item.firewall}`,
  code(item) {
    const file = `${folder}/${item.firewall}.nft`;
    const keep = (path: string, text: string): string => feed(sh`put ${path} 644 0 0`, text);
    const own = item.state === 'absent' ? sh`remove_file ${file}` : keep(file, rulesText(item));
    return [
      sh`make_directory ${folder}`,
      keep(main, mainText),
      own,
      sh`load_firewall ${main}`,
      keep('/etc/systemd/system/prybar-firewall.service', unitText),
      'enable_firewall',
    ].join('\n');
  },
};

const folder = '/etc/nftables.d/prybar';
const main = '/etc/nftables.d/prybar.nft';

// Made anew as a whole in one transaction of the kernel, so that there is no moment without rules. Rules of others stand in other tables.
const mainText = `table inet prybar
delete table inet prybar
table inet prybar {
  chain allowed {
  }
  chain otherwise {
  }
  chain input {
    type filter hook input priority filter + 10; policy accept;
    ct state established,related accept
    iif "lo" accept
    meta l4proto { icmp, ipv6-icmp } accept
    tcp dport 22 accept
    udp dport { 68, 546 } accept
    jump allowed
    jump otherwise
  }
}
include "${folder}/*.nft"
`;

const unitText = `[Unit]
Description=Firewall rules of the roles on this machine
After=nftables.service
Before=network-pre.target
Wants=network-pre.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f ${main}

[Install]
WantedBy=multi-user.target
`;

function rulesText(item: Firewall): string {
  const rules = item.allow.flatMap((rule) => {
    const match = `${rule.protocol} dport { ${[rule.port].flat().join(', ')} }`;
    const at = rule.interface ? `iifname "${rule.interface}" ` : '';
    const sources = listOf(rule.from);
    const [v6, v4] = [sources.filter((source) => isIPv6(source.split('/')[0]!)), sources.filter((source) => !isIPv6(source.split('/')[0]!))];
    if (!sources.length) return [`    ${at}${match} accept`];
    return [
      ...(v4.length ? [`    ${at}ip saddr { ${v4.join(', ')} } ${match} accept`] : []),
      ...(v6.length ? [`    ${at}ip6 saddr { ${v6.join(', ')} } ${match} accept`] : []),
    ];
  });
  return `table inet prybar {\n  chain allowed {\n${rules.map((rule) => `${rule}\n`).join('')}  }\n${item.otherwise ? '  chain otherwise {\n    counter drop\n  }\n' : ''}}\n`;
}
