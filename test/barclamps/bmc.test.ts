// The scripts of the barclamp bmc against a real ipmi_sim. They speak to it over LAN, for want of a system interface: the `ipmitool` on
// their path adds the way and is otherwise Debian's. test/lab shows the system interface.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../core/hardware/free-port-for-tests.ts';
import { ipmiBmc } from '../../core/hardware/ipmi.ts';
import { chassisFolder, startBmc } from '../../core/lab/bmc.ts';
import type { Child } from '../../core/lab/program.ts';
import { skipWhere } from '../skip-where.ts';

const scripts = path.resolve(import.meta.dirname, '../../barclamps/bmc/roles/bmc/files');
const mark = '/var/lib/prybar/bmc-account';

describe('setting a BMC up', function () {
  this.timeout(120_000);
  let folder: string;
  let sim: Child | undefined;
  let port = 0;
  let markBefore: string | undefined;

  const run = (name: string, args: string[], environment: Record<string, string> = {}) => {
    const { status, stdout, stderr } = spawnSync(path.join(scripts, name), args, {
      encoding: 'utf8',
      env: { PATH: `${folder}/bin:${process.env.PATH}`, LC_ALL: 'C', PASSWORD: 'first-password-1', ...environment },
    });
    return { status, stdout, stderr, output: stdout + stderr };
  };
  const look = (user = 'prybar', address: string[] = ['', '', ''], environment = {}) => run('look-at-bmc', [user, ...address], environment);
  const set = (name: string, plan: string, args: string[] = [], environment = {}) => run(name, args, { captured_plan: plan, ...environment });
  const asUser = (user: string, password: string) => ipmiBmc({ address: '127.0.0.1', port, user, password }, { namespace: { command: (argv) => argv } });

  before(async function () {
    if (process.getuid?.() !== 0 || !existsSync('/usr/bin/ipmi_sim') || !existsSync('/usr/bin/ipmitool')) {
      return skipWhere(this, 'it needs root, ipmi_sim and ipmitool (apt-get install openipmi ipmitool)');
    }
    if (existsSync(mark)) markBefore = readFileSync(mark, 'utf8');
    rmSync(mark, { force: true });
    folder = mkdtempSync(path.join(tmpdir(), 'prybar-bmc-role-'));
    port = await freePort();
    mkdirSync(path.join(folder, 'bin'));
    mkdirSync(chassisFolder(folder));
    writeFileSync(path.join(chassisFolder(folder), 'power'), '0');
    writeFileSync(path.join(chassisFolder(folder), 'boot'), 'none');
    const wrapper = path.join(folder, 'bin/ipmitool');
    writeFileSync(wrapper, `#!/bin/sh\nIPMI_PASSWORD=person-1234 exec /usr/bin/ipmitool -I lanplus -C 3 -H 127.0.0.1 -p ${port} -U person -E "$@"\n`);
    chmodSync(wrapper, 0o755);
    const place = { address: '127.0.0.1', port, user: 'person', password: 'person-1234', netmask: '255.0.0.0', mac: '52:54:00:00:00:01', guid: '1'.repeat(32) };
    sim = await startBmc('role', folder, { ...place, guestPort: await freePort(), serialPort: await freePort() }, (argv) => argv);
    for (let tries = 0; tries < 5 && !(await asUser('person', 'person-1234').status()).ok; tries++) await sleep(100);
  });
  after(async () => {
    await sim?.kill();
    if (folder) rmSync(folder, { recursive: true, force: true });
    rmSync(mark, { force: true });
    if (markBefore !== undefined) writeFileSync(mark, markBefore, { mode: 0o600 });
  });

  it('says what it would do, and does nothing yet', async () => {
    const { stdout, stderr } = look();
    assert.equal(stdout, 'channel 1\naccount 3\n');
    assert.match(stderr, /has no account prybar: it goes to number 3/);
    assert.equal((await asUser('prybar', 'first-password-1').status()).ok, false);
  });

  it('makes an account that works over LAN, beside those that are there', async () => {
    const { output, status } = set('set-account', look().stdout, ['prybar']);
    assert.equal(status, 0, output);
    assert.equal(output.includes('first-password-1'), false);
    assert.ok((await asUser('prybar', 'first-password-1').status()).ok);
    assert.ok((await asUser('person', 'person-1234').status()).ok);
  });

  it('has nothing to do the second time', () => {
    const { stdout, stderr } = look();
    assert.equal(stdout, 'channel 1\n');
    assert.match(stderr, /is as it should be/);
    assert.equal(run('tell-address', [], { captured_plan: stdout }).stdout, '127.0.0.1\n');
  });

  it('replaces the password when it was made anew', async () => {
    const PASSWORD = 'second-password2';
    const { stdout } = look('prybar', ['', '', ''], { PASSWORD });
    assert.equal(stdout, 'channel 1\naccount 3\n');
    assert.equal(set('set-account', stdout, ['prybar'], { PASSWORD }).status, 0);
    assert.ok((await asUser('prybar', PASSWORD).status()).ok);
    assert.equal(look('prybar', ['', '', ''], { PASSWORD }).stdout, 'channel 1\n');
  });

  it('gives it the address of the machine in its network, once', () => {
    const address = ['10.20.30.40', '10.20.16.0/20', '10.20.16.1'];
    const { stdout } = look('prybar', address, { PASSWORD: 'second-password2' });
    assert.equal(stdout, 'channel 1\naddress 10.20.30.40 255.255.240.0 10.20.16.1\n');
    const { output, status } = set('set-address', stdout);
    assert.equal(status, 0, output);
    assert.equal(look('prybar', address, { PASSWORD: 'second-password2' }).stdout, 'channel 1\n');
    assert.equal(run('tell-address', [], { captured_plan: stdout }).stdout, '10.20.30.40\n');
  });

  it('is told when no account is free, and by which names they go', () => {
    const wrapper = path.join(folder, 'bin/ipmitool');
    const real = readFileSync(wrapper, 'utf8');
    writeFileSync(
      wrapper,
      real.replace(
        '#!/bin/sh\n',
        '#!/bin/sh\ncase "$*" in *"user list"*) printf "1,,true,false,false,x\\n2,anna,true,true,true,ADMINISTRATOR\\n"; exit ;; esac\n',
      ),
    );
    const { status, stderr } = look();
    writeFileSync(wrapper, real);
    assert.equal(status, 1);
    assert.match(stderr, /All accounts of the BMC are taken:  ?anna/);
  });

  it('is taken off again, and the others stay', async () => {
    assert.match(run('drop-account', ['prybar']).output, /^dropped number 3$/m);
    assert.equal((await asUser('prybar', 'second-password2').status()).ok, false);
    assert.ok((await asUser('person', 'person-1234').status()).ok);
    assert.equal(run('drop-account', ['prybar']).output.includes('dropped'), false);
  });

  it('does nothing on a machine without one, and says so', function () {
    if (spawnSync('sh', ['-c', 'ls /dev/ipmi*']).status === 0) return void this.skip();
    writeFileSync(path.join(folder, 'bin/ipmitool'), '#!/bin/sh\nexit 1\n');
    const { status, stdout, stderr } = look();
    assert.deepEqual([status, stdout], [0, 'none\n']);
    assert.match(stderr, /has no BMC: there is nothing to do/);
    assert.equal(run('tell-address', [], { captured_plan: stdout }).stdout, '');
  });
});
