// The barclamp remote-access for real: who is on the list comes in by the jump host and no further than allowed, who is taken off it is out
// at once, and whatever happens, the admin's own key opens every machine.

import assert from 'node:assert/strict';
import { containersMissing } from './boxes-for-tests.ts';
import { openSite, type TestSite } from './site-for-tests.ts';
import { skipWhere } from '../skip-where.ts';

describe('access of people', function () {
  this.timeout(5 * 60_000);
  let site: TestSite;
  let people: { name: string; keys: string[]; sudo?: boolean }[];
  const ssh = (words: string, more = ''): Promise<string> => site.run('outside', `ssh -F /root/config ${more} ${words} 2>&1 || echo "status $?"`);
  const settle = async (): Promise<void> => assert.deepEqual((await site.converge()).problems, []);

  before(async function () {
    skipWhere(this, containersMissing());
    site = await openSite('remote-access', 'single');
    await site.run(
      'outside',
      'apt-get install -y -q openssh-client >/dev/null; for who in anna bert; do ssh-keygen -q -t ed25519 -N "" -C $who -f /root/$who; done',
    );
    await site.run(
      'outside',
      `cat >/root/config <<'END'
Host *
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
  IdentitiesOnly yes
  IdentityFile /root/anna
  BatchMode yes
  ConnectTimeout 10
Host jump
  HostName ${site.addressOf('n1')}
  Port 2222
  User anna
Host inner
  HostName ${site.addressOf('n2')}
  User anna
END`,
    );
    const key = async (who: string): Promise<string> => (await site.run('outside', `cat /root/${who}.pub`)).trim();
    people = [
      { name: 'anna', keys: [await key('anna')], sudo: true },
      { name: 'bert', keys: [await key('bert')] },
    ];
    site.set({ people });
    await settle();
  });
  after(() => site?.stop());

  it('goes through the jump host, which says who went where and does nothing else', async () => {
    assert.equal(await ssh('inner "id -un; sudo -n id -un 2>/dev/null"', '-J jump'), 'anna\nroot\n');
    assert.match(await ssh('-l bert -i /root/bert -o IdentityFile=/root/bert inner "sudo -n id -un"'), /password is required|status 1/);
    assert.match(await ssh('jump id'), /status 255/);
    assert.match(await ssh('-o ProxyJump=none -l anna -p 22 jump id'), /Permission denied[^]*status 255/);
    const log = await site.run('n1', 'journalctl -u prybar-jump --no-pager');
    assert.match(log, /Accepted publickey for anna .*SHA256:/);
    assert.match(log, new RegExp(`target ${site.addressOf('n2')} port 22`));
  });

  it('opens only the destinations that are set', async () => {
    site.set({ destinations: [`${site.addressOf('n2')}:2200`] });
    await settle();
    assert.match(await ssh('inner id', '-J jump'), /administratively prohibited|status 255/);
    site.set({ destinations: ['*:22'] });
    await settle();
    assert.equal(await ssh('inner id -un', '-J jump'), 'anna\n');
  });

  it('ends who leaves at once, and keeps their work from others', async () => {
    await ssh('inner "echo work >thesis.txt"');
    await site.run('outside', 'ssh -F /root/config -f -N -M -S /root/open -J jump inner && ssh -F /root/config -S /root/open -O check inner 2>&1');
    site.set({ people: people.filter(({ name }) => name !== 'anna') });
    await settle();
    assert.match(await site.run('outside', 'ssh -F /root/config -S /root/open -O check inner 2>&1 || true'), /No such file|refused/);
    for (const node of ['n1', 'n2']) assert.equal(await site.run(node, 'id anna 2>/dev/null || echo gone'), 'gone\n');
    assert.match(await ssh('inner id'), /Permission denied/);
    assert.equal(
      await site.run('n2', 'cat /home/.left/anna-*/thesis.txt; stat -c %a /home/.left; ls /home; cat /etc/sudoers.d/prybar-people 2>/dev/null || echo none'),
      'work\n700\nbert\nnone\n',
    );
    assert.equal(await site.run('n1', 'ls /home /etc/ssh/jump/keys'), '/etc/ssh/jump/keys:\nbert\n\n/home:\nbert\n');
    assert.equal(await ssh('-l bert -o IdentityFile=/root/bert inner id -un'), 'bert\n');
  });

  it('leaves accounts alone that the machine had before', async () => {
    const before = await site.run('n2', 'getent passwd; cat /root/.ssh/authorized_keys');
    site.set({ people: [...people, { name: 'daemon', keys: people[0]!.keys }, { name: 'root', keys: people[0]!.keys, sudo: true }] });
    const { problems } = await site.converge();
    assert.match(problems[0]!.summary, /account (daemon|root) already/);
    assert.equal(await site.run('n2', 'getent passwd; cat /root/.ssh/authorized_keys'), before);
    site.set({ people });
    // It comes by the same key as ever.
    await settle();
  });
});
