// A real ipmi_sim with a machine behind its serial line that answers what is typed, in capitals unless a test says otherwise.

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../core/hardware/free-port-for-tests.ts';
import { chassisFolder, startBmc } from '../core/lab/bmc.ts';

/** Why there is none here; the tests are then skipped. */
export const serialBmcMissing = (): string | undefined =>
  existsSync('/usr/bin/ipmi_sim') && existsSync('/usr/bin/ipmitool') ? undefined : 'it needs ipmi_sim and ipmitool (apt-get install openipmi ipmitool)';

export type SerialBmc = {
  /** How it is reached, as an account is entered. */
  account: { address: string; port: number; user: string; password: string; protocol: 'ipmi' };
  close(): Promise<void>;
};

export async function startSerialBmc(answer = (typed: string) => typed.toUpperCase()): Promise<SerialBmc> {
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-console-'));
  const line = net.createServer((socket) => socket.on('data', (typed) => socket.write(answer(String(typed)))).on('error', () => {}));
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve));
  mkdirSync(chassisFolder(folder));
  writeFileSync(path.join(chassisFolder(folder), 'power'), '1');
  writeFileSync(path.join(chassisFolder(folder), 'boot'), 'none');
  const account = { address: '127.0.0.1', port: await freePort(), user: 'admin', password: 'secret-1234' };
  const place = { ...account, netmask: '255.0.0.0', mac: '52:54:00:00:00:01', guid: '2'.repeat(32) };
  const serialPort = (line.address() as net.AddressInfo).port;
  const sim = await startBmc('console', folder, { ...place, guestPort: await freePort(), serialPort }, (argv) => argv);
  return {
    account: { ...account, protocol: 'ipmi' },
    async close() {
      await sim.kill();
      line.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
