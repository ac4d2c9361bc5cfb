// What the extensions of the barclamps that come with Prybar say of proposals and machines.

import assert from 'node:assert/strict';
import { loadCatalog } from '../../core/catalog/catalog.ts';
import { shippedFolder } from '../../core/author/subject.ts';
import type { Network } from '../../core/model/network.ts';
import type { Node } from '../../core/model/node.ts';
import type { ProposalBody } from '../../core/model/proposal.ts';
import { makePlan, type PlanFacts } from '../../core/plan/plan.ts';
import { objections, siteOf } from '../../core/plan/site.ts';

const admin: Network = {
  name: 'admin',
  cidr: '192.168.124.0/24',
  adminAddress: '192.168.124.1',
  interface: 'rack0',
  range: { first: '192.168.124.50', last: '192.168.124.99' },
};

const node = (name: string, nics: string[] = [], pool = 'default'): Node => ({
  id: name,
  name,
  remote: 'ssh',
  macs: [],
  approved: true,
  pool,
  addresses: {},
  discoveredAt: 0,
  contact: 'up',
  contactAt: 0,
  inventory: {
    cpu: { model: 'x', sockets: 1, cores: 1, threads: 1, architecture: 'x86_64' },
    memory: 1,
    disks: [],
    firmware: { kind: 'uefi' },
    nics: nics.map((nic, index) => ({ name: nic, mac: `52:54:00:00:00:0${index}`, pciPath: `0000:0${index}:00.0`, up: true })),
  },
});

describe('extensions of the barclamps that come with Prybar', () => {
  const { catalog } = loadCatalog(shippedFolder);
  const factsOf = (barclamp: string, nodes: Node[], body: ProposalBody, more: Partial<PlanFacts> = {}): PlanFacts => ({
    nodes,
    deployments: [{ name: 'd', summary: '', pools: [] }],
    proposals: [{ deployment: 'd', barclamp, commit: 1, body }],
    latest: new Map(),
    lastDone: new Map(),
    retries: new Map(),
    networks: [admin],
    ...more,
  });
  const said = (barclamp: string, nodes: Node[], attributes: Record<string, unknown>, more: Partial<PlanFacts> = {}): string[] => {
    const body = { attributes, roles: {} };
    return objections(makePlan(factsOf(barclamp, nodes, body, more), catalog), { deployment: 'd', barclamp, body }, catalog).map(
      (p) => `${p.severity} ${p.where?.pointer} ${p.summary} ${p.next}`,
    );
  };
  const expect = (found: string[], ...patterns: RegExp[]): void => {
    assert.equal(found.length, patterns.length, found.join('\n'));
    for (const [index, pattern] of patterns.entries()) assert.match(found[index]!, pattern);
  };

  it('os-install: knows the images that there are, and the one that comes by itself', () => {
    const image = { name: 'golden', digest: 'd'.repeat(64), bytes: 1, rawBytes: 1, rootPartition: 3, platform: 'debian-12', provenance: {}, createdAt: 1 };
    const images = [image] as PlanFacts['images'] & object;
    expect(said('os-install', [], {}));
    expect(said('os-install', [], { image: 'golden' }, { images }));
    const saved = [{ ...images[0]!, name: 'saved', digest: 'f'.repeat(64), pieces: { table: '', label: 'gpt' as const, pieces: [], swaps: [] } }];
    expect(said('os-install', [], { image: 'saved', method: 'clonezilla' }, { images: saved }));
    expect(
      said('os-install', [], { image: 'saved' }, { images: saved }),
      /^error \/attributes\/method The image saved was saved by Clonezilla\. Set the method/,
    );
    expect(said('os-install', [], { image: 'golden', method: 'clonezilla' }, { images }), /^error \/attributes\/method The image golden was not saved/);
    const files = [{ ...images[0]!, name: 'files', tree: { sha256: 'e'.repeat(64), layout: [] } }];
    expect(said('os-install', [], { image: 'files', method: 'rootfs', layout: 'captured' }, { images: files }));
    expect(said('os-install', [], { image: 'files' }, { images: files }), /^error \/attributes\/method The image files was made of a machine with mirrors/);
    expect(
      said('os-install', [], { image: 'golden', method: 'rootfs', layout: 'captured' }, { images }),
      /^error \/attributes\/layout The image golden brings no layout\./,
    );
    expect(said('os-install', [], { image: 'glden' }, { images }), /^error \/attributes\/image There is no image called glden\. There are debian-12, golden\./);
  });

  it('network: finds names that lead nowhere', () => {
    const nodes = [node('n1', ['eno1', 'eno2'], 'compute'), node('n2', ['eno1'])];
    const network = (more: object) => ({ networks: [{ name: 'storage', cidr: '10.7.0.0/16', conduit: 'data', ...more }] });
    const data = { name: 'data', interfaces: ['2'] };
    expect(said('network', nodes, { conduits: [data], ...network({}) }));
    expect(said('network', nodes, network({ conduit: 'eno1' })));
    expect(
      said('network', nodes, { conduits: [data], ...network({ conduit: 'dta' }) }),
      /^error \/attributes\/networks\/0\/conduit storage goes through dta, which is neither a conduit nor an interface\. Conduits are data; interfaces of n1 are eno1, eno2\./,
    );
    expect(
      said('network', nodes, { conduits: [{ ...data, pools: ['compute'] }], ...network({}) }),
      /^error \/attributes\/networks\/0\/conduit No conduit called data is for n2\./,
    );
    expect(said('network', [node('n1')], network({ conduit: 'dta' })));
    expect(
      said('network', nodes, { conduits: [{ ...data, machines: ['n1', 'n2', 'n9'] }], ...network({ addresses: { n8: '10.7.0.8' } }) }),
      /^warning \/attributes\/conduits\/0\/machines\/2 The conduit data is for n9, which is no machine here\./,
      /^warning \/attributes\/networks\/0\/addresses\/n8 storage has an address for n8/,
    );
    expect(
      said('network', nodes, { networks: [admin, admin].map(({ name }) => ({ name, cidr: '192.168.1.0/24', conduit: 'eno1' })) }),
      /^error \/attributes\/networks\/0\/cidr The site's network admin is 192\.168\.124\.0\/24, and here it is 192\.168\.1\.0\/24\./,
      /^error \/attributes\/networks\/1\/name Two networks are called admin\./,
      /^error \/attributes\/networks\/1\/cidr /,
    );
  });

  it('message-queue and database: want three machines where there are three', () => {
    const suggested = (barclamp: string, count: number, roles: ProposalBody['roles'] = {}) => {
      const nodes = ['n1', 'n2', 'n3', 'n4'].slice(0, count).map((name) => node(name));
      const plan = makePlan(factsOf(barclamp, nodes, { attributes: {}, roles }), catalog);
      const said = catalog.barclamps.get(barclamp)!.extension!.suggestNodes!(siteOf(plan, 'd'));
      assert(said.ok, JSON.stringify(said));
      return said.value;
    };
    assert.deepEqual(suggested('message-queue', 0), {});
    assert.deepEqual(suggested('message-queue', 2), { 'rabbitmq-server': { count: 1 } });
    assert.deepEqual(suggested('message-queue', 4), { 'rabbitmq-server': { count: 3 } });
    assert.deepEqual(suggested('database', 3), { 'mariadb-server': { count: 3 } });
    assert.deepEqual(suggested('database', 3, { 'postgresql-server': ['n1'] }), {});
  });
});
