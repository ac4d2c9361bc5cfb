// The machines, kept fresh: read whole once, then only what changed since.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../api/client.ts';
import { type Machines, merge } from './machines.ts';

const key = ['rack'] as const;

export function useMachines() {
  const client = useQueryClient();
  return useQuery({
    queryKey: key,
    // It keeps what did not change by itself; comparing ten thousand machines deeply would take longer than drawing them.
    structuralSharing: false,
    queryFn: async ({ signal }) => {
      const known = client.getQueryData<Machines>(key);
      return merge(known, await call('GET /rack', { query: known ? { epoch: known.epoch, since: known.seq } : {} }, signal));
    },
  });
}
