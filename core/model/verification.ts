// What was found when the networks of the site were tried between the machines that are up: kept as facts, the newest of each network.

import type { Problem } from './problem.ts';

/** `reach`: who sees whom; `mtu`: whether packets pass that are as large as was promised; the last two ask the network itself. */
export type CheckName = 'reach' | 'mtu' | 'dns' | 'time' | 'addresses' | 'dhcp';

/** `partly`: those that were asked are well, others could not be asked. `unasked`: nobody could. */
export type CheckState = 'well' | 'warning' | 'fault' | 'partly' | 'unasked';

/** `why`: what is wrong with it, or why it could not be asked. */
export type MachineFinding = { node: string; name: string; state: 'well' | 'fault' | 'unasked'; why?: string };

export type CheckResult = {
  check: 'reach' | 'mtu' | 'dns' | 'time';
  /** By name. */
  machines: MachineFinding[];
  problems: Problem[];
};

export type NetworkVerification = {
  /** Name of a network of the site, or `deployment.name` of one in the settings of the barclamp network. */
  network: string;
  /** Unix ms. */
  at: number;
  by: string;
  /** Of the network, as they were asked by: what was found is not true of others. */
  settings: string;
  results: CheckResult[];
};

/** What machines and Problems say together. A check that has no machines to speak of is as good as its Problems. */
export function stateOf({ machines, problems }: { machines: readonly MachineFinding[]; problems: readonly Problem[] }): CheckState {
  if (problems.some(({ severity }) => severity === 'error') || machines.some(({ state }) => state === 'fault')) return 'fault';
  if (problems.length) return 'warning';
  if (machines.length && machines.every(({ state }) => state === 'unasked')) return 'unasked';
  return machines.some(({ state }) => state === 'unasked') ? 'partly' : 'well';
}
