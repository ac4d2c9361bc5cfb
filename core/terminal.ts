// What the terminal shows while the admin node runs: what has happened, once each, and a bar for what goes on. Looks at the store
// whenever that changes. With --json the same as one object a line, for programs.

import type { NodeView } from './api/contract.ts';
import { bar } from './cli/output.ts';
import type { Activity, Sighting } from './model/progress.ts';
import { type Problem, problemText } from './model/problem.ts';
import type { Run } from './model/run.ts';
import type { Planner } from './plan/planner.ts';
import { totalsOf } from './plan/why.ts';
import { followChanges } from './store/follow.ts';
import type { Store } from './store/store.ts';

export type Terminal = {
  /** One thing that happened. `kind` and `data` are for programs, `text` for people. */
  tell(kind: string, text: string, data?: Record<string, unknown>): void;
  problem(problem: Problem): void;
  /** Ends the bar, so that what follows stands on a line of its own. */
  close(): void;
};

export function openTerminal(json: boolean): Terminal & { bar(text: string): void } {
  const live = process.stdout.isTTY && !json;
  let shown = '';
  const clear = () => {
    if (shown) process.stdout.write('\r\u001b[K');
  };
  const started = Date.now();
  const clock = () =>
    `${String(Math.floor((Date.now() - started) / 60_000)).padStart(2)}:${String(Math.floor((Date.now() - started) / 1000) % 60).padStart(2, '0')}`;
  return {
    tell(kind, text, data = {}) {
      clear();
      process.stdout.write(json ? `${JSON.stringify({ at: Date.now(), event: kind, ...data, text })}\n` : `${clock()}  ${text}\n`);
      if (shown) process.stdout.write(shown);
    },
    problem(found) {
      clear();
      if (json) process.stdout.write(`${JSON.stringify({ at: Date.now(), event: 'problem', ...found })}\n`);
      else process.stderr.write(`${problemText(found)}\n`);
      if (shown) process.stdout.write(shown);
    },
    bar(text) {
      if (!live || text === shown) return;
      clear();
      shown = text;
      process.stdout.write(text);
    },
    close() {
      clear();
      shown = '';
    },
  };
}

type Seen = { activities: Map<string, string>; sightings: Map<string, string>; nodes: Map<string, string>; runs: Map<number, string> };

/** Tells what changes in the store from now on. Returns the way to stop. */
export function narrate(store: Store, terminal: ReturnType<typeof openTerminal>, planner: Planner): () => Promise<void> {
  const seen: Seen = { activities: new Map(), sightings: new Map(), nodes: new Map(), runs: new Map() };
  let position: number | undefined;

  const look = async () => {
    // What is there already is old news.
    if (position === undefined) {
      position = await store.lastSeq();
      for (const node of await store.list('node')) seen.nodes.set(node.id, nodeLine(node as NodeView));
      for (const sighting of await store.list('sighting')) seen.sightings.set(sighting.mac, `${sighting.stage} ${sighting.at}`);
      return;
    }
    const changes = await store.changes(position, 1000);
    position = changes.at(-1)?.seq ?? position;
    const changed = new Set(changes.map((change) => change.kind));
    const runIds = changes.filter((c) => c.kind === 'run').map((c) => Number(c.id));
    if (changed.has('activity')) tellActivities(await store.list('activity'), seen, terminal);
    if (changed.has('sighting')) for (const sighting of await store.list('sighting')) tellSighting(sighting, seen, terminal);
    if (changed.has('node')) for (const node of await store.list('node')) tellNode(node as NodeView, seen, terminal);
    for (const id of runIds) {
      const run = await store.run(id);
      if (run) tellRun(run, seen, terminal);
    }
    if (runIds.length || changed.has('node')) showTotals(terminal, planner);
  };
  const following = followChanges(store, look, () => undefined);
  return async () => {
    await following.stop();
    terminal.close();
  };
}

function tellActivities(activities: Activity[], seen: Seen, terminal: ReturnType<typeof openTerminal>): void {
  for (const activity of activities) {
    const line = activity.problem ? 'failed' : activity.endedAt ? 'done' : activity.phase;
    const key = `${activity.id} ${activity.startedAt}`;
    if (seen.activities.get(key) !== line) {
      const first = !seen.activities.has(key);
      seen.activities.set(key, line);
      // What ended before anybody could see it is not worth a line.
      if (activity.endedAt && first && !activity.problem) continue;
      const seconds = activity.endedAt ? ` (${Math.round((activity.endedAt - activity.startedAt) / 1000)} s)` : '';
      terminal.tell('activity', `${activity.title}: ${line}${seconds}`, {
        id: activity.id,
        phase: line,
        ...(activity.fraction !== undefined && { fraction: activity.fraction }),
      });
    }
    if (!activity.endedAt && activity.fraction !== undefined) terminal.bar(`       ${activity.title} ${bar(activity.fraction)}`);
    if (activity.endedAt) terminal.close();
  }
}

const stages: Record<Sighting['stage'], string> = {
  ipxe: 'asks what to boot',
  kernel: 'loads the kernel',
  initrd: 'loads the discovery image',
  inventory: 'has reported its inventory',
};

function tellSighting(sighting: Sighting, seen: Seen, terminal: Terminal): void {
  const line = `${sighting.stage} ${sighting.at}`;
  if (seen.sightings.get(sighting.mac) === line) return;
  seen.sightings.set(sighting.mac, line);
  terminal.tell('boot', `${sighting.serial ?? sighting.mac} ${stages[sighting.stage]}`, { mac: sighting.mac, stage: sighting.stage });
}

function nodeLine(node: NodeView): string {
  if (!node.approved) return 'is waiting to be approved';
  const where = node.addresses.admin ? ` at ${node.addresses.admin}` : '';
  return node.contact === 'up' ? `is up${where}` : node.contact === 'off' ? 'is off' : 'no longer answers';
}

function tellNode(node: NodeView, seen: Seen, terminal: Terminal): void {
  const line = nodeLine(node);
  if (seen.nodes.get(node.id) === line || node.id === 'admin') return;
  seen.nodes.set(node.id, line);
  terminal.tell('node', `${node.name} (${node.serial ?? node.macs[0] ?? 'unknown'}) ${line}`, {
    node: node.name,
    id: node.id,
    contact: node.contact,
    approved: node.approved,
  });
}

function tellRun(run: Run, seen: Seen, terminal: Terminal): void {
  const line = run.outcome ?? 'begun';
  if (seen.runs.get(run.id) === line) return;
  seen.runs.set(run.id, line);
  const what = `${run.mode === 'remove' ? 'undoing ' : ''}${run.role} on ${run.nodeName}`;
  const seconds = run.endedAt ? ` after ${((run.endedAt - run.startedAt) / 1000).toFixed(1)} s, ${run.counts?.changed ?? 0} changed` : '';
  terminal.tell('run', `${what}: ${line}${seconds}`, { run: run.id, role: run.role, node: run.nodeName, outcome: line });
  if (run.problem && run.outcome !== 'interrupted') terminal.problem(run.problem);
}

function showTotals(terminal: ReturnType<typeof openTerminal>, planner: Planner): void {
  const totals = totalsOf(planner.plan());
  const all = Object.values(totals).reduce((sum, count) => sum + count, 0);
  if (all) terminal.bar(`       ${totals.done} of ${all} roles done ${bar(totals.done / all)}`);
}
