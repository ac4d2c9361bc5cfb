// The log of one run: read once, then streamed. Both ways give events by sequence number, so they merge without gaps or doubles.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { LoggedEvent } from '../../../core/api/contract.ts';
import { call } from './client.ts';
import { useLive } from './live-context.tsx';
import { mergeLog } from './merge-log.ts';

const keyOf = (runId: number) => ['run log', runId] as const;
const lastSeq = (events: readonly LoggedEvent[] | undefined): number => events?.at(-1)?.seq ?? 0;

/** `running` follows it live; waking reads only what came after the last event known. */
export function useRunLog(runId: number | undefined, running: boolean) {
  const client = useQueryClient();
  const live = useLive();
  /** The run that was read from its beginning. Streamed events alone do not count: they may have overtaken that reading. */
  const readFromStart = useRef<number>(undefined);
  const query = useQuery({
    queryKey: keyOf(runId ?? 0),
    enabled: runId !== undefined,
    queryFn: async ({ signal }) => {
      const known = () => client.getQueryData<LoggedEvent[]>(keyOf(runId!));
      const after = readFromStart.current === runId ? lastSeq(known()) : 0;
      const more = await call('GET /runs/:id/log', { params: { id: runId! }, query: { after } }, signal);
      readFromStart.current = runId;
      return mergeLog(known() ?? [], more);
    },
  });
  useEffect(() => {
    if (runId === undefined || !running) return;
    return live.follow(
      runId,
      () => lastSeq(client.getQueryData<LoggedEvent[]>(keyOf(runId))),
      (batch) => client.setQueryData<LoggedEvent[]>(keyOf(runId), (old) => mergeLog(old ?? [], batch.events)),
    );
  }, [runId, running, client, live]);
  return query;
}
