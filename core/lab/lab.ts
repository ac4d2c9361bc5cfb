// A virtual rack on one Linux machine: blank machines with BMCs behind a switch, in a network namespace of their own.
// It gives machines and a network; DHCP, boot files and everything that makes them useful come from the admin node.
//
// Everything it starts dies with this process. A lab that was killed leaves its namespace; the next start of the same
// state folder removes it first. Disks and firmware settings stay in the state folder.

import { mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bad, type Checked, ok, problem } from '../model/problem.ts';
import { type Acceleration, detectAcceleration } from './acceleration.ts';
import { announce, type Port } from './announcements.ts';
import { rackNamespace } from './folder-tag.ts';
import { type Firmware, Machine, type MachineInfo, macOf } from './machine.ts';
import { missingParts } from './program.ts';
import { type Cable, makeSwitch, removeSwitch } from './switch.ts';

export type { Firmware, MachineInfo } from './machine.ts';
export { detectAcceleration } from './acceleration.ts';

export type LabOptions = {
  /** Disks, firmware settings and logs live here; also decides the namespace's name. */
  stateDir: string;
  /** How many. */
  machines: number;
  /** Each. 1024 unless told. */
  memoryMiB?: number;
  /** Of each machine. 1 unless told. */
  disks?: number;
  /** Each, sparse. 8 unless told. A disk that is there only grows. */
  diskGiB?: number;
  /** `bios` unless told; `mixed` alternates. */
  firmware?: Firmware | 'mixed';
  /** `192.168.124.0/24` unless told; a /24 as it gives .10 to the admin node and .201 and up to BMCs. */
  cidr?: string;
  onEvent?: (event: LabEvent) => void;
  signal?: AbortSignal;
};

export type LabEvent =
  | { kind: 'phase'; text: string }
  /** A machine's power changed; `reason` is for people. */
  | { kind: 'power'; machine: string; powered: boolean; reason: string };

export type Lab = {
  /** Name of the network namespace. */
  namespace: string;
  cidr: string;
  /** Already on the switch; the admin node listens on it. */
  adminAddress: string;
  /** Addresses that nothing in the lab holds, for DHCP. */
  freeRange: { from: string; to: string };
  acceleration: Acceleration;
  /** As they are now. */
  machines(): MachineInfo[];
  addMachine(): Promise<MachineInfo>;
  /** Also forgets its disk. */
  removeMachine(name: string): Promise<void>;
  /** Connects something that runs already, a container, by its first process. */
  plug(cable: Cable): Promise<void>;
  /** Pulls the plug. */
  kill(name: string): Promise<void>;
  /** Ends all it started; nothing but the state folder is left. */
  stop(): Promise<void>;
};

const mostMachines = 50;

const partsOf: Record<NonNullable<LabOptions['firmware']>, Parameters<typeof missingParts>[0]> = {
  bios: [],
  uefi: ['/usr/share/OVMF/OVMF_CODE_4M.fd'],
  'uefi-http': ['/usr/share/OVMF/OVMF_CODE_4M.fd'],
  'uefi-secure': ['/usr/share/OVMF/OVMF_CODE_4M.ms.fd', '/usr/bin/swtpm'],
  'uefi-arm64': ['/usr/share/AAVMF/AAVMF_CODE.fd', '/usr/bin/qemu-system-aarch64'],
  mixed: ['/usr/share/OVMF/OVMF_CODE_4M.fd'],
};

