// Who was turned away where machines knock, with what is known here of whoever has that address.

import { REFUSAL_KEPT_MS } from '../model/refusal.ts';
import { type Handlers, notFound } from './context.ts';

export const refusals = {
  'GET /refusals': async ({ store, leases, now }) => {
    const all = (await store.list('refusal')).filter(({ at }) => at > now() - REFUSAL_KEPT_MS);
    if (!all.length) return [];
    const leased = new Map(((await leases()) ?? []).map((lease) => [lease.address, lease]));
    const nodes = await store.list('node');
    return all
      .toSorted((a, b) => b.at - a.at)
      .map(({ revision: _, ...refusal }) => {
        const lease = leased.get(refusal.address);
        const node = nodes.find(({ macs, addresses }) => (lease ? macs.includes(lease.mac) : Object.values(addresses).includes(refusal.address)));
        return { ...refusal, ...(lease && { mac: lease.mac }), ...(node && { node: { id: node.id, name: node.name } }) };
      });
  },
  'DELETE /refusals/:id': async ({ store }, { params }) => {
    if (!(await store.get('refusal', params.id))) throw notFound(`Nobody called ${params.id} was turned away.`, 'See: prybar node refused');
    await store.remove('refusal', params.id);
    return {};
  },
} satisfies Partial<Handlers>;
