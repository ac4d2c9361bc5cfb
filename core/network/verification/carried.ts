// Through which of its interfaces a network comes to a machine, by the settings of the barclamp network: as its template makes them, here told before
// anything is made.

import { nicsInOrder } from '../../model/inventory.ts';
import type { Node } from '../../model/node.ts';

export type Conduit = { name: string; interfaces: string[]; bond?: string; pools?: string[]; machines?: string[] };
/** As the barclamp's schema has it. */
export type PlannedNetwork = { name: string; cidr: string; conduit: string; vlan?: number; bridge?: boolean; mtu?: number };

export type Carried = {
  /** Its interfaces there, by name; none where its inventory has none that fits. */
  nics: string[];
  /** What carries the network once its role has been applied, the first that is there. */
  tops: string[];
};

const BY_ORDER = /^(?:([0-9]+)([gm]))?([1-9][0-9]?)$/;

export function carriedBy(network: PlannedNetwork, conduits: readonly Conduit[], node: Pick<Node, 'name' | 'pool' | 'inventory'>): Carried {
  const fits = ({ name, pools = [], machines = [] }: Conduit) =>
    name === network.conduit && ((!pools.length && !machines.length) || pools.includes(node.pool) || machines.includes(node.name));
  const { name, interfaces, bond = 'none' } = conduits.find(fits) ?? { name: network.conduit, interfaces: [network.conduit], bond: 'none' };
  const nics = nicsInOrder(node.inventory);
  const found = interfaces.map((wanted) => {
    const [, speed, unit, nth] = BY_ORDER.exec(wanted) ?? [];
    if (nth === undefined) return wanted;
    const mbits = Number(speed) * (unit === 'g' ? 1000 : 1);
    return nics.filter((nic) => speed === undefined || nic.speed === mbits)[Number(nth) - 1]?.name;
  });
  const bonded = bond !== 'none' || interfaces.length > 1;
  return {
    nics: found.filter((nic) => nic !== undefined),
    tops: [
      ...(network.bridge ? [`br-${network.name}`] : []),
      ...(network.vlan === undefined ? [] : [`vlan${network.vlan}`]),
      ...(bonded && network.vlan === undefined ? [name] : []),
    ],
  };
}

/** Most bytes of a packet in it, as the barclamp has it where nothing is said. */
export const PROMISED_MTU = 1500;
