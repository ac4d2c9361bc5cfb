// What a role may read: its proposal's attributes, the outputs it declared as inputs, and the parts of the site it asked for.

import type { Barclamp } from '../model/barclamp.ts';
import type { Catalog, Role } from '../model/catalog.ts';
import type { SiteImage } from '../model/extension.ts';
import type { Image } from '../model/image.ts';
import { type Problem, problem } from '../model/problem.ts';
import type { AdminSite, Network } from '../model/network.ts';
import { SYSTEM } from '../model/proposal.ts';
import type { ScopeNode } from '../model/recipe.ts';
import type { SecretRequest } from '../model/secret.ts';
import { withDefaults } from '../schema.ts';
import { compareNames } from './names.ts';
import { scopeNode } from './fingerprint.ts';
import { deploymentOf, sharesTenant } from './place.ts';
import type { Committed, Group, Plan, PlanFacts } from './plan.ts';

/** The attributes of the role's barclamp in this deployment, else in the system's, with the schema's defaults filled in. */
export function attributesOf(proposals: readonly Committed[], deployment: string, role: Role, catalog: Catalog): Record<string, unknown> {
  const { barclamp } = role.declaration;
  const proposal =
    proposals.find((p) => p.barclamp === barclamp && p.deployment === deployment) ?? proposals.find((p) => p.barclamp === barclamp && p.deployment === SYSTEM);
  return withDefaults(catalog.barclamps.get(barclamp)!.proposalSchema, proposal?.body.attributes ?? {});
}

/** Which secrets the group is given. They belong to the deployment whose proposal the barclamp's settings come from. */
export function secretsFor(facts: Pick<PlanFacts, 'proposals' | 'rotations'>, group: Group, catalog: Catalog): SecretRequest[] {
  const owner = (barclamp: string): string => {
    const has = (deployment: string) => facts.proposals.some((p) => p.barclamp === barclamp && p.deployment === deployment);
    return !has(group.deployment) && has(SYSTEM) ? SYSTEM : group.deployment;
  };
  return Object.entries(group.role.declaration.secrets).flatMap(([name, declared]) => {
    const { barclamp, called, declaration } =
      declared.kind === 'reference'
        ? { barclamp: declared.barclamp, called: declared.name, declaration: declarationOf(catalog, declared.barclamp, declared.name) }
        : { barclamp: group.role.declaration.barclamp, called: name, declaration: declared };
    // The catalogue refuses references that lead nowhere; what it refused may still be placed.
    if (!declaration || declaration.kind === 'reference') return [];
    const id = `${owner(barclamp)}/${barclamp}/${called}`;
    return [{ name, id, declaration, rotation: facts.rotations?.get(id)?.count ?? 0 }];
  });
}

const declarationOf = (catalog: Catalog, barclamp: string, name: string) =>
  Object.values(catalog.barclamps.get(barclamp)?.roles ?? {}).find((role) => role.secrets[name])?.secrets[name];

export function inputsFor(plan: Plan, group: Group): Pick<Group, 'inputs' | 'missing' | 'site' | 'roleNodes'> {
  const inputs: Record<string, unknown> = {};
  const site: Record<string, unknown> = {};
  const missing: string[] = [];
  for (const input of group.role.declaration.inputs) {
    const [source, output] = input.split('.') as [string, string];
    if (source === 'site') {
      const part = sitePart(plan, output, group);
      if (part === undefined) missing.push(input);
      else site[output] = part;
      continue;
    }
    const value = publishedBy(plan, groupsCalled(group, source), output);
    if (value === undefined) missing.push(input);
    else inputs[output] = value;
  }
  const roleNodes: Record<string, ScopeNode[]> = {};
  for (const { role, groups } of group.reads) roleNodes[role] = groups.flatMap((g) => membersOf(plan, g));
  return { inputs, missing, site, roleNodes };
}

