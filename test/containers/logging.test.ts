// The barclamp logging for real: a line arrives under its machine's name whatever it says of itself, a server that was away misses nothing,
// and logs do not grow without end.

import assert from 'node:assert/strict';
import { containersMissing } from './boxes-for-tests.ts';
import { eventually, openSite, type TestSite } from './site-for-tests.ts';
import { skipWhere } from '../skip-where.ts';

describe('central logs', function () {
  this.timeout(5 * 60_000);
  let site: TestSite;
  before(async function () {
    skipWhere(this, containersMissing());
    site = await openSite('logging', 'default');
    assert.deepEqual((await site.converge()).problems, []);
    for (const node of ['n2', 'outside']) await site.run(node, 'apt-get install -y -q openssl >/dev/null');
  });
  after(() => site?.stop());

  it('keep a line under the machine it came from, and find it again', async () => {
    await site.run('n2', 'logger -t proof "first line"; logger -t proof "second line"');
    // It has a certificate, so it is listened to; but not as somebody else.
    const forged = '<14>1 - n1 proof - - - I am n1';
    await site.run(
      'n2',
      `cd /etc/prybar-logging
       { printf '1 open 30 relp_version=0\ncommands=syslog\n'; sleep 1; printf '2 syslog ${forged.length} ${forged}\n'; sleep 1; } |
         openssl s_client -quiet -no_ign_eof -CAfile ca.pem -cert cert.pem -key key.pem -connect ${site.addressOf('n1')}:6514 2>/dev/null | grep '2 rsp 6 200 OK'`,
    );
    const found = await eventually(20, async () => {
      const text = await site.run('n1', 'prybar-logs n2 proof');
      assert.match(text, /I am n1/);
      return text;
    });
    assert.match(found, /^\d{4}-\d\d-\d\dT\S+ notice proof: first line$/m);
    assert.match(found, /second line/);
    assert.equal(await site.run('n1', 'prybar-logs'), 'n1\nn2\n');
    assert.match(await site.run('n1', 'prybar-logs all "FIRST +line"'), /^n2 .* first line\n$/);
    await assert.rejects(site.run('n1', 'prybar-logs ../etc'), /status 2/);
    await assert.rejects(site.run('n1', 'prybar-logs n9'), /no logs of n9/);
  });

  /** Which of 200 lines with this tag the server does not have. */
  const missing = async (tag: string): Promise<number[]> => {
    const lines = new Set(
      (await site.run('n1', `prybar-logs n2 ${tag}`))
        .trim()
        .split('\n')
        .map((line) => line.replace(/^.*: /, '')),
    );
    return Array.from({ length: 200 }, (_, i) => i + 1).filter((number) => !lines.has(`line ${number}`));
  };
  const log200 = (tag: string): string => `for i in $(seq 1 200); do echo "line $i"; done | logger -t ${tag}`;

  it('lose nothing while the server is away', async () => {
    await site.run('n1', 'systemctl stop rsyslog syslog.socket');
    await site.run('n2', `${log200('away')}; sleep 2`);
    await site.run('n1', 'systemctl start rsyslog');
    await eventually(90, async () => assert.deepEqual(await missing('away'), []));
  });

  it('keep the queue on disk when the machine is restarted meanwhile', async () => {
    await site.run('n1', 'systemctl stop rsyslog syslog.socket');
    await site.run('n2', `${log200('restart')}; sleep 2; systemctl restart rsyslog`);
    assert.match(await site.run('n2', 'ls /var/spool/rsyslog'), /prybar-n1\.0/);
    await site.run('n1', 'systemctl start rsyslog');
    // What was on the wire when the server went away, twenty lines, may be gone; on a machine that is busy with other things 48 were seen to be.
    await eventually(90, async () =>
      assert.deepEqual(
        (await missing('restart')).filter((number) => number > 60),
        [],
      ),
    );
  });

  it('hear nobody without a certificate', async () => {
    const server = site.addressOf('n1');
    const line = (how: string): string => `<14>1 - n2 intruder - - - ${how}`;
    await site.run('outside', `bash -c 'exec 3<>/dev/tcp/${server}/6514 && cat >&3 && sleep 1' <<'EOF'\n${line('in the clear')}\nEOF`);
    const said = await site.run(
      'outside',
      `echo '${line('without a certificate')}' | timeout 5 openssl s_client -quiet -no_ign_eof -connect ${server}:6514 2>&1 || true`,
    );
    assert.match(said, /alert|closed|error/i);
    assert.doesNotMatch(said, /rsp/);
    assert.equal(await site.run('n1', 'prybar-logs all | grep -c intruder || true'), '0\n');
  });

  it('pack days that are over, and throw away the oldest when it is too much', async () => {
    await site.run(
      'n1',
      `cd /var/log/prybar/n2
       for day in 1 2 3; do head -c 8000000 /dev/urandom | base64 >"$(date -d "$day days ago" +%F).log"; touch -d "$day days ago" "$(date -d "$day days ago" +%F).log"; done
       echo ancient >2001-01-01.log; touch -d 2001-01-01 2001-01-01.log
       /usr/local/lib/prybar-logs-tidy 30 20`,
    );
    const left = (await site.run('n1', 'ls /var/log/prybar/n2; date +%F')).trim().split('\n');
    const today = left.pop();
    // Two of three random days of 8 MB fit into 20 MB.
    assert.equal(left.filter((name) => name.endsWith('.log.gz')).length, 2, left.join(' '));
    assert(left.includes(`${today}.log`));
    assert(!left.some((name) => name.startsWith('2001')));
    await site.run('n1', '/usr/local/lib/prybar-logs-tidy 30 1; logger -t afterwards still here; sleep 2');
    assert.equal(await site.run('n1', 'find /var/log/prybar -name "*.gz" | wc -l'), '0\n');
    assert.match(await site.run('n1', 'prybar-logs n1 afterwards'), /still here/);
  });
});
