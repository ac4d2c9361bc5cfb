// The probes against real things: machines that are network namespaces on a bridge, a cable with a small MTU, a name server that is wrong, a clock that is
// off, a VLAN that a switch drops. VLAN interfaces are the kernel's where it has them; else a program puts the tags on and takes them off, and the
// frames on the wire are the same.

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Inventory } from '../../model/inventory.ts';
import type { Node } from '../../model/node.ts';
import { type Problem, problem, problemText } from '../../model/problem.ts';
import { type CheckResult, stateOf } from '../../model/verification.ts';
import { carriedBy } from './carried.ts';
import { type VerifyOptions, verifyNetworks, type WantedName, type WantedNetwork } from './verify.ts';
import { skipWhere } from '../../../test/skip-where.ts';

const tag = `pbv${process.pid}`;
const wire = `${tag}-wire`;
const names = ['n1', 'n2', 'n3'];
const inside = (name: string): string => `${tag}-${name}`;
const addressOf = (name: string): string => `10.78.0.${names.indexOf(name) + 11}`;
const ip = (...argv: string[]): string => execFileSync('ip', argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const bridge = (rules: string): void => void execFileSync('ip', ['netns', 'exec', wire, 'nft', '-f', '-'], { input: rules, stdio: ['pipe', 'pipe', 'pipe'] });

function machine(name: string, more: Partial<Node> = {}): Node {
  const port = `port${names.indexOf(name) + 1}`;
  const nics = [
    { name: 'eth0', mac: '', up: true },
    { name: 'eth1', mac: '', up: true, lldp: { system: 'leaf-1', port } },
  ];
  return {
    ...{ id: `id-${name}`, name, remote: 'ssh', macs: [], approved: true, pool: 'default', discoveredAt: 0, contact: 'up', contactAt: 0 },
    addresses: { admin: addressOf(name) },
    system: { kind: 'live', instance: '1', platform: 'debian-12' },
    inventory: { nics } as unknown as Inventory,
    ...more,
  };
}

describe('networks that are tried', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-verify-'));
  const running: ChildProcess[] = [];
  let vlans: 'kernel' | 'by hand' | undefined;

  before(function () {
    try {
      ip('netns', 'add', wire);
      execFileSync('ip', ['netns', 'exec', wire, 'busybox', 'ping', '--help'], { stdio: 'ignore' });
    } catch (error) {
      skipWhere(this, (error as Error).message.trim().split('\n').at(-1));
    }
    // The admin node is the switch, which is how the virtual rack has it.
    ip('-n', wire, 'link', 'add', 'switch0', 'type', 'bridge');
    ip('-n', wire, 'link', 'add', 'switch1', 'type', 'bridge');
    for (const one of ['lo', 'switch0', 'switch1']) ip('-n', wire, 'link', 'set', one, 'up');
    ip('-n', wire, 'address', 'add', '10.78.0.1/24', 'dev', 'switch0');
    for (const [index, name] of names.entries()) {
      ip('netns', 'add', inside(name));
      for (const nic of [0, 1]) {
        const port = `port${nic}-${index + 1}`;
        ip('-n', wire, 'link', 'add', port, 'type', 'veth', 'peer', 'name', `eth${nic}`, 'netns', inside(name));
        ip('-n', wire, 'link', 'set', port, 'master', `switch${nic}`, 'up');
        // As in the discovery image: no address by itself.
        ip('-n', inside(name), 'link', 'set', `eth${nic}`, 'addrgenmode', 'none');
        ip('-n', inside(name), 'link', 'set', `eth${nic}`, 'up');
      }
      ip('-n', inside(name), 'link', 'set', 'lo', 'up');
      ip('-n', inside(name), 'address', 'add', `${addressOf(name)}/24`, 'dev', 'eth0');
    }
    vlans = vlansHere();
  });
  afterEach(async () => {
    for (const child of running.splice(0)) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
    }
    for (const name of names) {
      rmSync(path.join('/etc/netns', inside(name)), { recursive: true, force: true });
      rmSync(path.join(folder, name), { recursive: true, force: true });
    }
  });
  after(() => {
    for (const name of [wire, ...names.map(inside)]) {
      try {
        ip('netns', 'delete', name);
      } catch {
        // It was never made.
      }
    }
    rmSync(folder, { recursive: true, force: true });
  });

  /** A VLAN interface of the kernel, or a program that stands in for it; none where neither can be. */
  function vlansHere(): typeof vlans {
    try {
      ip('-n', inside('n1'), 'link', 'add', 'link', 'eth1', 'name', 'try0', 'type', 'vlan', 'id', '7');
      ip('-n', inside('n1'), 'link', 'delete', 'try0');
      return 'kernel';
    } catch {
      if (!existsSync('/dev/net/tun') || !existsSync('/usr/bin/perl')) return undefined;
    }
    replace('n1', {});
    return 'by hand';
  }

  /** Programs that stand before the machine's own; `ip` too, where VLANs are made by hand. */
  function replace(name: string, programs: Record<string, string>): void {
    mkdirSync(path.join(folder, name), { recursive: true });
    for (const [program, text] of Object.entries(programs)) {
      writeFileSync(path.join(folder, name, program), `#!/bin/sh\n${text}\n`);
      chmodSync(path.join(folder, name, program), 0o755);
    }
  }
  const vlansByHand = (): void => {
    const made = `if [ "$1 $2 $7 $8" = "link add type vlan" ]; then exec perl ${path.join(import.meta.dirname, 'vlan-for-tests.pl')} "$4" "$6" "\${10}"; fi\nexec /sbin/ip "$@"`;
    for (const name of names) replace(name, { ip: made });
  };

  const run: VerifyOptions['run'] = (node, program, { onOutput, timeoutMs }) =>
    new Promise((resolve) => {
      const way = `${path.join(folder, node.name)}:/usr/sbin:/usr/bin:/sbin:/bin`;
      const child = spawn('ip', ['netns', 'exec', inside(node.name), 'env', `PATH=${way}`, 'sh'], { stdio: ['pipe', 'pipe', 'pipe'], timeout: timeoutMs });
      let told = '';
      child.stdout.on('data', onOutput);
      child.stderr.on('data', (chunk: Buffer) => (told += chunk));
      child.once('exit', (code) => {
        if (code !== 0) console.log(told);
        resolve({ kind: 'exited', code: code ?? 1 });
      });
      child.stdin.on('error', () => {});
      child.stdin.end(program);
    });

  async function verify(networks: WantedNetwork[], more: Partial<VerifyOptions> = {}): Promise<Record<string, CheckResult>> {
    const before = names.map(linksOf);
    const found = await verifyNetworks(networks, {
      ...{ run, names: () => [], clockMs: 5000, now: Date.now, signal: new AbortController().signal, onProgress: () => {} },
      ...more,
    });
    assert.deepEqual(names.map(linksOf), before, 'something was left behind');
    return Object.fromEntries(found.get(networks[0]!.id)!.map((result) => [result.check, result]));
  }
  /** Interfaces of a machine, and what they are set to. */
  const linksOf = (name: string): string =>
    ip('-n', inside(name), '-o', 'address', 'show') + ip('-n', inside(name), '-o', 'link', 'show').replaceAll(/ state \S+/g, '');
  const textOf = ({ problems }: { problems: readonly Problem[] }): string => problems.map(problemText).join('\n');
  const site = (nodes: Node[]): WantedNetwork => ({
    id: 'admin',
    name: 'admin',
    mtu: 1500,
    site: { name: 'admin', adminAddress: '10.78.0.1' },
    machines: nodes.map((node) => ({ node, carried: { nics: [], tops: [] } })),
  });
  const storage = (nodes: Node[], more: { vlan?: number; mtu?: number } = {}): WantedNetwork => ({
    ...{ id: 'cloud.storage', name: 'storage', mtu: 1500, ...more },
    machines: nodes.map((node) => ({
      node,
      carried: carriedBy({ name: 'storage', cidr: '10.9.0.0/24', conduit: 'data', ...more }, [{ name: 'data', interfaces: ['2'] }], node),
    })),
  });
  const all = () => names.map((name) => machine(name));

  it('are well where everybody sees everybody, in large packets, with clocks that agree', async () => {
    const found = await verify([site(all())]);
    assert.deepEqual(
      ['reach', 'mtu', 'time'].map((check) => [check, stateOf(found[check]!), textOf(found[check]!)]),
      [
        ['reach', 'well', ''],
        ['mtu', 'well', ''],
        ['time', 'well', ''],
      ],
    );
  });

  it('say of machines that cannot be asked why, and do not count them as well', async () => {
    const off = machine('n2', { contact: 'off' });
    const lost: VerifyOptions['run'] = (node, program, options) =>
      node.name === 'n3' ? Promise.resolve({ kind: 'lost', problem: problem('n3 does not let anybody in.') }) : run(node, program, options);
    const { reach, time } = await verify([site([machine('n1'), off, machine('n3')])], { run: lost });
    assert.equal(stateOf(reach!), 'partly');
    assert.deepEqual(
      reach!.machines.map(({ name, state, why = '' }) => [name, state, why]),
      [
        ['n1', 'well', ''],
        ['n2', 'unasked', 'it is switched off'],
        ['n3', 'unasked', 'n3 does not let anybody in'],
      ],
    );
    assert.equal(stateOf(time!), 'partly');
  });

  it('name the machine whose cable lets only small packets through, and how small', async () => {
    ip('-n', wire, 'link', 'set', 'port0-2', 'mtu', '1400');
    try {
      const { reach, mtu } = await verify([site(all())]);
      assert.equal(stateOf(reach!), 'well');
      assert.equal(stateOf(mtu!), 'fault');
      assert.match(textOf(mtu!), /^error: Packets of 1500 bytes do not get to n2 or from it in admin; up to 140[0-9] bytes do\.\n/);
      assert.equal(mtu!.problems.length, 1);
      assert.deepEqual(
        mtu!.machines.map(({ state }) => state),
        ['well', 'fault', 'well'],
      );
    } finally {
      ip('-n', wire, 'link', 'set', 'port0-2', 'mtu', '1500');
    }
  });

  it('know a clock that is off, and whose', async () => {
    replace('n3', { date: 'exec /bin/date -d "@$(($(/bin/date +%s) - 90))" "$@"' });
    const { time } = await verify([site(all())]);
    assert.match(textOf(time!), /^error: The clock of n3 is (89|9[0-5])\.\d s behind that of the admin node\.\n {2}where: n3\n {2}next: {2}Give it ntp-client/);
    assert.deepEqual(
      time!.machines.map(({ state }) => state),
      ['well', 'well', 'fault'],
    );
  });

  it('ask the name servers that a machine was given for what it needs', async () => {
    for (const [name, server] of [
      ['n1', '10.78.0.1'],
      ['n2', '10.78.0.1'],
      ['n3', '10.78.0.99'],
    ] as const) {
      mkdirSync(path.join('/etc/netns', inside(name)), { recursive: true });
      writeFileSync(path.join('/etc/netns', inside(name), 'resolv.conf'), `nameserver ${server}\n`);
    }
    const records = ['--host-record=n1.rack.internal,10.78.0.11', '--host-record=n2.rack.internal,10.78.0.77', '--local=/rack.internal/'];
    const child = spawn(
      'ip',
      ['netns', 'exec', wire, 'dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--pid-file=', ...records],
      {
        stdio: 'ignore',
      },
    );
    running.push(child);
    for (let tries = 0; tries < 100 && !execFileSync('ip', ['netns', 'exec', wire, 'ss', '-Hlun'], { encoding: 'utf8' }).includes(':53 '); tries++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    const wanted = (node: Node): WantedName[] => [
      { name: `${node.name}.rack.internal`, type: 'A', address: node.addresses.admin! },
      { name: 'n9.rack.internal', type: 'A', address: '10.78.0.19' },
    ];
    const { dns } = await verify([site(all())], { names: (node) => wanted(node).slice(0, node.name === 'n1' ? 2 : 1) });
    assert.deepEqual(
      textOf(dns!)
        .split('\n')
        .filter((text) => text.startsWith('error')),
      [
        'error: From n1: the name server 10.78.0.1, asked for n9.rack.internal, knows no such name.',
        'error: From n2: the name server 10.78.0.1, asked for n2.rack.internal, has 10.78.0.77 for it, not 10.78.0.12.',
        'error: From n3: the name server 10.78.0.99 does not answer.',
      ],
    );
    assert.deepEqual(
      dns!.machines.map(({ state }) => state),
      ['fault', 'fault', 'fault'],
    );
  });

  it('are tried over interfaces without an address, which stay as they are', async () => {
    const { reach, mtu } = await verify([storage(all())]);
    assert.deepEqual([stateOf(reach!), stateOf(mtu!)], ['well', 'well']);
    ip('-n', wire, 'link', 'set', 'port1-3', 'nomaster');
    try {
      const cut = await verify([storage(all())]);
      assert.equal(
        textOf(cut.reach!),
        [
          'error: n3 sees nobody in storage through eth1, while n1 and n2 see one another.',
          '  where: /networks/cloud.storage n3',
          '  next:  See the cables and the VLAN that these ports of the switch put untagged packets into: eth1 of n3 at port3 of leaf-1.',
        ].join('\n'),
      );
    } finally {
      ip('-n', wire, 'link', 'set', 'port1-3', 'master', 'switch1');
    }
  });

  it('say that a port is dead, that an interface is missing, and that large packets wait for the role network', async () => {
    ip('-n', wire, 'link', 'set', 'port1-2', 'down');
    try {
      const without = machine('n3', { inventory: { nics: [{ name: 'eth0', mac: '', up: true }] } as unknown as Inventory });
      const { reach, mtu } = await verify([storage([machine('n1'), machine('n2'), without], { mtu: 9000 })]);
      assert.deepEqual(
        reach!.machines.map(({ why }) => why),
        ['no other machine could be asked there', 'eth1: no cable is heard there', 'it has no interface that its conduit asks for'],
      );
      assert.equal(stateOf(reach!), 'unasked');
      assert.equal(mtu!.machines[0]!.why, 'its interface lets 1500 bytes through until the role network has been applied there');
    } finally {
      ip('-n', wire, 'link', 'set', 'port1-2', 'up');
    }
  });

  it('are tried as tagged ones, before any machine has them; one whose tag the switch drops is named', async function () {
    if (vlans === undefined) {
      skipWhere(this, 'this kernel has no VLANs (8021q), and without /dev/net/tun and perl none can be made by hand');
    }
    if (vlans === 'by hand') vlansByHand();
    const { reach } = await verify([storage(all(), { vlan: 100 })]);
    assert.deepEqual([stateOf(reach!), textOf(reach!)], ['well', '']);
    bridge('table bridge cut { chain forward { type filter hook forward priority 0\niifname "port1-2" ether type 8021q drop\n}\n}');
    try {
      const cut = await verify([storage(all(), { vlan: 100 })]);
      assert.equal(
        textOf(cut.reach!),
        [
          'error: n2 sees nobody in storage (VLAN 100) through eth1, while n1 and n3 see one another.',
          '  where: /networks/cloud.storage n2',
          '  next:  Is VLAN 100 let through, tagged, by these ports of the switch and on the way between them: eth1 of n2 at port2 of leaf-1?',
        ].join('\n'),
      );
      assert.deepEqual(
        cut.reach!.machines.map(({ state }) => state),
        ['well', 'fault', 'well'],
      );
      // Untagged packets still pass there.
      assert.equal(stateOf((await verify([storage(all())])).reach!), 'well');
    } finally {
      bridge('delete table bridge cut');
    }
  });

  it('say so where a kernel knows no VLANs', async function () {
    replace('n1', { ip: 'case " $* " in *" type vlan "*) exit 2 ;; esac\nexec /sbin/ip "$@"' });
    const { reach } = await verify([storage([machine('n1')], { vlan: 100 })]);
    assert.equal(reach!.machines[0]!.why, 'eth1: its kernel knows no VLANs (8021q)');
  });

  it('leave nothing behind where the admin node is lost in the middle: what was made goes by itself', async function () {
    // Ten seconds at the least, which is too long to wait for here: the time that it waits is made short, the rest is as it is.
    let prepared = '';
    await verify([storage(all().slice(0, 2))], {
      run: (node, program, options) => {
        if (node.name === 'n1' && program.includes('carry()')) prepared = program;
        return run(node, program, options);
      },
    });
    assert.ok(prepared.includes('-lt 150 ]'));
    await run(machine('n1'), prepared.replace('-lt 150 ]', '-lt 5 ]'), {
      signal: new AbortController().signal,
      timeoutMs: 10_000,
      onOutput: () => {},
      onError: () => {},
    });
    assert.match(linksOf('n1'), /pb[0-9a-f]{5}v1/);
    for (let tries = 0; tries < 150 && /pb[0-9a-f]{5}v1/.test(linksOf('n1')); tries++) await new Promise((resolve) => setTimeout(resolve, 100));
    assert.doesNotMatch(linksOf('n1'), /pb[0-9a-f]{5}v1/);
  });
});
