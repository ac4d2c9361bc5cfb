// How far a deployment is and when it will be done: a bar, the milestones on the way, and what the end waits for. Of one height whether it
// runs or not, so that beginning and ending move nothing.

import { Card, CardBody, ExpandableSection, Progress, ProgressMeasureLocation, Title } from '@patternfly/react-core';
import { useState } from 'react';
import type { ForecastView, PlanGroup } from '../../../core/model/plan.ts';
import { useAnswer } from '../api/queries.ts';
import { CriticalPath, forecastText, GuessNote, Milestones } from './forecast.tsx';
import { HoldUps } from './hold-ups.tsx';
import { failingOf, totalsOf } from './plan-groups.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { StateLabel, watchMeanings } from '../parts/states.tsx';
import { aboutText, counted, sumOf } from '../parts/words.ts';

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

type DeploymentProgressProps = { deployment: string; groups: PlanGroup[]; paused: boolean /** How far it was: nothing is foreseen of it. */; past: boolean };

export function DeploymentProgress({ deployment, groups, paused, past }: DeploymentProgressProps) {
  const forecast = useAnswer('GET /plan/forecast', { query: { deployment } }, { enabled: !past });
  const totals = totalsOf(groups);
  const { done = 0, failed = 0 } = totals;
  const all = sumOf(totals);
  const failing = failingOf(groups);
  const view = past ? undefined : forecast.data;
  const stuck = view && view.ms === 0 && view.holdUps.length > 0 && !paused;
  // Open for who comes to it; where somebody is watching it opens nothing by itself, which would push away what is being read.
  const [stuckAtFirst, setStuckAtFirst] = useState<boolean>();
  if (view && stuckAtFirst === undefined) setStuckAtFirst(stuck ?? false);
  const [open, setOpen] = useState<boolean>();
  return (
    <Card isCompact component="section" aria-label="Progress">
      <CardBody className="pb-section">
        <div className="pb-actions">
          <Title headingLevel="h2" size="md">
            Progress
          </Title>
          {failing > 0 && <StateLabel meaning={watchMeanings.failing} count={failing} />}
        </div>
        <Progress
          value={all === 0 ? 0 : Math.round((100 * done) / all)}
          title={`${done} of ${counted(all, 'node-role')} done`}
          size="sm"
          measureLocation={ProgressMeasureLocation.top}
          {...(failed + failing > 0 ? { variant: 'danger' as const } : done === all && done > 0 ? { variant: 'success' as const } : {})}
        />
        <p className="pb-number">{view ? endText(view, { paused, failing, at: forecast.dataUpdatedAt }) : past ? 'So far it was then.' : '\u00a0'}</p>
        <Unread of={forecast} />
        {view && <Milestones milestones={view.milestones} at={forecast.dataUpdatedAt} />}
        <div className="pb-progress__path">
          {view && view.ms > 0 && !paused && (
            <ExpandableSection toggleText="What the end waits for">
              <CriticalPath view={view} linked />
              <GuessNote guessed={view.guessed} />
              <HoldUps of={view.holdUps} linked />
            </ExpandableSection>
          )}
          {stuck && (
            <ExpandableSection toggleText="Why, and what to do" isExpanded={open ?? stuckAtFirst ?? false} onToggle={(_, expanded) => setOpen(expanded)}>
              <HoldUps of={view.holdUps} linked />
            </ExpandableSection>
          )}
        </div>
      </CardBody>
    </Card>
  );
}

/** `at`: when the forecast was made, Unix ms. */
function endText(view: ForecastView, { paused, failing, at }: { paused: boolean; failing: number; at: number }): string {
  if (paused) return 'Paused: nothing of it is begun.';
  const stuck = view.stuck > 0 ? `; ${counted(view.stuck, 'node-role')} not by itself` : '';
  if (view.ms > 0) return `Done in ${aboutText(view.ms)}, at ${clock.format(at + view.ms)}${stuck}.`;
  if (view.stuck > 0) return `It goes no further: ${forecastText(view)}.`;
  return failing > 0 ? `All of it is done, and ${failing} of it not working: the causes stand under Health.` : 'All of it is done.';
}
