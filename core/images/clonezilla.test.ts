// What is made of a folder of Clonezilla's, and what is refused. The texts are those that ocs-sr 5.3 wrote of a disk on Debian 12, shortened; that
// such a disk is restored is shown by test/barclamps/clonezilla.test.ts.

import assert from 'node:assert/strict';
import { readSavedDisk, type SavedFile } from './clonezilla.ts';

const table = `label: gpt
label-id: D948D0B2-5D7A-BD43-AC16-A887D0D50204
device: /dev/sda
unit: sectors
first-lba: 2048
last-lba: 1433566
sector-size: 512

/dev/sda1 : start=        2048, size=        2048, type=21686148-6449-6E6F-744E-656564454649, uuid=320C9675-9B81-6B4B-9DEC-2717D381DDDF
/dev/sda2 : start=        4096, size=       81920, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid=D377A8D6-89F1-B64F-9959-5EC23BB46E59, name="EFI, system", attrs="RequiredPartition GUID:63"
/dev/sda3 : start=       86016, size=      131072, type=0657FD6D-A4AB-43C4-84E5-0933C84B4F4F, uuid=00CA4811-340A-634D-83D3-24D61B0DC879
/dev/sda4 : start=      217088, size=     1214464, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=FA4EB2AC-64DD-FE4D-94F4-BE368B374064
`;
const dos = `label: dos
label-id: 0x5e3f1a2b
device: /dev/sda
unit: sectors

/dev/sda1 : start=        2048, size=     1000000, type=83, bootable
/dev/sda2 : start=     1002048, size=      202048, type=5
/dev/sda5 : start=     1004096, size=      200000, type=82
`;
const text = (name: string, content: string): SavedFile => ({ name, bytes: content.length, text: content });
const large = (name: string, bytes = 1000): SavedFile => ({ name, bytes });
const saved: SavedFile[] = [
  text('clonezilla-img', 'the log'),
  text('disk', 'sda\n'),
  text('parts', 'sda1 sda2 sda4\n'),
  text('sda-pt.sf', table),
  large('sda-mbr', 512),
  large('sda1.dd-ptcl-img.zst.aa'),
  large('sda2.vfat-ptcl-img.zst.aa'),
  large('sda4.ext4-ptcl-img.zst.aa'),
  large('sda4.ext4-ptcl-img.zst.ab'),
  text('swappt-sda3.info', 'UUID="96d66246-8603-4be7-85ca-bb47297ec437"\nLABEL="swapper"\n'),
];
const without = (...names: string[]): SavedFile[] => saved.filter(({ name }) => !names.includes(name));
const read = (files: SavedFile[]) => {
  const found = readSavedDisk(files);
  assert.ok(found.ok, JSON.stringify(found));
  return found.value;
};
const reasons = (files: SavedFile[]): string[] => {
  const found = readSavedDisk(files);
  return found.ok ? [] : found.problems.map(({ summary }) => summary);
};

