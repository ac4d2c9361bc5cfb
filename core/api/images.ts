// Images of operating systems: which there are, what is in them, who vouches for them, and having one built.

import { isPresent, signatureHolds } from '../images/images.ts';
import { type Image, imageCalled } from '../model/image.ts';
import type { Revised } from '../model/node.ts';
import { type Context, type Handlers, notFound } from './context.ts';
import type { ImageView } from './contract.ts';

const viewOf = async (image: Revised<Image>): Promise<ImageView> => ({ ...image, present: await isPresent(image), signed: signatureHolds(image) });

async function listed({ store }: Context): Promise<ImageView[]> {
  const images = await Promise.all((await store.list('image')).map(viewOf));
  return images.sort((a, b) => (a.name === b.name ? b.createdAt - a.createdAt : a.name < b.name ? -1 : 1));
}

export const images = {
  'GET /images': (context) => listed(context),
  'GET /images/:name': async (context, { params: { name } }) => {
    const image = imageCalled(await listed(context), name);
    if (!image) throw notFound(`There is no image called ${name}.`, 'See: prybar image list, or build it: prybar image build');
    return image;
  },
  'POST /images': async ({ images: shop, now }, { body }) => {
    const { name = 'debian-12', packages = [], components = ['main'] } = body;
    const at = now();
    // It takes a minute, and shows as an activity, its failure too.
    shop.build({ name, packages, components }).catch(() => {});
    return { activity: `image ${name}`, at };
  },
} satisfies Partial<Handlers>;
