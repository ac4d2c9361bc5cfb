// The other resources on a throwaway machine: each is checked, applied, checked and applied again, by `converges`.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync } from 'node:fs';
import { evaluate, render } from '../catalog/render.ts';
import type { RecipeItem } from '../model/recipe.ts';
import { machineMissing, type MachineWorkshop, makeRepository, openMachineWorkshop } from './machine-for-tests.ts';
import { skipWhere } from '../../test/skip-where.ts';

describe('resources on a throwaway machine', function () {
  this.timeout(300_000);
  let on: MachineWorkshop;

  before(async function () {
    skipWhere(this, machineMissing());
    on = await openMachineWorkshop({ render, evaluate });
  });
  after(() => on?.close());

  const write = (path: string, text: string): string => on.sh(`cat >${path} <<'EOT'\n${text}EOT`);
  const read = (path: string): string => on.sh(`cat ${path}`);

  describe('line', () => {
    it('replaces what matches, removes doubles, appends, removes', async () => {
      write('/etc/t.conf', '# Port 1\nPort 22\nOther x\nPort 23\n');
      await on.converges([{ line: "Port 2222 it's", file: '/etc/t.conf', match: '^#? *Port ' }]);
      assert.equal(read('/etc/t.conf'), "Port 2222 it's\nOther x\n");
      await on.converges([{ line: 'New \\n & {{ attributes.v }}', file: '/etc/t.conf' }], { scope: { attributes: { v: "$(id) 'x'" } } });
      assert.equal(read('/etc/t.conf'), "Port 2222 it's\nOther x\nNew \\n & $(id) 'x'\n");
      await on.converges([{ line: 'x', file: '/etc/t.conf', match: '^(Other|New)', state: 'absent' }]);
      assert.equal(read('/etc/t.conf'), "Port 2222 it's\n");
      await on.converges([{ line: 'only', file: '/etc/made.conf', create: true }]);
    });
    it('leaves a file without a last newline alone, and fails without a file', async () => {
      on.sh("printf 'a\\nb' >/etc/t2.conf");
      assert.equal((await on.apply([{ line: 'a', file: '/etc/t2.conf' }])).outcome.kind === 'done' && read('/etc/t2.conf'), 'a\nb');
      assert.match(await on.why([{ line: 'a', file: '/etc/none.conf' }]), /no file \/etc\/none.conf/);
    });
    it('does not put in place what is not valid', async () => {
      write('/etc/t3.conf', 'good\n');
      assert.match(await on.why([{ line: 'bad', file: '/etc/t3.conf', validate: '! grep -q bad %s' }]), /not accepted/);
      assert.equal(read('/etc/t3.conf'), 'good\n');
    });
  });

  describe('block', () => {
    it('adds, changes and removes its lines and no others', async () => {
      write('/etc/b.conf', 'before\n');
      await on.converges([
        { block: "a\n  it's $x \\\n", file: '/etc/b.conf' },
        { block: 'second', file: '/etc/b.conf', name: 'two', comment: ';' },
      ]);
      assert.equal(
        read('/etc/b.conf'),
        "before\n# BEGIN prybar test-role\na\n  it's $x \\\n# END prybar test-role\n; BEGIN prybar two\nsecond\n; END prybar two\n",
      );
      on.sh('echo after >>/etc/b.conf');
      await on.converges([{ block: 'changed', file: '/etc/b.conf' }]);
      await on.converges([
        { block: '', file: '/etc/b.conf', state: 'absent' },
        { block: '', file: '/etc/b.conf', name: 'two', comment: ';', state: 'absent' },
      ]);
      assert.equal(read('/etc/b.conf'), 'before\nafter\n');
    });
  });

  describe('ini', () => {
    it('sets, repeats, adds and removes settings, and leaves all else as it is written', async () => {
      write(
        '/etc/nova.conf',
        '; top\nglobal = 1\n[DEFAULT]\n# comment = x\nkeep=me\ndebug   =  false\ndebug = again\nlisten = a\n\n[api]\nauth: x\n\n[database]\nold = 1\n',
      );
      await on.converges([
        {
          ini: '/etc/nova.conf',
          settings: {
            '': { global: 2 },
            DEFAULT: { debug: true, listen: ['a', 'b'], fresh: "it's $x \\n & %(y)s", 'spaced key': '' },
            api: { auth: 'keystone=v3' },
            database: { old: null },
            new: { a: 'b', c: 1.5 },
          },
        },
      ]);
      assert.equal(
        read('/etc/nova.conf'),
        `; top\nglobal = 2\n[DEFAULT]\n# comment = x\nkeep=me\ndebug = true\nlisten = a\nlisten = b\nfresh = it's $x \\n & %(y)s\nspaced key = \n\n[api]\nauth = keystone=v3\n\n[database]\n\n[new]\na = b\nc = 1.5\n`,
      );
      assert.equal((await on.apply([{ ini: '/etc/nova.conf', settings: { DEFAULT: { keep: 'me' } } }])).outcome.kind, 'done');
      assert.match(read('/etc/nova.conf'), /^keep=me$/m);
    });
    it('begins a file, and hides what it puts in when that is a secret', async () => {
      const ran = await on.converges([{ ini: '/etc/fresh.conf', create: true, settings: { database: { connection: 'mysql://{{ secrets.password }}@db' } } }], {
        scope: { secrets: { password: 'hunter2hunter2' } },
      });
      assert.match(read('/etc/fresh.conf'), /\[database\]\nconnection = mysql:\/\/hunter2hunter2@db\n/);
      assert.doesNotMatch(ran.raw, /hunter2/);
    });
  });

  describe('json', () => {
    it('merges and removes, and leaves a file that says it as it is written', async () => {
      write('/etc/daemon.json', '{ "keep":   [1,2], "log": {"level": "info", "driver": "x"}, "gone": {"a": 1, "b": 2} }\n');
      await on.converges([{ json: '/etc/daemon.json', set: { log: { level: "it's" }, new: ['x'] }, remove: ['/gone/a'] }]);
      assert.deepEqual(JSON.parse(read('/etc/daemon.json')), { keep: [1, 2], log: { level: "it's", driver: 'x' }, gone: { b: 2 }, new: ['x'] });
      write('/etc/as-is.json', '{"a":    1}\n');
      await on.apply([{ json: '/etc/as-is.json', set: { a: 1 } }]);
      assert.equal(read('/etc/as-is.json'), '{"a":    1}\n');
    });
  });

  describe('user, group, authorized_key', () => {
    const key = (name: string): string => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${name.repeat(43).slice(0, 43)} ${name}@host`;
    it('makes, changes and removes them', async () => {
      await on.converges([
        { group: 'cloud', gid: 4242 },
        { user: 'nova', uid: 4243, group: 'cloud', groups: ['daemon'], home: '/srv/nova', shell: '/bin/sh', comment: "it's nova", passwordHash: '$6$x$y' },
        { authorized_key: [key('a'), key('b')], user: 'nova' },
      ]);
      assert.equal(
        on.sh('id nova; getent passwd nova; stat -c "%a %U:%G" /srv/nova/.ssh /srv/nova/.ssh/authorized_keys'),
        `uid=4243(nova) gid=4242(cloud) groups=4242(cloud),1(daemon)\nnova:x:4243:4242:it's nova:/srv/nova:/bin/sh\n700 nova:cloud\n600 nova:cloud\n`,
      );
      await on.converges([
        { user: 'nova', groups: ['bin'], shell: '/bin/bash', passwordHash: '!' },
        { authorized_key: key('a'), user: 'nova', options: 'from="10.0.0.1"' },
        { authorized_key: key('b'), user: 'nova', state: 'absent' },
      ]);
      assert.equal(read('/srv/nova/.ssh/authorized_keys'), `from="10.0.0.1" ${key('a')}\n`);
      assert.equal(on.sh('id -Gn nova | tr " " "\\n" | sort'), 'bin\ncloud\ndaemon\n');
      await on.converges([{ user: 'nova', groups: ['bin'], exclusive: true }]);
      assert.equal(on.sh('id -Gn nova'), 'cloud bin\n');
      await on.converges([{ authorized_key: key('c'), user: 'nova', exclusive: true }]);
      assert.equal(read('/srv/nova/.ssh/authorized_keys'), `${key('c')}\n`);
      await on.converges([
        { user: 'nova', state: 'absent', removeHome: true },
        { group: 'cloud', state: 'absent' },
      ]);
      assert.equal(
        on.sh('id nova 2>&1 || ls -d /srv/nova 2>&1 || true'),
        "id: ‘nova’: no such user\nls: cannot access '/srv/nova': No such file or directory\n"
          .replaceAll('‘', '\u2018')
          .replaceAll('’', '\u2019')
          .replace('\u2018nova\u2019', on.sh('id nova 2>&1 || true').includes('\u2018') ? '\u2018nova\u2019' : "'nova'"),
      );
    });
    it('makes service users without a home', async () => {
      await on.converges([{ user: 'svc', system: true, shell: '/usr/sbin/nologin' }]);
      assert.match(on.sh('getent passwd svc; ls -d /home/svc 2>&1 || true'), /No such file/);
    });
    it('does not follow links out of a home', async () => {
      await on.apply([{ user: 'evil' }]);
      on.sh('ln -s /root /home/evil/.ssh');
      assert.match(await on.why([{ authorized_key: key('a'), user: 'evil' }]), /symbolic link/);
    });
  });

  describe('script', () => {
    it('runs by its interpreter, with arguments, as somebody', async () => {
      const files = {
        'files/s.sh': '#!/bin/sh -e\necho "$# $1 $2" >/var/tmp/said; id -un >>/var/tmp/said; cat >>/var/tmp/said\n',
        'files/p.pl': '#!/usr/bin/perl\nopen(F, ">/srv/perl"); print F "$ARGV[0]"; exit 0;\n',
      };
      await on.converges(
        [
          { script: 'files/s.sh', arguments: ["it's -- one", '--'], creates: '/var/tmp/said', user: 'daemon', stdin: 'in' },
          { script: 'files/p.pl', arguments: ['x'], creates: '/srv/perl' },
        ],
        { files },
      );
      assert.equal(read('/var/tmp/said'), "2 it's -- one --\ndaemon\nin");
      assert.equal(on.sh('ls /tmp | grep -c ^tmp || true'), '0\n');
      assert.match(
        on.work.problems([{ script: 'files/none', changes: false }], { files: { 'files/none': 'echo\n' } })[0]!.summary,
        /does not say what runs it/,
      );
    });
  });

  describe('download, archive', () => {
    const sum = (path: string): string => on.sh(`sha256sum <${path}`).slice(0, 64);
    before(() =>
      on.sh(
        'mkdir -p /srv/opt /srv/files/top/sub; cd /srv/files; echo one >top/one; echo two >top/sub/two; tar -czf a.tar.gz top; tar --zstd -cf a.tar.zst top; echo data >data; cd /srv/files && (exec busybox httpd -f -p 127.0.0.1:8098) >/dev/null 2>&1 &',
      ),
    );
    it('fetches a file by its digest, from the first place that has it', async () => {
      await on.converges(
        [
          {
            download: '/srv/opt/data',
            from: ['http://127.0.0.1:8098/none', 'http://127.0.0.1:8098/data'],
            sha256: sum('/srv/files/data'),
            mode: '0640',
            owner: 'daemon',
          },
        ],
        {},
        '/srv/opt',
      );
      assert.equal(on.sh('cat /srv/opt/data; stat -c "%a %U" /srv/opt/data'), 'data\n640 daemon\n');
      assert.match(await on.why([{ download: '/srv/opt/bad', from: 'http://127.0.0.1:8098/data', sha256: '0'.repeat(64) }]), /could not fetch/);
      assert.equal(on.sh('ls -A /srv/opt | grep -c bad || true'), '0\n');
    });
    it('unpacks an archive into a directory of its own, and replaces it as a whole', async () => {
      await on.converges(
        [{ archive: '/srv/opt/app', from: 'http://127.0.0.1:8098/a.tar.gz', sha256: sum('/srv/files/a.tar.gz'), strip: 1, owner: 'daemon' }],
        {},
        '/srv/opt',
      );
      assert.equal(on.sh('cd /srv/opt/app; cat one sub/two; stat -c %U one'), 'one\ntwo\ndaemon\n');
      on.sh('touch /srv/opt/app/stray');
      await on.converges([{ archive: '/srv/opt/app', from: 'http://127.0.0.1:8098/a.tar.zst', sha256: sum('/srv/files/a.tar.zst') }], {}, '/srv/opt');
      assert.equal(on.sh('cd /srv/opt; find app -type f | sort; ls -A'), 'app/.prybar-archive\napp/top/one\napp/top/sub/two\napp\ndata\n');
      on.sh('mkdir /srv/opt/other; touch /srv/opt/other/x');
      assert.match(
        await on.why([{ archive: '/srv/opt/other', from: 'http://127.0.0.1:8098/a.tar.gz', sha256: sum('/srv/files/a.tar.gz') }]),
        /not unpacked by this/,
      );
    });
  });

  describe('repository', () => {
    it('adds one with its key, from which packages then come, and removes it', async () => {
      makeRepository(on.machine, '/srv/repository', [{ name: 'prybar-demo', version: '1.0' }]);
      on.sh('rm /etc/apt/sources.list.d/test.list');
      on.sh(`export GNUPGHOME=/root/gpg; mkdir -m 700 $GNUPGHOME; gpg -q --batch --passphrase '' --quick-gen-key test@example.org ed25519 sign never 2>&1
        cd /srv/repository; printf 'SHA256:\\n %s %s Packages\\n' "$(sha256sum <Packages | cut -d ' ' -f 1)" "$(stat -c %s Packages)" >Release; gpg -q --batch --clearsign -o InRelease Release 2>&1`);
      const key = on.sh('GNUPGHOME=/root/gpg gpg --armor --export test@example.org');
      await on.converges(
        [{ repository: 'demo', url: 'file:/srv/repository', suite: './', key: 'files/key' }, { package: 'prybar-demo' }],
        { files: { 'files/key': key } },
        '/etc',
      );
      assert.equal(read('/etc/apt/sources.list.d/demo.sources'), 'Types: deb\nURIs: file:/srv/repository\nSuites: ./\nSigned-By: /etc/apt/keyrings/demo.asc\n');
      await on.converges([
        { package: 'prybar-demo', state: 'purged' },
        { repository: 'demo', state: 'absent' },
      ]);
      assert.equal(on.sh('ls /etc/apt/keyrings /etc/apt/sources.list.d'), '/etc/apt/keyrings:\n\n/etc/apt/sources.list.d:\n');
    });
  });

  describe('mount, swap, filesystem', () => {
    let loop = '';
    before(function () {
      try {
        loop = execFileSync('sh', ['-c', `file=$(mktemp) && truncate -s 64M "$file" && losetup -f --show "$file" && rm "$file"`], { encoding: 'utf8' }).trim();
        on.sh(`mknod ${loop} b ${execFileSync('stat', ['-c', '%Hr %Lr', loop], { encoding: 'utf8' }).trim()} 2>/dev/null || true; test -b ${loop}`);
      } catch (error) {
        skipWhere(this, `no loop device here: ${String(error)}`);
      }
    });
    after(() => {
      if (!loop) return;
      // The kernel, and so what it swaps to, is shared: it must not stay behind, whatever failed.
      on.sh(`swapoff ${loop} 2>/dev/null; umount /srv/data 2>/dev/null; true`);
      execFileSync('losetup', ['-d', loop]);
    });
    it('makes a file system, mounts it now and at boot, changes its options, takes it away', async () => {
      const items = (options: string): RecipeItem[] => [
        { filesystem: 'ext4', device: loop, label: 'data' },
        { mount: '/srv/data', device: loop, type: 'ext4', options },
      ];
      await on.converges(items('noatime'), {}, '/etc');
      assert.match(on.sh('grep /srv/data /proc/self/mounts; cat /etc/fstab'), /noatime/);
      on.sh('echo precious >/srv/data/file');
      await on.converges(items('noatime,ro'), {}, '/etc');
      assert.match(on.sh('grep /srv/data /proc/self/mounts'), /\bro\b/);
      await on.converges([{ mount: '/srv/data', state: 'absent' }], {}, '/etc');
      assert.doesNotMatch(on.sh('cat /proc/self/mounts /etc/fstab'), /srv\/data/);
    });
    it('refuses a disk that holds data, unless told to wipe it, and one that another role has claimed', async () => {
      assert.match(await on.why([{ swap: loop }]), /holds ext4: say `wipe: true`/);
      assert.match(
        await on.why([{ filesystem: 'ext4', device: loop }], { name: 'other', files: {} }).then((first) => (first === 'done' ? 'claimed by itself' : first)),
        /claimed by itself/,
      );
      on.sh(`printf 'other-role /dev/x\\n' >${on.work.folder}/state/claims/$(stat -L -c %t:%T ${loop})`);
      assert.match(await on.why([{ filesystem: 'ext4', device: loop, wipe: true }]), /claimed by the role other-role/);
      on.sh(`rm ${on.work.folder}/state/claims/*`);
      await on.converges([{ swap: loop, wipe: true }], {}, '/etc');
      assert.match(on.sh('cat /proc/swaps'), new RegExp(loop));
      assert.match(await on.why([{ filesystem: 'ext4', device: loop, wipe: true }]), /is in use/);
      await on.converges([{ swap: loop, state: 'absent' }], {}, '/etc');
      assert.match(await on.why([{ filesystem: 'ext4', device: '/dev/no-such', wipe: true }]), /not a block device/);
    });
    it('mounts what needs no device', async () => {
      await on.converges([{ mount: '/srv/ram', device: 'tmpfs', type: 'tmpfs', options: 'size=1M' }], {}, '/etc');
      await on.converges([{ mount: '/srv/ram', device: 'tmpfs', type: 'tmpfs', options: 'size=1M', state: 'unmounted' }], {}, '/etc');
    });
  });

  describe('sysctl, module, limits, cron, timer, hosts', () => {
    it('sets kernel parameters now and at boot', async () => {
      // Of the network, which is the machine's own; others it shares with this one.
      await on.converges([{ sysctl: { 'net.ipv4.ip_forward': 1, 'net.ipv4.ip_local_port_range': '20000 61000' } }]);
      assert.equal(read('/etc/sysctl.d/60-test-role.conf'), 'net.ipv4.ip_forward = 1\nnet.ipv4.ip_local_port_range = 20000 61000\n');
      assert.equal(on.sh('sysctl -n net.ipv4.ip_forward'), '1\n');
      await on.converges([{ sysctl: { 'net.ipv4.ip_forward': 1 }, state: 'absent' }]);
    });
    it('writes what modules are loaded and what users may use', async () => {
      await on.converges([
        {
          limits: [
            { domain: 'nova', item: 'nofile', value: 65536 },
            { domain: '@cloud', type: 'soft', item: 'memlock', value: 'unlimited' },
          ],
        },
      ]);
      assert.equal(read('/etc/security/limits.d/60-test-role.conf'), 'nova - nofile 65536\n@cloud soft memlock unlimited\n');
      await on.converges([{ limits: [], state: 'absent' }]);
      await on.converges([{ module: 'no-such-module', state: 'blacklisted' }]);
      await on.converges([{ module: 'no-such-module', state: 'absent' }]);
      assert.equal(on.sh('ls /etc/modprobe.d /etc/modules-load.d | grep -c prybar || true'), '0\n');
    });
    it('has cron run things', async () => {
      await on.converges([{ cron: 'clean', schedule: '*/5 * * * *', command: 'echo {{ node.name }} %d', user: 'daemon', env: { MAILTO: '' } }]);
      assert.equal(read('/etc/cron.d/clean'), "MAILTO=\n*/5 * * * * daemon echo 'n1' \\%d\n");
      await on.converges([{ cron: 'clean', state: 'absent' }]);
    });
    it('has systemd run things', async () => {
      await on.converges([{ timer: 'tidy', calendar: 'daily', command: 'echo "it\'s %n" >/run/tidied', randomDelay: '5min' }]);
      on.sh('systemctl start tidy.service');
      assert.equal(read('/run/tidied'), "it's %n\n");
      assert.equal(on.sh('systemctl is-active tidy.timer; systemctl is-enabled tidy.timer'), 'active\nenabled\n');
      await on.converges([{ timer: 'tidy', state: 'absent' }]);
      assert.equal(on.sh('systemctl list-unit-files "tidy*" --no-legend; ls /etc/systemd/system | grep -c tidy || true'), '0\n');
      assert.equal(on.sh('test ! -e /usr/local/lib/prybar && echo gone'), 'gone\n');
    });
    it('knows machines by name', async () => {
      on.sh("printf '127.0.0.1 localhost\\n' >/etc/hosts");
      await on.converges([{ hosts: { '10.9.9.9': ['db.example.org', 'db'], 'fd00::9': 'six' } }]);
      assert.match(on.sh('getent hosts db'), /10\.9\.9\.9/);
      await on.converges([{ hosts: {}, state: 'absent' }]);
      assert.equal(read('/etc/hosts'), '127.0.0.1 localhost\n');
    });
  });

  describe('http', () => {
    // A small API in the machine: GET answers what was PUT there; the first two requests find it busy.
    const url = 'http://127.0.0.1:8097/thing';
    const api = `
      let asked = 0, stored;
      require('http').createServer((request, response) => {
        if (++asked <= 2) return response.writeHead(503).end('busy\\n');
        if (request.method === 'GET') return response.writeHead(stored === undefined ? 404 : 200).end(stored ?? 'none\\n');
        let body = '';
        request.on('data', (chunk) => body += chunk).on('end', () => {
          stored = body;
          require('fs').writeFileSync('/run/told', request.headers['x-token'] + ' ' + body);
          response.writeHead(201).end();
        });
      }).listen(8097, '127.0.0.1');`;
    before(() => {
      // The machine has a /tmp of its own, and this checkout may lie in the other one: Node goes where both can see it.
      copyFileSync(process.execPath, `/proc/${on.machine.shell[2]}/root/run/node`);
      chmodSync(`/proc/${on.machine.shell[2]}/root/run/node`, 0o755);
      return on.sh(`/run/node -e "${api.replace(/["\\$`]/g, '\\$&')}" >/dev/null 2>&1 & true`);
    });
    it('asks until the answer is as expected', async () => {
      const ran = await on.apply([{ http: url, status: 404, expect: '^none$', capture: 'said', within: '10s' }, { output: { said: '{{ captured.said }}' } }]);
      assert.deepEqual(ran.outcome, { kind: 'done', outputs: { said: 'none' }, changed: 0 }, ran.raw);
      assert.match(await on.why([{ http: url, within: '1s' }]), /waited 1 s for the expected answer/);
    });
    it('tells it what it does not know yet', async () => {
      const around = { scope: { secrets: { token: 'hunter2hunter2' } } };
      const ran = await on.converges(
        [
          {
            http: url,
            method: 'PUT',
            headers: { 'X-Token': '{{ secrets.token }}' },
            body: { name: "it's" },
            status: 201,
            unless: { http: url, expect: '"name":"it\'s"' },
          },
        ],
        around,
      );
      assert.equal(read('/run/told'), 'hunter2hunter2 {"name":"it\'s"}');
      assert.doesNotMatch(ran.raw, /hunter2/);
      const [refused] = on.work.problems([{ http: url, method: 'PUT', body: 'x' }]);
      assert.match(refused!.summary, /changes something each time/);
      assert.match(refused!.next!, /`unless`/);
    });
  });

  describe('firewall', () => {
    it('lets in what roles allow and nothing else', async () => {
      const rules: RecipeItem[] = [
        {
          firewall: 'web',
          otherwise: 'drop',
          allow: [{ port: [80, '8000-8010'] }, { port: 53, protocol: 'udp', from: ['10.0.0.0/8', 'fd00::/8'], interface: 'lo' }],
        },
      ];
      await on.converges(rules, {}, '/etc/nftables.d');
      assert.match(on.sh('nft list table inet prybar'), /iifname "lo" ip saddr 10.0.0.0\/8 udp dport 53 accept/);
      assert.equal(on.sh('systemctl is-enabled prybar-firewall'), 'enabled\n');
      // From outside, through a cable: what is allowed answers, what is not does not.
      on.sh(`ip netns add outside; ip link add cable type veth peer name plug netns outside; ip address add 10.5.0.1/24 dev cable; ip link set cable up
        ip -n outside address add 10.5.0.2/24 dev plug; ip -n outside link set plug up
        for port in 80 81 8005; do (exec busybox httpd -f -p $port -h /srv) >/dev/null 2>&1 & done; true`);
      const answers = (port: number): string =>
        on.sh(`ip netns exec outside timeout 3 bash -c 'exec 3<>/dev/tcp/10.5.0.1/${port}' 2>/dev/null && echo yes || echo no`).trim();
      assert.deepEqual([80, 81, 8005].map(answers), ['yes', 'no', 'yes']);
      on.sh('nft flush table inet prybar');
      assert.match((await on.apply(rules)).diffs, /rules loaded/);
      await on.converges([{ firewall: 'web', state: 'absent' }], {}, '/etc/nftables.d');
      assert.doesNotMatch(on.sh('nft list table inet prybar'), /8000/);
      assert.deepEqual([80, 81].map(answers), ['yes', 'yes']);
      on.sh('ip netns delete outside; nft delete table inet prybar');
    });
  });

  describe('database, database_user', () => {
    before(function () {
      try {
        on.sh('test -x /usr/lib/postgresql/15/bin/initdb');
      } catch {
        skipWhere(this, 'PostgreSQL is not installed here');
      }
      on.sh(`getent passwd postgres >/dev/null || useradd -r postgres; mkdir -p /srv/pg /run/postgresql; chown postgres /srv/pg /run/postgresql
        cd /; su -s /bin/sh postgres -c '/usr/lib/postgresql/15/bin/initdb -D /srv/pg --auth-local=peer --auth-host=scram-sha-256 >/dev/null && /usr/lib/postgresql/15/bin/pg_ctl -D /srv/pg -w -o "-c listen_addresses=127.0.0.1 -c port=5499 -c unix_socket_directories=/run/postgresql" -l /srv/pg/log start >/dev/null'
        printf '#!/bin/sh\\nPGPORT=5499 PGHOST=/run/postgresql exec /usr/lib/postgresql/15/bin/psql "$@"\\n' >/usr/local/bin/psql; chmod 755 /usr/local/bin/psql`);
    });
    it('makes accounts and databases in PostgreSQL that can be used, and removes them', async () => {
      const around = { scope: { secrets: { password: "p'w$x\\ ü" } } };
      const items = [
        { database_user: 'nova', engine: 'postgresql', password: '{{ secrets.password }}' },
        { database: 'nova_api', engine: 'postgresql', owner: 'nova' },
        { database_user: 'reader', engine: 'postgresql', password: 'readreadread', grants: [{ database: 'nova_api', privileges: ['CONNECT'] }] },
      ];
      await on.converges(items, around, '/etc');
      const login = (password: string): string =>
        on.sh(
          `PGPASSWORD=${JSON.stringify(password).replaceAll('$', '\\$')} /usr/lib/postgresql/15/bin/psql -h 127.0.0.1 -p 5499 -U nova -d nova_api -qtAXc 'select current_user' 2>&1 || true`,
        );
      assert.equal(login("p'w$x\\ ü"), 'nova\n');
      assert.match(login('wrong'), /authentication failed/);
      await on.converges([{ database_user: 'nova', engine: 'postgresql', password: 'changed password' }], {}, '/etc');
      assert.equal(login('changed password'), 'nova\n');
      await on.converges(
        [
          { database: 'nova_api', engine: 'postgresql', state: 'absent' },
          { database_user: 'nova', engine: 'postgresql', state: 'absent' },
        ],
        {},
        '/etc',
      );
    });
    it('asks a server elsewhere as its administrator, the first of several that answers', async () => {
      const around = { scope: { secrets: { admin: "it's admin", password: 'glanceglance' } } };
      await on.converges([{ database_user: 'boss', engine: 'postgresql', password: '{{ secrets.admin }}', admin: true }], around, '/etc');
      const server = { host: ['127.0.0.9', '127.0.0.1'], port: 5499, user: 'boss', password: '{{ secrets.admin }}' };
      const ran = await on.converges(
        [
          { database_user: 'glance', engine: 'postgresql', server, password: '{{ secrets.password }}' },
          { database: 'glance', engine: 'postgresql', server, owner: 'glance' },
        ],
        around,
        '/etc',
      );
      assert.doesNotMatch(ran.raw, /it's admin/);
      assert.equal(on.sh("PGPASSWORD=glanceglance psql -h 127.0.0.1 -p 5499 -U glance -d glance -qtAXc 'select current_user'"), 'glance\n');
      assert.match(
        await on.why([{ database: 'x', engine: 'postgresql', server: { ...server, password: 'wrong' } }]),
        /server on 127.0.0.9 127.0.0.1 does not answer/,
      );
    });
    it('leaves a standby to its primary', async () => {
      on.sh(
        'su -s /bin/sh postgres -c \'cd /srv/pg && touch standby.signal && /usr/lib/postgresql/15/bin/pg_ctl -D /srv/pg -w restart -o "-c listen_addresses=127.0.0.1 -c port=5499 -c unix_socket_directories=/run/postgresql" -l /srv/pg/log >/dev/null\'',
      );
      const { outcome, results } = await on.apply([{ database: 'later', engine: 'postgresql' }]);
      assert.deepEqual([outcome.kind, results], ['done', { 'database later': 'skipped' }]);
    });
    it('says when the server does not answer', async () =>
      assert.match(await on.why([{ database: 'x', engine: 'mariadb' }]), /mariadb server does not answer/));
  });
});
