// Before `npm start` and `npm test`: what the machine lacks is named, then installed. Runs on the system's own Node (18 or newer) before
// anything of Prybar is there, so it is plain JavaScript with no dependency but Node itself.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const purpose = process.argv[2] ?? 'start';
const arguments_ = process.argv.slice(3);
// Programs read standard output with --json; people read both. What is said here goes to the other one.
const say = (text) => process.stderr.write(`${text}\n`);

/** Debian package → a file that is there when it is installed, and what it is for. */
const packages = {
  'dnsmasq-base': ['/usr/sbin/dnsmasq', 'DHCP and TFTP'],
  ipxe: ['/usr/lib/ipxe/undionly.kpxe', 'network boot loaders'],
  ipmitool: ['/usr/bin/ipmitool', 'talking to BMCs'],
  iproute2: ['/usr/sbin/ip', 'the rack network'],
  udpcast: ['/usr/bin/udp-sender', 'sending an image to many machines at once'],
  mmdebstrap: ['/usr/bin/mmdebstrap', 'building the discovery image'],
  'apt-utils': ['/usr/bin/apt-ftparchive', 'the package pool'],
  openssl: ['/usr/bin/openssl', 'certificates for roles'],
  age: ['/usr/bin/age', 'sealing credentials for who ordered a server'],
  'squashfs-tools': ['/usr/bin/mksquashfs', 'packing it'],
  e2fsprogs: ['/usr/sbin/mke2fs', 'operating system images: their root'],
  fdisk: ['/usr/sbin/sfdisk', 'their partitions'],
  dosfstools: ['/usr/sbin/mkfs.vfat', 'their EFI system partition'],
  mtools: ['/usr/bin/mcopy', 'filling it'],
  zstd: ['/usr/bin/zstd', 'packing them'],
  'util-linux': ['/usr/bin/setpriv', 'ending what was started'],
};
const forLab = {
  'qemu-system-x86': ['/usr/bin/qemu-system-x86_64', 'virtual machines'],
  'qemu-utils': ['/usr/bin/qemu-img', 'their disks'],
  'ipxe-qemu': ['/usr/lib/ipxe/qemu/efi-virtio.rom', 'their network firmware'],
  ovmf: ['/usr/share/OVMF/OVMF_CODE_4M.fd', 'their UEFI firmware'],
  openipmi: ['/usr/bin/ipmi_sim', 'their BMCs'],
};
/** Another engine that answers will do as well. */
const forContainers = {
  'docker.io': ['/usr/sbin/dockerd', 'containers as cheap machines'],
  nftables: ['/usr/sbin/nft', 'their way to the internet'],
};
const forTests = {
  chromium: ['/usr/bin/chromium', 'the browser test'],
  shellcheck: ['/usr/bin/shellcheck', 'checking compiled recipes'],
  'openssh-server': ['/usr/sbin/sshd', 'a real SSH server to test against'],
  busybox: ['/usr/bin/busybox', 'a second shell to run recipes in'],
  curl: ['/usr/bin/curl', 'the tests of wait and http'],
  jq: ['/usr/bin/jq', 'the tests of the discovery agent'],
  cpio: ['/usr/bin/cpio', 'the tests of the discovery image'],
  'ansible-core': ['/usr/bin/ansible-playbook', 'the tests of playbooks'],
  'stress-ng': ['/usr/bin/stress-ng', 'the tests of burn-in: processors and memory'],
  fio: ['/usr/bin/fio', 'the same: disks'],
  partclone: ['/usr/sbin/partclone.restore', 'the tests of disks that Clonezilla saved'],
  'user-mode-linux': ['/usr/bin/linux.uml', 'the tests of mirrors, volume groups and encryption: a kernel that has them'],
  mdadm: ['/sbin/mdadm', 'the same'],
  lvm2: ['/sbin/lvm', 'the same'],
  'cryptsetup-bin': ['/sbin/cryptsetup', 'the same'],
  xfsprogs: ['/sbin/mkfs.xfs', 'the same: file systems'],
  'openssh-client': ['/usr/bin/ssh', 'looking into test machines'],
};

