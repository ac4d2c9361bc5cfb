// How far a set of node-roles is: a small bar in the colours of their states, with the figures beside it.

import type { NodeRoleState } from '../../../core/model/plan.ts';
import { nodeRoleStates } from '../parts/conditions.ts';
import { nodeRoleMeanings, StateLabel, watchMeanings } from '../parts/states.tsx';
import { sumOf, type Totals } from '../parts/words.ts';
import './totals-bar.css';

/** Bars read from what is finished to what needs a person. */
const order: NodeRoleState[] = [...nodeRoleStates].reverse();

/** `failing`: how many of those that are done do not work. */
export function TotalsBar({ totals, failing = 0 }: { totals: Totals; failing?: number }) {
  const total = sumOf(totals);
  const present = order.filter((state) => totals[state]);
  const words = total === 0 ? 'no roles' : present.map((state) => `${totals[state]} ${nodeRoleMeanings[state].word}`).join(', ');
  return (
    <div className="pb-totals" title={words}>
      <div className="pb-totals__bar" role="img" aria-label={`Node-roles: ${words}`}>
        {present.map((state) => (
          <span key={state} className={`pb-totals__part pb-totals__part--${nodeRoleMeanings[state].colour}`} style={{ flexGrow: totals[state] }} />
        ))}
      </div>
      {failing > 0 && <StateLabel meaning={watchMeanings.failing} count={failing} />}
      <span className="pb-totals__text pb-number">{total === 0 ? 'no roles' : `${totals.done ?? 0}/${total} done`}</span>
    </div>
  );
}