/** Problems: not root, a program is missing, another lab runs in this folder, the network is not a /24. */
export async function startLab(options: LabOptions): Promise<Checked<Lab>> {
  const { machines: count, firmware = 'bios', cidr = '192.168.124.0/24', memoryMiB = 1024, disks = 1, diskGiB = 8, onEvent = () => {}, signal } = options;
  const network = /^(\d+\.\d+\.\d+)\.0\/24$/.exec(cidr)?.[1];
  if (!network) return bad(problem(`The lab's network must be a /24, not ${cidr}.`, {}, 'Give it as 192.168.124.0/24.'));
  if (count > mostMachines) return bad(problem(`A lab holds at most ${mostMachines} machines.`, {}, 'Start fewer.'));
  if (process.getuid?.() !== 0) return bad(problem('The lab needs root: it makes a network namespace and taps.', {}, 'Run it as root.'));
  // Without machines, a rack of containers, no QEMU is asked for.
  const missing = count === 0 ? [] : await missingParts(['/usr/lib/ipxe/qemu/pxe-virtio.rom', ...partsOf[firmware]]);
  if (missing.length) return bad(...missing);

  await mkdir(options.stateDir, { recursive: true });
  const stateDir = await realpath(options.stateDir);
  const taken = await claim(stateDir);
  if (taken) return bad(taken);

  onEvent({ kind: 'phase', text: 'trying whether this processor runs guests' });
  const acceleration = count === 0 ? 'tcg' : await detectAcceleration(path.join(stateDir, 'acceleration'), signal);
  const name = await rackNamespace(stateDir);
  await removeSwitch(name);
  onEvent({ kind: 'phase', text: 'making the network' });
  const labSwitch = await makeSwitch(name, macOf(2, 1), 24);
  const running = new Map<string, { machine: Machine; port: Port }>();
  const adminAddress = `${network}.10`;

  const add = async (): Promise<MachineInfo> => {
    const number = lowestFree([...running.keys()]);
    const port = { name: `swp${number}`, index: await labSwitch.addPort(`swp${number}`) };
    const bmcAddress = `${network}.${200 + number}`;
    await labSwitch.addAddress(bmcAddress);
    const machine = new Machine({
      // Mixed: every second one, so that the first two machines show both.
      firmware: firmware === 'mixed' ? (number % 2 ? 'bios' : 'uefi') : firmware,
      ...{ number, memoryMiB, disks, diskGiB, acceleration, bmcAddress },
      folder: path.join(stateDir, `machine-${number}`),
      port: port.name,
      netmask: '255.255.255.0',
      command: labSwitch.command,
      onPower: (machineName, powered, reason) => onEvent({ kind: 'power', machine: machineName, powered, reason }),
    });
    running.set(machine.name, { machine, port });
    await machine.start();
    return machine.info;
  };
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await Promise.all([...running.values()].map(({ machine }) => machine.stop()));
    await removeSwitch(name);
    await rm(path.join(stateDir, 'owner'), { force: true });
  };

  try {
    await labSwitch.addAddress(adminAddress);
    const ports = (): Port[] => [...running.values()].map(({ port }) => port);
    await announce({ system: 'lab-switch', mac: macOf(2, 1), ports, command: labSwitch.command, logFile: path.join(stateDir, 'switch.log') });
    onEvent({ kind: 'phase', text: `making ${count} machines` });
    for (let made = 0; made < count; made++) {
      signal?.throwIfAborted();
      await add();
    }
  } catch (error) {
    await stop();
    throw error;
  }

  return ok({
    ...{ namespace: name, cidr, adminAddress, acceleration },
    freeRange: { from: `${network}.50`, to: `${network}.199` },
    machines: () => [...running.values()].map(({ machine }) => machine.info),
    addMachine: add,
    removeMachine: async (machineName) => {
      const { machine, port } = find(running, machineName);
      running.delete(machineName);
      await machine.stop();
      await labSwitch.removePort(port.name);
      await rm(path.join(stateDir, machineName), { recursive: true, force: true });
    },
    plug: labSwitch.plug,
    kill: (machineName) => find(running, machineName).machine.cutPower(),
    stop: () => (stopping ??= stop()),
  });
}

function find<T>(running: Map<string, T>, name: string): T {
  const found = running.get(name);
  if (!found) throw new Error(`the lab has no machine ${name}`);
  return found;
}

function lowestFree(names: string[]): number {
  for (let number = 1; ; number++) if (!names.includes(`machine-${number}`)) return number;
}

/** Writes that this process owns the folder, or says who does. A process is its id and its start: ids are used again. */
async function claim(stateDir: string): Promise<ReturnType<typeof problem> | undefined> {
  const file = path.join(stateDir, 'owner');
  const [pid, startedAt] = (await readFile(file, 'utf8').catch(() => '')).split(' ');
  if (pid && Number(pid) !== process.pid && (await startOf(pid)) === startedAt) {
    return problem(`A lab already runs in ${stateDir} (process ${pid}).`, {}, 'Stop it, or give this one another state folder.');
  }
  await writeFile(file, `${process.pid} ${await startOf('self')}`);
  return undefined;
}

/** In clock ticks since this machine started (proc(5), /proc/pid/stat field 22); undefined when there is no such process. */
async function startOf(pid: string): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the program's name in parentheses and may hold spaces.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
