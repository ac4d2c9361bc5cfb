// The networks of the site, and how many addresses are left in each. Who has which is said with the machines.

import { addressUse } from '../network/allocate.ts';
import type { Handlers } from './context.ts';

export const networks = {
  'GET /networks': async ({ store }) =>
    Promise.all(
      (await store.list('network')).map(async (network) => {
        const { size, taken, kept } = await addressUse(store, network);
        return { ...network, size, taken, kept, free: size - taken - kept.length };
      }),
    ),
} satisfies Partial<Handlers>;
