// Another Linux beside this one, for what the kernel of this machine may lack: mirrors, volume groups, encryption, FAT. Debian's User-Mode Linux is a
// process like any other and takes two seconds to start. It sees the files of this machine under a layer that is thrown away, plain files as its
// disks (/dev/ubda, /dev/ubdb, …), and no network.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const kernel = '/usr/bin/linux.uml';
const modules = '/usr/lib/uml/modules';

/** Why there can be none here; undefined when there can. */
export function otherLinuxLacks(...programs: string[]): string | undefined {
  if (process.getuid?.() !== 0) return 'it needs root';
  if (!existsSync(kernel) || !existsSync(modules)) return 'there is no User-Mode Linux: apt install user-mode-linux';
  const folders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  const lacking = ['insmod', 'udevadm', 'sfdisk', 'jq', ...programs].find((name) => !folders.some((folder) => existsSync(path.join(folder, name))));
  return lacking && `there is no ${lacking}`;
}

export type OtherLinux = {
  /** Exists; what is written to it from inside is there afterwards, unlike all else. Must not be in a folder that others rely on. */
  folder: string;
  /** Files, at most 26. */
  disks: string[];
  /** For sh, as root. */
  script: string;
};

// In this order: dm-crypt refuses to be loaded before it has a cipher.
const needed = 'raid1 dm-mod vfat nls_cp437 nls_ascii nls_iso8859-1 aes_generic cbc ecb xts sha256_generic hmac algif_skcipher algif_hash dm-crypt';

/** What the script said, and its status; 255 when it did not come to its end. */
export async function runOtherLinux({ folder, disks, script }: OtherLinux): Promise<{ status: number; said: string }> {
  const own = path.join(folder, '.linux');
  mkdirSync(own, { recursive: true });
  rmSync(path.join(own, 'status'), { force: true });
  writeFileSync(path.join(own, 'script'), script);
  const inside = [
    `mount -t hostfs -o ${folder} none ${folder}`,
    `mkdir -p /lib/modules && mount -t hostfs -o ${modules} none /lib/modules`,
    // No devices before somebody asks for one.
    'modprobe -q loop max_loop=0',
    `modprobe -qa ${needed}`,
    // As in the discovery image: nothing is put together as soon as it is seen.
    'for rules in 64-md-raid-assembly 69-lvm; do ln -sf /dev/null /etc/udev/rules.d/$rules.rules; done',
    '/lib/systemd/systemd-udevd --daemon 2>/dev/null; udevadm trigger --subsystem-match=block; udevadm settle',
    `cd / && sh ${own}/script >${own}/said 2>&1; echo $? >${own}/status; sync`,
  ].join('\n');
  writeFileSync(
    path.join(own, 'init'),
    [
      '#!/bin/sh',
      'export PATH=/usr/sbin:/usr/bin:/sbin:/bin',
      'mount -t tmpfs -o size=75% tmpfs /run',
      'mount -t proc proc /proc',
      `insmod ${modules}/$(uname -r)/kernel/fs/overlayfs/overlay.ko`,
      'mkdir /run/upper /run/work /run/root',
      'mount -t overlay overlay -o lowerdir=/,upperdir=/run/upper,workdir=/run/work /run/root && cd /run/root',
      'mount -t proc proc proc; mount -t sysfs sys sys; mount -t devtmpfs dev dev; mount -t tmpfs run run',
      // udevadm would else take a layer for a container, and do nothing.
      `SYSTEMD_IGNORE_CHROOT=1 chroot . sh ${own}/inside`,
      'echo o >/proc/sysrq-trigger; sleep 60',
    ].join('\n'),
    { mode: 0o755 },
  );
  writeFileSync(path.join(own, 'inside'), inside);
  const words = [
    'mem=1G',
    'rootfstype=hostfs',
    'rootflags=/',
    'root=/dev/root',
    'ro',
    `init=${own}/init`,
    'quiet',
    'con=null',
    'con0=null,fd:1',
    `uml_dir=${own}`,
  ];
  const drives = disks.map((file, index) => `ubd${index}=${file}`);
  const child = spawn(kernel, [...words, ...drives], { stdio: ['ignore', 'pipe', 'pipe'] });
  let console = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (console += text));
  await new Promise((resolve) => child.once('close', resolve));
  const left = (name: string): string | undefined => (existsSync(path.join(own, name)) ? readFileSync(path.join(own, name), 'utf8') : undefined);
  return { status: Number(left('status') ?? 255), said: `${left('said') ?? ''}${left('status') === undefined ? console : ''}` };
}
