// The barclamp updates for real, with snapshots that differ: a good one goes from ring to ring in its time, a bad one stops on the first machine
// and is taken back, and a window that is closed keeps a machine that works from changing.

import assert from 'node:assert/strict';
import type { Converged } from '../../core/author/converge.ts';
import { containersMissing } from './boxes-for-tests.ts';
import { openSite, type TestSite } from './site-for-tests.ts';
import { skipWhere } from '../skip-where.ts';

/** sh code that makes a snapshot with one package, `proof`, whose service runs `start`; signed. */
const snapshot = (name: string, start: string): string => `
  root=/tmp/proof-${name} home=/var/www/html/snapshots/${name}
  mkdir -p $root/DEBIAN $root/lib/systemd/system $home
  printf 'Package: proof\\nVersion: ${name}\\nArchitecture: all\\nMaintainer: Test <test@example.org>\\nDescription: proves something\\n' >$root/DEBIAN/control
  printf '[Service]\\nExecStart=${start}\\n[Install]\\nWantedBy=multi-user.target\\n' >$root/lib/systemd/system/proof.service
  printf '#!/bin/sh\\nsystemctl daemon-reload\\nsystemctl restart proof.service\\n' >$root/DEBIAN/postinst
  chmod 755 $root/DEBIAN/postinst
  cd $home
  dpkg-deb --root-owner-group -b $root proof_${name}_all.deb >/dev/null
  apt-ftparchive packages . >Packages
  apt-ftparchive release . >/tmp/Release && mv /tmp/Release Release
  gpg --batch --quiet --clearsign -o InRelease Release`;

const names = ['1.0', '2.0', '3.0', '4.0'];
const machines = ['n1', 'n2', 'n3']; // rings all, test, early

