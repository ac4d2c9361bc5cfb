// What of a plan somebody is shown. The store shows a tenant only what is its own; plans are made for the whole site, so what is
// told of them is narrowed here.

import { ownsNodeRole, tenantStore } from '../access/tenant-store.ts';
import type { ForecastView, Hindrance } from '../model/plan.ts';
import type { Principal } from '../model/principal.ts';
import type { Problem } from '../model/problem.ts';
import { type NodeRoleKey, parseNodeRoleKey } from '../model/run.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { Context } from './context.ts';

export type Sight = {
  /** Of whom; absent: the whole site is seen. */
  tenant?: string;
  deployment(name: string): boolean;
  nodeRole(key: NodeRoleKey): boolean;
  problem(found: Problem): boolean;
  /** Without naming what is not seen. */
  hindrance(found: Hindrance): Hindrance;
};

export const everything: Sight = { deployment: () => true, nodeRole: () => true, problem: () => true, hindrance: (found) => found };

/** `current` as it is at the moment of each question. */
export function sightOf(tenant: string, current: Snapshot): Sight {
  const nodeRole = (key: NodeRoleKey): boolean => {
    const parts = parseNodeRoleKey(key);
    return parts !== undefined && ownsNodeRole(tenant, current.nodes.get(parts.nodeId), current.deployments.get(parts.deployment));
  };
  const ownNames = () => new Set([...current.nodes.values()].filter((node) => node.tenant === tenant).flatMap(({ id, name }) => [id, name]));
  return {
    tenant,
    deployment: (name) => current.deployments.get(name)?.tenant === tenant,
    nodeRole,
    problem: ({ where }) => {
      const by = where?.deployment === undefined ? undefined : current.deployments.get(where.deployment)?.tenant;
      return by === tenant || (by === undefined && where?.node !== undefined && ownNames().has(where.node));
    },
    hindrance: (found) =>
      found.key !== undefined && !nodeRole(found.key) ? { what: 'something has to be done first on machines of the site that are not yours' } : found,
  };
}

/** What a handler works with for this one. */
export function contextFor(context: Context, { tenant }: Pick<Principal, 'tenant'>): Context {
  if (tenant === undefined) return { ...context, site: context.store };
  return { ...context, site: context.store, store: tenantStore(context.store, tenant), sight: sightOf(tenant, context.facts.current) };
}

/** Times stay what they are, also where they come from work of others. */
export const narrowedForecast = (view: ForecastView, sight: Sight): ForecastView =>
  sight.tenant === undefined
    ? view
    : {
        ...view,
        criticalPath: view.criticalPath.filter(({ key }) => sight.nodeRole(key)),
        holdUps: view.holdUps.filter(({ key }) => sight.nodeRole(key)).map((one) => ({ ...one, why: sight.hindrance(one.why) })),
        milestones: view.milestones.filter(({ deployment }) => sight.deployment(deployment)),
      };
