// The facts a plan is made from, held in memory and kept up with the change feed: after the first load only what changed is read.
// Readers call `refresh` and then look; what they got stays as it was, because each fact is replaced, never edited.

import type { InstalledBarclamp } from '../model/barclamp.ts';
import type { Image } from '../model/image.ts';
import type { AdminSite, Network } from '../model/network.ts';
import type { Node, Revised } from '../model/node.ts';
import type { Retry } from '../model/progress.ts';
import type { Deployment, Proposal } from '../model/proposal.ts';
import type { SecretRotation } from '../model/secret.ts';
import { groupName, indexRuns, type NodeRoleKey, type Run, setRun } from '../model/run.ts';
import type { CheckRequest, Drift, Health } from '../model/watch.ts';
import type { Change, FactKind, Facts, Store } from './store.ts';

export type Snapshot = {
  nodes: Map<string, Revised<Node>>;
  deployments: Map<string, Deployment>;
  proposals: Map<string, Revised<Proposal>>;
  networks: Map<string, Network>;
  barclamps: Map<string, InstalledBarclamp>;
  retries: Map<NodeRoleKey, Retry>;
  health: Map<NodeRoleKey, Health>;
  drift: Map<NodeRoleKey, Drift>;
  checks: Map<NodeRoleKey, CheckRequest>;
  /** By digest. */
  images: Map<string, Image>;
  rotations: Map<string, SecretRotation>;
  site: AdminSite | undefined;
  latest: Map<string, Map<string, Run>>;
  lastDone: Map<string, Map<string, Run>>;
  /** Position in the change feed. */
  seq: number;
};

/** What has changed, by what it is about; `other` stands for all that is seldom. */
export type Changes = { nodes: Set<string>; keys: Set<string>; proposals: Set<string>; other: boolean };

export type FollowedFacts = {
  readonly current: Snapshot;
  seq(): number;
  facts(): ReturnType<typeof planFacts>;
  /** Undefined when the position lies too far back. */
  changedSince(seq: number): Changes | undefined;
  /** Catches up; true when something changed that a plan may depend on. */
  refresh(): Promise<boolean>;
};

const BATCH = 5000;
// Beyond it a plan is made from nothing, which by then is as quick.
const JOURNAL = 100_000;

type Entry = { seq: number; kind: string; about: string };

export async function followFacts(store: Store): Promise<FollowedFacts> {
  const current: Snapshot = await loadAll(store);
  const journal: Entry[] = [];
  let refreshing: Promise<boolean> | undefined;
  return {
    current,
    seq: () => current.seq,
    facts: () => planFacts(current),
    changedSince: (seq) => since(journal, current, seq),
    // Two callers at once share one reading of the feed.
    refresh() {
      refreshing ??= catchUp(store, current, journal).finally(() => {
        refreshing = undefined;
      });
      return refreshing;
    },
  };
}

function since(journal: readonly Entry[], current: Snapshot, seq: number): Changes | undefined {
  // Older than the journal: nobody knows what is missing.
  if (seq < current.seq && seq < (journal[0]?.seq ?? 0) - 1 && journal.length >= JOURNAL) return undefined;
  const changes: Changes = { nodes: new Set(), keys: new Set(), proposals: new Set(), other: false };
  for (let at = journal.length - 1; at >= 0 && journal[at]!.seq > seq; at--) {
    const { kind, about } = journal[at]!;
    if (kind === 'node') changes.nodes.add(about);
    else if (kind === 'run' || kind === 'retry') changes.keys.add(about);
    // The id of a proposal is `deployment.barclamp`, and neither has a dot.
    else if (kind === 'proposal') changes.proposals.add(about.replace('.', '/'));
    else changes.other = true;
  }
  return changes;
}

async function loadAll(store: Store): Promise<Snapshot> {
  const seq = await store.lastSeq();
  const byId = async <K extends FactKind>(kind: K, id: (fact: Facts[K]) => string) => new Map((await store.list(kind)).map((fact) => [id(fact), fact]));
  const latest = indexRuns(await store.latestRuns());
  const lastDone = indexRuns(await store.latestDoneRuns());
  return {
    nodes: await byId('node', (node) => node.id),
    deployments: await byId('deployment', (deployment) => deployment.name),
    proposals: await byId('proposal', (proposal) => proposal.id),
    networks: await byId('network', (network) => network.name),
    barclamps: await byId('barclamp', (barclamp) => barclamp.name),
    retries: await byId('retry', (retry) => retry.key),
    health: await byId('health', (health) => health.key),
    drift: await byId('drift', (drift) => drift.key),
    checks: await byId('check', (check) => check.key),
    images: await byId('image', (image) => image.digest),
    rotations: await byId('secretRotation', (rotation) => rotation.id),
    site: await store.get('site', 'admin'),
    latest,
    lastDone,
    seq,
  };
}

