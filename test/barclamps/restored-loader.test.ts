// What firmware starts of a restored disk, when its own entry stayed behind in the machine that the disk was saved of: a loader under the name
// that any firmware looks for (UEFI specification 2.10, 3.5.1.1). By the program that os-install ships, on real EFI system partitions.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { otherLinuxLacks, runOtherLinux } from '../other-linux.ts';
import { skipWhere } from '../skip-where.ts';

const repository = path.resolve(import.meta.dirname, '../..');
const ESP = { start: 1, mebibytes: 40 };

describe('a restored disk whose firmware entry is another machine’s', function () {
  this.timeout(180_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-loader-'));
  const at = (name: string): string => path.join(folder, name);
  const run = (program: string, args: string[], input = ''): string =>
    execFileSync(program, args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });

  before(function () {
    skipWhere(this, otherLinuxLacks('mcopy', 'mkfs.vfat'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** A disk with an EFI system partition that holds these files, each with its own path in it. */
  const disk = (name: string, files: readonly string[]): string => {
    writeFileSync(at(name), '');
    truncateSync(at(name), (ESP.start + ESP.mebibytes + 10) << 20);
    run('sfdisk', ['--quiet', at(name)], `label: gpt\nstart=${ESP.start}MiB, size=${ESP.mebibytes}MiB, type=U\n`);
    run('mkfs.vfat', ['-F', '32', '-s', '1', '--offset', `${ESP.start * 2048}`, at(name), `${ESP.mebibytes * 1024}`]);
    const part = `${at(name)}@@${ESP.start}M`;
    const folders = new Set(
      files.flatMap((file) =>
        file
          .split('/')
          .slice(0, -1)
          .map((_, index, all) => all.slice(0, index + 1).join('/')),
      ),
    );
    for (const one of [...folders].sort()) run('mmd', ['-i', part, `::${one}`]);
    for (const file of files) run('mcopy', ['-i', part, '-', `::${file}`], file);
    return at(name);
  };
  const loaders = (file: string): Record<string, string> => {
    const part = `${file}@@${ESP.start}M`;
    const names = run('mdir', ['-b', '-/', '-i', part, '::'])
      .split('\n')
      .filter((line) => /boot\//i.test(line) && !line.endsWith('/'));
    return Object.fromEntries(names.map((name) => [name.replace('::/', '').toLowerCase(), run('mtype', ['-i', part, name])]));
  };

  it('has a loader under the name that any firmware looks for, unless there is one', async () => {
    const debian = ['shimx64.efi', 'grubx64.efi', 'mmx64.efi', 'fbx64.efi', 'BOOTX64.CSV', 'grub.cfg'].map((name) => `EFI/debian/${name}`);
    const disks = [
      disk('signed', debian),
      disk('unsigned', ['EFI/other/grubx64.efi']),
      disk('complete', [...debian, 'EFI/BOOT/BOOTX64.EFI']),
      disk('windows', ['EFI/Microsoft/Boot/bootmgfw.efi']),
    ];
    const program = path.join(repository, 'barclamps/os-install/roles/os-install/files/finish-restored');
    const { status, said } = await runOtherLinux({
      folder,
      disks,
      script: [
        'set -eu',
        'for disk in ubda ubdb ubdc ubdd; do',
        // The system that it finishes beside.
        'mkdir -p /run/prybar-install/root && mount -t tmpfs root /run/prybar-install/root && mkdir -p /run/prybar-install/root/etc/ssh',
        `cp -R ${repository}/iso-builder/os-image/files/usr ${repository}/iso-builder/os-image/files/etc /run/prybar-install/root/`,
        `echo "$disk:"; captured_disk=/dev/$disk sh ${program}`,
        'done',
      ].join('\n'),
    });
    assert.equal(status, 0, said);
    assert.deepEqual(
      said.split('\n').filter((line) => /^ubd|firmware/.test(line)),
      ['ubda:', 'firmware starts debian by itself', 'ubdb:', 'firmware starts other by itself', 'ubdc:', 'ubdd:'],
    );
    assert.deepEqual(loaders(disks[0]!), {
      'efi/boot/bootx64.efi': 'EFI/debian/shimx64.efi',
      'efi/boot/grubx64.efi': 'EFI/debian/grubx64.efi',
      'efi/boot/mmx64.efi': 'EFI/debian/mmx64.efi',
    });
    assert.deepEqual(loaders(disks[1]!), { 'efi/boot/bootx64.efi': 'EFI/other/grubx64.efi' });
    assert.deepEqual(loaders(disks[2]!), { 'efi/boot/bootx64.efi': 'EFI/BOOT/BOOTX64.EFI' });
    assert.deepEqual(loaders(disks[3]!), { 'efi/microsoft/boot/bootmgfw.efi': 'EFI/Microsoft/Boot/bootmgfw.efi' });
  });
});
