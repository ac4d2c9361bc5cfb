// A machine that calls home in tests: the script that real ones run, in a folder of its own that stands for the machine's root. Only what its
// firmware says is made up.

import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const script = path.resolve(import.meta.dirname, '../../barclamps/call-home/roles/call-home/files/prybar-call-home');

/** What such a machine was installed from. */
export const imageForTests = 'd'.repeat(64);

export type TestMachine = {
  /** Its root. */
  folder: string;
  /** One call: the exit status and what it said. */
  call(): Promise<{ status: number | null; said: string }>;
  set(name: 'home' | 'authority' | 'invitation', text: string): void;
  /** Its script as the service runs it. */
  start(): { process: ChildProcess; said(): string };
  /** The same disk in other hardware. */
  copy(serial: string, uuid?: string): TestMachine;
  remove(): void;
};

export type Found = { serial: string; uuid?: string; home: string; authority: string; invitation?: string };

export function machineForTests({ serial, uuid = serial, ...settings }: Found): TestMachine {
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-machine-'));
  for (const part of ['sys/class/dmi/id', 'etc/prybar', 'etc/prybar-call-home', 'run']) mkdirSync(path.join(folder, part), { recursive: true });
  writeFileSync(path.join(folder, 'etc/os-release'), 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n');
  writeFileSync(path.join(folder, 'etc/prybar/installation'), `INSTALLATION=i1\nIMAGE=${imageForTests}\n`);
  const machine = machineIn(folder);
  isHardware(folder, serial, uuid);
  for (const [name, text] of Object.entries(settings)) machine.set(name as 'home', text);
  return machine;
}

function isHardware(folder: string, serial: string, uuid: string): void {
  writeFileSync(path.join(folder, 'sys/class/dmi/id/product_serial'), `${serial}\n`);
  writeFileSync(path.join(folder, 'sys/class/dmi/id/product_uuid'), `${uuid}\n`);
}

function machineIn(folder: string): TestMachine {
  const run = (...args: string[]) => {
    const child = spawn('sh', [script, ...args], { env: { ...process.env, CALL_HOME_ROOT: folder }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    return { process: child, said: () => said };
  };
  return {
    folder,
    call() {
      const { process: child, said } = run('once');
      return new Promise((resolve) => child.once('close', (status) => resolve({ status, said: said() })));
    },
    set: (name, text) => writeFileSync(path.join(folder, 'etc/prybar-call-home', name), `${text}\n`),
    start: () => run(),
    copy(serial, uuid = serial) {
      const other = mkdtempSync(path.join(tmpdir(), 'prybar-machine-'));
      cpSync(folder, other, { recursive: true });
      isHardware(other, serial, uuid);
      return machineIn(other);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