async function catchUp(store: Store, snapshot: Snapshot, journal: Entry[]): Promise<boolean> {
  let relevant = false;
  for (;;) {
    const changes = await store.changes(snapshot.seq, BATCH);
    const newest = newestOfEach(changes);
    const runs = new Map<string, Run>();
    for (const run of await store.runsById(newest.flatMap(({ kind, id }) => (kind === 'run' ? Number(id) : [])))) runs.set(String(run.id), run);
    for (const change of newest) {
      const about = change.kind === 'run' ? takeRun(snapshot, runs.get(change.id)) : await take(store, snapshot, change);
      if (!about) continue;
      relevant = true;
      journal.push({ seq: change.seq, kind: change.kind, about });
    }
    if (journal.length > JOURNAL) journal.splice(0, journal.length - JOURNAL);
    snapshot.seq = changes.at(-1)?.seq ?? snapshot.seq;
    if (changes.length < BATCH) return relevant;
  }
}

// A fact that changed ten times is read once.
function newestOfEach(changes: readonly Change[]): Change[] {
  const newest = new Map<string, Change>();
  // A run is known by its number alone: most changes are of runs, and texts made for each would be thrown away.
  for (const change of changes) newest.set(change.kind === 'run' ? change.id : `${change.kind} ${change.id}`, change);
  return [...newest.values()];
}

/** What a plan must look at because of it; undefined when nothing. */
async function take(store: Store, snapshot: Snapshot, { kind, id }: Change): Promise<string | undefined> {
  switch (kind) {
    case 'node':
      return replace(snapshot.nodes, id, await store.get('node', id));
    case 'deployment':
      return replace(snapshot.deployments, id, await store.get('deployment', id));
    case 'proposal':
      return replace(snapshot.proposals, id, await store.get('proposal', id));
    case 'barclamp':
      return replace(snapshot.barclamps, id, await store.get('barclamp', id));
    case 'network':
      return replace(snapshot.networks, id, await store.get('network', id));
    case 'retry':
      return replace(snapshot.retries, id, await store.get('retry', id));
    // No state is derived from these: a plan only takes them along, for the pace of what is rolled out.
    case 'health':
      replace(snapshot.health, id, await store.get('health', id));
      return undefined;
    case 'drift':
      replace(snapshot.drift, id, await store.get('drift', id));
      return undefined;
    case 'check':
      replace(snapshot.checks, id, await store.get('check', id));
      return undefined;
    case 'image':
      return replace(snapshot.images, id, await store.get('image', id));
    case 'secretRotation':
      return replace(snapshot.rotations, id, await store.get('secretRotation', id));
    case 'site':
      snapshot.site = await store.get('site', 'admin');
      return id;
    default:
      return undefined;
  }
}

function takeRun({ latest, lastDone }: Snapshot, run: Run | undefined): string | undefined {
  // Pruned in the meantime.
  if (!run) return undefined;
  const name = groupName(run.deployment, run.role);
  if ((latest.get(name)?.get(run.nodeId)?.id ?? 0) <= run.id) setRun(latest, run);
  if (run.outcome !== 'done') return run.key;
  if (run.mode === 'remove') lastDone.get(name)?.delete(run.nodeId);
  else if ((lastDone.get(name)?.get(run.nodeId)?.id ?? 0) <= run.id) setRun(lastDone, run);
  return run.key;
}

function replace<T>(map: Map<string, T>, id: string, fact: T | undefined): string {
  if (fact) map.set(id, fact);
  else map.delete(id);
  return id;
}

/** The snapshot as plan/ wants it: only what is committed, and the admin's own facts. */
export function planFacts(snapshot: Snapshot) {
  const committed = (removed: boolean) =>
    [...snapshot.proposals.values()].flatMap(({ deployment, barclamp, commit, committed: body, removed: gone = false }) =>
      body && gone === removed ? [{ deployment, barclamp, commit, body }] : [],
    );
  return {
    nodes: [...snapshot.nodes.values()],
    deployments: [...snapshot.deployments.values()],
    proposals: committed(false),
    removed: committed(true),
    latest: snapshot.latest,
    lastDone: snapshot.lastDone,
    retries: snapshot.retries,
    health: snapshot.health,
    networks: [...snapshot.networks.values()],
    images: [...snapshot.images.values()],
    rotations: snapshot.rotations,
    ...(snapshot.site && { site: snapshot.site }),
  };
}
