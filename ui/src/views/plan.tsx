// The whole plan: the picture by deployment, by machines, or as a list of node-roles, narrowed by deployment, role and state from the address.

import { Button, PageSection, Skeleton, ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import type { NodeRoleState } from '../../../core/model/plan.ts';
import { useAnswer } from '../api/queries.ts';
import { EdgeLegend } from '../plan/edge-legend.tsx';
import { HealthStrip } from '../plan/health-strip.tsx';
import { Legend } from '../parts/legend.tsx';
import { NoPlan } from '../plan/no-plan.tsx';
import { byUrgency, NodeRoleTable } from '../plan/node-role-table.tsx';
import { WithNodeRolePanel } from '../plan/node-role-panel.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { atOf, readingOf, usePast } from '../plan/past.ts';
import { PlanGroups } from '../plan/plan-groups.tsx';
import { PlanMachines } from '../plan/plan-machines.tsx';
import { TimeSlider } from '../plan/time-slider.tsx';
import { ProblemList, Unread } from '../parts/problem-list.tsx';
import { useRemembered } from '../parts/remembered.ts';
import { nodeRoleStates } from '../parts/conditions.ts';
import { nodeRoleLegend, nodeRoleMeanings, StateIcon } from '../parts/states.tsx';
import { counted, type Totals } from '../parts/words.ts';

const atOnce = 200;

export function PlanPage() {
  const [at] = usePast();
  const plan = useAnswer('GET /plan/summary', { query: atOf(at) }, readingOf(at));
  const deployments = useAnswer('GET /deployments', {});
  const [search, setSearch] = useSearchParams();
  const [mode, setMode] = useRemembered('prybar.plan', ['picture', 'machines', 'list'], 'picture');
  const [limit, setLimit] = useState(atOnce);
  const narrow = { deployment: search.get('deployment'), role: search.get('role'), state: search.get('state') };
  const narrowed = Object.values(narrow).some(Boolean);
  // A narrowed plan has lost the roles between, so a picture of it would mislead.
  const list = mode === 'list' || narrowed;
  // How machines stood in the past is told by their roles only.
  const byMachine = mode === 'machines' && !list && at === undefined;
  const query = Object.fromEntries(Object.entries({ ...narrow, limit, ...atOf(at) }).filter(([, value]) => value !== null));
  const listed = useAnswer('GET /plan', { query }, { ...readingOf(at), enabled: list });
  const some = (plan.data?.groups.length ?? 0) > 0;
  return (
    <WithNodeRolePanel>
      <PageTitle
        title="Plan"
        beside={<Legend title="What the states of node-roles mean" meanings={nodeRoleLegend} />}
        actions={
          <ToggleGroup isCompact aria-label="Show the plan as">
            <ToggleGroupItem text="Picture" isSelected={!list && !byMachine} isDisabled={narrowed} onChange={() => setMode('picture')} />
            <ToggleGroupItem text="Machines" isSelected={byMachine} isDisabled={narrowed || at !== undefined} onChange={() => setMode('machines')} />
            <ToggleGroupItem text="List" isSelected={list} isDisabled={narrowed} onChange={() => setMode('list')} />
          </ToggleGroup>
        }
      />
      <PageSection hasBodyWrapper={false} className="pb-page">
        <TimeSlider drawn={!plan.isPlaceholderData && !listed.isPlaceholderData} />
        <HealthStrip past={at !== undefined} />
        {plan.data && <StateFilter totals={plan.data.totals} state={narrow.state} choose={(state) => setSearch(withState(search, state))} />}
        <Unread of={plan} />
        <Unread of={listed} />
        {plan.isPending && <Skeleton height="20rem" screenreaderText="Reading the plan" />}
        {plan.data && <ProblemList problems={plan.data.problems} />}
        {plan.data && !some && (at === undefined ? <NoPlan headingLevel="h2" /> : <p>Nothing was planned then, or nothing of it is kept.</p>)}
        {byMachine && some && <PlanMachines />}
        {plan.data && !list && !byMachine && some && (
          <>
            <EdgeLegend />
            <PlanGroups plan={plan.data} deployments={deployments.data ?? []} headingLevel="h2" />
          </>
        )}
        {plan.data && list && some && listed.data && (
          <>
            <p className="pb-subtle">
              {counted(listed.data.matching, 'node-role')}
              {narrow.deployment && ` of ${narrow.deployment}`}
              {narrow.role && `, role ${narrow.role}`}
              {narrow.state && `, ${narrow.state}`}{' '}
              {narrowed && (
                <Button variant="link" isInline onClick={() => setSearch(without(search, 'deployment', 'role', 'state'))}>
                  Show all
                </Button>
              )}
            </p>
            {listed.data.nodeRoles.length > 0 && <NodeRoleTable nodeRoles={byUrgency(listed.data.nodeRoles)} />}
            {listed.data.matching > listed.data.nodeRoles.length && (
              <Button variant="link" onClick={() => setLimit(limit + atOnce)}>
                Show {Math.min(atOnce, listed.data.matching - listed.data.nodeRoles.length)} more
              </Button>
            )}
          </>
        )}
      </PageSection>
    </WithNodeRolePanel>
  );
}

function withState(search: URLSearchParams, state: NodeRoleState | undefined): URLSearchParams {
  const next = without(search, 'state');
  if (state) next.set('state', state);
  return next;
}

function without(search: URLSearchParams, ...names: string[]): URLSearchParams {
  const next = new URLSearchParams(search);
  for (const name of names) next.delete(name);
  return next;
}

/** All states with their counts, also those at zero: the row never changes its width by a state appearing. */
function StateFilter({ totals, state, choose }: { totals: Totals; state: string | null; choose: (state: NodeRoleState | undefined) => void }) {
  return (
    <ToggleGroup isCompact aria-label="Only node-roles in one state" className="pb-wrap">
      {nodeRoleStates.map((name) => (
        <ToggleGroupItem
          key={name}
          icon={<StateIcon meaning={nodeRoleMeanings[name]} />}
          text={`${nodeRoleMeanings[name].word} ${totals[name] ?? 0}`}
          isSelected={state === name}
          onChange={() => choose(state === name ? undefined : name)}
        />
      ))}
    </ToggleGroup>
  );
}
