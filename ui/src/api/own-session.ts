// Who is signed in, and what follows from that for what is offered: the admin node refuses the rest whatever the page shows.

import type { RouteName } from '../../../core/api/contract.ts';
import { useAnswer } from './queries.ts';

export type OwnSession = {
  /** Of the whole site, and of no tenant. */
  ofSite: boolean;
  /** May change something, of the site or of the tenant. */
  mayAct: boolean;
  /** An admin of the whole site. */
  rulesSite: boolean;
  /** Whether it may change something by this route. */
  may(act: RouteName): boolean;
};

/** All false until it is known. */
export function useOwnSession(): OwnSession {
  const { data } = useAnswer('GET /session', {});
  const ofSite = data !== undefined && data.tenant === undefined;
  return {
    ofSite,
    mayAct: data !== undefined && data.role !== 'viewer',
    rulesSite: ofSite && data.role === 'admin',
    may: (act) => data?.acts.includes(act) ?? false,
  };
}
