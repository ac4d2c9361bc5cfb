// What somebody may press, shown to those alone who may do what it does: others would only be refused.

import type { ReactNode } from 'react';
import type { RouteName } from '../../../core/api/contract.ts';
import { useOwnSession } from '../api/own-session.ts';

export function Offer({ act, children }: { act: RouteName; children: ReactNode }) {
  return useOwnSession().may(act) ? children : null;
}
