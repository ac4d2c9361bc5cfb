// The facts of a trial: the machines of a case are the containers that were started for it, whose addresses take the place of the case's own
// wherever they are written. Roles for installed machines may be on them by container-ready, as in the lab.

import type { Entry } from '../containers.ts';
import type { Network } from '../model/network.ts';
import type { Node } from '../model/node.ts';
import { SYSTEM } from '../model/proposal.ts';
import type { Run } from '../model/run.ts';
import type { Committed } from '../plan/plan.ts';
import { type Case, factsOf } from './cases.ts';
import type { Converging } from './converge.ts';
import type { Subject } from './subject.ts';

export type TrialSite = {
  facts: Converging['facts'];
  /** The machine from which the service is looked at; no node of the deployment. */
  outside: Node;
  /** The proposals with no role on any machine: what was done is to be undone. */
  emptied: readonly Committed[];
  boxOf(node: Node): Entry;
};

const READY = 'container-ready';

/** `boxes`: one for each machine of the case, and one more. Without them the facts say what would be where. */
export function trialSite(subject: Subject, test: Case, boxes: Entry[] = []): TrialSite {
  const real = new Map<string, Entry>(Object.keys(test.nodes).flatMap((id, index) => (boxes[index] ? [[id, boxes[index]] as const] : [])));
  const moved = relocation(test, real);
  const given = factsOf(subject, {
    ...test,
    ...(moved({ attributes: test.attributes, beside: test.beside, networks: test.networks, site: test.site }) as Case),
  });
  const nodes = given.nodes.map((node): Node => onBox(node, real.get(node.id)));
  const last = boxes.at(-1);
  const outside = onBox({ ...nodes[0]!, id: 'outside', name: 'outside', addresses: {}, pool: 'outside' }, last);
  const ready = subject.catalog.roles.has(READY) && subject.name !== READY;
  const proposals: Committed[] = [
    ...given.proposals,
    ...(ready ? [{ deployment: SYSTEM, barclamp: READY, commit: 1, body: { attributes: {}, roles: { [READY]: namesOf(nodes) } } }] : []),
  ];
  return {
    facts: {
      ...given,
      nodes,
      proposals,
      networks: given.networks.length ? given.networks : networkOf(nodes),
      latest: new Map<string, Map<string, Run>>(),
      lastDone: new Map<string, Map<string, Run>>(),
      retries: new Map(),
    },
    outside,
    emptied: proposals.map((proposal) => ({ ...proposal, body: { ...proposal.body, roles: emptyRoles(subject, proposal.barclamp) } })),
    boxOf: (node) => (node.id === 'outside' ? last! : real.get(node.id)!),
  };
}

const namesOf = (nodes: Node[]): string[] => nodes.filter((node) => node.id !== 'admin').map((node) => node.name);

// Said for each role, because an implicit one that is not named places itself.
const emptyRoles = (subject: Subject, barclamp: string): Record<string, string[]> =>
  Object.fromEntries(Object.keys(subject.catalog.barclamps.get(barclamp)?.roles ?? {}).map((role) => [role, []]));

const onBox = (node: Node, box: Entry | undefined): Node => ({
  ...node,
  addresses: { ...node.addresses, ...(box && { admin: box.address }) },
  system: { kind: 'installed', instance: box?.id ?? 'none', platform: node.system?.platform ?? 'debian-12', ...(box && { hostKey: box.hostKey }) },
});

/** Puts real addresses where the case has its own: a machine's becomes that of its container, any other of the same /24 keeps its last octet. */
function relocation(test: Case, real: ReadonlyMap<string, Entry>): (value: unknown) => unknown {
  const exact = new Map<string, string>();
  const prefixes = new Map<string, string>();
  const prefixOf = (address: string): string => address.slice(0, address.lastIndexOf('.') + 1);
  for (const [id, box] of real) {
    const written = test.nodes[id]?.addresses?.admin;
    if (!written) continue;
    exact.set(written, box.address);
    prefixes.set(prefixOf(written), prefixOf(box.address));
  }
  const moveOne = (address: string): string => {
    const prefix = prefixes.get(prefixOf(address));
    return exact.get(address) ?? (prefix === undefined ? address : prefix + address.slice(address.lastIndexOf('.') + 1));
  };
  const move = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replace(/(?<![\d.])\d{1,3}(\.\d{1,3}){3}(?![\d.])/g, moveOne);
    if (Array.isArray(value)) return value.map(move);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, move(part)]));
  };
  return move;
}

/** The containers' own network, which is their admin network. */
function networkOf(nodes: Node[]): Network[] {
  const address = nodes[0]!.addresses.admin;
  if (!address) return [];
  const prefix = address.slice(0, address.lastIndexOf('.'));
  const adminAddress = nodes.find((node) => node.id === 'admin')?.addresses.admin ?? `${prefix}.1`;
  return [{ name: 'admin', cidr: `${prefix}.0/24`, adminAddress, interface: 'eth0', range: { first: `${prefix}.200`, last: `${prefix}.250` } }];
}