/** With what the barclamp's extension works out for the role; that it fails, or would hide an input, is the group's fault. */
export function derivedInputs(group: Group, catalog: Catalog): { inputs: Record<string, unknown>; fault?: Problem } {
  const { inputs, attributes, site, roleNodes } = group;
  const { name, barclamp } = group.role.declaration;
  const derive = catalog.barclamps.get(barclamp)!.extension?.deriveInputs;
  // It is not asked before all is there that it may ask for.
  if (!derive || group.missing.length) return { inputs };
  const where = { deployment: group.deployment, role: name };
  const derived = derive(name, { attributes, inputs, site, roleNodes });
  if (!derived.ok) return { inputs, fault: { ...derived.problems[0]!, where: { ...derived.problems[0]!.where, ...where } } };
  const hidden = Object.keys(derived.value).find((key) => Object.hasOwn(inputs, key));
  if (hidden === undefined) return { inputs: { ...inputs, ...derived.value } };
  return {
    inputs,
    fault: problem(
      `deriveInputs gives ${hidden}, which is an input of ${name} already.`,
      { file: `${barclamp}/extension.ts`, ...where },
      'Call it differently.',
    ),
  };
}

/** What the barclamp downloads, as the boot server has it. */
export function downloadsAt(site: AdminSite | undefined, { bundle }: Barclamp): Pick<Group, 'downloads'> {
  if (!site || !bundle.downloads?.length) return {};
  return { downloads: new Map(bundle.downloads.map(({ sha256 }) => [sha256, `${site.bootUrl}/downloads/${sha256}`])) };
}

const groupsCalled = (group: Group, role: string): Group[] =>
  (group.orphan ? group.upstream : [...group.requires, ...group.waitsFor]).filter((edge) => edge.role === role).flatMap((edge) => edge.groups);

// Lists are joined over all nodes in the order of their names, without repeats; of anything else the first node's value counts.
function publishedBy(plan: Plan, groups: Group[], output: string): unknown {
  let joined: unknown[] | undefined;
  for (const group of groups) {
    for (let vertex = group.start; vertex < group.end; vertex++) {
      const node = plan.nodes[plan.nodeOf[vertex]!]!;
      const value = group.lastDone.get(node.id)?.outputs?.[output];
      if (value === undefined) continue;
      if (!Array.isArray(value)) return value;
      joined = [...(joined ?? []), ...value];
    }
  }
  return joined && [...new Map(joined.map((value) => [JSON.stringify(value), value])).values()];
}

export const membersOf = (plan: Plan, group: Group): ScopeNode[] =>
  Array.from({ length: group.end - group.start }, (_, i) => scopeNode(plan.nodes[plan.nodeOf[group.start + i]!]!));

/** What may be known of images: the newest of each name. */
export function imagesByName(images: readonly Image[]): Record<string, SiteImage> {
  const oldestFirst = images.toSorted((a, b) => a.createdAt - b.createdAt || compareNames(a.digest, b.digest));
  return Object.fromEntries(
    oldestFirst.map(({ name, digest, bytes, rawBytes, rootPartition, platform, architecture, pieces, tree }) => [
      name,
      { digest, bytes, rawBytes, rootPartition, platform, ...(architecture && { architecture }), ...(pieces && { pieces }), ...(tree && { tree }) },
    ]),
  );
}

/** That a deployment may give to machines: those that were made of machines of others are no business of a tenant's. */
export function imagesKnownTo({ facts, nodes, indexOf }: Plan, deployment: string): Image[] {
  const taking = deploymentOf(facts, deployment);
  return (facts.images ?? []).filter(({ provenance: { captured } }) => !captured || sharesTenant(nodes[indexOf.get(captured.nodeId) ?? -1], taking));
}

// A role that names one is given that one alone: it has nothing to do anew because there are others.
function imagesFor(images: readonly Image[], named: unknown): Record<string, SiteImage> | undefined {
  const all = imagesByName(images);
  if (typeof named === 'string') return Object.hasOwn(all, named) ? { [named]: all[named]! } : undefined;
  return images.length ? all : undefined;
}

export const networksByName = (networks: readonly Network[]): Record<string, Network> => Object.fromEntries(networks.map((network) => [network.name, network]));

function sitePart(plan: Plan, name: string, { attributes, deployment }: Group): unknown {
  if (name === 'nodes') {
    const taking = deploymentOf(plan.facts, deployment);
    return plan.nodes.filter((node) => node.approved && sharesTenant(node, taking)).map(scopeNode);
  }
  if (name === 'networks') return networksByName(plan.facts.networks);
  if (name === 'images') return imagesFor(imagesKnownTo(plan, deployment), attributes.image);
  const { home = {}, ...admin } = plan.facts.site ?? {};
  // A part of its own: whoever reads of the admin node has nothing to do anew because machines call it.
  return name === 'home' ? home : admin;
}
