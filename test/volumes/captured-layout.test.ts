// A system on an encrypted volume group over a mirror that has lost a disk: captured, made an image of files, and built anew on other disks with a
// passphrase and identifiers of their own. By the programs that both barclamps ship, on real mirrors, LUKS, LVM, ext4 and xfs. The system itself is
// busybox; what Debian's programs make of it is shown by `npm run soak -- rootfs`.
// A minute and a half of work: `npm run soak -- volumes`.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readCapturedLayout } from '../../core/images/captured-layout.ts';
import type { CapturedLayout } from '../../core/model/image.ts';
import { captureOsImage, type CapturedImage } from '../../iso-builder/os-image/capture-os-image.ts';
import { otherLinuxLacks, runOtherLinux } from '../other-linux.ts';
import { skipWhere } from '../skip-where.ts';

const repository = path.resolve(import.meta.dirname, '../..');
const [install, capture] = ['os-install/roles/os-install', 'capture/roles/system-capture'].map((role) => path.join(repository, 'barclamps', role, 'files'));
const MIB = 2 ** 20;

const layout = [
  {
    disks: { count: 2 },
    volumes: [
      { mount: '/boot', size: '320MiB' },
      {
        group: 'system',
        encrypted: true,
        volumes: [
          { mount: '/', size: '360MiB' },
          { mount: '/srv', size: '400MiB', format: 'xfs', options: 'noatime' },
          { swap: true, size: '64MiB' },
        ],
      },
    ],
  },
];

/** Programs of the system that are called while it is made to start; they write down how. */
const called = ['apt-get', 'update-initramfs', 'update-grub', 'grub-install'];

/** sh functions for both machines. */
const common = `set -eu
install=${install} capture=${capture} root=/run/prybar-install/root
cp -r ${repository}/iso-builder/discovery-image/files/usr/lib/prybar /usr/lib/
# fit WISH: $captured_plan for the disks of this machine.
fit() {
  captured_inventory=$(LLDP_WAIT=0 sh /usr/lib/prybar/collect | jq -c '{disks, diskIds: []}')
  export captured_inventory
  captured_plan=$(printf %s "$1" | jq -c -f "$install/layout.jq")
  export captured_plan
}
# look PASSPHRASE: what is installed, as it is captured.
look() {
  PASSPHRASE=$1 sh "$capture/disks" open
  sh "$capture/find-system" abc123
  captured_devices=$(sh "$capture/look-at-disks")
  export captured_devices
  jq -n -cf "$capture/read-layout.jq" >layout
}
`;

