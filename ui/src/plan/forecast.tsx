// What is foreseen: how long it takes, what its end waits for as a timeline, and the points that people wait for.

import { ProgressStep, ProgressStepper } from '@patternfly/react-core';
import type { ForecastView } from '../../../core/model/plan.ts';
import { useShownNodeRole } from './shown-node-role.ts';
import { aboutText, counted } from '../parts/words.ts';
import './forecast.css';

/** `about 3 min; 2 node-roles wait for a person` */
export function forecastText({ ms, stuck }: ForecastView): string {
  const waiting = stuck > 0 && `${counted(stuck, 'node-role')} ${stuck === 1 ? 'waits' : 'wait'} for a person`;
  return [ms > 0 && aboutText(ms), waiting].filter(Boolean).join('; ') || 'nothing to do';
}

/** Of roles that were never done, how long they take is a guess: said beside every figure made of it. */
export function GuessNote({ guessed }: { guessed: string[] }) {
  if (guessed.length === 0) return null;
  return <p className="pb-subtle">A guess for {guessed.join(', ')}: never done here before.</p>;
}

/** The steps that the end waits for, each a bar from its start to its end. `linked` where the node-roles are in the plan already. */
export function CriticalPath({ view: { criticalPath, ms }, linked = false }: { view: ForecastView; linked?: boolean }) {
  const [, show] = useShownNodeRole();
  if (criticalPath.length === 0 || ms <= 0) return null;
  return (
    <figure className="pb-path">
      <figcaption className="pb-subtle">The end waits for these steps: making one of them quicker makes all of it quicker.</figcaption>
      <div className="pb-path__scale pb-number" aria-hidden="true">
        <span>now</span>
        <span>{aboutText(ms)}</span>
      </div>
      <ol aria-label="Critical path" tabIndex={criticalPath.length > 10 ? 0 : undefined}>
        {criticalPath.map((step) => (
          <li key={step.key}>
            <span className="pb-path__what">
              {linked ? (
                <button type="button" className="pb-path__link" onClick={() => show(step.key)}>
                  {step.role}
                </button>
              ) : (
                step.role
              )}{' '}
              <span className="pb-subtle">on {step.nodeName}</span>
            </span>
            <span className="pb-path__track" aria-hidden="true">
              <span className="pb-path__bar" style={{ left: `${(100 * step.startsInMs) / ms}%`, width: `${(100 * step.ms) / ms}%` }} />
            </span>
            <span className="pb-path__time pb-number">
              {aboutText(step.ms)}
              <span className="pf-v6-u-screen-reader">{step.startsInMs > 0 ? `, begins in ${aboutText(step.startsInMs)}` : ', begins now'}</span>
            </span>
          </li>
        ))}
      </ol>
    </figure>
  );
}

/** `at`: when the forecast was made, Unix ms. */
export function Milestones({ milestones, at }: { milestones: ForecastView['milestones']; at: number }) {
  if (milestones.length === 0) return null;
  const next = milestones.find((m) => !m.reached);
  return (
    <ProgressStepper aria-label="Milestones" className="pb-milestones">
      {milestones.map((milestone) => {
        const { deployment, role, title, done, total, reached, inMs } = milestone;
        const when = inMs === undefined ? 'waits for a person' : `${aboutText(inMs)}, at ${clock.format(at + inMs)}`;
        return (
          <ProgressStep
            key={`${deployment}/${role}`}
            id={`milestone-${deployment}-${role}`}
            titleId={`milestone-${deployment}-${role}-title`}
            variant={reached ? 'success' : inMs === undefined ? 'warning' : milestone === next ? 'info' : 'pending'}
            isCurrent={milestone === next}
            description={reached ? 'reached' : `${done} of ${total} · ${when}`}
            aria-label={reached ? 'reached' : 'not reached'}
          >
            {title}
          </ProgressStep>
        );
      })}
    </ProgressStepper>
  );
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
