// Recipes that need a whole machine: packages from a real repository with real apt, services of a real systemd, users, …
// Each is checked (nothing may change), applied, checked again, applied again (nothing may change).

import assert from 'node:assert/strict';
import { evaluate, render } from '../catalog/render.ts';
import type { RecipeItem } from '../model/recipe.ts';
import { type Machine, machineMissing, type MachineWorkshop, makeRepository, openMachineWorkshop } from './machine-for-tests.ts';
import { runProgram } from './workshop.ts';
import { skipWhere } from '../../test/skip-where.ts';

const unit = (exec: string): string => `[Service]\\nExecStart=${exec}\\n[Install]\\nWantedBy=multi-user.target\\n`;

describe('on a throwaway machine', function () {
  this.timeout(300_000);
  let machine: Machine;
  let work: MachineWorkshop['work'];
  let [apply, check, converges]: [MachineWorkshop['apply'], MachineWorkshop['check'], MachineWorkshop['converges']] = [] as never;
  let close: (() => Promise<void>) | undefined;

  before(async function () {
    skipWhere(this, machineMissing());
    ({ machine, work, apply, check, converges, close } = await openMachineWorkshop({ render, evaluate }));
    makeRepository(machine, '/srv/repository', [
      { name: 'prybar-demo', version: '1.0', fill: 'mkdir -p etc usr/bin; echo original >etc/prybar-demo.conf; echo /etc/prybar-demo.conf >DEBIAN/conffiles' },
      {
        name: 'prybar-daemon',
        version: '1.0',
        fill: `mkdir -p lib/systemd/system; printf "${unit('/bin/sleep infinity')}" >lib/systemd/system/prybar-daemon.service`,
        postinst: 'systemctl daemon-reload; systemctl enable -q prybar-daemon; systemctl start prybar-daemon',
      },
      { name: 'prybar-breaks', version: '1.0', postinst: 'echo it cannot be set up >&2; exit 1' },
    ]);
  });
  after(async () => {
    await close?.();
  });

  describe('package', () => {
    it('installs several in one transaction, and takes them away', async () => {
      const ran = await converges([{ package: ['prybar-demo', 'prybar-daemon'] }]);
      assert.match(ran.diffs, /\+ prybar-demo\n\+ prybar-daemon/);
      assert.equal(machine.sh('cat /etc/prybar-demo.conf'), 'original\n');
      await converges([
        { package: 'prybar-daemon', state: 'absent' },
        { package: 'prybar-demo', state: 'purged' },
      ]);
      assert.equal(machine.sh('test -e /etc/prybar-demo.conf || echo gone'), 'gone\n');
    });
    it('pins a version, holds it, and goes to the latest when asked', async () => {
      await converges([{ package: 'prybar-demo', version: '1.*', hold: true }]);
      assert.equal(machine.sh('apt-mark showhold'), 'prybar-demo\n');
      makeRepository(machine, '/srv/repository', [
        { name: 'prybar-demo', version: '2.0', fill: 'mkdir -p etc; echo new >etc/prybar-demo.conf; echo /etc/prybar-demo.conf >DEBIAN/conffiles' },
      ]);
      machine.sh('apt-get -q update; echo changed >/etc/prybar-demo.conf');
      assert.equal((await apply([{ package: 'prybar-demo', version: '1.*' }])).results['package prybar-demo'], 'ok');
      await converges([{ package: 'prybar-demo', hold: false, state: 'latest' }]);
      assert.equal(machine.sh("dpkg-query -W -f '${Version}' prybar-demo; cat /etc/prybar-demo.conf"), '2.0changed\n');
      await converges([{ package: 'prybar-demo', version: '1.0' }]);
      machine.sh('apt-get purge -y -q prybar-demo');
    });
    it('says what is wrong when a package does not exist or cannot be set up, and mends what was cut off', async () => {
      const why = async (name: string): Promise<string> => {
        const { outcome } = await apply([{ package: name }]);
        return outcome.kind === 'failed' ? outcome.problem.summary : outcome.kind;
      };
      assert.match(await why('no-such-package'), /Unable to locate package no-such-package/);
      assert.match(await why('prybar-breaks'), /package prybar-breaks failed/);
      machine.sh("printf '#!/bin/sh\\n' >/var/lib/dpkg/info/prybar-breaks.postinst");
      await converges([{ package: 'prybar-demo' }]);
      machine.sh('dpkg --audit; apt-get purge -y -q prybar-breaks prybar-demo');
    });
    it('gives debconf its answers', async () => {
      await apply([{ package: 'prybar-demo', answers: ['prybar-demo prybar-demo/name string {{ attributes.name }}'] }], {
        scope: { attributes: { name: "o'brien" } },
      });
      assert.match(machine.sh("echo 'get prybar-demo/name' | debconf-communicate; apt-get purge -y -q prybar-demo >/dev/null"), /^0 o'brien/);
    });
  });

  describe('service', () => {
    const starts = (): number => Number(machine.sh('wc -l </run/starts'));
    before(() =>
      machine.sh(
        `printf '${unit('/bin/sh -c "echo start >>/run/starts; exec sleep infinity"')}' >/etc/systemd/system/demo.service; : >/run/starts; systemctl daemon-reload`,
      ),
    );
    it('starts, enables, stops, disables, masks', async () => {
      const ran = await converges([{ service: 'demo', state: 'running', enabled: true }]);
      assert.match(ran.diffs, /\+ demo.service: enabled at boot\n- demo.service: inactive\n\+ demo.service: running/);
      assert.equal(machine.sh('systemctl is-active demo; systemctl is-enabled demo'), 'active\nenabled\n');
      await converges([{ service: 'demo', state: 'stopped', enabled: false }]);
      machine.sh('mv /etc/systemd/system/demo.service /lib/systemd/system/; systemctl daemon-reload');
      await converges([{ service: 'demo', masked: true }]);
      await converges([{ service: 'demo', masked: false, state: 'running' }]);
    });
    it('restarts once for what notified it, where its item stands', async () => {
      const begun = starts();
      const items = (n: number): RecipeItem[] => [
        { file: '/etc/demo-a', content: `${n}\n`, notify: 'demo' },
        { file: '/etc/demo-b', content: `${n}\n`, notify: 'demo' },
        { service: 'demo', state: 'running' },
        { command: 'cp /run/starts /run/starts-then', unless: 'cmp -s /run/starts /run/starts-then' },
      ];
      await converges(items(1));
      assert.equal(starts(), begun + 1);
      assert.equal(machine.sh('cmp /run/starts /run/starts-then && echo same'), 'same\n');
    });
    it('restarts at the end for what notified it after its item, also when something fails in between', async () => {
      const begun = starts();
      const { outcome, results } = await apply([
        { service: 'demo', state: 'running' },
        { file: '/etc/demo-c', content: 'x\n', notify: 'demo' },
        { command: 'false', changes: false },
      ]);
      assert.deepEqual([outcome.kind, results['restart demo'], starts()], ['failed', 'changed', begun + 1]);
    });
    it('does not restart what it has just started', async () => {
      machine.sh('systemctl stop demo');
      const begun = starts();
      await apply([
        { file: '/etc/demo-d', content: 'x\n', notify: 'demo' },
        { service: 'demo', state: 'running' },
      ]);
      assert.equal(starts(), begun + 1);
    });
    it('adds settings to a unit and restarts it for them', async () => {
      const begun = starts();
      await converges([{ service: 'demo', state: 'running', dropIn: '[Service]\nEnvironment=A=b' }]);
      assert.equal(machine.sh('systemctl show -p Environment demo'), 'Environment=A=b\n');
      assert.equal(starts(), begun + 1);
    });
    it('reloads instead when told to', async () => {
      machine.sh(
        `printf '${unit('/bin/sleep infinity').replace('[Install]', 'ExecReload=/bin/sh -c "echo reload >>/run/reloads"\\n[Install]')}' >/etc/systemd/system/demo2.service; systemctl daemon-reload; systemctl start demo2`,
      );
      await converges([
        { file: '/etc/demo2', content: 'x\n', notify: 'demo2' },
        { service: 'demo2', onNotify: 'reload' },
      ]);
      assert.equal(machine.sh('cat /run/reloads'), 'reload\n');
    });
    it('shows the unit’s own words when it does not start', async () => {
      machine.sh(
        `printf '${unit('/bin/false').replace('[Service]', '[Service]\\nType=oneshot')}' >/etc/systemd/system/broken.service; systemctl daemon-reload`,
      );
      const { outcome, log } = await apply([{ service: 'broken', state: 'running' }]);
      assert.match(outcome.kind === 'failed' ? outcome.problem.summary : '', /broken.service did not start/);
      assert.match(log, /status=1\/FAILURE/);
      assert.match((await apply([{ service: 'no-such', state: 'running' }])).raw, /there is no unit no-such.service/);
      await apply([{ service: 'no-such', state: 'stopped', enabled: false }]).then((ran) => assert.equal(ran.outcome.kind, 'done', ran.raw));
    });
    it('fails clearly where there is no systemd', async () => {
      const { outcome } = await runProgram(work.program([{ service: 'demo', state: 'running' }]), [
        'unshare',
        '-m',
        'sh',
        '-c',
        'mount -t tmpfs tmpfs /run && exec sh "$@"',
        'sh',
      ]);
      assert.match(outcome.kind === 'failed' ? outcome.problem.summary : '', /not started with systemd/);
    });
  });

  describe('command', () => {
    it('runs as another user, in a directory, with an environment and input', async () => {
      await converges([
        {
          command: 'id -un >who; pwd >>who; echo "$GREETING" >>who; cat >>who',
          creates: '/var/tmp/who',
          user: 'daemon',
          cwd: '/var/tmp',
          env: { GREETING: "it's {{ node.name }}" },
          stdin: 'from stdin\n',
        },
      ]);
      assert.equal(machine.sh('cat /var/tmp/who; stat -c %U /var/tmp/who'), "daemon\n/var/tmp\nit's n1\nfrom stdin\ndaemon\n");
    });
    it('counts as changed by what it says, when told so', async () => {
      const item = { command: 'if [ -e /run/flag ]; then echo nothing to do; else touch /run/flag; echo made it; fi', changes: 'made', as: 'says' };
      assert.equal((await check([item])).results.says, 'skipped');
      assert.equal((await apply([item])).results.says, 'changed');
      assert.equal((await apply([item])).results.says, 'ok');
    });
  });

  describe('wait', () => {
    it('waits for a port, a file, a URL, and says what it waited for in vain', async () => {
      machine.sh(
        'mkdir -p /srv/www; cd /srv/www; (sleep 2; exec busybox httpd -f -p 127.0.0.1:8099) >/dev/null 2>&1 & (sleep 1; touch /run/there) >/dev/null 2>&1 & true',
      );
      machine.sh('echo hello >/srv/www/index.html');
      const items: RecipeItem[] = [
        { wait: { port: 8099, timeout: '20s' } },
        { wait: { port: 8099, host: '127.0.0.1' } },
        { wait: { file: '/run/there' } },
        { wait: { http: 'http://127.0.0.1:8099/' } },
      ];
      const ran = await apply(items);
      assert.deepEqual(ran.outcome, { kind: 'done', outputs: {}, changed: 0 }, ran.raw);
      const { outcome } = await apply([{ wait: { command: 'echo not there; false', timeout: '1s' } }]);
      assert.match(outcome.kind === 'failed' ? outcome.problem.summary : '', /waited 1 s until echo not there; false/);
    });
  });
});
