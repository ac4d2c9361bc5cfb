// Servers that a program asks for: so many of a shape, with a system and roles, opened by the orderer's keys. What was asked for and when each
// step was reached are facts; how far an order is, is derived.

import type { Problem } from './problem.ts';

export type OrderRequest = {
  count: number;
  pool: string;
  /** Condition on machines, as proposals write them. */
  where?: string;
  /** By name; as the pool's own installation says when absent. */
  image?: string;
  /** Each is put on every server. */
  roles: string[];
  /** Of barclamps, by their names, where they differ from what these give. */
  settings: Record<string, Record<string, unknown>>;
  /** Public SSH keys that become root, one line each. */
  keys: string[];
  /** With `{n}` for a number; machines keep their names when absent. */
  names?: string;
  /** A passphrase for root at the console of each, sealed for `sealFor`. */
  console: boolean;
  /** An SSH public key (Ed25519 or RSA) or an age recipient. */
  sealFor?: string;
};

export type OrderedServer = {
  nodeId: string;
  name: string;
  /** `fast`: its system was there already. */
  path: 'fast' | 'cold';
  /** Unix ms. */
  allocatedAt: number;
  installedAt?: number;
  readyAt?: number;
  /** Its credentials, as age armours them: for who holds the key. */
  sealed?: string;
};

export type Order = {
  id: string;
  by: string;
  /** Unix ms. */
  at: number;
  /** SHA-256 of what was asked for. */
  digest: string;
  request: OrderRequest;
  /** Its own deployment, and the pool of its machines. */
  deployment: string;
  /** Empty until there are enough machines. */
  servers: OrderedServer[];
  allocatedAt?: number;
  readyAt?: number;
  /** What failed, as long as it does. */
  failed?: { at: number; problems: Problem[] };
  /** Somebody gives it back. */
  leaving?: { at: number; erase: boolean };
  /** Nothing of it is left, or it was cancelled before there was anything. */
  endedAt?: number;
};

export type OrderState = 'waiting' | 'working' | 'failed' | 'ready' | 'leaving' | 'released' | 'cancelled';

export function stateOfOrder({ servers, failed, readyAt, leaving, endedAt }: Order): OrderState {
  if (endedAt) return servers.length ? 'released' : 'cancelled';
  if (leaving) return 'leaving';
  if (!servers.length) return 'waiting';
  if (failed) return 'failed';
  return readyAt ? 'ready' : 'working';
}

/** The deployment, and the pool, of the order with this id. */
export const deploymentOfOrder = (id: string): string => `order-${id}`;
