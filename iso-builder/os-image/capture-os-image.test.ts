import assert from 'node:assert/strict';
import { execFileSync, type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ProblemError } from '../../core/model/problem.ts';
import { captureOsImage } from './capture-os-image.ts';
import { rootPartition } from './disk.ts';
import { skipWhere } from '../../test/skip-where.ts';

const scripts = path.resolve(import.meta.dirname, '../../barclamps/capture/roles/system-capture/files');

/** What an image is started with, as far as making one needs it. */
const boots = [
  'usr/lib/prybar/bios-core.img',
  'usr/lib/prybar/report',
  'usr/lib/grub/i386-pc/boot.img',
  'usr/lib/shim/shimx64.efi.signed',
  'usr/lib/shim/mmx64.efi.signed',
  'usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed',
  'vmlinuz',
  'initrd.img',
];
const status = 'Package: hello\nStatus: install ok installed\nVersion: 2.10\nArchitecture: amd64\nMaintainer: somebody\n';
const kept: Record<string, string> = {
  'etc/debian_version': '12.11\n',
  'var/lib/dpkg/status': status,
  'srv/marker': 'what people put there\n',
  'etc/ssh/sshd_config': 'PermitRootLogin no\n',
  'etc/app/settings': 'no secret\n',
  'usr/share/doc': 'of packages, where nobody looks for the word correct-horse-battery\n',
  'home/ann/.ssh/authorized_keys': 'who may come in as ann\n',
};
const leftOut: Record<string, string> = {
  'etc/machine-id': 'of-this-machine\n',
  'etc/hostname': 'of-this-machine\n',
  'etc/ssh/ssh_host_ed25519_key': 'of-this-machine\n',
  'etc/ssh/ssh_host_ed25519_key.pub': 'of-this-machine\n',
  'etc/prybar/installation': 'INSTALLATION=abc123\nPRYBAR_TOKEN=of-this-machine\n',
  'var/lib/prybar/abc123': 'of-this-machine\n',
  'etc/systemd/network/10-prybar.network': 'of-this-machine\n',
  'etc/systemd/network/50-mine.network': 'of-this-machine\n',
  'etc/fstab': 'UUID=1-2 / ext4 defaults 0 1\n',
  'root/.ssh/authorized_keys': 'of-this-machine\n',
  'root/.bash_history': 'of-this-machine\n',
  'home/ann/.ssh/id_ed25519': 'of-this-machine\n',
  'var/lib/systemd/random-seed': 'of-this-machine\n',
  'var/lib/cloud/instance/id': 'of-this-machine\n',
  'var/log/app/today': 'of-this-machine\n',
  'var/lib/dhcp/leases': 'of-this-machine\n',
  'tmp/something': 'of-this-machine\n',
  'etc/app/password': 'password = correct-horse-battery # of-this-machine\n',
  'etc/app/key.pem': '-----BEGIN PRIVATE KEY-----\nc2VjcmV0c2VjcmV0\n-----END PRIVATE KEY-----\n',
  'opt/own/left': 'of-this-machine\n',
};
const secrets = 'correct-horse-battery\nc2VjcmV0c2VjcmV0\n';

