// What machines with a TPM can prove of their starts.

import { type Handlers, nodeCalled } from './context.ts';

export const measuredBoots: Pick<Handlers, 'GET /nodes/:id/starts'> = {
  async 'GET /nodes/:id/starts'({ store }, { params }) {
    const node = await nodeCalled(store, params.id);
    const { starts } = (await store.get('bootEvidence', node.id)) ?? { starts: [] };
    return { nodeId: node.id, starts };
  },
};
