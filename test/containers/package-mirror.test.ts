// The barclamp package-mirror for real, with machines that have no way into the internet: they install through the cache, also when the mirror
// has lost the internet too; or from the pool, whose signature they check.

import assert from 'node:assert/strict';
import { containersMissing } from './boxes-for-tests.ts';
import { openSite, type TestSite } from './site-for-tests.ts';
import { skipWhere } from '../skip-where.ts';

/** sh code that makes a package `proof` of this version in a pool, as the admin node serves it. */
export const poolWith = (version: string): string => `
  mkdir -p /tmp/proof/DEBIAN /var/www/html/pool
  printf 'Package: proof\\nVersion: ${version}\\nArchitecture: all\\nMaintainer: Test <test@example.org>\\nDescription: proves something\\n' >/tmp/proof/DEBIAN/control
  cd /var/www/html/pool
  rm -f *
  dpkg-deb --root-owner-group -b /tmp/proof proof_${version}_all.deb >/dev/null
  apt-ftparchive packages . >Packages
  gzip -k Packages
  apt-ftparchive release . >Release.new
  mv Release.new Release`;

const offline = 'ip route del default';

for (const [mode, about] of [
  ['cache', 'a cache of packages'],
  ['pool', 'a pool of packages'],
] as const) {
  describe(about, function () {
    this.timeout(5 * 60_000);
    let site: TestSite;
    before(async function () {
      skipWhere(this, containersMissing());
      site = await openSite('package-mirror', mode);
      await site.run('n2', offline);
      if (mode === 'pool') {
        await site.run('outside', `apt-get install -y -q apt-utils nginx-light >/dev/null; ${poolWith('1.0')}`);
        site.set({ poolUrl: `http://${site.addressOf('outside')}/pool` });
      }
      assert.deepEqual((await site.converge()).problems, []);
    });
    after(() => site?.stop());

    if (mode === 'cache') {
      it('lets a machine without internet install what the distribution has', async () => {
        await assert.rejects(site.run('n2', 'timeout 5 curl -fsS http://deb.debian.org/'));
        await site.run('n2', 'apt-get install -y -q tree >/dev/null && tree --version');
      });

      it('still has what it had when the internet is away', async () => {
        const fetch = 'rm -rf /var/lib/apt/lists/*; apt-get update -q --error-on=any';
        await site.run('n2', fetch);
        await site.run('n1', offline);
        await site.run('n2', `apt-get clean; ${fetch}; apt-get install -y -q --reinstall tree`);
        await assert.rejects(site.run('n2', 'apt-get -o Acquire::Retries=0 install -y -q cowsay'), /50[234]|Gateway|Unavailable/);
      });

      it('does not stand in the way of a machine that has internet when the mirror is away', async () => {
        await site.run('n1', 'systemctl stop nginx');
        assert.equal(await site.run('n2', '/usr/local/lib/prybar-package-proxy http://deb.debian.org/debian'), 'DIRECT\n');
        await site.run('n1', 'systemctl start nginx');
        assert.equal(await site.run('n2', '/usr/local/lib/prybar-package-proxy http://deb.debian.org/debian'), `http://${site.addressOf('n1')}:3142\n`);
      });
      return;
    }

    it('is all that a machine installs from, and is signed', async () => {
      await site.run('n2', 'apt-get install -y -q proof');
      const sources = await site.run('n2', 'apt-cache policy');
      assert.match(sources, new RegExp(`http://${site.addressOf('n1')}:3142/pool`));
      assert.doesNotMatch(sources, /deb\.debian\.org/);
      await site.run(
        'n1',
        'cp -p /srv/prybar-packages/pool/InRelease /root/ && sed -i "s/^Date: .*/Date: Mon, 01 Jan 2035 00:00:00 UTC/" /srv/prybar-packages/pool/InRelease',
      );
      await assert.rejects(site.run('n2', 'rm -rf /var/lib/apt/lists/*; apt-get update -q --error-on=any'), /BADSIG|not signed|invalid/);
      await site.run('n1', 'mv /root/InRelease /srv/prybar-packages/pool/InRelease');
    });

    it('changes nothing when it is applied again', async () => assert.deepEqual(await site.again(), []));

    it('grows by itself, and what was frozen of it stays', async () => {
      assert.match(await site.run('n1', 'prybar-snapshot first'), /first: 1 packages/);
      await site.run('outside', poolWith('2.0'));
      await site.run('n1', 'systemctl start prybar-pool-sync.service');
      await site.run('n2', 'apt-get update -q --error-on=any && apt-get install -y -q proof');
      assert.equal(await site.run('n2', "dpkg-query -W -f '${Version}' proof"), '2.0');
      const frozen = await site.run('n2', `curl -fsS http://${site.addressOf('n1')}:3142/snapshots/first/Packages`);
      assert.match(frozen, /^Version: 1\.0$/m);
      await assert.rejects(site.run('n1', 'prybar-snapshot first'), /never changes/);
    });

    it('refuses a file that is not what the index says', async () => {
      await site.run('outside', `${poolWith('3.0')}; echo more >>proof_3.0_all.deb`);
      await assert.rejects(
        site.run('n1', '/usr/local/lib/prybar-pool-sync $(sed -n "s/.*sync //p" /usr/local/lib/prybar/prybar-pool-sync | tr -d "\'")'),
        /not what the index says/,
      );
      assert.match(await site.run('n1', 'cat /srv/prybar-packages/pool/Packages; ls -A /srv/prybar-packages'), /2\.0[^]*\bpool\b/);
      await site.run('outside', poolWith('3.0'));
    });

    it('gives a machine its own sources back', async () => {
      site.set({ replaceSources: false });
      assert.deepEqual((await site.converge()).problems, []);
      assert.doesNotMatch(await site.run('n2', 'apt-cache policy'), /3142/);
      assert.match(await site.run('n2', 'cat /etc/apt/keyrings/prybar-mirror.asc'), /BEGIN PGP PUBLIC KEY/);
      site.set({ mode: 'cache' });
      assert.deepEqual((await site.converge()).problems, []);
      assert.match(await site.run('n2', 'apt-cache policy'), /deb\.debian\.org/);
      await site.run('n2', 'test ! -e /etc/apt/prybar-aside');
    });
  });
}
