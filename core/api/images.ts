// Images of operating systems: which there are, what is in them, who vouches for them; having one built or made of a machine, and removed.

import { isPresent, signatureHolds } from '../images/images.ts';
import type { Architecture } from '../model/architecture.ts';
import { type Image, imageCalled, USUAL_IMAGE, usualNameFor } from '../model/image.ts';
import type { Node, Revised } from '../model/node.ts';
import { type NodeRoleKey, nodeRoleKey } from '../model/run.ts';
import { problem, ProblemError, type Where } from '../model/problem.ts';
import { withDefaults } from '../schema.ts';
import type { Store } from '../store/store.ts';
import { type Context, type Handlers, nodeCalled, notFound, orRefuse, proposalsIn } from './context.ts';
import type { ImageView } from './contract.ts';
import { viewOf as nodeView } from './nodes.ts';

async function listed(context: Context): Promise<ImageView[]> {
  const all = await context.store.list('image');
  const users = await usersOf(context, all);
  const views = await Promise.all(
    all.map(async (image) => ({ ...image, present: await isPresent(image), signed: signatureHolds(image), usedBy: users.get(image.digest) ?? [] })),
  );
  return views.sort((a, b) => (a.name === b.name ? b.createdAt - a.createdAt : a.name < b.name ? -1 : 1));
}

/** Proposals by the digest of the image that machines get by them. */
async function usersOf({ store, catalog }: Context, images: readonly Revised<Image>[]): Promise<Map<string, string[]>> {
  const users = new Map<string, string[]>();
  for (const { id, barclamp, committed } of await proposalsIn(store)) {
    const known = catalog().barclamps.get(barclamp);
    if (!committed || !known || !Object.values(known.roles).some(({ installs }) => installs)) continue;
    const { image } = withDefaults(known.proposalSchema, committed.attributes);
    const meant = typeof image === 'string' ? imageCalled(images, image) : undefined;
    if (meant) users.set(meant.digest, [...(users.get(meant.digest) ?? []), id]);
  }
  return users;
}

function called(images: readonly ImageView[], reference: string): ImageView {
  const image = imageCalled(images, reference);
  if (!image) throw notFound(`There is no image called ${reference}.`, 'See: prybar image list, or build it: prybar image build');
  return image;
}

/** Machines would get another one in its place. */
async function refuseNameOfBuilt(store: Store, name: string, where?: Where): Promise<void> {
  const built = (await store.list('image')).some((image) => image.name === name && !image.provenance.captured && !image.provenance.imported);
  if (!built && name !== USUAL_IMAGE) return;
  throw new ProblemError(problem(`${name} is the name of an image that is built.`, where, 'Choose another name: machines would get this one in its place.'));
}

/** Of several with a name the newest is meant, whatever it runs on. */
async function refuseNameForOthers(store: Store, name: string, architecture: Architecture): Promise<void> {
  const others = (await store.list('image')).some((image) => image.name === name && (image.architecture ?? 'amd64') !== architecture);
  if (!others && (name !== USUAL_IMAGE || architecture === 'amd64')) return;
  throw new ProblemError(
    problem(
      `${name} is the name of an image for other processors than ${architecture}.`,
      { pointer: '/name' },
      'Choose another name: machines would get this one in its place.',
    ),
  );
}

/** The node-role that makes an image of it. */
async function captureOf({ store, catalog }: Context, node: Node, name: string): Promise<NodeRoleKey> {
  const where = { node: node.name };
  const refuse = (what: string, next: string, status = 422): never => {
    throw new ProblemError(problem(what, where, next), status);
  };
  if (node.remote !== 'ssh' || !node.installation)
    refuse(`Nothing is installed on ${node.name} by Prybar.`, 'Only a system that was installed from an image can be captured.');
  if (node.installation!.platform !== 'debian-12')
    refuse(`${node.name} runs ${node.installation!.platform}, and only debian-12 can be captured yet.`, 'Choose another machine.');
  if (node.leaving) refuse(`${node.name} is being retired.`, `Keep it: prybar node stay ${node.name}`);
  if (node.capture) refuse(`An image of ${node.name} is being made already.`, `Call it off: prybar image capture ${node.name} --stop`, 409);
  await refuseNameOfBuilt(store, name, where);
  // The same that the plan takes.
  const [key] = (await proposalsIn(store)).flatMap(({ deployment, barclamp, committed }) =>
    Object.values(catalog().barclamps.get(barclamp)?.roles ?? {}).flatMap((role) =>
      committed && role.captures ? [nodeRoleKey(deployment, role.name, node.id)] : [],
    ),
  );
  return (
    key ??
    refuse('No deployment makes images of machines.', 'Add the barclamp capture to one, as to system: on its page, or by prybar proposal new system capture')
  );
}

