// Which BMC a machine has and how it is talked to: where it is comes from the machine or the operator, the account from the operator.

import { type BmcAccess, type Node, serialMatches } from '../model/node.ts';

export type BmcPlace = BmcAccess & { address: string };

/** Undefined when no access fits, or nobody knows where the BMC is. */
export function bmcOf(node: Node, accesses: readonly BmcAccess[]): BmcPlace | undefined {
  const access = accesses.find((candidate) => serialMatches(candidate.serials, node.serial));
  const address = access?.address ?? node.inventory?.bmc?.address;
  return access && address ? { ...access, address } : undefined;
}
