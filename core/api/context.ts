// What the handlers work with, and the shape of a handler. Each resource's file exports a part of the table in contract.ts.

import type { Readable } from 'node:stream';
import type { Attempts } from '../access/attempts.ts';
import type { Shelf } from '../catalog/shelf.ts';
import type { Backups } from '../backup/backups.ts';
import type { BmcAccount } from '../hardware/bmc-access.ts';
import type { Bmc } from '../hardware/power.ts';
import type { Switched } from '../hardware/switch.ts';
import type { FirmwareFiles } from '../images/firmware-files.ts';
import type { Images } from '../images/images.ts';
import type { Imports } from '../images/imports.ts';
import type { Catalog } from '../model/catalog.ts';
import type { Lease } from '../model/lease.ts';
import type { Principal } from '../model/principal.ts';
import { type Checked, problem, type Problem, ProblemError } from '../model/problem.ts';
import type { Network } from '../model/network.ts';
import type { Node, Revised } from '../model/node.ts';
import type { Proposal } from '../model/proposal.ts';
import type { NodeRoleKey, RunMode } from '../model/run.ts';
import type { Namespace } from '../network/namespace.ts';
import type { VerifyOptions, WantedNetwork } from '../network/verification/verify.ts';
import type { CheckResult } from '../model/verification.ts';
import { type Group, type Plan, vertexOf } from '../plan/plan.ts';
import type { Planner } from '../plan/planner.ts';
import type { FollowedFacts } from '../store/snapshot.ts';
import type { PruneRule, Store } from '../store/store.ts';
import type { Destinations } from '../webhooks/destination.ts';
import type { History } from './history.ts';
import type { Sight } from './sight.ts';
import type { Body, LabView, LabWish, Params, Query, Response, RouteName, Routes } from './contract.ts';

/** How the API switches machines; the way to the BMC is hardware/'s business. */
export type PowerSwitch = (node: Node, action: 'on' | 'off' | 'cycle' | 'status') => Promise<Checked<Switched>>;

/** The network in which machines are served now, and the way into it. */
export type ServedNetwork = { network: Network; namespace: Namespace };

export type LabControl = { view(): LabView; start(wish: LabWish): Promise<Checked<LabView>>; stop(): Promise<LabView> };

export type Context = {
  /** To show who one is by a passphrase. */
  attempts: Attempts;
  /** A tenant's shows only what is its own. */
  store: Store;
  /** The same without regard to tenants, for what is given out over the whole site: names and addresses. Whose something is, `store` says first. */
  site: Store;
  /** What of a plan is shown to whoever asks. */
  sight: Sight;
  facts: FollowedFacts;
  planner: Planner;
  catalog(): Catalog;
  shelf: Shelf;
  power: PowerSwitch;
  /** Starts it anew, so that it asks the network or its disk next; `asked` as the value where somebody has to do it. */
  restart(node: Node, from: 'pxe' | 'disk'): Promise<Checked<unknown>>;
  /** The way to its BMC. */
  bmc(node: Node): Promise<Checked<Bmc>>;
  /** Those that may work at the BMC of a machine, first the best. */
  bmcAccounts(): Promise<(node: Node) => BmcAccount[]>;
  lab: LabControl;
  served(): ServedNetwork | undefined;
  /** The admin node's own, whether machines are served in it or not. */
  ownNetwork: Namespace;
  /** How much history stays. */
  keep: PruneRule;
  /** What applying or removing a role would do on a machine. */
  foresee: {
    check(group: Group, node: Node, mode: RunMode): Promise<{ resources: { name: string; diff?: string }[]; problem?: Problem }>;
    reactions(group: Group, node: Node, mode: RunMode): string[];
    /** With stars for secrets. */
    program(group: Group, node: Node, mode: RunMode, run: 'apply' | 'check'): Checked<string>;
  };
  history: History;
  /** Has what changed in the plan until now kept, so that reading the past does not lack the last of it. */
  lookAtPlan(): Promise<void>;
  /** The same for the history of machines. */
  lookAtMachines(): Promise<void>;
  /** Attempts of the annealer at the same time. */
  limit: number;
  /** Has what a barclamp's bundle names ready for machines without internet. */
  needPackages(barclamp?: string): Promise<void>;
  images: Images;
  imports: Imports;
  /** Of the admin node's own DHCP server; undefined where it gives out none. */
  leases(): Promise<Lease[] | undefined>;
  /** address → MAC, of those that answer. */
  askAddresses(network: Network, addresses: readonly string[]): Promise<Checked<Map<string, string>>>;
  /** Tries networks between the machines that are up. */
  verifyNetworks(networks: readonly WantedNetwork[], wish: Pick<VerifyOptions, 'names' | 'clockMs'>): Promise<Checked<Map<string, CheckResult[]>>>;
  firmwareFiles: FirmwareFiles;
  backups: Backups;
  /** Seals it under this name. */
  keepSecret(name: string, text: string): Promise<void>;
  /** For Prybar's own use towards others; no answer has it. */
  secretCalled(name: string): Promise<string | undefined>;
  /** So that only who holds the key of this recipient can read it. */
  sealFor(recipient: string, text: string): Promise<Checked<string>>;
  /** Where what is told may go. */
  destinations: Destinations;
  rotateSecret(id: string, revision: number | 'new', text?: string): Promise<Checked<unknown>>;
  /** Of the page over HTTPS: who signed its certificate (PEM); and where it is, when it is served so. */
  authority(): Promise<{ pem: string; url?: string }>;
  /** Of where machines call that were sent away: who signed its certificate (PEM); and where it is, when they can. */
  home: { authority(): Promise<string>; url(): string | undefined };
  version: string;
  startedAt: number;
  now(): number;
};

export type Handlers = {
  [N in RouteName]: (
    context: Context,
    request: { params: Params<N>; query: Query<N>; body: Body<N>; principal: Principal } & WithFile<N>,
  ) => Promise<Response<N>>;
};
/** What is sent as it is. */
type WithFile<N extends RouteName> = Routes[N] extends { file: string } ? { file: Readable } : unknown;

/** The value, or its Problems as the answer. */
export function orRefuse<T>(checked: Checked<T>, status = 422): T {
  if (checked.ok) return checked.value;
  throw new ProblemError(checked.problems, status);
}

export const notFound = (what: string, next: string): ProblemError => new ProblemError(problem(what, undefined, next), 404);

/** Those that were taken away are only there for what is still to be undone. */
export const proposalsIn = async (store: Store): Promise<Revised<Proposal>[]> => (await store.list('proposal')).filter((proposal) => !proposal.removed);

/** Its vertex in the plan. */
export function nodeRoleCalled({ sight }: Context, plan: Plan, key: NodeRoleKey): number {
  const vertex = vertexOf(plan, key);
  if (vertex === undefined || !sight.nodeRole(key)) throw notFound(`There is no node-role ${key} in the plan.`, 'See: prybar status');
  return vertex;
}

export async function nodeCalled(store: Store, name: string): Promise<Revised<Node>> {
  const node = (await store.get('node', name)) ?? (await store.list('node')).find((candidate) => candidate.name === name);
  if (!node) throw notFound(`There is no machine called ${name}.`, 'See: prybar node list');
  return node;
}
