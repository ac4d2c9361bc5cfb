// For tests: a throwaway machine in a second. An overlay over this machine's own root file system with systemd as its first process,
// in namespaces of its own, the network's too: what recipes do in it is real, and gone with it. Only the kernel is shared.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RecipeItem } from '../model/recipe.ts';
import type { Templates } from './fill-in.ts';
import { openWorkshop, type Ran, runProgram, shellcheck, type Surroundings } from './workshop.ts';

export type Machine = {
  /** Command line that runs a program in it: `[...shell, '-c', program]`. */
  shell: string[];
  /** Runs sh code in it and gives what it writes; throws when it fails. */
  sh(code: string): string;
  stop(): Promise<void>;
};

const setUp = `
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$0"
mkdir "$0/upper" "$0/work" "$0/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$0/upper,workdir=$0/work" "$0/root"
cd "$0/root"
ip link set lo up
mount -t proc proc proc
# read-only, as in containers: systemd then does without udev
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
for folder in run tmp dev; do mount -t tmpfs tmpfs "$folder"; done
for device in null zero full random urandom tty loop-control; do [ ! -e "/dev/$device" ] || { : >"dev/$device"; mount --bind "/dev/$device" "dev/$device"; }; done
mkdir dev/shm dev/pts
ln -s /proc/self/fd dev/fd
: >etc/machine-id
rm -rf run/systemd var/lib/prybar run/prybar
mkdir .old
pivot_root . .old
umount -l /.old
exec env -i container=docker PATH=/usr/sbin:/usr/bin /lib/systemd/systemd --unit=basic.target --show-status=false --log-level=err --log-target=null
`;

/** Why there can be none here; tests are then skipped. */
export function machineMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'a throwaway machine needs root';
  const tried = spawnSync(
    'unshare',
    ['-m', '-n', '-p', '-f', '-C', 'sh', '-c', 'mount --make-rprivate / && mount -t cgroup2 cgroup2 /mnt && test -x /lib/systemd/systemd'],
    { encoding: 'utf8' },
  );
  return tried.status === 0 ? undefined : `a throwaway machine needs namespaces, cgroup2 and systemd: ${tried.stderr}`;
}

export async function startMachine(): Promise<Machine> {
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-machine-'));
  const child = spawn('unshare', ['-m', '-n', '-p', '-f', '-C', '-u', '-i', '--kill-child', 'sh', '-c', setUp, folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const pid = await firstProcess(child, () => said);
  const shell = ['nsenter', '-t', String(pid), '-m', '-n', '-p', '-u', '-i', '-C', '--', '/bin/sh'];
  const sh = (code: string): string => {
    const ran = spawnSync(shell[0]!, [...shell.slice(1), '-c', code], { encoding: 'utf8', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
    if (ran.status !== 0) throw new Error(`${code}\nexit status ${ran.status}\n${ran.stdout}${ran.stderr}`);
    return ran.stdout;
  };
  sh('for n in $(seq 100); do case $(systemctl is-system-running) in running|degraded) exit 0 ;; esac; sleep 0.1; done; exit 1');
  return {
    shell,
    sh,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => {
          rmSync(folder, { recursive: true, force: true });
          resolve();
        });
        child.kill('SIGKILL');
      }),
  };
}

// The one child of unshare, once it has become systemd.
async function firstProcess(child: ChildProcess, said: () => string): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`the machine did not start: ${said()}`);
    const found = spawnSync('ps', ['-o', 'pid=,comm=', '--ppid', String(child.pid)], { encoding: 'utf8' })
      .stdout.trim()
      .split(/\s+/);
    if (found[1] === 'systemd' && readFileSync(`/proc/${found[0]}/mounts`, 'utf8').startsWith('overlay / ')) return Number(found[0]);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the machine did not start in 10 s: ${said()}`);
}

/** A package repository inside the machine, of packages made on the spot: no network. Each is a name, a version and sh code that fills ./root. */
export function makeRepository(
  machine: Machine,
  folder: string,
  packages: { name: string; version: string; fill?: string; postinst?: string; depends?: string }[],
): void {
  machine.sh(
    `rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*; mkdir -p ${folder} /etc/apt/sources.list.d; echo 'deb [trusted=yes] file:${folder} ./' >/etc/apt/sources.list.d/test.list`,
  );
  for (const { name, version, fill, postinst, depends } of packages) {
    machine.sh(`
