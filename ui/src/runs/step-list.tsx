// The resources of a run: what became of each, how long it took, its diff and what it said. Rows keep their height while the run goes on.

import MinusCircleIcon from '@patternfly/react-icons/dist/esm/icons/minus-circle-icon';
import PencilAltIcon from '@patternfly/react-icons/dist/esm/icons/pencil-alt-icon';
import AngleRightIcon from '@patternfly/react-icons/dist/esm/icons/angle-right-icon';
import type { ResourceResult } from '../../../core/model/run.ts';
import { Diff } from '../parts/diff.tsx';
import type { Step } from './run-steps.ts';
import { type Meaning, nodeRoleMeanings, runMeanings, StateIcon } from '../parts/states.tsx';
import { Duration } from '../parts/time.tsx';
import './step-list.css';

export const resultMeanings: Record<ResourceResult, Meaning> = {
  ok: { word: 'ok', means: 'It was as it should be; nothing was done.', colour: 'green', icon: nodeRoleMeanings.done.icon },
  changed: { word: 'changed', means: 'It was brought to where it should be.', colour: 'blue', icon: PencilAltIcon },
  failed: {
    word: 'failed',
    means: 'It could not be brought to where it should be; nothing after it was tried.',
    colour: 'red',
    icon: nodeRoleMeanings.failed.icon,
  },
  skipped: { word: 'skipped', means: 'Its condition did not hold, so it was left alone.', colour: 'grey', icon: MinusCircleIcon },
};

/** `live`: the run goes on, so a step without a result runs now rather than having broken off. */
export function StepList({ steps, live }: { steps: Step[]; live: boolean }) {
  return (
    <ol className="pb-steps">
      {steps.map((step) => (
        <li key={step.index}>
          <StepRow step={step} live={live} />
        </li>
      ))}
    </ol>
  );
}

function StepRow({ step, live }: { step: Step; live: boolean }) {
  const meaning = step.result ? resultMeanings[step.result] : live ? runMeanings.running : runMeanings.interrupted;
  const more = Boolean(step.diff || step.reason || step.said.length > 0);
  const head = (
    <>
      <span className="pb-step__more">{more && <AngleRightIcon />}</span>
      <StateIcon meaning={meaning} />
      <span className="pb-step__name">{step.name}</span>
      <span className="pb-step__word" title={meaning.means}>
        {meaning.word}
      </span>
      <span className="pb-step__seconds">
        {step.seconds === undefined ? live && <Duration from={step.startedAt} /> : <Duration from={0} to={step.seconds * 1000} />}
      </span>
    </>
  );
  if (!more) return <div className="pb-step pb-step__head">{head}</div>;
  return (
    <details className="pb-step" open={step.result === 'failed'}>
      <summary className="pb-step__head">{head}</summary>
      <div className="pb-step__body">
        {step.reason && <p>{step.reason}</p>}
        {step.diff && <Diff text={step.diff} />}
        {step.said.length > 0 && (
          <pre className="pb-step__said" tabIndex={0} aria-label={`What ${step.name} said`}>
            {step.said.join('\n')}
          </pre>
        )}
      </div>
    </details>
  );
}
