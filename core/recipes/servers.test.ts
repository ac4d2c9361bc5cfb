// Resources that speak to servers and tools: real MariaDB and RabbitMQ where their packages can be had; LVM and RAID tools, for which
// this kernel may have no drivers, and the package tools of RPM systems as recorded fakes.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { evaluate, render } from '../catalog/render.ts';
import { bringPackages, machineMissing, type MachineWorkshop, openMachineWorkshop } from './machine-for-tests.ts';
import { skipWhere } from '../../test/skip-where.ts';

describe('servers on a throwaway machine', function () {
  this.timeout(300_000);
  let on: MachineWorkshop;

  before(async function () {
    skipWhere(this, machineMissing());
    on = await openMachineWorkshop({ render, evaluate });
  });
  after(() => on?.close());

  describe('MariaDB', () => {
    before(function () {
      const missing = bringPackages(on.machine, ['mariadb-server']);
      if (!missing) return void on.sh('systemctl start mariadb');
      skipWhere(this, missing);
    });
    const around = { scope: { secrets: { password: "p'w$x\\ ü" } } };
    const login = (user: string, password: string, query: string): string =>
      on.sh(
        `printf '[client]\\nuser=%s\\npassword="%s"\\nhost=127.0.0.1\\n' '${user}' '${password.replaceAll('\\', '\\\\').replaceAll("'", "'\\''")}' >/run/my.cnf; mariadb --defaults-file=/run/my.cnf --default-character-set=utf8mb4 -NBe ${JSON.stringify(query)} 2>&1 || true`,
      );
    it('makes accounts and databases that can be used, and removes them', async () => {
      const ran = await on.converges(
        [
          { database: 'nova_api', engine: 'mariadb', charset: 'utf8', collation: 'utf8mb3_general_ci' },
          { database: 'novaxapi', engine: 'mariadb' },
          { database_user: 'nova', engine: 'mariadb', password: '{{ secrets.password }}', host: ['%', 'localhost'], grants: [{ database: 'nova_api' }] },
          { database_user: 'reader', engine: 'mariadb', password: 'readreadread', grants: [{ database: 'nova_api', privileges: ['SELECT', 'SHOW VIEW'] }] },
        ],
        around,
        '/etc',
      );
      assert.doesNotMatch(ran.raw, /p'w\$x/);
      assert.equal(login('nova', "p'w$x\\ ü", 'create table nova_api.t (a int); select current_user()'), 'nova@localhost\n');
      assert.match(login('nova', "p'w$x\\ ü", 'use novaxapi'), /Access denied/);
      assert.match(login('nova', 'wrong', 'select 1'), /Access denied/);
      assert.match(login('reader', 'readreadread', 'insert into nova_api.t values (1)'), /denied/);
      await on.converges(
        [
          { database_user: 'reader', engine: 'mariadb', password: 'another one' },
          { database: 'nova_api', engine: 'mariadb', charset: 'utf8mb4' },
        ],
        {},
        '/etc',
      );
      assert.equal(login('reader', 'another one', 'select count(*) from nova_api.t'), '0\n');
      await on.converges(
        [
          { database: 'nova_api', engine: 'mariadb', state: 'absent' },
          { database_user: 'nova', engine: 'mariadb', host: ['%', 'localhost'], state: 'absent' },
        ],
        {},
        '/etc',
      );
    });
    it('asks a server elsewhere as its administrator, the first of several that answers', async () => {
      const scope = { secrets: { admin: "it's admin", password: 'glanceglance' } };
      await on.converges([{ database_user: 'boss', engine: 'mariadb', password: '{{ secrets.admin }}', admin: true }], { scope }, '/etc');
      const server = { host: ['127.0.0.9', '127.0.0.1'], port: 3306, user: 'boss', password: '{{ secrets.admin }}' };
      const ran = await on.converges(
        [
          { database: 'glance', engine: 'mariadb', server },
          { database_user: 'glance', engine: 'mariadb', server, password: '{{ secrets.password }}', grants: [{ database: 'glance' }] },
        ],
        { scope },
        '/etc',
      );
      assert.doesNotMatch(ran.raw, /it's admin/);
      assert.equal(login('glance', 'glanceglance', 'create table glance.t (a int); select current_user()'), 'glance@%\n');
    });
  });

  describe('RabbitMQ', () => {
    before(function () {
      const missing = bringPackages(on.machine, ['rabbitmq-server']);
      if (!missing) return void on.sh('systemctl start rabbitmq-server');
      skipWhere(this, missing);
    });
    it('makes accounts with rights, changes them, and removes them', async () => {
      const around = { scope: { secrets: { password: "p'w$x\\ -n" } } };
      const ran = await on.converges(
        [{ queue_user: 'nova', password: '{{ secrets.password }}', vhost: '/cloud', queues: 'quorum', tags: ['monitoring', 'management'], write: '^nova' }],
        around,
        '/etc',
      );
      assert.doesNotMatch(ran.raw, /p'w\$x/);
      assert.match(
        on.sh(`rabbitmqctl -q list_permissions -p /cloud; printf '%s\\n' 'p'\\''w$x\\ -n' | rabbitmqctl authenticate_user nova`),
        /nova\t\.\*\t\^nova\t\.\*[\s\S]*Success/,
      );
      await on.converges([{ queue_user: 'nova', password: 'another one', vhost: '/cloud' }], {}, '/etc');
      assert.match(on.sh('printf "%s\\n" "another one" | rabbitmqctl authenticate_user nova'), /Success/);
      await on.converges([{ queue_user: 'nova', state: 'absent' }], {}, '/etc');
    });
  });

  // Tools as they were seen to answer, with a list of what is there in /run/fake.
  const fake = (name: string, code: string): string =>
    on.sh(
      `mkdir -p /run/fake; cat >/usr/local/sbin/${name} <<'TOOL'\n#!/bin/sh\necho "${name} $*" >>/run/fake/calls\n${code}\nTOOL\nchmod 755 /usr/local/sbin/${name}`,
    );
  const calls = (): string => on.sh('cat /run/fake/calls; : >/run/fake/calls');

  describe('package tools of RPM systems (faked)', () => {
    before(() => {
      fake(
        'rpm',
        'shift 3; code=0; for name in "$@"; do grep "^$name " /run/fake/rpms || { echo "package $name is not installed"; code=1; }; done; exit $code',
      );
      fake(
        'dnf',
        'case "$*" in *versionlock*list*) cat /run/fake/locked; exit ;; *versionlock*add*) eval "last=\\${$#}"; echo "$last-0:1-1.*" >>/run/fake/locked; exit ;; *check-update*) exit 0 ;; *remove*) : >/run/fake/rpms; exit ;; esac; shift 4; for name in "$@"; do echo "${name%-4.3*} 4.3-1.el9" >>/run/fake/rpms; done',
      );
      fake('zypper', 'case "$*" in *remove*) : >/run/fake/rpms; exit ;; esac; shift 4; for name in "$@"; do echo "${name%=*} 4.3-1" >>/run/fake/rpms; done');
      on.sh(': >/run/fake/rpms; : >/run/fake/locked');
    });
    it('dnf', async () => {
      const around = { platform: 'rocky-9' };
      await on.converges([{ package: ['chrony', 'jq'] }, { package: 'tar', version: '4.3*', hold: true }], around);
      const said = calls();
      assert.match(said, /^dnf -y -q --setopt=install_weak_deps=no install chrony jq$/m);
      assert.match(said, /^dnf -y -q --setopt=install_weak_deps=no install tar-4\.3\*$/m);
      assert.match(said, /^dnf -y -q versionlock add tar$/m);
      await on.converges([{ package: ['chrony', 'jq', 'tar'], state: 'absent' }], around);
      assert.match(calls(), /^dnf -y -q remove chrony jq tar$/m);
    });
    it('zypper', async () => {
      const around = { platform: 'opensuse-15.6' };
      await on.converges([{ package: ['chrony'] }, { package: 'tar', version: '4.3-1' }], around);
      assert.match(calls(), /^zypper -n -q install --no-recommends chrony$/m);
      await on.converges([{ package: ['chrony', 'tar'], state: 'absent' }], around);
    });
    it('repositories', () => {
      const { program } = on.work.program(
        [
          {
            repository: 'epel',
            url: 'https://mirror.example.org/epel/9',
            key: '-----BEGIN PGP PUBLIC KEY BLOCK-----\nx\n-----END PGP PUBLIC KEY BLOCK-----',
            priority: 5,
          },
        ],
        'apply',
        { platform: 'rocky-9' },
      );
      assert.match(
        program,
        /put \/etc\/yum\.repos\.d\/epel\.repo 644 0 0 <<'END'\n\[epel\]\nname=epel\nbaseurl=https:\/\/mirror\.example\.org\/epel\/9\nenabled=1\ngpgcheck=1\ngpgkey=file:\/\/\/etc\/pki\/rpm-gpg\/RPM-GPG-KEY-epel\npriority=5\nEND/,
      );
    });
  });

  describe('LVM and RAID (faked: no device mapper here)', () => {
    const disks: string[] = [];
    before(function () {
      try {
        for (let n = 0; n < 2; n++) {
          const disk = execFileSync('sh', ['-c', 'file=$(mktemp) && truncate -s 64M "$file" && losetup -f --show "$file" && rm "$file"'], {
            encoding: 'utf8',
          }).trim();
          disks.push(disk);
          on.sh(`mknod ${disk} b ${execFileSync('stat', ['-c', '%Hr %Lr', disk], { encoding: 'utf8' }).trim()} 2>/dev/null || true; test -b ${disk}`);
        }
      } catch (error) {
        skipWhere(this, `no loop device here: ${String(error)}`);
      }
      fake('pvs', 'eval "last=\\${$#}"; grep "^$last " /run/fake/pvs 2>/dev/null | cut -d " " -f 2 | grep . || exit 5');
      fake('vgs', 'grep -q " $1$" /run/fake/pvs');
      fake('vgcreate', 'echo "$4 $3" >>/run/fake/pvs');
      fake('vgextend', 'echo "$4 $3" >>/run/fake/pvs');
      fake('lvs', 'eval "last=\\${$#}"; grep "^$last " /run/fake/lvs 2>/dev/null | tail -n 1 | sed "s/.* /  /" | grep . || exit 5');
      fake('lvcreate', 'echo "$9/$8 1073741824" >>/run/fake/lvs; echo "data/db 1073741824" >>/run/fake/lvs');
      fake('lvextend', 'echo "$6 2147483648" >>/run/fake/lvs');
      fake(
        'mdadm',
        'case "$1" in --examine) cat /run/fake/md 2>/dev/null ;; --create) echo MD_NAME=any:fast >/run/fake/md; mkdir -p /dev/md; : >/dev/md/fast ;; --detail) echo "ARRAY /dev/md/fast metadata=1.2" ;; esac',
      );
      on.sh('rm -f /run/fake/pvs /run/fake/lvs; : >/run/fake/pvs');
    });
    after(() => {
      for (const disk of disks) execFileSync('losetup', ['-d', disk]);
    });
    it('makes a group, a volume in it, and lets both grow', async () => {
      await on.converges([{ lvm: 'data/db', devices: [disks[0]], size: '1G' }], {}, '/etc');
      assert.match(calls(), new RegExp(`vgcreate -q -y data ${disks[0]}\\n[\\s\\S]*lvcreate -q -y -W y -L 1G -n db data`));
      await on.converges([{ lvm: 'data/db', devices: disks, size: '2G' }], {}, '/etc');
      assert.match(calls(), new RegExp(`vgextend -q -y data ${disks[1]}\\n[\\s\\S]*lvextend -q -y -r -L 2G data/db`));
    });
    it('makes an array, but not of disks that hold data', async () => {
      execFileSync('mkswap', ['-q', disks[0]!]);
      assert.match(await on.why([{ raid: 'fast', level: 1, devices: disks }]), /holds swap/);
      await on.converges([{ raid: 'fast', level: 1, devices: disks, wipe: true }], {}, '/srv');
      assert.match(calls(), /mdadm --create \/dev\/md\/fast --quiet --run --homehost=any --metadata=1\.2 --name=fast --level=1 --raid-devices=2 \/dev/);
    });
  });
});
