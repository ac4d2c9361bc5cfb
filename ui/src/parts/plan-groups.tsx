// The plan, one card a deployment: how far it is, and the picture of its roles.

import { Card, CardBody, Label } from '@patternfly/react-core';
import { useMemo } from 'react';
import { Link } from 'react-router';
import type { NodeRoleView, PlanView } from '../../../core/model/plan.ts';
import type { Deployment } from '../../../core/model/proposal.ts';
import { RolePicture } from './role-picture.tsx';
import { isFailing } from './states.tsx';
import { TotalsBar } from './totals-bar.tsx';
import type { Totals } from './words.ts';
import './plan-groups.css';

export function totalsOf(nodeRoles: readonly NodeRoleView[]): Totals {
  const totals: Totals = {};
  for (const { state } of nodeRoles) totals[state] = (totals[state] ?? 0) + 1;
  return totals;
}

type PlanGroupsProps = { plan: PlanView; deployments: Deployment[]; headingLevel?: 'h2' | 'h3' };

export function PlanGroups({ plan, deployments, headingLevel: Heading = 'h3' }: PlanGroupsProps) {
  const groups = useMemo(() => Map.groupBy(plan.nodeRoles, (n) => n.deployment), [plan.nodeRoles]);
  // What the operator asked for before what the admin node needs for itself.
  const names = [...groups.keys()].sort((a, b) => Number(a === 'system') - Number(b === 'system') || a.localeCompare(b));
  return (
    <>
      {names.map((name) => {
        const nodeRoles = groups.get(name)!;
        const deployment = deployments.find((d) => d.name === name);
        return (
          <Card key={name} isCompact component="section" aria-label={`Deployment ${name}`}>
            <CardBody>
              <div className="pb-plan__head">
                <Heading className="pb-plan__name">
                  <Link to={`/deployments/${name}`}>{name}</Link>
                </Heading>
                <span className="pb-subtle pb-plan__summary">{deployment?.summary}</span>
                {deployment?.paused && <Label isCompact>paused</Label>}
                <div className="pb-plan__totals">
                  <TotalsBar totals={totalsOf(nodeRoles)} failing={nodeRoles.filter(isFailing).length} />
                </div>
              </div>
              <RolePicture headingLevel={Heading === 'h2' ? 'h3' : 'h4'} deployment={name} nodeRoles={nodeRoles} edges={plan.edges} />
            </CardBody>
          </Card>
        );
      })}
    </>
  );
}
