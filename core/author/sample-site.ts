// A site to try a role in, where nothing is known but what the barclamp declares: machines, networks, what other roles have published.

import type { Role } from '../model/catalog.ts';
import type { Network } from '../model/network.ts';
import type { Node } from '../model/node.ts';
import type { Platform } from '../model/platform.ts';
import { type Problem, problem } from '../model/problem.ts';
import type { RecipeItem, ScopeNode } from '../model/recipe.ts';
import { scopeNode } from '../plan/fingerprint.ts';
import type { Group } from '../plan/plan.ts';
import { readCases } from './cases.ts';
import { derivedInputs, secretsFor } from '../plan/inputs.ts';
import { sampleOf } from './sample.ts';
import { sampleSecrets } from './sample-secrets.ts';
import type { Source } from './sources.ts';
import type { Subject } from './subject.ts';

export const sampleNetwork: Network = {
  name: 'admin',
  cidr: '192.0.2.0/24',
  adminAddress: '192.0.2.1',
  interface: 'eth0',
  range: { first: '192.0.2.50', last: '192.0.2.99' },
};

/** A machine that may hold the role. It has an address in each network that a test case of the barclamp knows. */
export function sampleNode(subject: Subject, role: Role | undefined, platform: Platform, number = 1): Node {
  const runsOn = role?.declaration.runsOn ?? ['admin'];
  const isAdmin = !runsOn.includes('installed') && !runsOn.includes('live');
  const name = isAdmin ? 'admin' : `n${number}`;
  const networks = readCases(subject).cases.flatMap((test) => Object.values(test.nodes).flatMap((node) => Object.keys(node.addresses ?? {})));
  return {
    id: name,
    name,
    remote: isAdmin ? 'local' : 'ssh',
    macs: [`52:54:00:00:00:0${number}`],
    approved: true,
    pool: 'default',
    addresses: Object.fromEntries(['admin', ...networks].map((network) => [network, `192.0.2.${10 + number}`])),
    discoveredAt: 0,
    contact: 'up',
    contactAt: 0,
    ...(role?.declaration.wipes && { leaving: { at: 0, disks: ['/dev/disk/by-id/sample'] } }),
    system: { kind: runsOn.includes('installed') || isAdmin ? 'installed' : 'live', instance: 'sample', platform },
  };
}

/** The role as a plan would have it, with these settings. */
export function sampleGroup(subject: Subject, role: Role, attributes: Record<string, unknown>): Group {
  const inputs: Record<string, unknown> = {};
  const site: Record<string, unknown> = {};
  const platform = subject.barclamp.platforms[0]!;
  const nodes: ScopeNode[] = [1, 2].map((number) => scopeNode(sampleNode(subject, role, platform, number)));
  for (const input of role.declaration.inputs) {
    const [source, output] = input.split('.') as [string, string];
    if (source === 'site') site[output] = sitePart(output, nodes);
    else inputs[output] = sampleOf(subject.catalog.roles.get(source)?.declaration.outputs[output] ?? {});
  }
  const roleNodes = Object.fromEntries(role.reads.map((name) => [name, nodes]));
  const plain = { deployment: 'sample', role, attributes, inputs, site, roleNodes, missing: [] as string[] } as Partial<Group> as Group;
  const group = { ...plain, ...derivedInputs(plain, subject.catalog) };
  return { ...group, revealed: sampleSecrets(secretsFor({ proposals: [] }, group, subject.catalog), role.declaration) };
}

function sitePart(name: string, nodes: ScopeNode[]): unknown {
  if (name === 'nodes') return nodes;
  if (name === 'networks') return { admin: sampleNetwork };
  if (name === 'images')
    return { 'debian-12': { digest: 'd'.repeat(64), bytes: 300_000_000, rawBytes: 1_300_000_000, rootPartition: 3, platform: 'debian-12' } };
  if (name === 'home') return { url: 'https://192.0.2.1:8443', authority: Array(32).fill('AB').join(':') };
  return { stateDir: '/var/lib/prybar', bootUrl: 'http://192.0.2.1:8080' };
}

/** A client may be installed to look with; nothing else is changed. */
const looks = (item: RecipeItem): boolean =>
  ['wait', 'http', 'package', 'repository'].some((key) => key in item) || ('command' in item && item.changes === false);

/** smoke.yml as a recipe that only looks, from a machine that holds none of the roles. What does more goes to `problems`. */
export function smokeSource({ barclamp, roles }: Subject, problems: Problem[]): Pick<Source, 'role' | 'source'>[] {
  const { smoke } = barclamp;
  if (!smoke) return [];
  for (const [index, item] of smoke.items.entries()) {
    if (!looks(item))
      problems.push(
        problem(
          'What proves that a service works only looks at it.',
          { file: smoke.file, line: smoke.lines[index]! },
          'Use wait, http, command with `changes: false`, and package for the client that these need.',
        ),
      );
  }
  const read = [...JSON.stringify(smoke.items).matchAll(/\bnodes\(\s*(?:'|\\")([a-z][a-z0-9-]*)(?:'|\\")\s*\)/g)].map((match) => match[1]!);
  const outsider: Role = {
    declaration: {
      ...roles[0]!.declaration,
      name: 'smoke',
      // All that its own roles publish, and all secrets of theirs.
      inputs: roles.flatMap(({ declaration }) => Object.keys(declaration.outputs).map((output) => `${declaration.name}.${output}`)),
      outputs: {},
      secrets: Object.assign({}, ...roles.map(({ declaration }) => declaration.secrets)) as Role['declaration']['secrets'],
      runsOn: ['admin'],
    },
    digest: '',
    reads: read,
    files: new Map(),
  };
  return [{ role: outsider, source: smoke }];
}