describe('updates from snapshot to snapshot', function () {
  this.timeout(6 * 60_000);
  let site: TestSite;
  before(async function () {
    skipWhere(this, containersMissing());
    site = await openSite('updates', 'rings');
    await site.run(
      'outside',
      `apt-get install -y -q apt-utils nginx-light gpg gpg-agent >/dev/null
       gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-gen-key test ed25519 sign never
       ${names.map((name) => snapshot(name, name === '3.0' ? '/bin/false' : '/bin/sleep infinity')).join('\n')}`,
    );
    const key = await site.run('outside', 'gpg --batch --armor --export');
    for (const machine of machines) await site.run(machine, `mkdir -p /etc/apt/keyrings; cat >/etc/apt/keyrings/prybar-mirror.asc <<'EOF'\n${key}\nEOF`);
    const url = `http://${site.addressOf('outside')}/snapshots`;
    site.set({
      snapshots: names.map((name) => ({ name, sources: [{ url: `${url}/${name}`, suite: './', components: ['main'], signedBy: 'mirror' }] })),
      windows: [],
      snapshot: '1.0',
      soak: { test: '1s', early: '1s', all: '1s' },
      checks: ['test -e /etc/hostname', 'false'],
    });
    assert.deepEqual((await site.converge()).problems, []);
    for (const machine of machines) await site.run(machine, 'apt-get install -y -q proof && systemctl is-active proof');
  });
  after(() => site?.stop());

  const installed = (): Promise<string[]> =>
    Promise.all(machines.map((machine) => site.run(machine, "dpkg-query -W -f '${Version} ' proof; cat /etc/prybar/snapshot")));
  const on = (all: string, test: string, early: string): string[] => [all, test, early].map((name) => `${name} ${name}\n`);
  const since = async (machine: string): Promise<number> => Number(await site.run(machine, 'cat /var/lib/prybar-updates/since'));
  const published = ({ attempts }: Converged): string[] =>
    attempts.flatMap(({ role, node, outcome }) =>
      role.startsWith('update-ring') && outcome?.kind === 'done' ? [`${node} ${String(outcome.outputs.snapshot)}`] : [],
    );

  it('installs from the snapshot and from nothing else', async () => {
    assert.deepEqual(await installed(), on('1.0', '1.0', '1.0'));
    assert.doesNotMatch(await site.run('n1', 'apt-cache policy'), /deb\.debian\.org/);
    assert.deepEqual(await site.again(), []);
  });

  it('brings a good snapshot from ring to ring, each after the soak time of the one before', async () => {
    site.set({ snapshot: '2.0', soak: { test: '12s', early: '8s', all: '1s' } });
    const done = await site.converge();
    assert.deepEqual(done.problems, []);
    assert.deepEqual(await installed(), on('2.0', '2.0', '2.0'));
    assert.deepEqual(published(done), ['n2 2.0', 'n3 2.0', 'n1 2.0']);
    const [all, test, early] = await Promise.all(machines.map(since));
    assert(early! - test! >= 12, `early began ${early! - test!} s after test`);
    assert(all! - early! >= 8, `all began ${all! - early!} s after early`);
  });

  it('stops a bad snapshot on the first machine, and says what is worse', async () => {
    site.set({ snapshot: '3.0' });
    const stopped = await site.converge();
    assert.equal(stopped.failed?.node, 'n2');
    assert.match(stopped.failed.log.join('\n'), /proof\.service (does not run any more|has failed)/);
    assert.doesNotMatch(stopped.failed.log.join('\n'), /any more: false/);
    assert.deepEqual(await installed(), on('2.0', '3.0', '2.0'));
  });

  it('goes back, which waits for no window where something is broken', async () => {
    // A window that is an hour long, and begins in two.
    const hour = (ahead: number): string => new Date(Date.now() + ahead * 3600_000).toISOString().slice(11, 16);
    site.set({ snapshot: '2.0', windows: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: hour(2), to: hour(3) }] });
    assert.deepEqual((await site.converge()).problems, []);
    assert.deepEqual(await installed(), on('2.0', '2.0', '2.0'));
    assert.equal(await site.run('n2', 'systemctl is-active proof'), 'active\n');
    for (const machine of machines) assert.match(await site.run(machine, 'prybar-update due || echo $?'), /^not in a maintenance window.*\n75\n$/);
  });

  it('knows when a window is open, past midnight too', async () => {
    const at = (time: string, windows: string): Promise<string> =>
      site.run(
        'n1',
        `cp /etc/prybar-updates/windows /tmp/windows; printf '${windows}\\n' >/etc/prybar-updates/windows
         mkdir -p /tmp/bin; printf '#!/bin/sh\\nexec /bin/date -d "${time}" "$@"\\n' >/tmp/bin/date; chmod +x /tmp/bin/date
         PATH=/tmp/bin:$PATH prybar-update due >/dev/null && echo open || echo closed
         cp /tmp/windows /etc/prybar-updates/windows`,
      );
    // 2 November 2026 is a Monday.
    const monday = '1 2200 0400';
    assert.equal(await at('2026-11-02 21:59', monday), 'closed\n');
    assert.equal(await at('2026-11-02 22:00', monday), 'open\n');
    assert.equal(await at('2026-11-03 03:59', monday), 'open\n');
    assert.equal(await at('2026-11-03 04:00', monday), 'closed\n');
    assert.equal(await at('2026-11-02 03:00', monday), 'closed\n');
    assert.equal(await at('2026-11-02 09:08', '1 0800 0909'), 'open\n');
    assert.equal(await at('2026-11-03 09:08', '1 0800 0909'), 'closed\n');
    assert.equal(await at('2026-11-02 01:00', '7 2200 0400'), 'open\n');
  });

  it('goes no further than it is told', async () => {
    site.set({ snapshot: '4.0', windows: [], upTo: 'early', soak: { test: '1s', early: '1s', all: '1s' } });
    const done = await site.converge();
    assert.deepEqual(done.problems, []);
    assert.deepEqual(await installed(), on('2.0', '4.0', '4.0'));
    assert(published(done).includes('n1 2.0'));
  });
});
