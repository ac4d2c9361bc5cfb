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
};

/** Starts it; it takes calls within some milliseconds. `folder` keeps what it remembers and the machine's facts. */
export async function startBmc(name: string, folder: string, place: BmcPlace, command: (argv: string[]) => string[]): Promise<Child> {
  const config = path.join(folder, 'lan.conf');
  const commands = path.join(folder, 'bmc.emu');
  await writeFile(config, lanConfig(name, folder, place), { mode: 0o600 });
  await writeFile(commands, emulation);
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
  lan_config_program "${import.meta.dirname}/lan-config ${place.address} ${place.netmask} ${place.mac}"
endlan
chassis_control "${import.meta.dirname}/chassis-control ${chassisFolder(folder)}"
serial 15 127.0.0.1 ${place.guestPort} codec VM
user 2 true "${place.user}" "${place.password}" admin 10 none md2 md5 straight
`;

/** One controller with an event log; the numbers are device revision, firmware 1.0, support flags, maker and product. */
const emulation = `\
mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 1 0 0x9f 0x1291 0xf02 persist_sdr
sel_enable 0x20 1000 0x0a
mc_enable 0x20
`;