describe('a captured layout', function () {
  this.timeout(20 * 60_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-layout-'));
  const at = (name: string): string => path.join(folder, name);
  let system: string;
  let image: CapturedImage;
  let captured: CapturedLayout;

  before(function () {
    skipWhere(this, otherLinuxLacks('mdadm', 'lvm', 'cryptsetup', 'mkfs.xfs', 'mkfs.vfat', 'busybox', 'sgdisk', 'zstd', 'bash'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const disk = (name: string, mebibytes: number): string => {
    writeFileSync(at(name), '');
    truncateSync(at(name), mebibytes * MIB);
    return at(name);
  };
  const run = async (disks: string[], script: string): Promise<string> => {
    const { status, said } = await runOtherLinux({ folder, disks, script: `${common}cd ${folder}\n${script}` });
    assert.equal(status, 0, said);
    return said;
  };
  const isSystem = (): string => {
    const files: Record<string, string> = {
      'etc/debian_version': '12.11\n',
      'etc/prybar/installation': 'INSTALLATION=abc123\n',
      'etc/crypttab': 'of-this-machine\n',
      'etc/mdadm/mdadm.conf': 'of-this-machine\n',
      'var/lib/dpkg/status': 'Package: hello\nStatus: install ok installed\nVersion: 2.10\nArchitecture: amd64\nMaintainer: somebody\n',
      'srv/marker': 'what people put there\n',
      'boot/vmlinuz-1': 'a kernel\n',
    };
    for (const name of ['usr/lib/prybar/bios-core.img', 'usr/lib/prybar/report', 'usr/lib/grub/i386-pc/boot.img', 'usr/lib/shim/shimx64.efi.signed'])
      files[name] = `${name}\n`;
    for (const name of ['usr/lib/shim/mmx64.efi.signed', 'usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed']) files[name] = `${name}\n`;
    const log = (name: string): string => `#!/bin/sh\necho "${name} $*" >>/called\n`;
    for (const name of called) files[`usr/sbin/${name}`] = log(name);
    files['usr/sbin/grub-mkrelpath'] = '#!/bin/sh\necho /grub\n';
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(at('system'), name)), { recursive: true });
      writeFileSync(path.join(at('system'), name), text, { mode: name.startsWith('usr/sbin') ? 0o755 : 0o644 });
    }
    const rest =
      'cd "$1"; mkdir -p bin boot/efi etc/apt etc/initramfs-tools/conf.d dev proc sys run; busybox=$(command -v busybox); cp "$busybox" bin/; { ldd "$busybox" || true; } | grep -o "/[^ ]*" | xargs -r cp -L --parents -t .; ln -s busybox bin/sh; ln -s boot/vmlinuz-1 vmlinuz; ln -s boot/vmlinuz-1 initrd.img';
    execFileSync('sh', ['-c', rest, 'sh', at('system')]);
    return at('system');
  };

  it('is read of a machine whose mirror has lost a disk, and nothing is written to the other', async () => {
    system = isSystem();
    const disks = [disk('first', 2300), disk('second', 2300)];
    await run(
      disks,
      `fit '${JSON.stringify({ layout: 'own', own: layout, disk: 'smallest', imageBytes: MIB })}'
PASSPHRASE='the first one' sh $install/lay-out
cp -a ${system}/. $root/
uuid() { blkid -s UUID -o value "$1"; }
{
  printf '%s' "$captured_plan" | jq -r '.mounts[] | @sh "\\(.device) \\(.folder) \\(.format) \\(.options)"' |
    while read -r mount; do eval "set -- $mount"; echo "UUID=$(uuid "$1") $2 $3 $4 0 2"; done
  echo "UUID=$(uuid /dev/system/swap) none swap sw 0 0"
} >$root/etc/fstab
blkid -s UUID -o value | sort >uuids
sh $install/take-apart abc123
`,
    );
    const digest = () => execFileSync('sha256sum', [at('second')], { encoding: 'utf8' });
    const before = digest();
    const said = await run(
      [at('second')],
      `! (look 'another one' 2>&1) | grep 'is not opened'
look 'the first one'
mkdir -p bin parts
printf '#!/bin/sh\\nfor url; do :; done; cat >"${at('parts')}/\${url##*/}"\\n' >bin/curl
chmod 755 bin/curl
sh $capture/choose-files </dev/null
PATH=$PWD/bin:$PATH TOKEN=t sh $capture/send http://nowhere
sh $capture/disks close
lsblk -rno NAME | grep -q 'md\\|system' && echo 'not taken apart' && exit 1
echo done`,
    );
    assert.match(said, /is not opened by the passphrase of its deployment/);
    assert.equal(digest(), before, 'the disk was written to');
    const found = readCapturedLayout(readFileSync(at('layout'), 'utf8'));
    assert.ok(found.ok && found.value, said);
    captured = found.value;
    const [part] = captured;
    assert.deepEqual([captured.length, part!.disks], [1, { count: 2 }]);
    const shape = JSON.parse(JSON.stringify(part!.volumes, (key, value: unknown) => (['was', 'used', 'free'].includes(key) ? undefined : value))) as unknown;
    assert.deepEqual(shape, [
      { size: 'was', mount: '/boot', format: 'ext4', options: 'defaults' },
      {
        encrypted: true,
        group: 'system',
        size: 'was',
        volumes: [
          { size: 'was', mount: '/', format: 'ext4', options: 'defaults' },
          { size: 'was', mount: '/srv', format: 'xfs', options: 'noatime' },
          { size: 'was', swap: true },
        ],
      },
    ]);
  });

  it('comes with the files of all its volumes, and without what described its disks', async () => {
    const parts = readdirSync(at('parts')).sort();
    writeFileSync(at('archive'), Buffer.concat(parts.map((name) => readFileSync(path.join(at('parts'), name)))));
    const wanted = { archive: at('archive'), seed: 'cd'.repeat(32), name: 'golden', origin: 'Captured in a test', folder: at('images'), most: 2 ** 30 };
    image = await captureOsImage({ ...wanted, asFiles: true });
    assert.deepEqual([image.rootPartition, image.rawDigest, path.basename(image.file)], [0, '', 'files.tar.zst']);
    const text = (name: string): string => execFileSync('sh', ['-c', `zstd -dcq "$1" | tar -xO "./$2"`, 'sh', image.file, name], { encoding: 'utf8' });
    assert.equal(text('srv/marker'), 'what people put there\n');
    assert.equal(text('boot/vmlinuz-1'), 'a kernel\n');
    assert.throws(() => text('etc/crypttab'));
    assert.throws(() => text('etc/mdadm/mdadm.conf'));
    assert.throws(() => text('etc/prybar/installation'));
  });

  it('is built anew on other disks, larger or smaller ones, under another passphrase', async () => {
    const wish = JSON.stringify({ layout: 'captured', captured, own: [], disk: 'smallest', imageBytes: image.rawBytes });
    await run(
      [disk('third', 1900), disk('fourth', 4000)],
      `fit '${wish}'
printf %s "$captured_plan" | jq -r .picture
PASSPHRASE='the second one' sh $install/lay-out
export captured_disk='/dev/ubda /dev/ubdb'
TREE=$root MULTICAST='' sh $install/write-image file://${image.file} ${image.digest} ${image.rawBytes}
[ ! -e $root/called ]
ANEW=yes sh $install/make-bootable http://nowhere
cp $root/called $root/etc/fstab $root/etc/crypttab $root/etc/mdadm/mdadm.conf .
(cd $root/boot/efi && find . -type f | sort) >esp
mkdir -p $root/etc/prybar && echo INSTALLATION=abc123 >$root/etc/prybar/installation
cat $root/srv/marker >marker
sh $install/take-apart def456
! (look 'the first one')
look 'the second one'
blkid -s UUID -o value | sort >uuids-now
findmnt --submounts --noheadings --list --output TARGET,FSTYPE /run/prybar-capture/root
sh $capture/disks close`,
    );
    const text = (name: string): string => readFileSync(at(name), 'utf8');
    assert.equal(text('marker'), 'what people put there\n');
    const again = readCapturedLayout(text('layout'));
    assert.ok(again.ok && again.value);
    const sizes = (of: CapturedLayout): number[] => of[0]!.volumes.flatMap((volume) => ('volumes' in volume ? volume.volumes : [volume]).map(({ was }) => was));
    // A smaller disk: each has what its files need, and no more than it had.
    for (const [index, was] of sizes(again.value).entries()) assert.ok(was <= sizes(captured)[index]!, `${was} MiB of ${sizes(captured)[index]}`);
    const before = text('uuids').split('\n').filter(Boolean);
    assert.deepEqual(
      text('uuids-now')
        .split('\n')
        .filter((uuid) => before.includes(uuid)),
      [],
      'a file system calls itself like the original’s',
    );
    assert.match(text('fstab'), /^UUID=\S+ {2}\/srv {2}xfs {2}noatime/m);
    for (const [, uuid] of text('fstab').matchAll(/UUID=(\S+)/g)) assert.ok(text('uuids-now').includes(uuid!), `${uuid} is nowhere`);
    assert.match(text('crypttab'), /^system_crypt UUID=[0-9a-f-]{36} none luks,initramfs\n$/);
    assert.equal([...text('mdadm.conf').matchAll(/^ARRAY /gm)].length, 3);
    assert.deepEqual(
      text('called')
        .split('\n')
        .filter(Boolean)
        .map((line) => line.replace(/ -.*(update|install|clean).*/, ' $1')),
      [
        'apt-get update',
        'apt-get install',
        'apt-get clean',
        'update-initramfs -u -k all',
        'update-grub ',
        'grub-install --target=i386-pc /dev/ubda',
        'grub-install --target=i386-pc /dev/ubdb',
      ],
    );
    assert.equal(text('esp'), './EFI/BOOT/BOOTX64.EFI\n./EFI/BOOT/grubx64.efi\n./EFI/BOOT/mmx64.efi\n./EFI/debian/grub.cfg\n');
  });
});