const wanted = { ...packages };
if (purpose === 'test' || !arguments_.includes('--no-lab')) Object.assign(wanted, forLab);
if (purpose === 'test') Object.assign(wanted, forTests);
const containers = purpose === 'test' || Number(process.env.PRYBAR_CONTAINERS) > 0 || arguments_.some((text) => text.startsWith('--containers'));
if (containers && !['/run/docker.sock', '/run/podman/podman.sock'].some((socket) => existsSync(socket))) Object.assign(wanted, forContainers);

function run(command, options = {}) {
  const done = spawnSync(command[0], command.slice(1), { cwd: root, stdio: ['ignore', 2, 2], ...options });
  if (done.error) return fail(`${command[0]} cannot be run: ${done.error.message}`, 'Install it, then start again.');
  if (done.status !== 0)
    return fail(
      `\`${command.join(' ')}\` ended with status ${done.status}.`,
      'Its messages are above. Mend what they name, then start again: what was installed stays.',
    );
}

function fail(what, next) {
  say(`error: ${what}\n  next:  ${next}`);
  process.exit(1);
}

function debianPackages() {
  const missing = Object.entries(wanted).filter(([, [file]]) => !existsSync(file));
  if (!missing.length) return;
  const os = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  if (!/^ID(_LIKE)?=.*debian/m.test(os)) return fail('This is not Debian.', `Install what Prybar needs by hand: ${missing.map(([name]) => name).join(', ')}.`);
  if (process.getuid() !== 0)
    return fail(`These Debian packages are missing: ${missing.map(([name]) => name).join(', ')}.`, 'Run this as root, or install them.');
  say(`Prybar installs ${missing.length} Debian package${missing.length === 1 ? '' : 's'} that this machine lacks:`);
  for (const [name, [, what]] of missing) say(`  ${name.padEnd(18)} for ${what}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run(['apt-get', 'update', '-q'], { env: environment });
  run(['apt-get', 'install', '-y', '-q', '--no-install-recommends', ...missing.map(([name]) => name)], { env: environment });
}

function npmPackages() {
  const stamp = path.join(root, 'node_modules', '.package-lock.json');
  const lock = path.join(root, 'package-lock.json');
  const current = existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(lock).mtimeMs;
  if (current && (purpose !== 'test' || existsSync(path.join(root, 'node_modules', 'mocha')))) return;
  say('Prybar installs its npm packages into node_modules (about a minute the first time).');
  // Not `npm ci`: it refuses a lock file that lacks other platforms' optional packages, which not every registry carries.
  const install = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  run(['npm', ...install]);
  // Under an old Node npm leaves out optional packages that ask for a newer one, the page builder's among them. The newer one is
  // there now, so the same npm looks again with it.
  const npm = process.env.npm_execpath;
  if (Number(process.versions.node.split('.')[0]) < 22 && npm?.endsWith('.js')) run([path.join(root, 'node_modules', '.bin', 'node'), npm, ...install]);
}

function webPage() {
  const built = path.join(root, 'ui', 'dist', 'index.html');
  if (existsSync(built) && newest(path.join(root, 'ui')) <= statSync(built).mtimeMs) return;
  say('Prybar builds its web page.');
  // Node 24 comes from npm: the system's own may be too old for the builder.
  run([path.join(root, 'node_modules', '.bin', 'node'), path.join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', 'ui', '--logLevel', 'warn']);
}

function newest(folder) {
  const { status, stdout } = spawnSync('find', [folder, '-path', '*/dist', '-prune', '-o', '-type', 'f', '-printf', '%T@\n'], { encoding: 'utf8' });
  if (status !== 0) return Number.POSITIVE_INFINITY;
  return Math.max(
    ...stdout
      .trim()
      .split('\n')
      .map((text) => Number(text) * 1000),
  );
}

debianPackages();
npmPackages();
webPage();
