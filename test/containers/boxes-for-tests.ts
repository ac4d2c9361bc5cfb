// What tests of containers share: why there may be none here, and the way into one that does not go through Prybar.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { engineSockets, firstProcess } from '../../core/lab/container-engine.ts';
import type { Admin } from '../admin.ts';

/** Why there can be none here; the tests are then skipped. */
export function containersMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'containers need root';
  if (!existsSync('/usr/sbin/dockerd') && !engineSockets.some((socket) => existsSync(socket)))
    return 'there is no container engine: neither Docker nor Podman is installed';
  return existsSync('/usr/bin/mmdebstrap') ? undefined : 'mmdebstrap is not installed';
}

/** Runs sh code in a container of the rack; its standard output. */
export async function inContainer(admin: Admin, name: string, code: string): Promise<string> {
  const { container } = (await admin.client.call('GET /lab')).containers.find((one) => one.name === name)!;
  const { stdout } = await promisify(execFile)('nsenter', ['-t', String(await firstProcess(container)), '-m', '-n', '-p', 'sh', '-c', code]);
  return stdout;
}
