// What has happened, read from what is: how each machine stands now, held against how it stood when that was told last. So a crash loses
// nothing, and what came and went in between is not told.

import type { Node } from '../model/node.ts';
import type { EventKind, ToldNode } from '../model/webhook.ts';
import { groupAt, keyOf, nodeAt, type Plan, stateOf, vertexCount } from '../plan/plan.ts';

export type News = { type: EventKind; data: Record<string, unknown> };

/** How every machine stands, by node id. */
export function standing(plan: Plan): Map<string, ToldNode> {
  const found = new Map<string, ToldNode>();
  const open = new Set<string>();
  for (const { id, name, approved, leaving, installation } of plan.nodes)
    found.set(id, { name, approved, leaving: leaving !== undefined, ...(installation && { installation: installation.id }), ready: false, failed: {} });
  for (let vertex = 0; vertex < vertexCount(plan); vertex++) {
    const { id } = nodeAt(plan, vertex);
    const told = found.get(id)!;
    const state = stateOf(plan, vertex);
    if (state === 'done' || state === 'outdated') told.ready = told.approved;
    else open.add(id);
    const run = groupAt(plan, vertex).latest.get(id);
    if (state === 'failed' && run) told.failed[keyOf(plan, vertex)] = run.id;
  }
  for (const id of open) found.get(id)!.ready = false;
  return found;
}

/** What one machine's difference says. `node` is absent when it is no longer there. */
export function newsOf(plan: Plan, id: string, before: ToldNode | undefined, after: ToldNode | undefined): News[] {
  if (!after) return before ? [{ type: before.leaving ? 'node.retired' : 'node.forgotten', data: { node: { id, name: before.name } } }] : [];
  const node = plan.nodes[plan.indexOf.get(id)!]!;
  const about = { node: view(node) };
  const news: News[] = [];
  const say = (type: EventKind, more: Record<string, unknown> = {}) => news.push({ type, data: { ...about, ...more } });
  if (!before) say('node.discovered');
  if (after.approved && !before?.approved) say('node.approved');
  if (after.installation && after.installation !== before?.installation) say('node.installed', { platform: node.installation!.platform });
  const failed = Object.entries(after.failed).filter(([key, run]) => before?.failed[key] !== run);
  if (failed.length && !Object.keys(before?.failed ?? {}).length) say('node.failed');
  for (const [key, runId] of failed) say('role.failed', failure(plan, key, runId));
  if (after.ready && !before?.ready) say('node.ready');
  return news;
}

const view = ({ id, name, serial, pool, addresses, macs }: Node) => ({ id, name, ...(serial && { serial }), pool, addresses, macs });

function failure(plan: Plan, key: string, runId: number): Record<string, unknown> {
  for (const group of plan.groups)
    for (const run of group.latest.values())
      if (run.id === runId) return { deployment: run.deployment, role: run.role, mode: run.mode, run: runId, ...(run.problem && { problem: run.problem }) };
  return { key, run: runId };
}

export const sameTold = (a: ToldNode | undefined, b: ToldNode | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);
