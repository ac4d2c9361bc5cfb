// How far a deployment is and when it will be done: a bar, the milestones on the way, and what the end waits for. Of one height whether it
// runs or not, so that beginning and ending move nothing.

import { Card, CardBody, ExpandableSection, Progress, ProgressMeasureLocation, Title } from '@patternfly/react-core';
import type { NodeRoleView } from '../../../core/model/plan.ts';
import { useAnswer } from '../api/queries.ts';
import { CriticalPath, forecastText, GuessNote, Milestones } from './forecast.tsx';
import { totalsOf } from './plan-groups.tsx';
import { Unread } from './problem-list.tsx';
import { aboutText, counted } from './words.ts';

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

export function DeploymentProgress({ deployment, nodeRoles, paused }: { deployment: string; nodeRoles: NodeRoleView[]; paused: boolean }) {
  const forecast = useAnswer('GET /plan/forecast', { query: { deployment } });
  const { done = 0, failed = 0 } = totalsOf(nodeRoles);
  const view = forecast.data;
  const end = !view
    ? '\u00a0'
    : paused
      ? 'Paused: nothing of it is begun.'
      : view.ms > 0
        ? `Done in ${aboutText(view.ms)}, at ${clock.format(forecast.dataUpdatedAt + view.ms)}${view.stuck > 0 ? `; ${counted(view.stuck, 'node-role')} not by itself` : ''}.`
        : view.stuck > 0
          ? `It goes no further: ${forecastText(view)}.`
          : 'All of it is done.';
  return (
    <Card isCompact component="section" aria-label="Progress">
      <CardBody className="pb-section">
        <Title headingLevel="h2" size="md">
          Progress
        </Title>
        <Progress
          value={nodeRoles.length === 0 ? 0 : Math.round((100 * done) / nodeRoles.length)}
          title={`${done} of ${counted(nodeRoles.length, 'node-role')} done`}
          size="sm"
          measureLocation={ProgressMeasureLocation.top}
          {...(failed > 0 ? { variant: 'danger' as const } : done === nodeRoles.length && done > 0 ? { variant: 'success' as const } : {})}
        />
        <p className="pb-number">{end}</p>
        <Unread of={forecast} />
        {view && <Milestones milestones={view.milestones} at={forecast.dataUpdatedAt} />}
        <div className="pb-progress__path">
          {view && view.ms > 0 && !paused && (
            <ExpandableSection toggleText="What the end waits for">
              <CriticalPath view={view} linked />
              <GuessNote guessed={view.guessed} />
            </ExpandableSection>
          )}
        </div>
      </CardBody>
    </Card>
  );
}
