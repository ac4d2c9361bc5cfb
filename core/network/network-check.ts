// Who answers machines that boot: the network is asked as one of them would ask, from the admin's own interface, and what comes back is held
// against how it should be.

import { spawn } from 'node:child_process';
import path from 'node:path';
import type { DhcpOffer, Network } from '../model/network.ts';
import { bad, type Checked, ok, problem, type Problem } from '../model/problem.ts';
import type { Namespace } from './namespace.ts';

/** Servers that first see whether an address is free (a ping, as dnsmasq does) take three seconds for it. */
const LISTEN_MS = 5500;

/** Everybody that answers, the admin node itself among them. A Problem where nothing can be asked from here. */
export async function askForServers(network: Network, namespace: Pick<Namespace, 'command'>, listenMs = LISTEN_MS): Promise<Checked<DhcpOffer[]>> {
  const probe = path.join(import.meta.dirname, 'dhcp-probe.ts');
  const [program, ...args] = namespace.command([process.execPath, probe, network.adminAddress, String(listenMs)]);
  const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve).once('error', (error) => (complaint += error.message)));
  if (status !== 0)
    return bad(
      problem(
        `The network ${network.name} cannot be asked from ${network.interface}: ${complaint.trim() || `status ${status}`}.`,
        undefined,
        `Has ${network.interface} the address ${network.adminAddress}, and does Prybar run as root? Ports below 1024 are needed.`,
      ),
    );
  const offers = said
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as DhcpOffer);
  // Asked twice, some offer another address the second time.
  return ok([...new Map(offers.map((offer) => [offer.server, offer])).values()]);
}

/** Why machines would not boot as they should; none when all is well. */
export function judge(network: Network, mode: 'own' | 'proxy', offers: readonly DhcpOffer[]): Problem[] {
  const others = offers.filter(({ server }) => server !== network.adminAddress);
  const own = offers.some(({ server }) => server === network.adminAddress);
  const where = { pointer: `/networks/${network.name}` };
  const silent = problem(
    `The admin node's own DHCP server does not answer on ${network.interface}.`,
    where,
    'See whether dhcp-server on the admin node is done, and whether addresses are left in the range.',
  );
  if (mode === 'own')
    return [
      ...(own ? [] : [silent]),
      ...others.map((offer) =>
        problem(
          `Another DHCP server, ${offer.server}, answers on ${network.interface}: it ${whatItWouldDo(offer)}.`,
          where,
          'Switch it off or take it out of this network. If it is the one that should give out addresses, set DHCP to proxy in the settings of provisioner.',
        ),
      ),
    ];
  return [
    ...(own ? [] : [silent]),
    ...(others.some(({ address }) => address)
      ? []
      : [
          problem(
            `No DHCP server gives out addresses on ${network.interface}, and the admin node is told to leave that to another.`,
            where,
            "Connect the site's DHCP server to this network, or set DHCP to own in the settings of provisioner.",
          ),
        ]),
    ...others
      .filter(({ bootFile }) => bootFile)
      .map((offer) =>
        problem(
          `The DHCP server ${offer.server} ${whatItWouldDo(offer)}; machines may take that for what to boot.`,
          where,
          'Take what to boot (options 66 and 67, next server) out of its settings.',
        ),
      ),
  ];
}

const whatItWouldDo = ({ address, bootFile }: DhcpOffer): string =>
  [address && `would give a machine ${address}`, bootFile && `${address ? '' : 'would '}have it boot ${bootFile}`].filter(Boolean).join(' and ') ||
  'would answer without an address';
