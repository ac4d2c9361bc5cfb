// Machines at the end of their life: what retiring one would do, the order to do it, and what is left of those that are gone.

import { verify } from '../signing.ts';
import { type Certificate, erasuresIn } from '../model/certificate.ts';
import type { Disk } from '../model/inventory.ts';
import type { Node, Revised } from '../model/node.ts';
import { problem, type Problem, ProblemError } from '../model/problem.ts';
import { groupAt, keyOf, nodeAt, vertexCount } from '../plan/plan.ts';
import { type Context, type Handlers, nodeCalled, notFound, orRefuse, proposalsIn } from './context.ts';
import type { CertificateView, RetirementView } from './contract.ts';
import { viewOf } from './nodes.ts';

const nameOf = (disk: Disk): string => disk.byId ?? `/dev/${disk.name}`;
const fixed = (node: Node): Disk[] => (node.inventory?.disks ?? []).filter((disk) => !disk.removable);

async function cannotErase({ store, catalog }: Context, node: Node): Promise<Problem | undefined> {
  const where = { node: node.name };
  if (node.remote !== 'ssh') return problem(`${node.name} is no machine with disks of its own.`, where, 'Retire it without erasing.');
  if (!node.inventory)
    return problem(`Nobody knows which disks ${node.name} has.`, where, 'Start it into the discovery image once, or retire it without erasing.');
  const wiping = (await proposalsIn(store)).some(
    ({ barclamp, committed }) => committed && Object.values(catalog().barclamps.get(barclamp)?.roles ?? {}).some(({ wipes }) => wipes),
  );
  return wiping ? undefined : problem('No deployment erases disks.', where, 'Add the barclamp wipe to one: prybar proposal new system wipe');
}

/** By stable name where a disk has one; what can be taken out is not among them. */
export const fixedDisks = (node: Node): string[] => fixed(node).map(nameOf);

/** Refuses where nothing can be erased on it. */
export async function mayErase(context: Context, node: Node): Promise<void> {
  const impossible = await cannotErase(context, node);
  if (impossible) throw new ProblemError(impossible);
}

async function retirement(context: Context, node: Node): Promise<RetirementView> {
  await context.facts.refresh();
  const plan = context.planner.plan();
  const undone: string[] = [];
  for (let vertex = 0; vertex < vertexCount(plan); vertex++)
    if (nodeAt(plan, vertex).id === node.id && !groupAt(plan, vertex).role.declaration.wipes && context.sight.nodeRole(keyOf(plan, vertex)))
      undone.push(keyOf(plan, vertex));
  const impossible = await cannotErase(context, node);
  return {
    undone,
    disks: fixed(node).map((disk) => ({
      disk: nameOf(disk),
      size: disk.size,
      ...(disk.model && { model: disk.model }),
      ...(disk.serial && { serial: disk.serial }),
    })),
    left: (node.inventory?.disks ?? []).filter((disk) => disk.removable).map(nameOf),
    ...(impossible && { cannotErase: impossible }),
  };
}

function mayLeave(node: Node): void {
  const where = { node: node.name };
  if (node.id === 'admin') throw new ProblemError(problem('The admin node cannot be retired.', where, 'It is the machine that this runs on.'));
  if (!node.approved)
    throw new ProblemError(problem(`${node.name} is not approved: nothing was done to it.`, where, `Forget it: prybar node forget ${node.name}`));
  if (node.leaving) throw new ProblemError(problem(`${node.name} is being retired already.`, where, `Keep it after all: prybar node stay ${node.name}`), 409);
}

const certificateView = ({ revision: _, ...certificate }: Revised<Certificate>): CertificateView => ({
  ...certificate,
  id: `${certificate.nodeId}@${certificate.at}`,
  signed: verify(Buffer.from(certificate.text), certificate.signature),
  erased: erasuresIn(certificate),
});

export const retirements = {
  'GET /nodes/:id/retirement': async (context, { params }) => retirement(context, await nodeCalled(context.store, params.id)),

  'POST /nodes/:id/retire': async (context, { params, body }) => {
    const node = await nodeCalled(context.store, params.id);
    mayLeave(node);
    if (body.erase) await mayErase(context, node);
    const disks = fixedDisks(node);
    const seen = body.disks ?? disks;
    if (body.erase && (seen.length !== disks.length || disks.some((disk) => !seen.includes(disk))))
      throw new ProblemError(
        problem(`The disks of ${node.name} are others than those listed: ${disks.join(', ') || 'none'}.`, { node: node.name }, 'Look at the list again.'),
        409,
      );
    const leaving = { at: context.now(), ...(body.erase && { disks }) };
    return viewOf(context, orRefuse(await context.store.put('node', node.id, { ...node, leaving }, node.revision), 409));
  },

  'POST /nodes/:id/stay': async (context, { params }) => {
    const { leaving, ...node } = await nodeCalled(context.store, params.id);
    if (!leaving) throw new ProblemError(problem(`${node.name} is not being retired.`, { node: node.name }, 'There is nothing to call off.'), 409);
    const wipes = [...context.catalog().roles.values()].filter(({ declaration }) => declaration.wipes);
    for (const { declaration } of wipes) {
      const [begun] = await context.store.runs({ nodeId: node.id, role: declaration.name, since: leaving.at, limit: 1 });
      if (begun)
        throw new ProblemError(
          problem(`Erasing the disks of ${node.name} was begun.`, { node: node.name }, 'When it is done, the machine can be discovered and approved again.'),
          409,
        );
    }
    return viewOf(context, orRefuse(await context.store.put('node', node.id, node, node.revision), 409));
  },

  'GET /certificates': async ({ store }) => (await store.list('certificate')).sort((a, b) => b.at - a.at).map(certificateView),

  'GET /certificates/:id': async ({ store }, { params }) => {
    const certificate = await store.get('certificate', params.id);
    if (!certificate) throw notFound(`There is no certificate ${params.id}.`, 'See: prybar certificate list');
    return certificateView(certificate);
  },
} satisfies Partial<Handlers>;
