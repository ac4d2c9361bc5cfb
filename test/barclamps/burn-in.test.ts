// The scripts of the barclamp burn-in for a second each: the processors and memory of this machine, and a file behind a loop device for a disk. What
// only real machines have (EDAC, throttling) is skipped by the scripts themselves, with the reason.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import type { BurnIn } from '../../core/model/measurement.ts';
import { skipWhere } from '../skip-where.ts';

const scripts = path.resolve(import.meta.dirname, '../../barclamps/burn-in/roles/burn-in/files');
const MIB = 1024 * 1024;
const SIZE = 24 * MIB;

describe('burning in', function () {
  this.timeout(120_000);
  let folder: string;
  let device = '';
  const run = (name: string, args: string[], env: Record<string, string> = {}) =>
    spawnSync(path.join(scripts, name), args, { encoding: 'utf8', env: { ...process.env, ...env } });
  const measured = (said: string): string[][] => said.split('\n').flatMap((line) => (line.startsWith('measured\t') ? [line.split('\t').slice(1)] : []));

  before(function () {
    const lacking = ['stress-ng', 'fio', 'jq'].filter((name) => !existsSync(`/usr/bin/${name}`));
    if (lacking.length) {
      return skipWhere(this, `it needs ${lacking.join(' and ')} (apt-get install ${lacking.join(' ')})`);
    }
    folder = mkdtempSync(path.join(tmpdir(), 'prybar-burn-in-'));
    const image = path.join(folder, 'disk');
    writeFileSync(image, '');
    truncateSync(image, SIZE);
    const made = spawnSync('losetup', ['--find', '--show', image], { encoding: 'utf8' });
    if (made.status === 0) device = made.stdout.trim();
  });
  after(() => {
    if (device) spawnSync('losetup', ['--detach', device]);
    if (folder) rmSync(folder, { recursive: true });
  });

  it('measures processors and memory', () => {
    const cpu = run('cpu', ['1', '0']);
    assert.equal(cpu.status, 0, cpu.stderr);
    const [products] = measured(cpu.stdout);
    assert.deepEqual([products![0], products![4]], ['processors', '1/s']);
    assert.ok(Number(products![3]) > 0);
    const memory = run('memory', ['1', '1', '0']);
    assert.equal(memory.status, 0, memory.stderr);
    assert.ok(Number(measured(memory.stdout)[0]![3]) > 0);
  });

  it('reads disks and writes only to those that hold nothing', function () {
    if (!device) {
      return skipWhere(this, 'no loop devices here');
    }
    const name = path.basename(device);
    const before = readFileSync(device);
    const read = run('disks', ['2', '0', '1', '1', '1'], { DISKS: device });
    assert.equal(read.status, 0, read.stderr);
    assert.deepEqual(
      measured(read.stdout).map(([what, measure]) => [what, measure]),
      [
        [name, 'reading'],
        [name, 'random reads'],
      ],
    );
    assert.ok(readFileSync(device).equals(before), 'reading has changed the disk');
    const written = run('disks', ['2', '50', '1', '1', '1'], { DISKS: device });
    assert.equal(written.status, 0, written.stderr);
    assert.equal(measured(written.stdout)[0]![1], 'writing');
    assert.ok(!readFileSync(device).equals(before), 'nothing was written');

    const made = spawnSync('mkfs.ext4', ['-q', '-F', device], { encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
    const kept = readFileSync(device);
    const refused = run('disks', ['2', '50', '1', '1', '1'], { DISKS: device });
    assert.equal(refused.status, 0, refused.stderr);
    assert.match(refused.stdout, new RegExp(`^skipped\twriting to ${name}\tit holds something$`, 'm'));
    assert.ok(readFileSync(device).equals(kept), 'a file system was written over');
  });

  it('names the disk that cannot be read', () => {
    const refused = run('disks', ['1', '0', '1', '1', '1'], { DISKS: '/dev/none' });
    assert.match(refused.stdout, /^skipped\tnone\tthere is no device for it$/m);
    if (!device) return;
    // It says that it is longer than it is.
    truncateSync(path.join(folder, 'disk'), 4096);
    const broken = run('disks', ['2', '0', '1', '1', '1'], { DISKS: device });
    truncateSync(path.join(folder, 'disk'), SIZE);
    assert.equal(broken.status, 1, broken.stdout);
    assert.match(broken.stderr, new RegExp(`^${device} cannot be read or written throughout: replace it\\.$`, 'm'));
  });

  it('fetches from the admin node, and looks at the ports', async () => {
    const served: string[] = [];
    const server = http.createServer((request, response) => {
      served.push(request.url!);
      if (request.url === '/pool/Packages')
        response.end('Filename: ./small.deb\nSize: 10\n\nFilename: ./large.deb\nSize: 2000000\n\nFilename: ./middle.deb\nSize: 500\n');
      else response.end(Buffer.alloc(2_000_000));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const { stdout } = await promisify(execFile)(path.join(scripts, 'network'), ['1', url, '0', '0']);
      const [speed] = measured(stdout);
      assert.deepEqual([speed![1], speed![4]], ['from the admin node', 'MB/s']);
      assert.ok(Number(speed![3]) > 0);
      assert.deepEqual([...new Set(served)], ['/pool/Packages', '/pool/large.deb']);
    } finally {
      server.closeAllConnections();
      server.close();
    }
    assert.match(run('network', ['1', '', '0', '0']).stdout, /^skipped\tfrom the admin node\tit serves no packages$/m);
  });

  it('judges when all was measured, and says all that is wrong', () => {
    const line = (...parts: (string | number)[]): string => ['measured', ...parts].join('\t');
    const captured = {
      captured_cpu: line('processors', 'matrix products', 'processors', 900, '1/s', 1000, ''),
      captured_disks: [line('sda', 'reading', 'disk ssd  Fast  reading', 480.5, 'MB/s', 150, ''), 'skipped\tsdb\tthere is no device for it'].join('\n'),
      captured_network: line('eno1', 'errors', 'port errors', 3, 'errors', '', 0),
    };
    const wrong = run('judge', [], captured);
    assert.equal(wrong.status, 1);
    assert.deepEqual(wrong.stderr.trim().split('\n'), [
      'processors, matrix products: 900 1/s, and at least 1000 are asked for',
      'eno1, errors: 3 errors, and at most 0 are allowed',
    ]);
    const right = run('judge', [], { captured_disks: captured.captured_disks });
    assert.equal(right.status, 0, right.stderr);
    const results = JSON.parse(right.stdout) as BurnIn;
    assert.deepEqual(results, {
      measured: [{ what: 'sda', measure: 'reading', group: 'disk ssd Fast reading', value: 480.5, unit: 'MB/s', least: 150 }],
      skipped: [{ what: 'sdb', reason: 'there is no device for it' }],
    });
  });
});
