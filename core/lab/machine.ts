// One machine of the lab: blank disk, serial number, BMC, and QEMU while it is switched on.
//
// Its life: ipmi_sim writes what the operator asks for into the machine's folder (`power`, `boot`, `reset`, `shutdown`).
// A change there, or QEMU's end, only wakes `settle`, which looks at those facts and at the process and closes the gap.
// A guest's restart ends QEMU too (`-no-reboot`) and settle starts it again, so a boot device set meanwhile holds.

import { createHash } from 'node:crypto';
import { existsSync, type FSWatcher, watch } from 'node:fs';
import { copyFile, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Acceleration, accelerationArguments } from './acceleration.ts';
import { type BmcAccess, chassisFolder, startBmc } from './bmc.ts';
import { type Child, start } from './program.ts';
import { type Monitor, openMonitor } from './qmp.ts';

/**
 * `uefi` loads from the network by TFTP, `uefi-http` by HTTP only, `uefi-secure` by TFTP and what is signed only; the last one has a TPM
 * as well, which keeps what was measured. `uefi-arm64` is a machine with 64-bit ARM processors.
 */
export type Firmware = 'bios' | 'uefi' | 'uefi-http' | 'uefi-secure' | 'uefi-arm64';

// With the keys of Microsoft, who signs Debian's shim, and Secure Boot switched on.
const firmwareFiles = (firmware: Firmware) => {
  const [folder, end] = firmware === 'uefi-arm64' ? ['AAVMF/AAVMF', ''] : ['OVMF/OVMF', firmware === 'uefi-secure' ? '_4M.ms' : '_4M'];
  return { code: `/usr/share/${folder}_CODE${end}.fd`, variables: `/usr/share/${folder}_VARS${end}.fd` };
};

/** Boards of QEMU. The one for ARM has no screen of its own, and Debian's QEMU for it knows no IPMI: its BMC is not seen from within. */
const boards = {
  pc: { program: 'qemu-system-x86_64', machine: 'q35', screen: ['-vga', 'std'], hasIpmi: true },
  arm: { program: 'qemu-system-aarch64', machine: 'virt', screen: [], hasIpmi: false },
} as const;

export type MachineInfo = {
  name: string;
  serial: string;
  /** SMBIOS system UUID, lower case. */
  uuid: string;
  mac: string;
  firmware: Firmware;
  bmc: BmcAccess;
  powered: boolean;
  /** Where everything is that it ever said on its serial line; to talk to it, its BMC has a console. */
  console: { log: string };
};

export type MachinePlace = {
  number: number;
  folder: string;
  firmware: Firmware;
  memoryMiB: number;
  /** How many disks, all of one size. */
  disks: number;
  diskGiB: number;
  acceleration: Acceleration;
  /** Name of its port on the lab's switch. */
  port: string;
  bmcAddress: string;
  netmask: string;
  command: (argv: string[]) => string[];
  onPower: (name: string, powered: boolean, reason: string) => void;
};

export class Machine {
  readonly name: string;
  private readonly place: MachinePlace;
  private bmc: Child | undefined;
  private tpm: Child | undefined;
  private qemu: Child | undefined;
  private monitor: Monitor | undefined;
  private watcher: FSWatcher | undefined;
  private settling: Promise<void> = Promise.resolve();
  private seen = { reset: '', shutdown: '' };
  private stopped = false;

  constructor(place: MachinePlace) {
    this.place = place;
    this.name = `machine-${place.number}`;
  }

  private get secure(): boolean {
    return this.place.firmware === 'uefi-secure';
  }

  get info(): MachineInfo {
    const { number, firmware, bmcAddress } = this.place;
    const serial = `PRYBAR-LAB-${number}`;
    return {
      name: this.name,
      serial,
      uuid: uuidFrom(serial),
      mac: macOf(0, number),
      firmware,
      bmc: { address: bmcAddress, port: 623, user: 'admin', password: `lab-${createHash('sha256').update(`bmc ${serial}`).digest('hex').slice(0, 12)}` },
      powered: this.qemu !== undefined,
      console: { log: this.file('console.log') },
    };
  }

  /** Makes what it lacks and starts its BMC. It is switched off, as after a power cut; its disk is what it was. */
  async start(): Promise<void> {
    const { folder, disks, diskGiB, firmware, command, netmask, number } = this.place;
    await mkdir(chassisFolder(folder), { recursive: true });
    await this.put('power', '0');
    await this.put('boot', await this.fact('boot', 'none'));
    this.seen = { reset: await this.fact('reset', ''), shutdown: await this.fact('shutdown', '') };
    for (let disk = 1; disk <= disks; disk++) await grow(this.file(diskFile(disk)), diskGiB * 2 ** 30);
    if (firmware !== 'bios') await copyFile(firmwareFiles(firmware).variables, this.file('uefi-vars.fd'), 1).catch(ignoreExisting);
    this.watcher = watch(chassisFolder(folder), () => void this.settle());
    const { bmc, uuid } = this.info;
    this.bmc = await startBmc(
      this.name,
      folder,
      { ...bmc, netmask, mac: macOf(1, number), guid: uuid.replaceAll('-', ''), guestPort: 9000 + number, serialPort: 9100 + number },
      command,
    );
  }

