// Networks tried between two machines that have just been discovered: their own network, a VLAN that neither of them has yet, and what is found when the
// switch drops its tag, or lets only small packets through.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import type { VerifiedNetworkView } from '../../core/api/contract.ts';
import { missingParts } from '../../core/lab/program.ts';
import { problem, type Problem } from '../../core/model/problem.ts';
import type { CheckName } from '../../core/model/verification.ts';
import { MINUTE, RackForTests } from './rack-for-tests.ts';
import { type Counts, type Step, takeSteps } from './steps.ts';

const NAMES = ['n1', 'n2'];

/** How many steps passed and failed. Problems say why it cannot run here. */
export async function soakNetwork(tell: (line: string) => void): Promise<Counts | { problems: Problem[] }> {
  const missing = await missingParts(['/usr/lib/ipxe/qemu/pxe-virtio.rom']);
  if (!existsSync('/usr/sbin/nft')) missing.push(problem('What the switch drops is said with nft.', {}, 'Install it: apt-get install nftables'));
  if (missing.length) return { problems: missing };
  const rack = new RackForTests();
  const tried = async (network: string): Promise<VerifiedNetworkView> => {
    const { networks } = await rack.admin.client.call('POST /verifications', { body: { networks: [network] } });
    return networks[0]!;
  };
  const found = ({ checks }: VerifiedNetworkView, name: CheckName) => {
    const { state, problems, machines } = checks.find(({ check }) => check === name)!;
    return {
      state,
      said: problems.map(({ summary }) => summary).join('\n'),
      machines: machines.map((one) => `${one.name} ${one.state} ${one.why ?? ''}`.trim()),
    };
  };
  const made = async () => Promise.all(NAMES.map((name) => rack.inside(name, 'ip -o link show | grep -c ": pb" || true')));
  // The port of n2, as it heard it.
  const port = async () => (await rack.machine('n2'))!.inventory!.nics.find(({ lldp }) => lldp)!.lldp!.port;
  const steps: Step[] = [
    [
      'two machines are discovered and let in',
      async () => {
        await rack.start('--machines', '2');
        const machines = await rack.discovered(2, 25 * MINUTE);
        assert.deepEqual(machines.map(({ name }) => name).sort(), NAMES);
      },
    ],
    [
      'they see each other and the admin node, in large packets, each address is used once, and the only DHCP server is ours',
      async () => {
        const admin = await tried('admin');
        for (const check of ['reach', 'mtu', 'addresses', 'dhcp'] as const)
          assert.deepEqual({ check, ...found(admin, check) }.state, 'well', JSON.stringify(admin));
        assert.notEqual(found(admin, 'time').state, 'unasked', JSON.stringify(admin));
      },
    ],
    [
      'they see each other in a VLAN that neither of them has yet, and nothing of it stays',
      async () => {
        const { client } = rack.admin;
        await client.call('POST /deployments', { body: { name: 'cloud' } });
        const { id, revision } = await client.call('POST /proposals', { body: { deployment: 'cloud', barclamp: 'network' } });
        const networks = [{ name: 'storage', cidr: '10.7.0.0/24', conduit: 'data', vlan: 100 }];
        const draft = { attributes: { conduits: [{ name: 'data', interfaces: ['1'] }], networks }, roles: { network: NAMES } };
        await client.call('PUT /proposals/:id/draft', { params: { id }, body: { revision, draft } });
        const storage = await tried('storage');
        assert.deepEqual(found(storage, 'reach'), { state: 'well', said: '', machines: ['n1 well', 'n2 well'] });
        assert.equal(found(storage, 'mtu').state, 'well', JSON.stringify(storage));
        assert.deepEqual(await made(), ['0', '0']);
      },
    ],
    [
      'the switch drops the tag at one of them: seen as cut, with the port, while untagged packets pass',
      async () => {
        const rules = `table bridge cut {\nchain forward {\ntype filter hook forward priority 0\niifname "${await port()}" ether type 8021q drop\n}\n}`;
        await rack.onSwitch('nft', rules);
        const storage = await tried('storage');
        const { state, said, machines } = found(storage, 'reach');
        assert.deepEqual([state, said], ['fault', 'None of n1 and n2 sees another in storage (VLAN 100).'], JSON.stringify(storage));
        assert.equal(machines.filter((one) => one.includes('fault')).length, 2);
        assert.match(storage.checks[0]!.problems[0]!.next!, new RegExp(`Is VLAN 100 let through, tagged, .* at ${await port()} of lab-switch`));
        assert.equal(found(await tried('admin'), 'reach').state, 'well');
        assert.deepEqual(await made(), ['0', '0']);
      },
    ],
    [
      'it is said before the draft is committed, and not any more once the tag passes and was tried again',
      async () => {
        const said = async () =>
          (await rack.admin.client.call('POST /proposals/:id/preview', { params: { id: 'cloud.network' } })).problems.filter(({ summary }) =>
            summary.includes('was tried on'),
          );
        assert.equal((await said()).length, 1);
        await rack.onSwitch('nft', 'delete table bridge cut');
        assert.equal(found(await tried('storage'), 'reach').state, 'well');
        assert.deepEqual(await said(), []);
      },
    ],
    [
      'a port that lets only small packets through is found',
      async () => {
        const name = await port();
        await rack.onSwitch('ip', 'link', 'set', name, 'mtu', '1400');
        const admin = await tried('admin');
        await rack.onSwitch('ip', 'link', 'set', name, 'mtu', '1500');
        assert.equal(found(admin, 'reach').state, 'well');
        assert.match(found(admin, 'mtu').said, /^Packets of 1500 bytes do not pass between n[12] and n[12] in admin; up to 14[0-9][0-9] bytes do\.$/);
      },
    ],
  ];
  try {
    return await takeSteps(steps, tell);
  } finally {
    await rack.stop();
  }
}
