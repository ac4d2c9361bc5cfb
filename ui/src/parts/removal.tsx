// Asks before something is taken away, and takes it away: each such question is of one shape, whatever it is about.

import type { ReactNode } from 'react';
import type { RouteName } from '../../../core/api/contract.ts';
import type { Ask } from '../api/client.ts';
import { useAct } from '../api/queries.ts';
import { Confirm } from './confirm.tsx';

type Removing = Extract<RouteName, `DELETE ${string}`>;
type RemovalProps<N extends Removing> = {
  route: N;
  /** What it takes away. */
  ask: Ask<N>;
  title: string;
  act?: string;
  close: () => void;
  /** When it is gone; closes it unless told otherwise. */
  done?: () => void;
  /** What is lost, and what stays. */
  children: ReactNode;
};

export function Removal<N extends Removing>({ route, ask, title, act = 'Remove', close, done = close, children }: RemovalProps<N>) {
  const remove = useAct(route);
  return (
    <Confirm title={title} act={act} pending={remove.isPending} error={remove.error} onAct={() => remove.mutate(ask, { onSuccess: done })} close={close}>
      {children}
    </Confirm>
  );
}
