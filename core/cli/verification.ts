// What was found when networks were tried, as text: a line for each check, a table of machines and networks, and what is wrong with what to do.

import type { VerificationView, VerifiedNetworkView } from '../api/contract.ts';
import type { CheckName, CheckState } from '../model/verification.ts';
import { coloured, problemLines, table, when } from './output.ts';

const checks: Record<CheckName, string> = {
  reach: 'machines see one another',
  mtu: 'large packets pass',
  dns: 'names are known',
  time: 'clocks agree',
  addresses: 'addresses are used once',
  dhcp: 'DHCP servers',
};
const states: Record<CheckState | 'never', string> = {
  well: 'well',
  warning: 'warning',
  fault: 'fault',
  partly: 'partly',
  unasked: 'not asked',
  never: 'never',
};

export function verificationText({ networks, served }: VerificationView): string {
  if (!networks.length) return 'There is no network yet: it comes with the virtual rack, or with --interface and --network.';
  const rows = networks.flatMap(({ id, vlan, checks: found }) =>
    found.map(({ check, state, machines, at, by, settings }) => [
      vlan === undefined ? id : `${id} (VLAN ${vlan})`,
      checks[check],
      coloured(states[state]),
      machines.length ? `${machines.filter((one) => one.state === 'well').length} of ${machines.length}` : '',
      at === undefined ? '' : `${when(at)}${by ? ` by ${by}` : ''}${settings === undefined ? '' : ', with earlier settings'}`,
    ]),
  );
  const problems = networks.flatMap(({ checks: found }) => found.flatMap((one) => one.problems));
  const unasked = networks.flatMap(({ id, checks: found }) =>
    found.flatMap(({ machines }) => machines.filter(({ state }) => state === 'unasked').map(({ name, why }) => `  ${name} in ${id}: ${why}`)),
  );
  return [
    table(['NETWORK', 'CHECK', 'STATE', 'WELL', 'TRIED'], rows, ''),
    ...(networks.length > 1 ? [matrix(networks)] : []),
    ...(problems.length ? [problemLines(problems)] : []),
    ...(unasked.length ? [['Could not be asked:', ...new Set(unasked)].join('\n')] : []),
    ...(served ? [] : ['No machines are served now, so that none can be asked.']),
  ].join('\n\n');
}

/** Which machine is seen in which network. */
function matrix(networks: readonly VerifiedNetworkView[]): string {
  const reach = networks.map(({ checks: found }) => new Map(found.find(({ check }) => check === 'reach')?.machines.map(({ name, state }) => [name, state])));
  const names = [...new Set(reach.flatMap((machines) => [...machines.keys()]))].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const words = { well: 'seen', fault: 'not seen', unasked: 'not asked' };
  const rows = names.map((name) => [name, ...reach.map((machines) => (machines.has(name) ? coloured(words[machines.get(name)!]) : '·'))]);
  return table(['MACHINE', ...networks.map(({ id }) => id)], rows, 'No machine was asked yet.');
}

/** 1 where something is wrong. */
export const statusOf = (networks: readonly VerifiedNetworkView[]): number =>
  networks.some(({ checks: found }) => found.some(({ state }) => state === 'fault')) ? 1 : 0;
