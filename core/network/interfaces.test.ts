// The interfaces of a network namespace made for this, read as the admin node's own are.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readInterfaces } from './interfaces.ts';
import { skipWhere } from '../../test/skip-where.ts';

const here = `prybar-interfaces-${process.pid}`;
const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe' });
const on = (...args: string[]) => ip('-n', here, ...args);
const inside = { command: (argv: string[]) => ['ip', 'netns', 'exec', here, ...argv] };

describe('interfaces of the admin node', () => {
  before(function () {
    try {
      ip('netns', 'add', here);
    } catch (error) {
      skipWhere(this, `it takes a network namespace: ${(error as Error).message}`);
    }
    on('link', 'set', 'lo', 'up');
    // A bridge with one end of a cable in it, whose other end has a leased address; and a cable that is switched on at one end only.
    on('link', 'add', 'br0', 'address', '02:00:00:00:00:01', 'type', 'bridge');
    on('link', 'add', 'port1', 'type', 'veth', 'peer', 'name', 'cable1');
    on('link', 'set', 'port1', 'master', 'br0', 'up');
    on('link', 'set', 'cable1', 'up');
    on('link', 'set', 'br0', 'up');
    on('address', 'add', '10.64.1.1/20', 'dev', 'br0');
    on('address', 'add', '10.65.0.9/24', 'dev', 'cable1', 'valid_lft', '600', 'preferred_lft', '600');
    on('route', 'add', 'default', 'via', '10.65.0.1');
    on('link', 'add', 'alone0', 'type', 'veth', 'peer', 'name', 'alone1');
    on('link', 'set', 'alone0', 'up');
  });
  after(() => {
    try {
      ip('netns', 'del', here);
    } catch {
      // It could not be made.
    }
  });

  it('are told with what shows which of them machines are behind', async () => {
    const read = await readInterfaces(inside);
    assert(read.ok);
    const of = (name: string) => read.value.find((one) => one.name === name);
    assert.deepEqual(of('br0'), {
      name: 'br0',
      kind: 'bridge',
      state: 'up',
      mac: '02:00:00:00:00:01',
      addresses: [{ address: '10.64.1.1', prefix: 20, leased: false }],
      outward: false,
    });
    const { mac, ...cable } = of('cable1')!;
    assert.match(mac!, /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
    assert.deepEqual(cable, { name: 'cable1', kind: 'veth', state: 'up', addresses: [{ address: '10.65.0.9', prefix: 24, leased: true }], outward: true });
    assert.equal(of('alone0')?.state, 'unplugged', 'the other end of the cable is switched off');
    assert.equal(of('alone1')?.state, 'off');
    for (const name of ['lo', 'port1']) assert.equal(of(name), undefined, `${name} is not for machines`);
  });

  it('are a Problem where they cannot be read', async () => {
    const read = await readInterfaces({ command: (argv) => ['ip', 'netns', 'exec', `${here}-not-there`, ...argv] });
    assert(!read.ok);
    assert.match(read.problems[0]!.summary, /cannot be read: .*not-there/);
  });
});
