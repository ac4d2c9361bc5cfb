// Databases that lose members: what was written is there, who is left goes on, who comes back catches up, and after a blackout nobody is needed.

import assert from 'node:assert/strict';
import { containersMissing } from '../containers/boxes-for-tests.ts';
import { openSite, type TestSite } from '../containers/site-for-tests.ts';
import { skipWhere } from '../skip-where.ts';

const members = ['n1', 'n2', 'n3'];

describe('a MariaDB cluster that loses members', function () {
  this.timeout(20 * 60_000);
  let site: TestSite;
  const sql = (node: string, statement: string): Promise<string> => site.run(node, `mariadb -NBe "${statement}"`);
  const synced = (node: string): Promise<number> =>
    site.until(node, `mariadb -NBe "SHOW STATUS LIKE 'wsrep_local_state_comment'; SHOW STATUS LIKE 'wsrep_cluster_size'"`, /Synced[\s\S]*3/, 240);
  const words = (node: string): Promise<string> => sql(node, 'SET wsrep_sync_wait = 1; SELECT GROUP_CONCAT(word ORDER BY id) FROM test.words');

  before(async function () {
    skipWhere(this, containersMissing());
    site = await openSite('database', 'mariadb-cluster');
    await site.settle();
    await sql(
      'n1',
      "CREATE DATABASE test; CREATE TABLE test.words (id INT PRIMARY KEY AUTO_INCREMENT, word TEXT); INSERT INTO test.words (word) VALUES ('one')",
    );
  });
  after(() => site?.stop());

  it('goes on when one is killed, which comes back by itself', async () => {
    await site.run('n1', 'systemctl kill -s KILL mariadb');
    await site.until('n2', `mariadb -NBe "INSERT INTO test.words (word) VALUES ('two'); SELECT 'written'"`, /written/, 60);
    await synced('n1');
    assert.equal(await words('n1'), 'one,two\n');
  });

  it('begins again after a blackout from the member that has most, whoever is first', async () => {
    await site.run('n1', 'systemctl stop mariadb');
    await sql('n2', "INSERT INTO test.words (word) VALUES ('three')");
    assert.equal(await words('n3'), 'one,two,three\n');
    await Promise.all(['n2', 'n3'].map((node) => site.run(node, 'systemctl kill -s KILL mariadb; systemctl stop mariadb')));
    // n1 is alone at first, and must not begin with less than there was.
    await site.run('n1', 'systemctl start --no-block mariadb');
    await site.until('n1', 'journalctl -u mariadb -n 20 --no-pager', /waits at .*does not say what it has/, 60);
    await Promise.all(['n2', 'n3'].map((node) => site.run(node, 'systemctl start --no-block mariadb')));
    for (const node of members) await synced(node);
    for (const node of members) assert.equal(await words(node), 'one,two,three\n');
  });

  it('gives a member everything that comes with an empty disk', async () => {
    await site.run('n3', 'systemctl stop mariadb; find /var/lib/mysql -mindepth 1 -delete; systemctl start mariadb');
    await synced('n3');
    assert.equal(await words('n3'), 'one,two,three\n');
    await site.again();
  });
});

describe('a PostgreSQL cluster that loses members', function () {
  this.timeout(20 * 60_000);
  let site: TestSite;
  const sql = (node: string, statement: string): Promise<string> => site.run(node, `runuser -u postgres -- psql -qtAX -d postgres -c "${statement}"`);
  const primary = async (among: string[]): Promise<string | undefined> => {
    for (const node of among) if ((await sql(node, 'SELECT pg_is_in_recovery()').catch(() => 't')).trim() === 'f') return node;
    return undefined;
  };
  /** Through a list of members, as clients do it. */
  const anywhere = (): string => members.map((node) => site.addressOf(node)).join(',');

  before(async function () {
    skipWhere(this, containersMissing());
    site = await openSite('database', 'postgresql-cluster');
    await site.settle();
    const first = await primary(members);
    assert(first);
    await sql(first, "CREATE TABLE words (word TEXT); INSERT INTO words VALUES ('one')");
    await sql(first, "CREATE ROLE client LOGIN PASSWORD 'client'; GRANT ALL ON words TO client");
    // Standbys follow a moment later, and the next thing that happens to the primary is its death.
    for (const node of members)
      await site.until(node, `runuser -u postgres -- psql -qtAX -d postgres -c "SELECT has_table_privilege('client', 'words', 'INSERT')"`, /^t$/m, 60);
  });
  after(() => site?.stop());

  it('has a new primary when the old one dies, and the dead one comes back as a standby with what it missed', async () => {
    const dead = (await primary(members))!;
    const others = members.filter((node) => node !== dead);
    await site.run(dead, 'systemctl mask --runtime patroni; systemctl kill -s KILL --kill-who=all patroni; pkill -KILL -u postgres || true');
    const write = `PGPASSWORD=client PGTARGETSESSIONATTRS=read-write psql -qtAX -h ${anywhere()} -U client -d postgres -c "INSERT INTO words VALUES ('two') RETURNING 'written'"`;
    const took = await site.until(others[0]!, write, /written/, 120);
    console.log(`      written again after ${Math.round(took)} s`);
    assert.notEqual(await primary(others), undefined);
    await site.run(dead, 'systemctl unmask --runtime patroni; systemctl start patroni');
    const asked = `runuser -u postgres -- psql -qtAX -d postgres -c "SELECT pg_is_in_recovery(), string_agg(word, ',') FROM words"`;
    await site.until(dead, asked, /^t\|one,two$/m, 120);
  });

  it('comes back from a blackout with one primary', async () => {
    for (const node of members) await site.run(node, 'systemctl kill -s KILL --kill-who=all patroni etcd; pkill -KILL -u postgres || true');
    await site.until('n1', 'runuser -u postgres -- psql -qtAX -d postgres -c "SELECT count(*) FROM words"', /^2$/m, 180);
    const found = await site.until('n2', `patronictl -c /etc/patroni/config.yml list -f tsv | grep -c 'Leader.*running'`, /^1$/m, 180);
    assert(found >= 0);
    await site.again();
  });
});
