// React's way to the API: `useAnswer` reads a route and keeps it fresh, `useAct` changes something and re-reads what is shown.

import { keepPreviousData, type QueryClient, QueryCache, QueryClient as Client, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Response as Answer, RouteName } from '../../../core/api/contract.ts';
import { type Ask, call, Refused } from './client.ts';

type Reading = Extract<RouteName, `GET ${string}`>;
type Acting = Exclude<RouteName, Reading>;

export const keyOf = <N extends Reading>(name: N, ask: Ask<N>): [N, Ask<N>] => [name, ask];

/** `enabled: false` waits, for questions that depend on another answer; `keep` shows the last one until a question put otherwise is answered. */
export function useAnswer<N extends Reading>(
  name: N,
  ask: Ask<N>,
  { keep = false, everyMs, ...options }: { enabled?: boolean; keep?: boolean; everyMs?: number; staleTime?: number; gcTime?: number } = {},
) {
  return useQuery({
    queryKey: keyOf(name, ask),
    queryFn: ({ signal }) => call(name, ask, signal) as Promise<Answer<N>>,
    ...(keep && { placeholderData: keepPreviousData }),
    ...(everyMs !== undefined && { refetchInterval: everyMs }),
    ...options,
  });
}

/** `alone`: what is shown is not read anew; for signing in, where nothing is shown yet and reading would only be refused. */
export function useAct<N extends Acting>(name: N, { alone = false }: { alone?: boolean } = {}) {
  const client = useQueryClient();
  return useMutation<Answer<N>, Error, Ask<N>>({
    mutationFn: (ask) => call(name, ask),
    // The change feed wakes the page too; this is for the person who just pressed a button.
    onSettled: () => void (alone || client.invalidateQueries()),
  });
}

/** A refusal (4xx) is an answer, so it is not asked again; silence is asked twice more before it is shown. */
export function createQueryClient(): QueryClient {
  const client: QueryClient = new Client({
    queryCache: new QueryCache({
      onError: (error, query) => {
        // The session may have ended while only a detail was open: the frame's own question then shows the sign-in page.
        if (error instanceof Refused && error.status === 401 && query.queryKey[0] !== 'GET /status')
          void client.invalidateQueries({ queryKey: ['GET /status'] });
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        gcTime: 10 * 60_000,
        retry: (failures, error) => failures < 2 && !(error instanceof Refused && error.status >= 400 && error.status < 500),
        refetchOnWindowFocus: true,
      },
    },
  });
  return client;
}
