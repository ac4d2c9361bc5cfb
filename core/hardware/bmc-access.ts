// Which accounts may work at a machine's BMC, and where that is: first what a role made there, then what an operator entered.
// Which of them does is found out by find-bmc.ts.

import type { BmcProtocol } from '../model/bmc.ts';
import { type BmcAccess, type Node, serialMatches } from '../model/node.ts';

/** What a role publishes that has made an account: `outputs.account`. `secret` is the role's own name for the password. */
export type MadeAccount = { address: string; user: string; secret: string /** One of them is forced; anything else: whichever answers. */; protocol?: string };

export type BmcAccount = {
  /** Tells it from others and changes when anything of it does, but for the password. */
  id: string;
  address: string;
  /** Of the protocol that is forced; the protocol's own when absent. */
  port?: number;
  /** Forced; absent: whichever answers. */
  protocol?: BmcProtocol;
  user: string;
  password(): Promise<string | undefined>;
};

/** With the password as it is now, and as it was before it was replaced: the role may not have been applied since. */
export function accountsMade(made: MadeAccount, by: string, rotation: number, passwordOf: (rotation: number) => Promise<string | undefined>): BmcAccount[] {
  const { address, user } = made;
  const protocol = made.protocol === 'ipmi' || made.protocol === 'redfish' ? made.protocol : undefined;
  return [rotation, rotation - 1]
    .filter((count) => count >= 0)
    .map((count) => ({
      id: [by, count, protocol, address, user].join(' '),
      address,
      ...(protocol && { protocol }),
      user,
      password: () => passwordOf(count),
    }));
}

export function accountsEntered(node: Node, accesses: readonly BmcAccess[], secretOf: (name: string) => Promise<string | undefined>): BmcAccount[] {
  const fits = ({ nodeId, serials }: BmcAccess): boolean => (nodeId === undefined ? serialMatches(serials, node.serial) : nodeId === node.id);
  const own = (access: BmcAccess): number => (access.nodeId === undefined ? 1 : 0);
  return accesses
    .filter(fits)
    .toSorted((a, b) => own(a) - own(b))
    .flatMap((access) => {
      const address = access.address ?? node.inventory?.bmc?.address;
      if (!address) return [];
      const { protocol, port, user, secret } = access;
      return [
        {
          id: [access.id, protocol, address, port, user].join(' '),
          address,
          ...(port && { port }),
          ...(protocol && { protocol }),
          user,
          password: () => secretOf(secret),
        },
      ];
    });
}
