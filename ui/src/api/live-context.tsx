// Hands the one live connection to whoever shows it or follows a log.

import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Connection, Live } from './live.ts';

export const LiveContext = createContext<Live | undefined>(undefined);

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error('LiveContext has no value: main.tsx provides it around the whole page.');
  return live;
}

export function useConnection(): Connection {
  const live = useLive();
  return useSyncExternalStore(live.watch, live.connection);
}