  /** Hard loss of power, as when the plug is pulled. */
  async cutPower(): Promise<void> {
    await this.put('power', '0');
    await this.settle();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.watcher?.close();
    await this.settling.catch(() => {});
    await this.endQemu();
    await this.tpm?.kill();
    await this.bmc?.kill();
  }

  /** Closes the gap between the facts in the folder and what runs. One at a time, in order. */
  private settle(): Promise<void> {
    this.settling = this.settling.then(async () => {
      if (this.stopped) return;
      await this.noteEnd();
      const wanted = (await this.fact('power', '0')) === '1';
      const reset = await this.fact('reset', '');
      const shutdown = await this.fact('shutdown', '');
      const resetAsked = reset !== this.seen.reset;
      const shutdownAsked = shutdown !== this.seen.shutdown;
      this.seen = { reset, shutdown };
      if (shutdownAsked) this.monitor?.tell('system_powerdown');
      if (this.qemu && (!wanted || resetAsked)) await this.endQemu();
      if (!this.qemu && wanted) await this.startQemu();
    });
    return this.settling;
  }

  private async startQemu(): Promise<void> {
    // A boot device holds for one start (IPMI 2.0 table 28-14, boot flags).
    const boot = await this.fact('boot', 'none');
    await this.put('boot', 'none');
    await rm(this.file('monitor.sock'), { force: true });
    if (this.secure) await this.startTpm();
    const qemu = await start(this.place.command(this.qemuArguments(boot)), this.file('qemu.log'));
    this.qemu = qemu;
    this.place.onPower(this.name, true, boot === 'none' ? 'starts' : `starts from ${boot}`);
    void openMonitor(this.file('monitor.sock'), () => this.qemu === qemu).then((monitor) => {
      if (this.qemu === qemu) this.monitor = monitor;
      else monitor?.close();
    });
    void qemu.ended.then(() => this.settle());
  }

  /** It is reset with the machine, as its registers are, and keeps its keys in a file. */
  private async startTpm(): Promise<void> {
    await this.tpm?.kill();
    await mkdir(this.file('tpm'), { recursive: true });
    await rm(this.file('tpm.sock'), { force: true });
    const words = ['--tpm2', '--tpmstate', `dir=${this.file('tpm')}`, '--ctrl', `type=unixio,path=${this.file('tpm.sock')}`];
    this.tpm = await start(['swtpm', 'socket', ...words], this.file('tpm.log'));
    const begun = Date.now();
    while (!existsSync(this.file('tpm.sock')) && Date.now() - begun < 5000) await pause(20);
  }

  /** After QEMU ended by itself: the guest restarted, switched itself off, or QEMU failed. */
  private async noteEnd(): Promise<void> {
    const ended = this.qemu?.process.exitCode ?? this.qemu?.process.signalCode ?? undefined;
    if (ended === undefined) return;
    const reason = this.monitor?.stopReason() ?? `QEMU ended: ${ended}; see ${this.file('qemu.log')}`;
    this.forgetQemu();
    if (reason !== 'guest-reset') await this.put('power', '0');
    this.place.onPower(this.name, false, reason);
  }

  private async endQemu(): Promise<void> {
    const qemu = this.qemu;
    if (!qemu) return;
    this.forgetQemu();
    await qemu.kill();
    this.place.onPower(this.name, false, 'switched off');
  }

  private forgetQemu(): void {
    this.monitor?.close();
    this.monitor = undefined;
    this.qemu = undefined;
  }