describe('an image of a machine', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-capture-'));
  const at = (name: string) => path.join(folder, name);
  const parts: Buffer[] = [];
  let server: Server;
  let said: SpawnSyncReturns<string>;
  let loop = '';

  before(async function () {
    if (process.getuid?.() !== 0 || spawnSync('losetup', ['--find']).status !== 0) {
      skipWhere(this, 'it needs root and loop devices');
    }
    const root = at('root');
    for (const [name, text] of Object.entries({ ...Object.fromEntries(boots.map((name) => [name, 'x'.repeat(512)])), ...kept, ...leftOut })) {
      mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
      writeFileSync(path.join(root, name), text);
    }
    for (const name of ['etc', 'boot/grub/i386-pc', 'tmp']) mkdirSync(path.join(root, name), { recursive: true });
    chmodSync(path.join(root, 'tmp'), 0o1777);
    // Owner, capability, hard link, hole and a strange name come through as they are.
    execFileSync('sh', ['-c', 'cd "$1"; chown 1234:2345 srv/marker; ln srv/marker srv/again; truncate -s 40M srv/hole; touch "srv/a\nb|c d"', 'sh', root]);
    execFileSync('mke2fs', ['-q', '-t', 'ext4', '-d', root, at('disk'), '96M'], { stdio: 'pipe' });
    execFileSync('debugfs', ['-w', '-R', 'ea_set /srv/marker user.note kept', at('disk')], { stdio: 'pipe' });
    loop = execFileSync('losetup', ['--find', '--show', '--read-only', at('disk')], { encoding: 'utf8' }).trim();

    // The admin node's part.
    server = createServer((request, response) => {
      const body: Buffer[] = [];
      request
        .on('data', (chunk: Buffer) => body.push(chunk))
        .on('end', () => {
          const number = Number(request.url!.split('/').at(-1));
          const right = request.headers.authorization === 'Bearer the-token' && number === parts.length;
          if (right) parts.push(Buffer.concat(body));
          response.writeHead(right ? 204 : 401).end();
        });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  after(() => {
    server?.close();
    if (loop) spawnSync('losetup', ['--detach', loop]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('is read from a disk that stays as it is', async () => {
    const before = execFileSync('sha256sum', [at('disk')], { encoding: 'utf8' });
    mkdirSync(at('bin'));
    // This machine's own disks are nobody's business.
    writeFileSync(at('bin/lsblk'), `#!/bin/sh\necho ${loop} part 0\n`, { mode: 0o755 });
    const { port } = server.address() as AddressInfo;
    const program = `mount -t tmpfs tmpfs /run; export PATH="$3:$PATH"; sh "$1/find-system" abc123 && printf %s "$4" | sh "$1/choose-files" /opt/own && TOKEN=the-token sh "$1/send" "$2"; status=$?; cp /run/prybar-capture/sum "$5"; exit $status`;
    said = await spawnLater('unshare', ['--mount', 'sh', '-c', program, 'sh', scripts, `http://127.0.0.1:${port}`, at('bin'), secrets, at('sum')]);
    assert.equal(said.status, 0, said.stderr + said.stdout);
    assert.match(said.stdout, /^sent in \d+ s$/m);
    assert.equal(execFileSync('sha256sum', [at('disk')], { encoding: 'utf8' }), before);
    writeFileSync(at('archive'), Buffer.concat(parts));
    assert.equal(execFileSync('sha256sum', [at('archive')], { encoding: 'utf8' }).slice(0, 64), readFileSync(at('sum'), 'utf8').trim());
  });

  it('names what was left out', () => {
    assert.match(said.stdout, /^its SSH keys: 2$/m);
    assert.match(said.stdout, /^\/etc\/app\/password, which holds a secret: 1$/m);
    assert.match(said.stdout, /^\/etc\/app\/key.pem, which holds a secret: 1$/m);
    assert.match(said.stdout, /^\/opt\/own: 2$/m);
    assert.doesNotMatch(said.stdout, /correct-horse|c2VjcmV0/);
  });

  it('is an image like those that are built, with all content and no identity', async () => {
    const image = await captureOsImage({
      archive: at('archive'),
      seed: 'ab'.repeat(32),
      name: 'golden',
      origin: 'Captured in a test',
      folder: at('images'),
      most: 2 ** 30,
    });
    assert.deepEqual(
      [image.name, image.version, image.platform, image.rootPartition, image.packages],
      ['golden', '12.11-abababab', 'debian-12', 3, ['hello 2.10']],
    );
    assert.deepEqual(readdirSync(path.dirname(image.file)).sort(), ['disk.raw.zst', 'image.json', 'sbom.spdx.json']);
    assert.deepEqual(readdirSync(at('images')), ['captured-abababababababab'], 'nothing is left beside it');
    execFileSync('zstd', ['-dcq', image.file, '-o', at('clone')]);
    assert.equal(execFileSync('sha256sum', [at('clone')], { encoding: 'utf8' }).slice(0, 64), image.rawDigest);
    assert.equal(
      spawnSync('grep', ['-c', '-a', '-E', 'of-this-machine|c2VjcmV0c2VjcmV0|PRYBAR_TOKEN', at('clone')], { encoding: 'utf8' }).stdout.trim(),
      '0',
      'not one byte of what was left out',
    );

    const found = execFileSync(
      'unshare',
      [
        '--mount',
        'sh',
        '-c',
        'mount -o ro,loop,offset="$2" "$1" /mnt && cd /mnt && find . -type f -printf "%P\\0" && stat -c "%u:%g %h %a" srv/marker && stat -c %a tmp',
        'sh',
        at('clone'),
        String(rootPartition.start),
      ],
      { encoding: 'utf8' },
    );
    const names = new Set(found.split('\0'));
    for (const name of Object.keys(kept)) assert.ok(names.has(name), `${name} is missing`);
    const own = new Set(['etc/machine-id', 'etc/fstab']);
    for (const name of Object.keys(leftOut)) assert.ok(!names.has(name) || own.has(name), `${name} is there`);
    for (const name of ['srv/again', 'srv/a\nb|c d', 'boot/grub/grub.cfg', 'etc/systemd/network/80-wired.network'])
      assert.ok(names.has(name), `${name} is missing`);
    assert.match(found, /1234:2345 2 644\n1777\n$/);
    assert.match(
      execFileSync('debugfs', ['-R', 'ea_get -V /srv/marker user.note', `${at('clone')}?offset=${rootPartition.start}`], { encoding: 'utf8', stdio: 'pipe' }),
      /^kept/,
    );
  });

  it('is refused when it unpacks to more than there was', async () => {
    const options = { archive: at('archive'), seed: 'cd'.repeat(32), name: 'golden', origin: '', folder: at('images') };
    await assert.rejects(captureOsImage({ ...options, most: 20_000 }), ProblemError);
    await assert.rejects(captureOsImage({ ...options, most: 30 * 2 ** 20 }), /disks of the machine hold/);
    assert.deepEqual(readdirSync(at('images')), ['captured-abababababababab']);
  });

  it('reads and writes nothing of this machine, wherever links in it lead', async () => {
    const evil = at('evil');
    cpSync(at('root'), evil, { recursive: true });
    rmSync(path.join(evil, 'usr/lib/shim'), { recursive: true });
    mkdirSync(at('secret'));
    for (const name of ['shimx64.efi.signed', 'mmx64.efi.signed']) writeFileSync(at(`secret/${name}`), 'of the admin node');
    symlinkSync(at('secret'), path.join(evil, 'usr/lib/shim'));
    const capture = () => {
      execFileSync('sh', ['-c', 'tar -C "$1" -c . | zstd -q -f -o "$2"', 'sh', evil, at('evil.tar')]);
      return captureOsImage({ archive: at('evil.tar'), seed: 'ef'.repeat(32), name: 'evil', origin: '', folder: at('images'), most: 2 ** 30 });
    };
    await assert.rejects(capture(), /no file \/usr\/lib\/shim/);
    rmSync(path.join(evil, 'etc'), { recursive: true });
    symlinkSync(at('secret'), path.join(evil, 'etc'));
    await assert.rejects(capture(), /\/etc of the system is no folder/);
    assert.deepEqual(readdirSync(at('secret')).sort(), ['mmx64.efi.signed', 'shimx64.efi.signed']);
  });
});

/** While the server of this process answers. */
async function spawnLater(program: string, argv: string[]): Promise<SpawnSyncReturns<string>> {
  const { spawn } = await import('node:child_process');
  const child = spawn(program, argv);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => (stdout += String(text)));
  child.stderr.on('data', (text: Buffer) => (stderr += String(text)));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { stdout, stderr, status: code } as SpawnSyncReturns<string>;
}
