// A real sshd for tests: on loopback, with host key, configuration and folder of its own, stopped by its process id.

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generateKeyPair } from './keys.ts';

export type TestSshd = { port: number; pid: number; folder: string; hostKey: string; privateKey: string; stop(): Promise<void> };

/** Why there can be none here; tests are then skipped. */
export const sshdMissing = (): string | undefined => {
  if (spawnSync('test', ['-x', '/usr/sbin/sshd']).status !== 0) return 'openssh-server is not installed';
  return process.getuid?.() === 0 ? undefined : 'sshd with privilege separation needs root';
};

/** It answers on these addresses of loopback, at most 16 of them. */
export async function startSshd(addresses: readonly string[] = ['127.0.0.1']): Promise<TestSshd> {
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-sshd-'));
  const file = (name: string, content: string, mode = 0o600): string => {
    writeFileSync(path.join(folder, name), content, { mode });
    return path.join(folder, name);
  };
  const host = generateKeyPair('host');
  const admin = generateKeyPair('admin');
  const port = await freePort();
  // What the developer's shell does when it starts is no part of what is tested.
  const home = path.join(folder, 'home');
  mkdirSync(home);
  spawnSync('mkdir', ['-p', '/run/sshd']);
  const config = file(
    'sshd_config',
    [
      `Port ${port}`,
      ...addresses.map((address) => `ListenAddress ${address}`),
      `HostKey ${file('host_key', host.privateKey)}`,
      `AuthorizedKeysFile ${file('authorized_keys', `${admin.publicKey}\n`)}`,
      'UsePAM no',
      'StrictModes no',
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      'PidFile none',
      'Subsystem sftp internal-sftp',
      `SetEnv HOME=${home}`,
      'MaxStartups 200',
      'LogLevel ERROR',
      '',
    ].join('\n'),
  );
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', config], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await until(() => answers(addresses[0]!, port));
  return {
    port,
    pid: child.pid!,
    folder,
    hostKey: host.publicKey,
    privateKey: admin.privateKey,
    async stop() {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const connectTo = (host: string, port: number): Promise<net.Socket> =>
  new Promise((resolve, reject) => {
    const socket = net.connect({ host, port, timeout: 5000 }, () => resolve(socket.setTimeout(0)));
    socket.once('error', reject);
    socket.once('timeout', () => socket.destroy(new Error('no answer within 5 s')));
  });

const answers = (address: string, port: number): Promise<boolean> =>
  connectTo(address, port).then(
    (socket) => {
      socket.destroy();
      return true;
    },
    () => false,
  );

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Polls until it is so; the test's own time limit ends it otherwise. */
export async function until(so: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await so())) await new Promise((resolve) => setTimeout(resolve, 50));
}
