// One role in the picture and the node-roles of it: few with their names, more as icons, very many as counts by state. Its height follows from
// the number alone, so that a change of state moves nothing.

import { Link } from 'react-router';
import type { NodeRoleView, PlanGroup } from '../../../core/model/plan.ts';
import type { Edge } from './layout.ts';
import { usePast } from './past.ts';
import { sumOf } from '../parts/words.ts';
import { useShownNodeRole } from './shown-node-role.ts';
import { nodeRoleStates } from '../parts/conditions.ts';
import { isFailing, meaningOfNodeRole, nodeRoleMeanings, StateIcon, StateLabel, watchMeanings } from '../parts/states.tsx';
import { WhySomeTip, WhyTip } from './why-tip.tsx';

const named = 6;
const rowHeight = 26;
const squaresPerRow = 7;
const frame = 42;

export function cardHeight({ totals, nodeRoles }: PlanGroup): number {
  const n = sumOf(totals);
  if (nodeRoles && n <= named) return frame + n * rowHeight;
  if (nodeRoles) return frame + Math.ceil(n / squaresPerRow) * rowHeight;
  // As many rows as there could be states worth counting at once; a sixth rarely shows and then scrolls.
  return frame + 5 * rowHeight;
}

export const isDone = ({ totals }: PlanGroup): boolean => (totals.done ?? 0) === sumOf(totals);

type RoleCardProps = { headingLevel: 'h3' | 'h4'; deployment: string; group: PlanGroup; after: Edge[] };

export function RoleCard({ headingLevel: Heading, deployment, group, after }: RoleCardProps) {
  const { role, totals, failing, nodeRoles } = group;
  const listOf = useListLink();
  return (
    <section className="pb-role" aria-label={`Role ${role}`}>
      <Heading className="pb-role__name">
        <Link to={listOf({ deployment, role })} title={role}>
          {role}
        </Link>
        {failing > 0 && !nodeRoles && <StateLabel meaning={watchMeanings.failing} count={failing} />}
        <span className="pb-role__count pb-number">
          {totals.done ?? 0}/{sumOf(totals)}
        </span>
      </Heading>
      <p className="pb-role__after">{after.length > 0 ? `after ${after.map((e) => e.from).join(', ')}` : 'comes first'}</p>
      {nodeRoles ? <Chips nodeRoles={nodeRoles} /> : <Counts group={group} />}
    </section>
  );
}

function Chips({ nodeRoles }: { nodeRoles: NodeRoleView[] }) {
  const withNames = nodeRoles.length <= named;
  return (
    <div className={withNames ? 'pb-role__rows' : 'pb-role__grid'}>
      {nodeRoles.map((nodeRole) => (
        <Chip key={nodeRole.key} nodeRole={nodeRole} withName={withNames} />
      ))}
    </div>
  );
}

function Chip({ nodeRole, withName }: { nodeRole: NodeRoleView; withName: boolean }) {
  const [shown, show] = useShownNodeRole();
  const meaning = meaningOfNodeRole(nodeRole);
  const failing = isFailing(nodeRole);
  return (
    <WhyTip nodeRole={nodeRole}>
      <button
        type="button"
        className={`pb-chip${withName ? '' : ' pb-chip--square'}${failing ? ' pb-chip--failing' : ''}`}
        aria-pressed={shown === nodeRole.key}
        onClick={() => show(nodeRole.key)}
      >
        <StateIcon meaning={meaning} />
        <span className="pf-v6-u-screen-reader">{nodeRole.role} on </span>
        <span className={withName ? 'pb-chip__name' : 'pf-v6-u-screen-reader'}>{nodeRole.nodeName}</span>{' '}
        <span className={withName && meaning !== nodeRoleMeanings.done ? 'pb-chip__state' : 'pf-v6-u-screen-reader'}>{meaning.word}</span>
      </button>
    </WhyTip>
  );
}

/** To the list of some node-roles, of the moment that is shown. */
function useListLink(): (narrow: Record<string, string>) => string {
  const [at] = usePast();
  return (narrow) => `/plan?${new URLSearchParams({ ...narrow, ...(at !== undefined && { at: String(at) }) }).toString()}`;
}

function Counts({ group: { deployment, role, totals } }: { group: PlanGroup }) {
  const listOf = useListLink();
  return (
    <div className="pb-role__rows pb-role__rows--counts">
      {nodeRoleStates
        .filter((state) => totals[state])
        .map((state) => (
          <WhySomeTip key={state} counted={{ deployment, role, state }}>
            <Link className="pb-chip" to={listOf({ deployment, role, state })}>
              <StateIcon meaning={nodeRoleMeanings[state]} />
              <span className="pb-chip__name">{nodeRoleMeanings[state].word}</span>
              <span className="pb-number">{totals[state]}</span>
            </Link>
          </WhySomeTip>
        ))}
    </div>
  );
}
