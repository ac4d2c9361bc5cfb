// How many node-roles of each machine are done and do not work, by node id.

import { useMemo } from 'react';
import { useAnswer } from '../api/queries.ts';
import { keyParts } from './words.ts';

export function useFailing(): ReadonlyMap<string, number> {
  const health = useAnswer('GET /health', { query: {} });
  return useMemo(() => {
    const counts = new Map<string, number>();
    for (const { key } of health.data ?? []) {
      const { nodeId } = keyParts(key);
      counts.set(nodeId, (counts.get(nodeId) ?? 0) + 1);
    }
    return counts;
  }, [health.data]);
}
