// The board controller of one lab machine: ipmi_sim, which speaks IPMI 2.0 over LAN to the admin node and KCS to the
// guest through QEMU. What its chassis commands mean is decided by machine.ts, which watches the same folder.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Child, start } from './program.ts';

export type BmcAccess = { address: string; port: number; user: string; password: string };

/** Where the machine's facts are: `power`, `boot`, `reset`, `shutdown`. Nothing else is written there, so it can be watched. */
export const chassisFolder = (folder: string): string => path.join(folder, 'chassis');

export type BmcPlace = BmcAccess & {
  netmask: string;
  mac: string;
  /** 32 hex digits. */
  guid: string;
  /** TCP port on the namespace's loopback where QEMU finds it. */
  guestPort: number;
  /** And where it finds the machine's serial line, which it gives on over LAN; it looks every ten seconds. */
  serialPort: number;
};

/** Starts it; it takes calls within some milliseconds. `folder` keeps what it remembers and the machine's facts. */
export async function startBmc(name: string, folder: string, place: BmcPlace, command: (argv: string[]) => string[]): Promise<Child> {
  const config = path.join(folder, 'lan.conf');
  const commands = path.join(folder, 'bmc.emu');
  await writeFile(config, lanConfig(name, folder, place), { mode: 0o600 });
  await writeFile(commands, emulation(folder));
  for (const [name, value] of Object.entries(readings)) await writeFile(path.join(folder, name), `${value}\n`);
  return start(command(['ipmi_sim', '-c', config, '-f', commands, '-s', folder, '-n']), path.join(folder, 'bmc.log'));
}

const lanConfig = (name: string, folder: string, place: BmcPlace): string => `\
name "${name}"
set_working_mc 0x20
startlan 1
  addr ${place.address} ${place.port}
  priv_limit admin
  allowed_auths_callback none md2 md5 straight
  allowed_auths_user none md2 md5 straight
  allowed_auths_operator none md2 md5 straight
  allowed_auths_admin none md2 md5 straight
  guid ${place.guid}
  lan_config_program "${import.meta.dirname}/lan-config ${folder} ${place.address} ${place.netmask} ${place.mac}"
endlan
chassis_control "${import.meta.dirname}/chassis-control ${chassisFolder(folder)}"
serial 15 127.0.0.1 ${place.guestPort} codec VM
sol "tcp:127.0.0.1:${place.serialPort}" 115200
user 2 true "${place.user}" "${place.password}" admin 10 none md2 md5 straight
`;

/** What its sensors read from files in its folder, every second: a temperature in °C, a fan in units of 60 RPM. */
const readings = { temperature: 38, fan: 90 };

/**
 * One controller with an event log and two sensors; the numbers are device revision, firmware 1.0, support flags, maker and product.
 * A sensor is only read when its record was there before it.
 */
const emulation = (folder: string): string => `\
mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 1 0 0x9f 0x1291 0xf02
sel_enable 0x20 1000 0x0a
main_sdr_add 0x20 ${sensorRecord(1, 0x01, 1, 'CPU temperature', 1)}
main_sdr_add 0x20 ${sensorRecord(2, 0x04, 18, 'Fan 1', 60)}
sensor_add 0x20 0 1 0x01 0x01 poll 1000 file "${folder}/temperature"
sensor_set_threshold 0x20 0 1 settable 111000 0x50 0x4b 0x46 0 0 0
sensor_add 0x20 0 2 0x04 0x01 poll 1000 file "${folder}/fan"
mc_enable 0x20
`;

/** A full sensor record (IPMI 2.0 table 43-1): number, type, unit, name, and by how much a reading is multiplied. */
function sensorRecord(number: number, type: number, unit: number, name: string, times: number): string {
  const identity = [0x20, 0, number, 3, 1];
  const abilities = [0x67, 0x88, type, 0x01, 0xc0, 0x7f, 0xc0, 0x7f, 0x3f, 0x3f, 0, unit, 0];
  const scale = [0, times, 0, 0, 0, 0, 0];
  const limits = [0, 0, 0, 0, 0xff, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0, 0, 0];
  const body = [...identity, ...abilities, ...scale, ...limits, 0xc0 | name.length, ...Buffer.from(name)];
  return [0, 0, 0x51, 1, body.length, ...body].map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(' ');
}