set -e
rm -rf /tmp/build; mkdir -p /tmp/build/root/DEBIAN; cd /tmp/build
printf '%s\\n' 'Package: ${name}' 'Version: ${version}' 'Architecture: all' 'Maintainer: test <test@example.org>' ${depends ? `'Depends: ${depends}'` : ''} 'Description: for tests' >root/DEBIAN/control
${postinst ? `printf '#!/bin/sh\\nset -e\\n%s\\n' '${postinst}' >root/DEBIAN/postinst; chmod 755 root/DEBIAN/postinst` : ''}
cd root; ${fill ?? ':'}; cd ..
dpkg-deb --root-owner-group -b root ${folder}/${name}_${version}_all.deb >/dev/null`);
  }
  machine.sh(`
set -e
cd ${folder}; : >Packages
for deb in *.deb; do
  dpkg-deb -f "$deb"; printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' "$deb" "$(stat -c %s "$deb")" "$(sha256sum <"$deb" | cut -d ' ' -f 1)"
done >Packages`);
}

/**
 * Installs packages of the distribution in the machine, which has no network: fetched outside and kept for the next time.
 * Says why it cannot, where there are none.
 */
export function bringPackages(machine: Machine, names: string[]): string | undefined {
  const cache = '/var/tmp/prybar-test-packages';
  mkdirSync(path.join(cache, 'archives/partial'), { recursive: true });
  const options = ['-y', '-q', '--no-install-recommends', '-o', `Dir::Cache=${cache}`, '-o', 'Debug::NoLocking=1'];
  const fetched = spawnSync('apt-get', [...options, '--download-only', 'install', ...names], { encoding: 'utf8', timeout: 120_000 });
  if (fetched.status !== 0) return `${names.join(', ')} cannot be had here: ${fetched.stderr.trim().split('\n').at(-1)}`;
  machine.sh(`DEBIAN_FRONTEND=noninteractive apt-get ${options.join(' ')} --no-download install ${names.join(' ')} >/dev/null 2>&1`);
  return undefined;
}

/** A workshop whose recipes run in a machine. */
export async function openMachineWorkshop(templates: Templates) {
  const machine = await startMachine();
  const work = openWorkshop(templates);
  const apply = (items: RecipeItem[], around: Surroundings = {}): Promise<Ran> => runProgram(work.program(items, 'apply', around), machine.shell);
  const check = (items: RecipeItem[], around: Surroundings = {}): Promise<Ran> => runProgram(work.program(items, 'check', around), machine.shell);
  const stateOf = (watched: string): string =>
    machine.sh(
      `find ${watched} -printf '%p %m %u %g %s %T@\\n' 2>/dev/null | sort | sha256sum; sha256sum /var/lib/dpkg/status; systemctl list-units --type=service,timer,swap --state=active --no-legend --plain | cut -d ' ' -f 1 | grep -v '^user' | sort; grep -v /run/user /proc/self/mounts; awk '{ print $1, $3 }' /proc/swaps; ip -o address; cat /proc/sys/net/ipv4/ip_forward; nft list ruleset`,
    );

  return {
    machine,
    work,
    sh: machine.sh,
    apply,
    check,
    /** Why applying these fails. */
    async why(items: RecipeItem[], around: Surroundings = {}): Promise<string> {
      const { outcome } = await apply(items, around);
      return outcome.kind === 'failed' ? outcome.problem.summary : outcome.kind;
    },
    /** Checks, applies, checks and applies these, with what each must say; gives the first application. */
    async converges(items: RecipeItem[], around: Surroundings = {}, watched = '/etc /srv /opt /home'): Promise<Ran> {
      const remarks = shellcheck(work.program(items, 'apply', around).program);
      const before = stateOf(watched);
      const foreseen = await check(items, around);
      assert.ok(foreseen.outcome.kind === 'done' && foreseen.outcome.changed > 0, `a check foresees no change:\n${foreseen.raw}`);
      assert.equal(stateOf(watched), before, 'check mode changed something');
      const first = await apply(items, around);
      assert.equal(first.outcome.kind, 'done', first.raw);
      const again = await check(items, around);
      assert.ok(again.outcome.kind === 'done' && again.outcome.changed === 0, `after the first run a check still finds changes:\n${again.raw}`);
      const second = await apply(items, around);
      assert.ok(second.outcome.kind === 'done' && second.outcome.changed === 0, `the second run changed something:\n${second.raw}`);
      assert.equal(await remarks, '');
      return first;
    },
    async close(): Promise<void> {
      work.close();
      await machine.stop();
    },
  };
}

export type MachineWorkshop = Awaited<ReturnType<typeof openMachineWorkshop>>;
