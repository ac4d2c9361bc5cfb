// What machines may say, and what is made of anything else; the two DNS messages; and interfaces as the barclamp network finds them itself.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseYaml } from '../../catalog/yaml.ts';
import type { Inventory } from '../../model/inventory.ts';
import { carriedBy, type Conduit, type PlannedNetwork } from './carried.ts';
import { dnsQuestion, readDnsAnswer } from './dns-message.ts';
import { emptyReport, pairOf, readLine } from './report.ts';

const NONCE = 'a1b2c';
const read = (...lines: string[]) => {
  const report = emptyReport();
  for (const text of lines) readLine(report, NONCE, text, 1_000_000_000_000);
  return report;
};
const said = (text: string) => `prybar-${NONCE} ${text}`;

describe('what a machine says of networks', () => {
  it('is read line by line', () => {
    const lines = [
      'clock 1000000003.250000000',
      'clock 1000000003.150000000',
      'site eth0 1500',
      'at 3 made pba1b2cv3 fe80::50:1:0:3 1500',
      'no 4 novlan',
      'no dns unserved',
    ];
    const report = read(...[...lines, 'saw 3 7', 'carries 3 7', 'saw 3 8', 'most 3 8 1352', 'lost 3 9', 'dns 10.0.0.1 0 none', 'end'].map(said));
    assert.equal(report.clockMs, 3250);
    assert.deepEqual(report.site, { device: 'eth0', mtu: 1500 });
    assert.deepEqual([...report.standing], [[3, { how: 'made', device: 'pba1b2cv3', address: 'fe80::50:1:0:3', mtu: 1500 }]]);
    assert.deepEqual(
      [...report.refused],
      [
        [4, 'novlan'],
        ['dns', 'unserved'],
      ],
    );
    assert.deepEqual(
      [...report.saw],
      [
        [pairOf(3, 7), { seen: true, carries: true }],
        [pairOf(3, 8), { seen: true, carries: false, most: 1352 }],
        [pairOf(3, 9), { seen: false }],
      ],
    );
    assert.equal(report.whole, true);
  });

  it('is nothing where it is not exactly that: other runs, commands in addresses, names that no interface has, numbers without end', () => {
    for (const text of [
      'prybar-other end',
      'end',
      said('end '),
      said('at 3 own eth0;reboot fe80::1 1500'),
      said('at 3 own eth0 fe80::1;reboot 1500'),
      said('at 3 own eth0 $(reboot) 1500'),
      said('at 3 own eth0 10.0.0.1 1500'),
      said('at 3 own eth0 fe80::1 99999999999'),
      said('site ../../etc 1500'),
      said('no 4 because'),
      said('no 4 __proto__'),
      said('no constructor absent'),
      said('carries 3 7'),
      said('most 3 7 100'),
      said('clock now'),
      said(`dns 10.0.0.1 0 ${'0'.repeat(3)}`),
      said(`dns 10.0.0.1 0 ${'00'.repeat(1401)}`),
    ])
      assert.deepEqual(read(text), emptyReport(), text);
  });
});

describe('DNS messages', () => {
  const question = { name: 'n1.rack.internal', type: 'A' as const };
  const answer = (change: (message: Buffer) => Buffer | void = () => {}): Buffer => {
    const asked = dnsQuestion(7, question);
    asked.writeUInt16BE(0x8180, 2);
    asked.writeUInt16BE(1, 6);
    const message = Buffer.concat([asked, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 5])]);
    return change(message) ?? message;
  };
  it('are written and read as RFC 1035 has them', () => {
    assert.equal(dnsQuestion(7, { name: '', type: 'NS' }).toString('hex'), '0007010000010000000000000000020001');
    assert.deepEqual(readDnsAnswer(answer(), 7, question), { code: 0, addresses: ['10.0.0.5'] });
    assert.deepEqual(
      readDnsAnswer(
        answer((message) => void message.writeUInt16BE(0x8183, 2)),
        7,
        question,
      )!.code,
      3,
    );
  });
  it('are no answers to others, to another question, or cut short', () => {
    assert.equal(readDnsAnswer(answer(), 8, question), undefined);
    assert.equal(readDnsAnswer(answer(), 7, { ...question, name: 'n2.rack.internal' }), undefined);
    assert.equal(readDnsAnswer(dnsQuestion(7, question), 7, question), undefined);
    assert.equal(readDnsAnswer(Buffer.alloc(5), 7, question), undefined);
    for (let length = 12; length < answer().length; length++)
      assert.deepEqual(
        readDnsAnswer(
          answer((message) => message.subarray(0, length)),
          7,
          question,
        )?.addresses ?? [],
        [],
      );
  });
});

describe('interfaces that carry a network', () => {
  it('are those that the role network sets up, as the case of its barclamp says', () => {
    const folder = path.resolve(import.meta.dirname, '../../../barclamps/network/test/bonds');
    const parsed = parseYaml(readFileSync(path.join(folder, 'proposal.yml'), 'utf8'), 'proposal.yml');
    assert(parsed.ok);
    const { nodes, attributes } = parsed.value as {
      nodes: Record<string, { pool: string; inventory: Inventory }>;
      attributes: { conduits: Conduit[]; networks: PlannedNetwork[] };
    };
    const made = JSON.parse(readFileSync(path.join(folder, 'expected/network/interfaces'), 'utf8')) as Record<string, { members?: string[]; of?: string }>;
    const below = (name: string): string[] => {
      const { members, of } = made[name]!;
      return of ? below(of) : members ? members.flatMap(below) : [name];
    };
    for (const network of attributes.networks) {
      const { nics, tops } = carriedBy(network, attributes.conduits, { name: 'n1', ...nodes.n1! });
      for (const top of tops) assert.deepEqual(below(top), nics, `${network.name} over ${top}`);
      assert(nics.every((nic) => nic in made));
    }
    assert.deepEqual(carriedBy(attributes.networks[2]!, attributes.conduits, { name: 'n1', ...nodes.n1! }), {
      nics: ['enp5s0f0', 'enp5s0f1'],
      tops: ['br-public', 'vlan200'],
    });
    assert.deepEqual(carriedBy(attributes.networks[1]!, attributes.conduits, { name: 'n9', pool: 'other', inventory: nodes.n1!.inventory }).nics, ['eno2']);
  });
});