  private qemuArguments(boot: string): string[] {
    const { number, memoryMiB, acceleration, firmware, port } = this.place;
    const { serial, uuid, mac, console } = this.info;
    const board = firmware === 'uefi-arm64' ? boards.arm : boards.pc;
    // `default` is how ipmi_sim says hard disk. The network is first unless something else is asked for.
    const diskFirst = boot === 'default';
    const uefi = [
      '-drive',
      `if=pflash,unit=0,format=raw,readonly=on,file=${firmwareFiles(firmware).code}`,
      '-drive',
      `if=pflash,unit=1,format=raw,file=${this.file('uefi-vars.fd')}`,
    ];
    // Only the firmware itself, in system management mode, may change what is trusted.
    const secure = ['-global', 'driver=cfi.pflash01,property=secure,value=on', ...['-chardev', `socket,id=tpm0,path=${this.file('tpm.sock')}`]];
    const tpm = ['-tpmdev', 'emulator,id=tpm0,chardev=tpm0', '-device', 'tpm-tis,tpmdev=tpm0'];
    const ipmi = [
      ...['-chardev', `socket,id=ipmi0,host=127.0.0.1,port=${9000 + number},reconnect=2`],
      ...['-device', 'ipmi-bmc-extern,id=bmc0,chardev=ipmi0', '-device', 'isa-ipmi-kcs,bmc=bmc0'],
    ];
    // By QEMU's own names for them (edk2, OvmfPkg/README).
    const overHttpOnly = ['4', '6'].flatMap((version) => ['-fw_cfg', `name=opt/org.tianocore/IPv${version}PXESupport,string=n`]);
    // The card's own iPXE is not signed, and knows no HTTP boot; without it firmware uses what it has itself.
    const rom = this.secure || firmware === 'uefi-http' || firmware === 'uefi-arm64' ? ',romfile=' : '';
    return [
      ...[
        board.program,
        '-name',
        this.name,
        '-machine',
        this.secure ? `${board.machine},smm=on` : board.machine,
        ...accelerationArguments[firmware === 'uefi-arm64' ? 'foreign' : acceleration],
        '-smp',
        '2',
        '-m',
        `${memoryMiB}`,
      ],
      ...['-nodefaults', '-no-user-config', '-display', 'none', ...board.screen, '-no-reboot', '-uuid', uuid],
      ...(firmware === 'bios' ? [] : uefi),
      ...(this.secure ? [...secure, ...tpm] : []),
      ...(firmware === 'uefi-http' ? overHttpOnly : []),
      ...['-smbios', `type=1,manufacturer=Prybar,product=Lab machine,version=1,serial=${serial},uuid=${uuid}`],
      ...['-smbios', `type=3,manufacturer=Prybar,serial=${serial}`],
      ...['-netdev', `tap,id=net0,ifname=${port},script=no,downscript=no`],
      ...['-device', `virtio-net-pci,netdev=net0,mac=${mac},bootindex=${diskFirst ? 2 : 1}${rom}`],
      ...Array.from({ length: this.place.disks }, (_, index) => this.diskArguments(index + 1, diskFirst)).flat(),
      ...['-device', 'virtio-rng-pci'],
      ...(board.hasIpmi ? ipmi : []),
      ...['-chardev', `socket,id=serial0,host=127.0.0.1,port=${9100 + number},server=on,wait=off,logfile=${console.log},logappend=on`],
      ...['-serial', 'chardev:serial0', '-qmp', `unix:${this.file('monitor.sock')},server=on,wait=off`],
    ];
  }

  /** The second and further disks come after the network and the first one, as on machines whose first disk has failed. */
  private diskArguments(disk: number, diskFirst: boolean): string[] {
    const place = disk > 1 ? disk + 1 : diskFirst ? 1 : 2;
    return [
      ...['-drive', `if=none,id=disk${disk},format=raw,discard=unmap,file=${this.file(diskFile(disk))}`],
      ...['-device', `virtio-blk-pci,drive=disk${disk},serial=LAB${this.place.number}-DISK${disk},bootindex=${place}`],
    ];
  }

  private file(name: string): string {
    return path.join(this.place.folder, name);
  }

  private async fact(name: string, otherwise: string): Promise<string> {
    return readFile(path.join(chassisFolder(this.place.folder), name), 'utf8').then(
      (text) => text.trim(),
      () => otherwise,
    );
  }

  private async put(name: string, value: string): Promise<void> {
    const file = path.join(chassisFolder(this.place.folder), name);
    await writeFile(`${file}.new`, value);
    await rename(`${file}.new`, file);
  }
}

const diskFile = (disk: number): string => (disk === 1 ? 'disk.raw' : `disk-${disk}.raw`);

/** Locally administered, in QEMU's own range. `family` 0: the machine's port, 1: its BMC, 2: the switch, 3: a container. */
export const macOf = (family: number, number: number): string => `52:54:00:b0:${family.toString(16).padStart(2, '0')}:${number.toString(16).padStart(2, '0')}`;

/** The same serial has the same UUID on every computer (RFC 9562 version 8). */
function uuidFrom(serial: string): string {
  const hex = createHash('sha256').update(`prybar lab ${serial}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A sparse file of at least this size: it takes the room of what was written to it. */
async function grow(file: string, bytes: number): Promise<void> {
  const disk = await open(file, 'a');
  try {
    if ((await disk.stat()).size < bytes) await disk.truncate(bytes);
  } finally {
    await disk.close();
  }
}

const ignoreExisting = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EEXIST') throw error;
};
