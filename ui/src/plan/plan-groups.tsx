// The plan, one card a deployment: how far it is, and the picture of its roles, which can be folded away.

import { Button, Card, CardBody, Label } from '@patternfly/react-core';
import AngleDownIcon from '@patternfly/react-icons/dist/esm/icons/angle-down-icon';
import AngleRightIcon from '@patternfly/react-icons/dist/esm/icons/angle-right-icon';
import { useMemo } from 'react';
import { Link } from 'react-router';
import type { PlanGroup, PlanSummary } from '../../../core/model/plan.ts';
import type { Deployment } from '../../../core/model/proposal.ts';
import { usePast } from './past.ts';
import { RolePicture } from './role-picture.tsx';
import { nodeRoleStates } from '../parts/conditions.ts';
import { useRemembered } from '../parts/remembered.ts';
import { TotalsBar } from './totals-bar.tsx';
import type { Totals } from '../parts/words.ts';
import './plan-groups.css';

export function totalsOf(groups: readonly PlanGroup[]): Totals {
  const sum: Totals = {};
  for (const { totals } of groups) for (const state of nodeRoleStates) if (totals[state]) sum[state] = (sum[state] ?? 0) + totals[state];
  return sum;
}

export const failingOf = (groups: readonly PlanGroup[]): number => groups.reduce((sum, { failing }) => sum + failing, 0);

type PlanGroupsProps = { plan: PlanSummary; deployments: Deployment[]; headingLevel?: 'h2' | 'h3' };

export function PlanGroups({ plan, deployments, headingLevel: Heading = 'h3' }: PlanGroupsProps) {
  const groups = useMemo(() => Map.groupBy(plan.groups, (group) => group.deployment), [plan.groups]);
  // What the operator asked for before what the admin node needs for itself.
  const names = [...groups.keys()].sort((a, b) => Number(a === 'system') - Number(b === 'system') || a.localeCompare(b));
  return (
    <>
      {names.map((name) => (
        <DeploymentCard
          key={name}
          name={name}
          deployment={deployments.find((d) => d.name === name)}
          roles={groups.get(name)!}
          edges={plan.edges}
          heading={Heading}
          folding={names.length > 1}
        />
      ))}
    </>
  );
}

type DeploymentCardProps = {
  name: string;
  deployment: Deployment | undefined;
  roles: PlanGroup[];
  edges: PlanSummary['edges'];
  heading: 'h2' | 'h3';
  folding: boolean;
};

function DeploymentCard({ name, deployment, roles, edges, heading: Heading, folding }: DeploymentCardProps) {
  const [at] = usePast();
  const [shape, setShape] = useRemembered(`prybar.plan.${name}`, ['open', 'folded'], 'open');
  const open = shape === 'open' || !folding;
  return (
    <Card isCompact component="section" aria-label={`Deployment ${name}`}>
      <CardBody>
        <div className="pb-plan__head">
          {folding && (
            <Button
              variant="plain"
              size="sm"
              className="pb-plan__fold"
              aria-expanded={open}
              aria-label={`Roles of ${name}`}
              icon={open ? <AngleDownIcon /> : <AngleRightIcon />}
              onClick={() => setShape(open ? 'folded' : 'open')}
            />
          )}
          <Heading className="pb-plan__name">
            <Link to={`/deployments/${name}`}>{name}</Link>
          </Heading>
          <span className="pb-subtle pb-plan__summary">{deployment?.summary}</span>
          {deployment?.paused && at === undefined && <Label isCompact>paused</Label>}
          <div className="pb-plan__totals">
            <TotalsBar totals={totalsOf(roles)} failing={failingOf(roles)} />
          </div>
        </div>
        {open && <RolePicture headingLevel={Heading === 'h2' ? 'h3' : 'h4'} deployment={name} roles={roles} edges={edges} />}
      </CardBody>
    </Card>
  );
}
