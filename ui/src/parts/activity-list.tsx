// Long work of the admin node: what, which part of it, how far.

import { Progress, ProgressMeasureLocation, Spinner } from '@patternfly/react-core';
import type { Activity, StatusView } from '../../../core/api/contract.ts';
import { ProblemList } from './problem-list.tsx';
import { nodeRoleMeanings, StateIcon } from './states.tsx';
import { Duration, Time } from './time.tsx';
import './activity-list.css';

export function ActivityList({ status: { activities, version, startedAt } }: { status: StatusView }) {
  if (activities.length === 0)
    return (
      <p className="pb-subtle">
        Nothing is being built or fetched.
        <br />
        Prybar {version}, up since <Time at={startedAt} />.
      </p>
    );
  return <Activities activities={activities} />;
}

export function Activities({ activities, label }: { activities: readonly Activity[]; label?: string }) {
  return (
    <ul className="pb-activities" aria-label={label}>
      {activities.map((activity) => (
        <li key={activity.id}>
          <div className="pb-activity__head">
            <strong>{activity.title}</strong>
            <span className="pb-subtle">
              <Duration from={activity.startedAt} to={activity.endedAt} />
            </span>
          </div>
          <Measure activity={activity} />
          {activity.problem && <ProblemList problems={[activity.problem]} />}
        </li>
      ))}
    </ul>
  );
}

function Measure({ activity }: { activity: Activity }) {
  if (activity.problem) return null;
  if (activity.endedAt !== undefined)
    return (
      <p className="pb-activity__phase">
        <StateIcon meaning={nodeRoleMeanings.done} /> done
      </p>
    );
  if (activity.fraction === undefined)
    return (
      <p className="pb-activity__phase">
        <Spinner size="sm" aria-label="under way" /> {activity.phase}
      </p>
    );
  return (
    <>
      <Progress value={Math.round(activity.fraction * 100)} size="sm" measureLocation={ProgressMeasureLocation.outside} aria-label={activity.title} />
      <p className="pb-activity__phase">{activity.phase}</p>
    </>
  );
}
