// The operating system image on disks larger than itself: seeded as an installer does it, started by BIOS and by UEFI with Secure Boot, until
// each has reported to a server, sends heartbeats, and lets the admin's key in. Emulated machines that reach nothing but that server.

import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, createReadStream, createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import { accelerationArguments, detectAcceleration } from '../../core/lab/acceleration.ts';
import { missingParts } from '../../core/lab/program.ts';
import { rootPartition } from '../../iso-builder/os-image/disk.ts';
import { buildOsImage, type OsImage } from '../../iso-builder/os-image/build-os-image.ts';
import { until } from '../admin.ts';
import { skipWhere } from '../skip-where.ts';

const CACHE = process.env.PRYBAR_CACHE ?? '/var/cache/prybar';
const DISK_MIB = 3072;
const REPORT_MS = 12 * 60_000;
const SECURE_CODE = '/usr/share/OVMF/OVMF_CODE_4M.secboot.fd';
const SECURE_VARIABLES = '/usr/share/OVMF/OVMF_VARS_4M.ms.fd';

type Told = { at: number; route: string; token: string; body: Record<string, unknown> };
type Machine = { name: string; firmware: 'bios' | 'uefi'; folder: string; sshPort: number; hostKey: string; qemu?: ChildProcess };

describe('the operating system image', function () {
  this.timeout(20 * 60_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-os-image-'));
  const told: Told[] = [];
  const machines: Machine[] = [];
  let image: OsImage;
  let server: Server;
  let started: number;

  before(async function () {
    const missing = process.getuid?.() === 0 ? await missingParts(['/usr/share/OVMF/OVMF_CODE_4M.fd']) : [{ summary: 'it needs root' }];
    if (missing.length) {
      skipWhere(this, missing.map((p) => p.summary).join(' '));
    }
    image = await buildOsImage({ cacheDir: CACHE });
    server = createServer((request, response) => {
      void answer(request).then(([status, body]) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  after(() => {
    for (const { qemu } of machines) qemu?.kill('SIGKILL');
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The admin node's part: refuses the first report, as if it were just starting. */
  async function answer(request: IncomingMessage): Promise<[number, unknown]> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const token = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')![1]!;
    const first = !told.some((t) => t.token === token);
    told.push({ at: Date.now(), route: request.url!, token, body: JSON.parse(text) as Record<string, unknown> });
    if (request.url === '/boot/installed') return first ? [503, {}] : [200, { node: `node of ${token}`, heartbeat: `heartbeat of ${token}`, interval: 1 }];
    return [200, { hostname: null, interval: 1 }];
  }

  it('is what its digests say', async () => {
    assert.equal(await sha256(image.file), image.digest);
    const raw = path.join(folder, 'bios.raw');
    const hash = createHash('sha256');
    await pipeline(
      createReadStream(image.file),
      createZstdDecompress(),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(raw),
    );
    assert.equal(hash.digest('hex'), image.rawDigest);
    // Holes where there is nothing: two copies of it must not need the room twice.
    execFileSync('cp', ['--sparse=always', raw, path.join(folder, 'uefi.raw')]);
    const { packages } = JSON.parse(readFileSync(image.sbom, 'utf8')) as { packages: { name: string; versionInfo: string }[] };
    assert.equal(packages.length, image.builtFrom.packages.length + 1);
    assert.ok(packages.some(({ name }) => name === 'openssh-server'));
  });

  it('has its root last, and nothing in it that two machines must not share', () => {
    const raw = path.join(folder, 'bios.raw');
    const partitions = partitionsOf(raw);
    assert.deepEqual(
      partitions.map(({ name }) => name),
      ['bios', 'esp', 'root'],
    );
    assert.equal(partitions.at(image.rootPartition - 1)!.start * 512, rootPartition.start);
    assert.equal(inRoot(raw, 'cat /etc/machine-id'), '');
    assert.doesNotMatch(inRoot(raw, 'ls /etc/ssh'), /ssh_host_/);
    assert.doesNotMatch(inRoot(raw, 'cat /etc/shadow'), /:\$/, 'nobody has a password');
    assert.doesNotMatch(inRoot(raw, 'ls /root/.ssh'), /authorized_keys/);
  });

  it('starts from a grown disk by BIOS and by UEFI with Secure Boot, and reports what it is', async () => {
    const acceleration = await detectAcceleration(path.join(folder, 'acceleration'));
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'admin', '-f', path.join(folder, 'admin')]);
    for (const firmware of ['bios', 'uefi'] as const) machines.push(await prepare(firmware));
    started = Date.now();
    for (const machine of machines) machine.qemu = start(machine, acceleration);
    await until(
      () => machines.every(({ firmware }) => accepted(firmware)),
      REPORT_MS,
      () => machines.map((machine) => `${machine.name}: ${console_(machine).slice(-800)}`).join('\n'),
      200,
    );
    for (const { firmware, name, hostKey } of machines) {
      const { at, body } = accepted(firmware)!;
      console.log(`      ${firmware}: reported after ${Math.round((at - started) / 1000)} s; ${JSON.stringify(body.timings)} ms`);
      assert.equal(body.installation, `installation-${firmware}`);
      assert.equal(body.hostname, name);
      assert.equal(body.firmware, firmware);
      assert.equal(body.hostKey, hostKey);
      assert.match(String(body.bootId), /^[0-9a-f-]{36}$/);
      assert.match(String(body.kernel), /^6\.1\./);
      const { kernel, report } = body.timings as Record<string, number>;
      assert.ok(0 < kernel! && kernel! < report! && report! < REPORT_MS, JSON.stringify(body.timings));
    }
    const [bios, uefi] = machines.map(({ firmware }) => accepted(firmware)!.body);
    assert.notEqual(bios!.machineId, uefi!.machineId);
  });

  it('goes on to send heartbeats with the key it was given', async () => {
    const beats = (firmware: string) => told.filter((t) => t.route === '/boot/heartbeat' && t.token === `heartbeat of token-${firmware}`);
    await until(
      () => machines.every(({ firmware }) => beats(firmware).length >= 2),
      60_000,
      () => JSON.stringify(told.slice(-5)),
      200,
    );
    for (const { firmware } of machines) assert.equal(beats(firmware)[0]!.body.bootId, accepted(firmware)!.body.bootId);
  });

  it('shows a login prompt on the serial line, and lets in the key that was seeded, and grows while it runs', async () => {
    for (const machine of machines) {
      await until(
        () => console_(machine).includes(`${machine.name} login:`),
        60_000,
        () => console_(machine).slice(-800),
        200,
      );
      const known = path.join(machine.folder, 'known_hosts');
      writeFileSync(known, `[127.0.0.1]:${machine.sshPort} ${machine.hostKey}\n`);
      const options = ['-o', `UserKnownHostsFile=${known}`, '-o', 'StrictHostKeyChecking=yes', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=60'];
      const words = ['-F', 'none', '-i', path.join(folder, 'admin'), ...options, '-p', `${machine.sshPort}`, 'root@127.0.0.1'];
      const ask = (command: string): string => execFileSync('ssh', [...words, command], { encoding: 'utf8' }).trim();
      assert.equal(ask('mokutil --sb-state 2>/dev/null | head -n 1'), machine.firmware === 'uefi' ? 'SecureBoot enabled' : '');
      const size = Number(ask('resize2fs /dev/vda3 >/dev/null 2>&1; df -m --output=size / | tail -n 1'));
      assert.ok(size > DISK_MIB * 0.9 - 100, `the root has ${size} MiB of ${DISK_MIB}`);
      assert.equal(ask('systemctl --failed --plain --no-legend'), '');
    }
  });

  const accepted = (firmware: string): Told | undefined => told.filter((t) => t.route === '/boot/installed' && t.token === `token-${firmware}`)[1];
  const console_ = ({ folder: own }: Machine): string => {
    const file = path.join(own, 'console.log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };

  /** Seeds a disk of its own, and grows the partition, as an installer does. */
  async function prepare(firmware: 'bios' | 'uefi'): Promise<Machine> {
    const name = `seeded-${firmware}`;
    const own = path.join(folder, firmware);
    mkdirSync(own);
    const raw = path.join(folder, `${firmware}.raw`);
    execFileSync('truncate', ['--size', `${DISK_MIB}M`, raw]);
    execFileSync('sfdisk', ['--quiet', '--relocate', 'gpt-bak-std', raw], { stdio: 'pipe' });
    execFileSync('sfdisk', ['--quiet', '-N', `${image.rootPartition}`, raw], { input: ', +\n', stdio: 'pipe' });

    const hostKey = path.join(own, 'host-key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', hostKey]);
    const url = `http://10.0.2.100`;
    const seeds: Record<string, [mode: number, text: string]> = {
      '/etc/hostname': [0o644, `${name}\n`],
      '/etc/prybar/installation': [0o600, `PRYBAR_URL=${url}\nPRYBAR_TOKEN=token-${firmware}\nINSTALLATION=installation-${firmware}\n`],
      '/root/.ssh/authorized_keys': [0o600, readFileSync(path.join(folder, 'admin.pub'), 'utf8')],
      '/etc/ssh/ssh_host_ed25519_key': [0o600, readFileSync(hostKey, 'utf8')],
      '/etc/ssh/ssh_host_ed25519_key.pub': [0o644, readFileSync(`${hostKey}.pub`, 'utf8')],
      // An emulated clock on a busy host can miss the kernel's self-test of its timer.
      '/boot/grub/parameters.cfg': [0o644, 'parameters="console=tty0 console=ttyS0,115200 quiet no_timer_check"\n'],
    };
    const orders = Object.entries(seeds).map(([target, [mode, text]], index) => {
      const source = path.join(own, `seed-${index}`);
      writeFileSync(source, text, { mode });
      return `rm ${target}\nwrite ${source} ${target}\nset_inode_field ${target} mode 0100${mode.toString(8)}\n`;
    });
    const script = path.join(own, 'orders');
    writeFileSync(script, orders.join(''));
    execFileSync('debugfs', ['-w', '-f', script, `${raw}?offset=${rootPartition.start}`], { stdio: 'pipe' });
    const publicKey = readFileSync(`${hostKey}.pub`, 'utf8').split(' ').slice(0, 2).join(' ').trim();
    return { name, firmware, folder: own, sshPort: await freePort(), hostKey: publicKey };
  }

  function start({ firmware, folder: own, sshPort }: Machine, acceleration: 'kvm' | 'tcg'): ChildProcess {
    const variables = path.join(own, 'variables.fd');
    copyFileSync(SECURE_VARIABLES, variables);
    const uefi = [
      ...['-global', 'driver=cfi.pflash01,property=secure,value=on'],
      ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${SECURE_CODE}`, '-drive', `if=pflash,unit=1,format=raw,file=${variables}`],
    ];
    const { port } = server.address() as AddressInfo;
    const network = `user,id=net,restrict=on,guestfwd=tcp:10.0.2.100:80-cmd:busybox nc 127.0.0.1 ${port},hostfwd=tcp:127.0.0.1:${sshPort}-:22`;
    const argv = [
      ...['qemu-system-x86_64', '-machine', 'q35,smm=on', ...accelerationArguments[acceleration], '-smp', '2', '-m', '1024'],
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-device', 'virtio-rng-pci'],
      ...(firmware === 'uefi' ? uefi : []),
      ...['-drive', `if=none,id=disk,format=raw,discard=unmap,file=${path.join(folder, `${firmware}.raw`)}`, '-device', 'virtio-blk-pci,drive=disk'],
      ...['-netdev', network, '-device', 'virtio-net-pci,netdev=net'],
      ...['-serial', `file:${path.join(own, 'console.log')}`],
    ];
    return spawn('setpriv', ['--pdeathsig', 'KILL', ...argv], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
});

const inRoot = (raw: string, request: string): string =>
  execFileSync('debugfs', ['-R', request, `${raw}?offset=${rootPartition.start}`], { encoding: 'utf8', stdio: 'pipe' });

/** In sectors of 512 bytes. */
function partitionsOf(raw: string): { name: string; start: number; size: number }[] {
  const text = execFileSync('sfdisk', ['--json', raw], { encoding: 'utf8' });
  return (JSON.parse(text) as { partitiontable: { partitions: { name: string; start: number; size: number }[] } }).partitiontable.partitions;
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createTcpServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
