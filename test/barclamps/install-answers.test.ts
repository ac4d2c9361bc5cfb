// The answers that os-install gives to installers of distributions, held against the tools of their own formats; and how they get into the
// initrd. What the templates come to is golden text in the barclamp's cases.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { skipWhere } from '../skip-where.ts';

const barclamp = path.resolve(import.meta.dirname, '../../barclamps/os-install');
const goldenOf = (name: string, file: string): string => path.join(barclamp, 'test', name, 'expected/os-install', file);
const preseed = goldenOf('debian-installer', 'preseed.cfg');
const kickstart = goldenOf('kickstart', 'ks.cfg');
const autoinstall = goldenOf('autoinstall', 'autoinstall.yaml');
const KSVALIDATOR = path.join(process.env.PRYBAR_CACHE ?? '/var/cache/prybar', 'pykickstart/bin/ksvalidator');

type Verdict = { ok: boolean; said: string };
const run = (argv: string[]): Verdict => {
  const { status, stdout, stderr, error } = spawnSync(argv[0]!, argv.slice(1), { encoding: 'utf8' });
  return { ok: status === 0, said: error ? error.message : stdout + stderr };
};

describe('answers to installers', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-answers-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The tool takes the file, and refuses it once one word is another. */
  function accepts(check: (file: string) => Verdict, file: string, [word, wrong]: [string, string]): void {
    const good = check(file);
    assert.ok(good.ok, good.said);
    const spoilt = path.join(folder, 'spoilt');
    const text = readFileSync(file, 'utf8');
    assert.ok(text.includes(word));
    writeFileSync(spoilt, text.replace(word, wrong));
    assert.ok(!check(spoilt).ok, `${wrong} was taken`);
  }

  it('of Debian are what debconf reads', function () {
    if (!existsSync('/usr/bin/debconf-set-selections')) return skipWhere(this, 'this is no Debian');
    accepts((file) => run(['debconf-set-selections', '--checkonly', file]), preseed, ['d-i time/zone string Europe/Berlin', 'd-i time/zone']);
    // Of two answers to one question the last counts, and people read the first.
    const asked = readFileSync(preseed, 'utf8')
      .split('\n')
      .flatMap((line) => /^\S+ (\S+\/\S+) /.exec(line)?.[1] ?? []);
    assert.deepEqual([...new Set(asked)], asked);
  });

  for (const version of ['RHEL8', 'RHEL9', 'RHEL10', 'F41'])
    it(`of ${version} are what pykickstart reads`, function () {
      skipWhere(this, withoutKsvalidator());
      accepts((file) => run([KSVALIDATOR, '--version', version, file]), kickstart, ['zerombr\n', 'zerombrr\n']);
    });

  it('of Ubuntu are what cloud-init reads', function () {
    // Installed only for this, it would take the next start of this machine for its own first one.
    if (!existsSync('/usr/bin/cloud-init')) return skipWhere(this, 'cloud-init is not installed here');
    accepts((file) => run(['cloud-init', 'schema', '--config-file', file]), autoinstall, ['version: 1', 'version: one']);
  });

  /** What `pack` makes of a golden file and a small tree, unpacked again as a kernel does. */
  function packed(answers: string, name: string): string {
    const work = mkdtempSync(path.join(folder, 'work-'));
    mkdirSync(path.join(work, 'initrd'));
    mkdirSync(path.join(work, 'root/etc/prybar'), { recursive: true });
    cpSync(answers, path.join(work, 'initrd', name));
    writeFileSync(path.join(work, 'root/etc/prybar/installation'), 'PRYBAR_TOKEN=secret\n', { mode: 0o600 });
    execFileSync('sh', [path.join(barclamp, 'roles/os-install/files/pack')], {
      env: { ...process.env, WORK: work, ADMIN: '127.0.0.1', captured_disk: '/dev/disk/by-id/virtio-A' },
    });
    const out = path.join(work, 'unpacked');
    mkdirSync(out);
    execFileSync('sh', ['-c', 'cd "$1" && gzip -dc ../answers | cpio --quiet -id', 'sh', out]);
    return out;
  }

  it('get into the initrd with the tree beside them', function () {
    if (process.getuid?.() !== 0) return skipWhere(this, 'it needs root');
    const out = packed(preseed, 'preseed.cfg');
    const text = readFileSync(path.join(out, 'preseed.cfg'), 'utf8');
    assert.match(text, /^d-i partman\/early_command string disk=\$\(readlink -f \/dev\/disk\/by-id\/virtio-A\) /m);
    assert.doesNotMatch(text, /@/);
    const installation = path.join(out, 'prybar/root/etc/prybar/installation');
    assert.equal(statSync(installation).mode & 0o777, 0o600);
    assert.equal(readFileSync(installation, 'utf8'), 'PRYBAR_TOKEN=secret\n');
  });

  it('carry the tree in themselves where nothing of the initrd stays', function () {
    if (process.getuid?.() !== 0) return skipWhere(this, 'it needs root');
    const ks = path.join(packed(kickstart, 'ks.cfg'), 'ks.cfg');
    const text = readFileSync(ks, 'utf8');
    assert.match(text, /--device=00:00:00:00:00:00 /);
    assert.doesNotMatch(text, /@(tree|disk|admin-mac)@/);
    // The part that runs in the new system, there.
    const target = path.join(folder, 'target');
    mkdirSync(target);
    const script = /^%post.*\n([^]*?)^sh \/usr/m.exec(text)![1]!.replace('tar -C / ', `tar -C ${target} `);
    execFileSync('sh', ['-c', script]);
    assert.equal(statSync(path.join(target, 'etc/prybar/installation')).mode & 0o777, 0o600);
    if (!withoutKsvalidator()) assert.ok(run([KSVALIDATOR, '--version', 'RHEL9', ks]).ok);
  });
});

let lacking: string | undefined;
/** Why there is no ksvalidator; it is fetched once, into the cache. */
function withoutKsvalidator(): string | undefined {
  if (existsSync(KSVALIDATOR)) return undefined;
  const home = path.dirname(path.dirname(KSVALIDATOR));
  lacking ??= ((): string => {
    const made = run(['python3', '-m', 'venv', home]);
    if (!made.ok) return `ksvalidator cannot be installed: ${made.said.trim().split('\n').at(-1)}`;
    const fetched = run([path.join(home, 'bin/pip'), 'install', '--quiet', 'pykickstart==3.78']);
    return fetched.ok ? '' : `pykickstart cannot be fetched: ${fetched.said.trim().split('\n').at(-1)}`;
  })();
  return lacking || undefined;
}
