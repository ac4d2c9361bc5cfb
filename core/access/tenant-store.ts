// The store as somebody of a tenant sees it: what belongs to others is not there, so that whoever works with it cannot give it away or change
// it by mistake. Nodes and deployments say whose they are; everything else belongs to one of them, or to the site.

import type { Node } from '../model/node.ts';
import { bad, problem } from '../model/problem.ts';
import type { Deployment } from '../model/proposal.ts';
import { type NodeRoleKey, parseNodeRoleKey, type Run } from '../model/run.ts';
import type { Change, Facility, FactKind, Facts, RunFilter, RunHit, SearchFilter, Store } from '../store/store.ts';

type Reading = Pick<Facility, 'get'>;
type World = {
  tenant: string;
  node(id: string): Promise<boolean>;
  deployment(name: string): Promise<boolean>;
  nodeRole(key: NodeRoleKey): Promise<boolean>;
  run(id: string): Promise<boolean>;
};
type Seen = boolean | Promise<boolean>;

/** Which facts are a tenant's own, for every kind there is; what concerns the site as a whole is nobody's. */
const own: { [K in FactKind]: (fact: Facts[K], id: string, world: World) => Seen } = {
  node: ({ tenant }, _id, world) => tenant === world.tenant,
  deployment: ({ tenant }, _id, world) => tenant === world.tenant,
  proposal: ({ deployment }, _id, world) => world.deployment(deployment),
  draft: (_fact, id, world) => world.deployment(id.split('.')[0]!),
  barclamp: () => true,
  // What is on a machine is no business of others.
  image: ({ provenance: { captured } }, _id, world) => !captured || world.node(captured.nodeId),
  bmcContact: (_fact, id, world) => world.node(id),
  handRequest: (_fact, id, world) => world.node(id),
  bootOrder: (_fact, id, world) => world.node(id),
  installing: (_fact, id, world) => world.node(id),
  capturing: (_fact, id, world) => world.node(id),
  hardwareReading: (_fact, id, world) => world.node(id),
  firmwareReading: (_fact, id, world) => world.node(id),
  firmwareUpdate: (_fact, id, world) => world.node(id),
  bootEvidence: (_fact, id, world) => world.node(id),
  told: (_fact, id, world) => world.node(id),
  order: ({ deployment }, _id, world) => world.deployment(deployment),
  sighting: ({ nodeId }, _id, world) => nodeId !== undefined && world.node(nodeId),
  retry: ({ key }, _id, world) => world.nodeRole(key),
  health: ({ key }, _id, world) => world.nodeRole(key),
  drift: ({ key }, _id, world) => world.nodeRole(key),
  check: ({ key }, _id, world) => world.nodeRole(key),
  cancellation: (_fact, id, world) => world.run(id),
  secretRotation: (_fact, id, world) => world.deployment(id.split('/')[0]!),
  user: ({ tenant }, _id, world) => tenant === world.tenant,
  tenant: ({ name }, _id, world) => name === world.tenant,
  // Known to be right or wrong by its owner alone, and read nowhere.
  passphrase: () => true,
  baseline: (_fact, id, world) => world.node(id),
  firmwareFile: () => false,
  trustedKey: () => false,
  certificate: () => false,
  approvalRule: () => false,
  bmcAccess: () => false,
  network: () => false,
  networkCheck: () => false,
  addressCheck: () => false,
  networkVerification: () => false,
  site: () => false,
  refusal: () => false,
  activity: () => false,
  openId: () => false,
  // What was sent away belongs to the site.
  caller: () => false,
  invitation: () => false,
  webhook: () => false,
  delivery: () => false,
  secret: () => false,
};

/** Whether a node-role is a tenant's: it is on a machine of its own, and not of a deployment of others. */
export const ownsNodeRole = (tenant: string, node: Pick<Node, 'tenant'> | undefined, deployment: Pick<Deployment, 'tenant'> | undefined): boolean =>
  node?.tenant === tenant && (deployment?.tenant === undefined || deployment.tenant === tenant);

const PAGE = 1000;

