// Leases as dnsmasq writes them, and who answers at which address in a real network: two ends of a cable in namespaces of their own.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import type { Network } from '../model/network.ts';
import { addressesOf, askAddresses, judgeAddresses } from './address-check.ts';
import { leasesIn } from './leases.ts';
import { openNamespace } from './namespace.ts';
import { skipWhere } from '../../test/skip-where.ts';

const network: Network = {
  name: 'admin',
  cidr: '10.77.0.0/24',
  adminAddress: '10.77.0.1',
  interface: 'pbt0',
  range: { first: '10.77.0.4', last: '10.77.0.9' },
};
const near = `prybar-near-${process.pid}`;
const far = `prybar-far-${process.pid}`;
const mac = '52:54:00:aa:00:05';

describe('leases', () => {
  it('are read as dnsmasq writes them', () =>
    assert.deepEqual(leasesIn('1795287542 52:54:00:AA:00:05 10.77.0.5 n1 01:52:54:00:aa:00:05\n0 52:54:00:aa:00:06 10.77.0.6 * *\nduid 00:01:00\n\n1 junk\n'), [
      { address: '10.77.0.5', mac, hostname: 'n1', expiresAt: 1795287542000 },
      { address: '10.77.0.6', mac: '52:54:00:aa:00:06' },
    ]));
});

describe('who answers at which address', function () {
  this.timeout(120_000);
  before(function () {
    const run = (line: string) => execFileSync('ip', line.split(' '), { stdio: 'pipe' });
    try {
      run(`netns add ${near}`);
    } catch (error) {
      skipWhere(this, `no network namespace can be made here: ${(error as Error).message}`);
    }
    run(`netns add ${far}`);
    run(`-n ${near} link add pbt0 type veth peer name pbt1 netns ${far}`);
    run(`-n ${near} addr add 10.77.0.1/24 dev pbt0`);
    run(`-n ${near} link set pbt0 up`);
    run(`-n ${far} link set pbt1 address ${mac}`);
    for (const address of ['10.77.0.5', '10.77.0.8']) run(`-n ${far} addr add ${address}/24 dev pbt1`);
    run(`-n ${far} link set pbt1 up`);
  });
  after(() => {
    for (const name of [near, far]) {
      try {
        execFileSync('ip', ['netns', 'del', name], { stdio: 'pipe' });
      } catch {
        // It was never made.
      }
    }
  });

  const node = (name: string, macs: string[], contact: 'up' | 'silent' = 'silent') => ({ id: `id-${name}`, name, macs, contact });

  it('is asked by the kernel, and held against who was given what', async () => {
    const namespace = await openNamespace(near);
    assert(namespace.ok);
    const addresses = addressesOf(network, ['10.77.0.30']);
    assert.deepEqual(addresses, ['10.77.0.30', '10.77.0.4', '10.77.0.5', '10.77.0.6', '10.77.0.7', '10.77.0.8', '10.77.0.9']);
    const asked = await askAddresses(network, namespace.value, addresses);
    await namespace.value.close();
    assert(asked.ok);
    assert.deepEqual([...asked.value].toSorted(), [
      ['10.77.0.5', mac],
      ['10.77.0.8', mac],
    ]);

    const told = (given: Record<string, string>, nodes: ReturnType<typeof node>[], leases = [{ address: '10.77.0.8', mac }]) =>
      judgeAddresses(network, asked.value, { given: new Map(Object.entries(given)), nodes, leases }).map(({ severity, summary }) => `${severity}: ${summary}`);
    const n1 = node('n1', [mac], 'up');
    const n2 = node('n2', ['52:54:00:aa:00:99'], 'up');
    assert.deepEqual(told({ '10.77.0.5': 'id-n1' }, [n1], []), ['warning: n1 answers at 10.77.0.8, which is not the address that it was given.']);
    assert.deepEqual(told({ '10.77.0.5': 'id-n2' }, [n2]), [`error: 10.77.0.5 was given to n2, and ${mac}, which no machine here has, answers there.`]);
    assert.deepEqual(told({}, [], [{ address: '10.77.0.8', mac }]), [
      `warning: ${mac}, which no machine here has, answers at 10.77.0.5, which it was not given.`,
    ]);
    assert.deepEqual(told({ '10.77.0.7': 'id-n2' }, [n2, node('n1', [mac])]), ['warning: n2 is up, and nobody answers at 10.77.0.7, which it was given.']);
  });

  it('is a Problem where the network is not there', async () => {
    const namespace = await openNamespace(near);
    assert(namespace.ok);
    const asked = await askAddresses({ ...network, interface: 'pbt9' }, namespace.value, ['10.77.0.5']);
    await namespace.value.close();
    assert(!asked.ok && /pbt9.*is not there/.test(asked.problems[0]!.summary));
  });
});
