// The plan, one card a deployment: how far it is, and the picture of its roles.

import { Card, CardBody, Label } from '@patternfly/react-core';
import { useMemo } from 'react';
import { Link } from 'react-router';
import type { PlanGroup, PlanSummary } from '../../../core/model/plan.ts';
import type { Deployment } from '../../../core/model/proposal.ts';
import { usePast } from './past.ts';
import { RolePicture } from './role-picture.tsx';
import { nodeRoleStates } from '../parts/conditions.ts';
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
  const [at] = usePast();
  const groups = useMemo(() => Map.groupBy(plan.groups, (group) => group.deployment), [plan.groups]);
  // What the operator asked for before what the admin node needs for itself.
  const names = [...groups.keys()].sort((a, b) => Number(a === 'system') - Number(b === 'system') || a.localeCompare(b));
  return (
    <>
      {names.map((name) => {
        const roles = groups.get(name)!;
        const deployment = deployments.find((d) => d.name === name);
        return (
          <Card key={name} isCompact component="section" aria-label={`Deployment ${name}`}>
            <CardBody>
              <div className="pb-plan__head">
                <Heading className="pb-plan__name">
                  <Link to={`/deployments/${name}`}>{name}</Link>
                </Heading>
                <span className="pb-subtle pb-plan__summary">{deployment?.summary}</span>
                {deployment?.paused && at === undefined && <Label isCompact>paused</Label>}
                <div className="pb-plan__totals">
                  <TotalsBar totals={totalsOf(roles)} failing={failingOf(roles)} />
                </div>
              </div>
              <RolePicture headingLevel={Heading === 'h2' ? 'h3' : 'h4'} deployment={name} roles={roles} edges={plan.edges} />
            </CardBody>
          </Card>
        );
      })}
    </>
  );
}