export function tenantStore(store: Store, tenant: string): Store {
  const outside = narrow(store, store, tenant);
  const world = worldIn(store, store, tenant);
  const runSeen = (run: Run): Promise<boolean> => world.nodeRole(run.key);
  const some = async <T>(items: readonly T[], wanted: (item: T) => Seen): Promise<T[]> => {
    const kept: T[] = [];
    for (const item of items) if (await wanted(item)) kept.push(item);
    return kept;
  };
  return {
    ...store,
    ...outside,
    transact: (work) => store.transact((tx) => work(narrow(tx, store, tenant))),
    put: (kind, id, value, expected) => store.transact((tx) => narrow(tx, store, tenant).put(kind, id, value, expected)),
    async commits(proposalId) {
      return (await world.deployment(proposalId.split('.')[0]!)) ? store.commits(proposalId) : [];
    },
    async run(id) {
      const run = await store.run(id);
      return run && (await runSeen(run)) ? run : undefined;
    },
    async commitsBetween(since, until, limit) {
      return some(await store.commitsBetween(since, until, limit), ({ proposalId }) => world.deployment(proposalId.split('.')[0]!));
    },
    runsAt: async (keys, at) => some(await store.runsAt(keys, at), runSeen),
    runsById: async (ids) => some(await store.runsById(ids), runSeen),
    async runs(filter: RunFilter) {
      const { limit = PAGE } = filter;
      const found: Run[] = [];
      let before = filter.before;
      for (;;) {
        const page = await store.runs({ ...filter, limit: PAGE, ...(before !== undefined && { before }) });
        found.push(...(await some(page, runSeen)));
        if (found.length >= limit || page.length < PAGE) return found.slice(0, limit);
        before = page.at(-1)!.id;
      }
    },
    async searchRuns(filter: SearchFilter) {
      const { limit = PAGE } = filter;
      const found: RunHit[] = [];
      let olderThan = filter.olderThan;
      for (;;) {
        const page = await store.searchRuns({ ...filter, limit: PAGE, ...(olderThan && { olderThan }) });
        if (!page.ok) return page;
        found.push(...(await some(page.value, ({ run }) => runSeen(run))));
        if (found.length >= limit || page.value.length < PAGE) return { ok: true, value: found.slice(0, limit) };
        const last = page.value.at(-1)!;
        olderThan = { runId: last.run.id, seq: last.seq };
      }
    },
    unfinishedRuns: async () => some(await store.unfinishedRuns(), runSeen),
    runEvents: async (runId, after) => ((await world.run(String(runId))) ? store.runEvents(runId, after) : []),
    async changes(after, limit) {
      const found: Change[] = [];
      for (let from = after; ; ) {
        const page = await store.changes(from, PAGE);
        for (const change of page) {
          const told = await changeFor(change, outside, world);
          if (told) found.push(told);
          if (found.length === limit) return found;
        }
        if (page.length < PAGE) return found;
        from = page.at(-1)!.seq;
      }
    },
  };
}

/** Of what is gone nobody can say whose it was: only that something of its kind is. */
async function changeFor(change: Change, seen: Facility, world: World): Promise<Change | undefined> {
  if (change.kind === 'run') return (await world.run(change.id)) ? change : undefined;
  if (change.kind === 'commit') return (await world.deployment(change.id.split('.')[0]!)) ? change : undefined;
  if (change.revision === 0) return { ...change, id: '' };
  return (await seen.get(change.kind as FactKind, change.id)) ? change : undefined;
}

function worldIn(facts: Reading, store: Store, tenant: string): World {
  const nodeRole = async (key: NodeRoleKey): Promise<boolean> => {
    const parts = parseNodeRoleKey(key);
    return parts !== undefined && ownsNodeRole(tenant, await facts.get('node', parts.nodeId), await facts.get('deployment', parts.deployment));
  };
  return {
    tenant,
    node: async (id) => (await facts.get('node', id))?.tenant === tenant,
    deployment: async (name) => (await facts.get('deployment', name))?.tenant === tenant,
    nodeRole,
    async run(id) {
      const run = await store.run(Number(id));
      return run !== undefined && nodeRole(run.key);
    },
  };
}

function narrow(tx: Facility, store: Store, tenant: string): Facility {
  const world = worldIn(tx, store, tenant);
  const sees = async <K extends FactKind>(kind: K, id: string, fact: Facts[K]): Promise<boolean> => own[kind](fact, id, world);
  return {
    ...tx,
    async get(kind, id) {
      const fact = await tx.get(kind, id);
      return fact && (await sees(kind, id, fact)) ? fact : undefined;
    },
    async list<K extends FactKind>(kind: K) {
      const all = await tx.list(kind);
      const seen = await Promise.all(all.map((fact) => sees(kind, (fact as { id?: string }).id ?? '', fact)));
      return all.filter((_, index) => seen[index]);
    },
    async names(kind) {
      const seen: string[] = [];
      for (const id of await tx.names(kind)) {
        const fact = await tx.get(kind, id);
        if (fact && (await sees(kind, id, fact))) seen.push(id);
      }
      return seen;
    },
    async put(kind, id, value, expected) {
      const before = await tx.get(kind, id);
      if ((before && !(await sees(kind, id, before))) || !(await sees(kind, id, value)))
        return bad(problem(`The ${kind} ${id} is not one of ${tenant}.`, undefined, 'Choose another name, or ask an admin of the site.'));
      return tx.put(kind, id, value, expected);
    },
    async remove(kind, id) {
      const before = await tx.get(kind, id);
      if (before && (await sees(kind, id, before))) await tx.remove(kind, id);
    },
  };
}
