// The admin node itself: what it is doing, what has changed, and the virtual rack.

import { fingerprintOf } from '../access/page-certificate.ts';
import { nodeRoleStates } from '../model/plan.ts';
import { requestProblem } from '../hardware/hand-requests.ts';
import { problem, type Problem, ProblemError } from '../model/problem.ts';
import { keyOf } from '../plan/plan.ts';
import { totalsOf } from '../plan/why.ts';
import type { Store } from '../store/store.ts';
import { type Handlers, orRefuse } from './context.ts';

// A machine that asked for something to boot longer ago than this is not booting any more.
const SIGHTING_MS = 15 * 60_000;
const FINISHED_MS = 10_000;
const CHANGES_AT_ONCE = 1000;

/** What people are asked to do by hand. */
async function requests(store: Store): Promise<Problem[]> {
  const asked = await store.list('handRequest');
  const nodes = await Promise.all(asked.map(({ nodeId }) => store.get('node', nodeId)));
  return asked.flatMap((request, index) => (nodes[index] ? requestProblem(request, nodes[index]) : []));
}

export const site = {
  'GET /status': async ({ store, facts, planner, sight, version, startedAt, now }) => {
    await facts.refresh();
    const plan = planner.plan();
    const totals = totalsOf(plan, (vertex) => sight.nodeRole(keyOf(plan, vertex)));
    const machines = [...facts.current.nodes.values()].filter(
      (node) => node.remote !== 'local' && (sight.tenant === undefined || node.tenant === sight.tenant),
    );
    const waiting = nodeRoleStates.some((state) => state !== 'done' && totals[state] > 0);
    return {
      version,
      startedAt,
      nodes: { total: machines.length, approved: machines.filter((n) => n.approved).length, up: machines.filter((n) => n.contact === 'up').length },
      totals,
      activities: (await store.list('activity')).filter((a) => !a.endedAt || a.problem || a.endedAt > now() - FINISHED_MS),
      sightings: (await store.list('sighting')).filter((s) => s.at > now() - SIGHTING_MS),
      problems: [...plan.problems.filter(sight.problem), ...(await requests(store))],
      converged: !waiting && plan.groups.some((group) => group.deployment !== 'system' && sight.deployment(group.deployment) && group.end > group.start),
      seq: facts.current.seq,
    };
  },
  'GET /events': async ({ store }, { query }) => {
    const first = await store.firstSeq();
    if (query.after !== undefined && query.after < first - 1)
      throw new ProblemError(
        problem(`The change feed begins at ${first} by now.`, undefined, `Read what you need anew, then follow the feed from the \`seq\` of GET /status.`),
        410,
      );
    return store.changes(query.after ?? 0, query.limit ?? CHANGES_AT_ONCE);
  },
  'GET /certificate-authority': async ({ authority }) => {
    const found = await authority();
    return { ...found, fingerprint: fingerprintOf(found.pem) };
  },
  // Machines of a virtual rack are the site's as long as nobody has them.
  'GET /lab': async ({ lab, sight }) => (sight.tenant === undefined ? lab.view() : { running: false, machines: [], containers: [] }),
  'POST /lab': async ({ lab }, { body }) => orRefuse(await lab.start(body), 409),
  'DELETE /lab': async ({ lab }) => lab.stop(),
} satisfies Partial<Handlers>;
