// Who answers machines that boot, on real wires: the admin's network in a namespace of its own, and behind its bridge another with somebody
// else's DHCP server in it.

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Network } from '../model/network.ts';
import { discover, readOffer } from './dhcp-message.ts';
import { askForServers, judge } from './network-check.ts';
import { skipWhere } from '../../test/skip-where.ts';

const admin = `prybar-dhcp-${process.pid}`;
const other = `${admin}-o`;
const network: Network = {
  name: 'admin',
  cidr: '192.168.124.0/24',
  adminAddress: '192.168.124.1',
  interface: 'br0',
  namespace: admin,
  range: { first: '192.168.124.10', last: '192.168.124.20' },
};
const summaries = (mode: 'own' | 'proxy', offers: Parameters<typeof judge>[2]) => judge(network, mode, offers).map(({ summary }) => summary);

describe('network check', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-dhcp-'));
  const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe' });
  const inside = (name: string) => ({ command: (argv: string[]) => ['ip', 'netns', 'exec', name, ...argv] });
  const running: ChildProcess[] = [];

  before(function () {
    try {
      execFileSync('dnsmasq', ['--version'], { stdio: 'pipe' });
      ip('netns', 'add', admin);
    } catch (error) {
      skipWhere(this, `it takes dnsmasq and a network namespace: ${(error as Error).message}`);
    }
    ip('netns', 'add', other);
    ip('-n', admin, 'link', 'add', 'br0', 'type', 'bridge');
    ip('link', 'add', 'eth0', 'netns', other, 'type', 'veth', 'peer', 'name', 'port1', 'netns', admin);
    ip('-n', admin, 'link', 'set', 'port1', 'master', 'br0', 'up');
    for (const [name, link] of [
      [admin, 'br0'],
      [other, 'eth0'],
    ] as const)
      ip('-n', name, 'link', 'set', link, 'up');
    ip('-n', admin, 'address', 'add', '192.168.124.1/24', 'dev', 'br0');
    // What is left of somebody's workshop: not even of the same network.
    ip('-n', other, 'address', 'add', '10.9.9.1/24', 'dev', 'eth0');
    ip('-n', other, 'address', 'add', '192.168.124.2/24', 'dev', 'eth0');
  });
  afterEach(async () => {
    for (const child of running.splice(0)) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
    }
  });
  after(() => {
    for (const name of [admin, other]) {
      try {
        ip('netns', 'delete', name);
      } catch {
        // It was never made.
      }
    }
    rmSync(folder, { recursive: true, force: true });
  });

  /** A real dnsmasq, once it listens. */
  async function serve(name: string, ...options: string[]): Promise<void> {
    const log = path.join(folder, `${name}-${options.length}.log`);
    const given = ['--keep-in-foreground', '--port=0', '--conf-file=/dev/null', '--bind-interfaces', '--except-interface=lo', '--no-ping'];
    const own = [`--dhcp-leasefile=${log}.leases`, '--pid-file=', `--log-facility=${log}`];
    const child = spawn('ip', ['netns', 'exec', name, 'dnsmasq', ...given, ...own, ...options], { stdio: 'ignore' });
    running.push(child);
    for (let tries = 0; tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      try {
        if (readFileSync(log, 'utf8').includes('DHCP')) return;
      } catch {
        // Not yet.
      }
    }
    throw new Error('dnsmasq does not start');
  }
  const range = '--dhcp-range=192.168.124.10,192.168.124.20';
  const ask = async () => {
    const offers = await askForServers(network, inside(admin), 1500);
    assert(offers.ok);
    return offers.value.toSorted((a, b) => a.server.localeCompare(b.server));
  };

  it('finds that nobody answers', async () => {
    const offers = await ask();
    assert.deepEqual(offers, []);
    assert.match(summaries('own', offers).join('\n'), /^The admin node's own DHCP server does not answer on br0\.$/);
    assert.match(summaries('proxy', offers).join('\n'), /No DHCP server gives out addresses/);
  });

  it('is content with the own server alone', async () => {
    await serve(admin, range, '--dhcp-boot=undionly.kpxe');
    const offers = await ask();
    assert.deepEqual(
      offers.map(({ server, bootFile }) => [server, bootFile]),
      [['192.168.124.1', 'undionly.kpxe']],
    );
    assert.deepEqual(summaries('own', offers), []);
  });

  it('finds another one, of whatever network it thinks it is, and what it would do to machines', async () => {
    await serve(admin, range);
    await serve(other, '--dhcp-range=10.9.9.10,10.9.9.20', '--dhcp-boot=pxelinux.0');
    const offers = await ask();
    assert.deepEqual(
      offers.map(({ server }) => server),
      ['10.9.9.1', '192.168.124.1'],
    );
    const found = judge(network, 'own', offers);
    assert.equal(found.length, 1);
    assert.match(
      found[0]!.summary,
      /^Another DHCP server, 10\.9\.9\.1, answers on br0: it would give a machine 10\.9\.9\.[12]\d and have it boot pxelinux\.0\.$/,
    );
    assert.match(found[0]!.next!, /Switch it off .* set DHCP to proxy/);
  });

  it("wants exactly that beside a site's own server: that it gives addresses, and we what to boot", async () => {
    await serve(admin, '--dhcp-range=192.168.124.0,proxy', '--pxe-service=x86PC,Prybar,undionly.kpxe');
    await serve(other, '--dhcp-range=192.168.124.30,192.168.124.40');
    const offers = await ask();
    assert.deepEqual(
      offers.map(({ server, address }) => [server, address?.replace(/\d+$/, '…')]),
      [
        ['192.168.124.1', undefined],
        ['192.168.124.2', '192.168.124.…'],
      ],
    );
    assert.deepEqual(summaries('proxy', offers), []);
    assert.match(summaries('own', offers).join('\n'), /^Another DHCP server, 192\.168\.124\.2,/);
    const both = offers.map((offer) => ({ ...offer, bootFile: 'pxelinux.0' }));
    assert.match(summaries('proxy', both).join('\n'), /192\.168\.124\.2 would give a machine .* have it boot pxelinux\.0; machines may take that/);
  });

  it('says what is missing where nothing can be asked', async () => {
    const refused = await askForServers({ ...network, adminAddress: '192.0.2.1' }, inside(admin), 200);
    assert(!refused.ok);
    assert.match(refused.problems[0]!.summary, /cannot be asked from br0: .*EADDRNOTAVAIL/);
  });
});