export const images = {
  'GET /images': (context) => listed(context),
  'GET /images/:name': async (context, { params: { name } }) => called(await listed(context), name),
  'POST /images': async ({ images: shop, store, now }, { body }) => {
    const { architecture = 'amd64', name = usualNameFor(architecture), packages = [], components = ['main'] } = body;
    await refuseNameForOthers(store, name, architecture);
    const at = now();
    // It takes a minute, and shows as an activity, its failure too.
    shop.build({ name, packages, components, architecture }).catch(() => {});
    return { activity: `image ${name}`, at };
  },
  'POST /images/import': async ({ imports, store, now }, { body: { folder, name, platform = 'debian-12' }, principal }) => {
    await refuseNameOfBuilt(store, name);
    const at = now();
    const begun = orRefuse(await imports.begin({ folder, name, platform, by: principal.user }));
    // It shows as an activity, its failure too.
    begun.finished.catch(() => {});
    return { activity: `image ${name}`, at };
  },
  'DELETE /images/:name': async (context, { params: { name } }) => {
    const all = await listed(context);
    const image = called(all, name);
    const same = all.filter((other) => other.name === name);
    if (same.length > 1)
      throw new ProblemError(
        problem(`There are ${same.length} images called ${name}.`, undefined, `Say which: ${same.map((one) => `${one.name}@${one.version}`).join(', ')}`),
        409,
      );
    if (image.usedBy.length)
      throw new ProblemError(
        problem(
          `Machines are given ${image.name} ${image.version} by ${image.usedBy.join(', ')}.`,
          undefined,
          'Name another image there, or take that proposal away, and then remove it.',
        ),
        409,
      );
    await context.images.remove(image.digest);
    return {};
  },
  'POST /images/prune': async (context, { body }) => {
    const all = await listed(context);
    // By name, the newest first.
    const superseded = (image: ImageView): boolean => all.find(({ name, present }) => name === image.name && present) !== image;
    const unneeded = all.filter((image) => !image.usedBy.length && superseded(image));
    if (!body.dryRun) for (const { digest } of unneeded) await context.images.remove(digest);
    return unneeded;
  },

  'POST /nodes/:id/capture': async (context, { params, body: { name }, principal }) => {
    const node = await nodeCalled(context.store, params.id);
    const key = await captureOf(context, node, name);
    const at = context.now();
    orRefuse(await context.store.put('node', node.id, { ...node, capture: { at, name, by: principal.user } }, node.revision), 409);
    return { key, at };
  },
  'DELETE /nodes/:id/capture': async (context, { params }) => {
    const { capture, ...node } = await nodeCalled(context.store, params.id);
    const where = { node: node.name };
    if (!capture) throw new ProblemError(problem(`No image of ${node.name} is being made.`, where, 'There is nothing to call off.'), 409);
    for (const run of await context.store.unfinishedRuns())
      if (run.nodeId === node.id && context.catalog().roles.get(run.role)?.declaration.captures)
        throw new ProblemError(problem(`It is being made: run ${run.id}.`, where, `End that first: prybar run cancel ${run.id}`), 409);
    const kept = orRefuse(await context.store.put('node', node.id, node, node.revision), 409);
    // It was brought into the discovery image for this alone.
    if (node.system?.kind === 'live' && node.contact === 'up') await context.power(node, 'cycle');
    return nodeView(context, kept);
  },
} satisfies Partial<Handlers>;