describe('a disk that Clonezilla saved', () => {
  it('becomes a table and pieces', () => {
    const disk = read(saved);
    assert.deepEqual(disk.table.split('\n'), [
      'label: gpt',
      'label-id: D948D0B2-5D7A-BD43-AC16-A887D0D50204',
      'unit: sectors',
      'sector-size: 512',
      '',
      '1 : start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649, uuid=320C9675-9B81-6B4B-9DEC-2717D381DDDF',
      '2 : start=4096, size=81920, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid=D377A8D6-89F1-B64F-9959-5EC23BB46E59, name="EFI, system", attrs="RequiredPartition GUID:63"',
      '3 : start=86016, size=131072, type=0657FD6D-A4AB-43C4-84E5-0933C84B4F4F, uuid=00CA4811-340A-634D-83D3-24D61B0DC879',
      '4 : start=217088, size=1214464, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=FA4EB2AC-64DD-FE4D-94F4-BE368B374064',
      '',
    ]);
    assert.deepEqual(
      disk.pieces.map(({ to, format, compression, files }) => [to, format, compression, files]),
      [
        ['mbr', 'raw', 'none', ['sda-mbr']],
        [1, 'raw', 'zst', ['sda1.dd-ptcl-img.zst.aa']],
        [2, 'partclone', 'zst', ['sda2.vfat-ptcl-img.zst.aa']],
        [4, 'partclone', 'zst', ['sda4.ext4-ptcl-img.zst.aa', 'sda4.ext4-ptcl-img.zst.ab']],
      ],
    );
    assert.deepEqual(disk.swaps, [{ partition: 3, uuid: '96d66246-8603-4be7-85ca-bb47297ec437', label: 'swapper' }]);
    assert.equal(disk.last, 4);
    // Smaller than the disk that it was, which had a megabyte to spare.
    assert.equal(disk.diskBytes, 700 * 2 ** 20);
  });

  it('may have a DOS label, whose last partition grows unless it is a logical one', () => {
    const files = [
      ...without('sda-pt.sf', 'parts', 'swappt-sda3.info'),
      text('sda-pt.sf', dos),
      text('parts', 'sda1'),
      large('sda1.ext4-ptcl-img.gz'),
      large('sda-hidden-data-after-mbr', 2047 * 512),
    ];
    const disk = read(files.filter(({ name }) => name !== 'sda1.dd-ptcl-img.zst.aa'));
    assert.deepEqual(
      [disk.last, disk.pieces.map(({ to, compression }) => [to, compression])],
      [
        undefined,
        [
          ['mbr', 'none'],
          ['gap', 'none'],
          [1, 'gz'],
        ],
      ],
    );
    const alone = files.filter(({ name }) => !['sda-pt.sf', 'sda1.dd-ptcl-img.zst.aa'].includes(name));
    assert.equal(read([...alone, text('sda-pt.sf', dos.split('\n').slice(0, 6).join('\n'))]).last, 1);
  });

  it('takes the number of a partition from nvme0n1p4 too', () => {
    const renamed = saved.map(({ name, bytes, text: content }) => ({
      name: name.replace(/sda(?=\d)/, 'nvme0n1p').replace('sda', 'nvme0n1'),
      bytes,
      ...(content && { text: content.replaceAll(/sda(?=\d)/g, 'nvme0n1p').replaceAll('sda', 'nvme0n1') }),
    }));
    assert.deepEqual(
      read(renamed).pieces.map(({ to }) => to),
      ['mbr', 1, 2, 4],
    );
  });

  it('is refused, with every reason, where it could not be restored', () => {
    assert.deepEqual(reasons([]), ['This is no disk that Clonezilla saved: the file called disk is missing.']);
    assert.deepEqual(reasons([...without('disk'), text('disk', 'sda sdb')]), ['The image holds 2 disks (sda, sdb).']);
    assert.deepEqual(reasons(without('sda-pt.sf')), ['The partition table cannot be read.']);
    assert.deepEqual(reasons([...saved, text('ecryptfs.info', 'x'), text('lvm_vg_dev.list', 'vg0 /dev/sda4 uuid')]), [
      'This image is encrypted with a passphrase.',
      'It holds LVM volume groups, which cannot be restored yet.',
    ]);
    assert.deepEqual(reasons([...without('parts'), text('parts', 'sda1 sda2 sda4 md0')]), [
      'md0 is no partition of sda: mirrors, volumes and encrypted devices cannot be restored yet.',
    ]);
    assert.deepEqual(reasons(without('sda4.ext4-ptcl-img.zst.aa')), [
      'Part aa of sda4.ext4-ptcl-img.zst is missing.',
      'No file system of Linux is in it: nothing would report that it was installed.',
    ]);
    const last = (...names: string[]) =>
      reasons([...without('sda4.ext4-ptcl-img.zst.aa', 'sda4.ext4-ptcl-img.zst.ab'), ...names.map((name) => large(name))])[0];
    assert.equal(last('sda4.ext4-ptcl-img.lrz'), 'sda4.ext4-ptcl-img.lrz is compressed in a way that is not known here; known are gz, bz2, xz, zst, lz4.');
    assert.equal(last('sda4.ntfs-img.aa'), 'sda4.ntfs-img.aa was not saved by partclone.');
    assert.equal(last('sda4.crypto_LUKS-ptcl-img.gz'), 'sda4.crypto_LUKS-ptcl-img.gz was not saved by partclone.');
    assert.equal(last('sda4.luks-ptcl-img.gz'), 'The partition sda4 is encrypted.');
    assert.equal(
      last('sda4.ext4-ptcl-img.gz', 'sda4.xfs-ptcl-img.gz'),
      'The partition sda4 was saved more than once: sda4.ext4-ptcl-img.gz, sda4.xfs-ptcl-img.gz.',
    );
    assert.equal(last(), 'There is no file of the partition sda4.');
  });

  it('says nothing to sfdisk or a shell that was not understood', () => {
    for (const name of ['../../etc/passwd', 'sda4.ext4-ptcl-img.zst.aa\n', '-o', 'a b', '$(reboot)', ''])
      assert.match(reasons([...saved, large(name)])[0] ?? '', /^No file of Clonezilla's is called /);
    const told = (line: string) => readSavedDisk([...without('sda-pt.sf'), text('sda-pt.sf', table.replace(/^\/dev\/sda4.*$/m, line))]);
    for (const line of [
      '/dev/sda4 : start=1, size=$(reboot), type=83',
      '/dev/sdb4 : start=217088, size=1214464, type=83',
      '/dev/sda2 : start=217088, size=1214464, type=83',
    ])
      assert.equal(told(line).ok, false, line);
    const quoted = told('/dev/sda4 : start=217088, size=1214464, type=83, name="a"; reboot, foo="b\\"');
    assert.ok(quoted.ok);
    assert.match(quoted.value.table, /^4 : start=217088, size=1214464, type=83, name="a"$/m);
  });
});