describe('DHCP messages', () => {
  const answer = (change: (message: Buffer) => void = () => {}): Buffer => {
    const message = Buffer.alloc(300);
    message[0] = 2;
    message.writeUInt32BE(7, 4);
    message.set([10, 0, 0, 9], 16);
    message.writeUInt32BE(0x63825363, 236);
    message.set([53, 1, 2, 54, 4, 10, 0, 0, 1, 255], 240);
    change(message);
    return message;
  };
  it('are read as they stand', () => assert.deepEqual(readOffer(answer(), 7), { server: '10.0.0.1', address: '10.0.0.9' }));
  it('are no offers for others, of another kind, or cut short', () => {
    assert.equal(readOffer(answer(), 8), undefined);
    assert.equal(
      readOffer(
        answer((message) => void (message[242] = 5)),
        7,
      ),
      undefined,
    );
    assert.equal(readOffer(answer().subarray(0, 200), 7), undefined);
    assert.equal(readOffer(answer().subarray(0, 241), 7), undefined);
    assert.equal(readOffer(discover(7, Buffer.alloc(6)), 7), undefined);
  });
  it('bring no characters that a terminal would obey', () => {
    const named = answer((message) => void message.write('a\x1b[31mb', 108, 'latin1'));
    assert.equal(readOffer(named, 7)!.bootFile, 'a?[31mb');
  });
});
