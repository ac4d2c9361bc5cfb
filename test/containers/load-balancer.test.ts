// The barclamp load-balancer for real: the virtual address answers on whatever fails, HAProxy, a machine, or a backend.

import assert from 'node:assert/strict';
import { containersMissing } from './boxes-for-tests.ts';
import { eventually, openSite, type TestSite } from './site-for-tests.ts';
import { skipWhere } from '../skip-where.ts';

describe('a virtual address', function () {
  this.timeout(6 * 60_000);
  let site: TestSite;
  let address: string;
  const balancers = ['n1', 'n2'];
  const holders = async (): Promise<string[]> => {
    const all = await Promise.all(balancers.map(async (node) => ((await site.run(node, 'ip -o address show')).includes(` ${address}/`) ? [node] : [])));
    return all.flat();
  };
  const holder = (): Promise<string> =>
    eventually(30, async () => {
      const found = await holders();
      assert.equal(found.length, 1, `${found.join(' and ') || 'nobody'} has ${address}`);
      return found[0]!;
    });
  const answers = (): Promise<string> => eventually(30, () => site.run('outside', `curl -fsS -m 2 http://${address}/health`));

  before(async function () {
    skipWhere(this, containersMissing());
    site = await openSite('load-balancer', 'pair');
    assert.deepEqual((await site.converge()).problems, []);
    address = site.addressOf('n1').replace(/\d+$/, '240');
  });
  after(() => site?.stop());

  it('is on one balancer, and on the other when HAProxy dies there', async () => {
    const first = await holder();
    await answers();
    await site.run(first, 'systemctl kill -s KILL haproxy; systemctl stop haproxy');
    const second = await eventually(30, async () => {
      const now = await holders();
      assert.deepEqual(
        now,
        balancers.filter((node) => node !== first),
      );
      return now[0]!;
    });
    await answers();
    // It does not move back when the first one is well again.
    await site.run(first, 'systemctl start haproxy');
    await new Promise((resolve) => setTimeout(resolve, 8000));
    assert.deepEqual(await holders(), [second]);
  });

  it('is on the other when the machine is cut off', async () => {
    const first = await holder();
    await site.run(first, 'systemctl kill -s STOP haproxy keepalived; ip link set eth0 down');
    await answers();
    const other = balancers.find((node) => node !== first)!;
    assert((await holders()).includes(other));
    await site.run(first, 'ip link set eth0 up; systemctl kill -s CONT haproxy keepalived');
    assert.equal(typeof (await holder()), 'string');
    await answers();
  });

  it('sends nobody to a backend that is not well', async () => {
    const servers = (): Promise<string> =>
      site.run('outside', `curl -fsS "http://${site.addressOf('n1')}:8404/;csv" | grep -v '^prybar' | cut -d , -f 1,2,18 | grep -vE 'FRONTEND|BACKEND'`);
    await eventually(20, async () => assert.equal((await servers()).match(/,UP$/gm)?.length, 4));
    await site.run('n2', 'systemctl stop ssh');
    await eventually(20, async () => assert.match(await servers(), new RegExp(`^database,${site.addressOf('n2')}:22,DOWN$`, 'm')));
    assert.match(await site.run('outside', `bash -c 'exec 3<>/dev/tcp/${address}/2200; read -t 5 line <&3; echo $line'`), /SSH-2/);
    await site.run('n2', 'systemctl start ssh');
  });
});
