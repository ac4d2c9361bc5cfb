// What happened to a machine: its starts and changes, and the runs on it, as one list.

import { type Happening, happeningText } from '../model/happening.ts';
import { type Context, type Handlers, nodeCalled } from './context.ts';
import type { HistoryEntry } from './contract.ts';

const LIMIT = 50;
/** Changes of hands that are looked through for the one by which a machine came to a tenant. */
const HANDS = 1000;

export const machineHistory: Pick<Handlers, 'GET /nodes/:id/history'> = {
  async 'GET /nodes/:id/history'(context, { params, query: { before, limit = LIMIT } }) {
    const node = await nodeCalled(context.store, params.id);
    await context.lookAtMachines();
    const happenings = await context.site.happenings.list(node.id, { limit, ...(before !== undefined && { before }) });
    const runs = await context.store.runs({ nodeId: node.id, limit, ...(before !== undefined && { until: before - 1 }) });
    const came = await cameToTenant(context, node.id);
    const entries: HistoryEntry[] = [
      // What it went through with others is theirs.
      ...happenings
        .filter(({ at }) => at >= (came?.at ?? 0))
        .map((one) => (came && one.at === came.at && one.kind === 'given' ? came : one))
        .map((one) => ({ ...one, text: happeningText(one) })),
      ...runs.map((run) => ({ at: run.startedAt, kind: 'run' as const, run })),
    ];
    return entries.sort((a, b) => b.at - a.at).slice(0, limit);
  },
};

/** When it came to the tenant that asks, without whose it was before; undefined where the site asks, or it never was another's. */
async function cameToTenant({ site, sight: { tenant } }: Context, nodeId: string): Promise<Happening | undefined> {
  if (tenant === undefined) return undefined;
  const names = [tenant, ...((await site.get('tenant', tenant))?.formerly ?? [])];
  const came = (await site.happenings.list(nodeId, { kind: 'given', limit: HANDS })).find(({ from }) => from === undefined || !names.includes(from));
  return came && { at: came.at, kind: came.kind, to: tenant };
}
