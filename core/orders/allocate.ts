// Which machines an order gets: free ones of its pool that fit, those first on which the right system is already. Pure.

import type { Catalog } from '../model/catalog.ts';
import { imageCalled } from '../model/image.ts';
import type { Node } from '../model/node.ts';
import type { Order } from '../model/order.ts';
import { bad, type Checked, ok, problem } from '../model/problem.ts';
import type { ProposalBody } from '../model/proposal.ts';
import { groupName } from '../model/run.ts';
import { freeIn } from '../plan/free.ts';
import { installingIn } from '../plan/installing.ts';
import { makePlan, type Plan } from '../plan/plan.ts';
import { readCondition } from '../plan/where.ts';

/** Who gives a server to its orderer: keys, and a passphrase for the console. */
export const HANDOVER = 'handover';

export type Chosen = { node: Node; path: 'fast' | 'cold' /** Its system is one that Prybar can install anew. */; ours: boolean };
/** What installs, and how. */
export type Installs = { role: string; barclamp: string; attributes: Record<string, unknown> };
export type Choice = { chosen: Chosen[] /** Machines that are still missing. */; missing: number; installs?: Installs };

/** Problems: nothing can install, though it would have to. */
export function chooseMachines(plan: Plan, catalog: Catalog, order: Order): Checked<Choice> {
  const { request } = order;
  const condition = request.where === undefined ? ok(() => true) : readCondition(request.where);
  if (!condition.ok) return condition;
  const isFree = freeIn(plan);
  const candidates = plan.nodes.filter(
    (node) => node.pool === request.pool && isFree(node) && condition.value(node) && (node.installation || node.system?.kind === 'live' || !request.image),
  );
  const installs = installsFor(plan, catalog, order, candidates);
  const fits = wouldBeDone(plan, catalog, order, installs, candidates);
  const rank = (node: Node): number => (node.system?.kind === 'installed' ? (fits(node) ? 0 : 2) : 1);
  const able = candidates.filter((node) => rank(node) === 0 || (rank(node) === 1 && installs));
  const chosen = able
    .toSorted((a, b) => rank(a) - rank(b))
    .slice(0, request.count)
    .map((node): Chosen => ({ node, path: rank(node) === 0 ? 'fast' : 'cold', ours: rank(node) === 1 || node.installation !== undefined }));
  if (!installs && candidates.length > able.length)
    return bad(problem('There is no barclamp that installs.', undefined, 'Install os-install, or order from machines that have a system.'));
  return ok({ chosen, missing: request.count - chosen.length, ...(installs && chosen.some(({ ours }) => ours) && { installs }) });
}

/** As the pool's own deployment installs its machines, with what the order says otherwise. */
function installsFor(plan: Plan, catalog: Catalog, { request }: Order, candidates: readonly Node[]): Installs | undefined {
  const declaration = [...catalog.roles.values()].map((role) => role.declaration).find(({ installs }) => installs);
  if (!declaration) return undefined;
  const { name: role, barclamp } = declaration;
  const place = candidates.flatMap((node) => installingIn(plan, catalog, node)).find((one) => one.barclamp === barclamp);
  const usual = plan.facts.proposals.find((p) => p.barclamp === barclamp && p.deployment === place?.deployment)?.body.attributes ?? {};
  return { role, barclamp, attributes: { ...usual, ...(request.image && { image: request.image }), ...request.settings[barclamp] } };
}

/** Whether the order would find nothing to install on the machine: asked of a plan in which it were in the order's deployment. */
function wouldBeDone(plan: Plan, catalog: Catalog, order: Order, installs: Installs | undefined, candidates: readonly Node[]): (node: Node) => boolean {
  const installed = candidates.filter(({ installation }) => installation);
  // What came with a system of its own is taken with it.
  if (!installs || !installed.length) return ({ installation }) => !installation;
  const { deployment } = order;
  const roles = { [installs.role]: installed.map(({ name }) => name) };
  const imagined = makePlan(
    {
      ...plan.facts,
      deployments: [...plan.facts.deployments, { name: deployment, summary: '', pools: [order.request.pool] }],
      proposals: [...plan.facts.proposals, { deployment, barclamp: installs.barclamp, commit: 1, body: { attributes: installs.attributes, roles } }],
    },
    catalog,
  );
  const group = imagined.groups.find((one) => one.deployment === deployment && one.role.declaration.name === installs.role);
  // Where nothing else is asked for than an image, who carries it will do, whatever has changed in the catalogue of images since.
  const wanted = order.request.settings[installs.barclamp] ? undefined : imageCalled(plan.facts.images ?? [], String(group?.attributes.image ?? ''))?.digest;
  return ({ id, installation }) => {
    if (!installation) return true;
    const run = plan.facts.lastDone.get(groupName(installation.deployment, installation.role))?.get(id);
    const carries = wanted !== undefined && run?.outputs?.image === wanted;
    return carries || (group !== undefined && installation.role === installs.role && installation.fingerprint.startsWith(`${group.fingerprint}.`));
  };
}

/** What is proposed in the order's deployment: the system, the hand-over and the roles, each on all servers. */
export function proposalsFor(
  { request }: Order,
  catalog: Catalog,
  servers: readonly { name: string; ours: boolean }[],
  installs: Installs | undefined,
): Map<string, ProposalBody> {
  const bodies = new Map<string, ProposalBody>();
  const all = servers.map(({ name }) => name);
  if (installs)
    bodies.set(installs.barclamp, { attributes: installs.attributes, roles: { [installs.role]: servers.filter(({ ours }) => ours).map(({ name }) => name) } });
  if (request.keys.length || request.console)
    bodies.set(HANDOVER, { attributes: { sshKeys: request.keys, console: request.console, ...request.settings[HANDOVER] }, roles: { [HANDOVER]: all } });
  for (const role of request.roles) {
    const { barclamp } = catalog.roles.get(role)!.declaration;
    const body = bodies.get(barclamp) ?? { attributes: request.settings[barclamp] ?? {}, roles: {} };
    bodies.set(barclamp, { ...body, roles: { ...body.roles, [role]: all } });
  }
  return bodies;
}

/** `web-{n}` with the lowest numbers that nobody has. */
export function namesFor(pattern: string, count: number, taken: ReadonlySet<string>): string[] {
  const names: string[] = [];
  for (let number = 1; names.length < count; number++) {
    const name = pattern.replace('{n}', String(number));
    if (!taken.has(name)) names.push(name);
  }
  return names;
}
