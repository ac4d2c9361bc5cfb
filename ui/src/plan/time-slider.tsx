// The line of time under the head of a plan: drag it, step through it or have it played to see how things stood. Its end is now, where it stays live.
// Of one height whatever it says.

import { Button, FormSelect, FormSelectOption, Label } from '@patternfly/react-core';
import HistoryIcon from '@patternfly/react-icons/dist/esm/icons/history-icon';
import PauseIcon from '@patternfly/react-icons/dist/esm/icons/pause-icon';
import PlayIcon from '@patternfly/react-icons/dist/esm/icons/play-icon';
import StepBackwardIcon from '@patternfly/react-icons/dist/esm/icons/step-backward-icon';
import StepForwardIcon from '@patternfly/react-icons/dist/esm/icons/step-forward-icon';
import { useEffect, useEffectEvent, useMemo, useState } from 'react';
import { useAnswer } from '../api/queries.ts';
import { Unread } from '../parts/problem-list.tsx';
import { Time } from '../parts/time.tsx';
import { counted, timeText } from '../parts/words.ts';
import { usePast } from './past.ts';
import { indexOf, markOf, stayOf, type Step, stepsOf, stepText } from './replay.ts';
import './time-slider.css';

const speeds = [1, 10, 100];

/** Of one deployment, or of all. `drawn`: what is shown is that of the moment asked for, so that a replay may go on. */
export function TimeSlider({ deployment, drawn }: { deployment?: string; drawn: boolean }) {
  const [at, show] = usePast();
  // The middle of the stretch that is read; none: the latest.
  const [around, setAround] = useState(at);
  const read = useAnswer('GET /plan/moments', { query: { ...(deployment && { deployment }), ...(around !== undefined && { around }) } }, { keep: true });
  const { earlier = false, later = false } = read.data ?? {};
  const steps = useMemo(() => (read.data ? stepsOf(read.data) : []), [read.data]);
  const last = later ? steps.length - 1 : steps.length;
  const index = Math.min(last, indexOf(steps, at));
  const go = (to: number) => {
    const step = steps[to];
    if (!step) setAround(undefined);
    else if ((to === 0 && earlier) || (to === last && later)) setAround(step.at);
    show(step?.at);
  };
  const [speed, setSpeed] = useState(10);
  const [playing, setPlaying] = useState(false);
  useReplay({ playing: playing && drawn && !read.isPlaceholderData, steps, index, speed, go, stop: () => setPlaying(false) });
  const step = at === undefined ? undefined : steps[index];
  const past = at !== undefined;
  // Of a deployment to which nothing has happened there is nothing to look back at.
  if (deployment && read.data && steps.length === 0 && !past) return null;
  return (
    <section className={`pb-replay${past ? ' pb-replay--past' : ''}`} aria-label="Time">
      <div className="pb-replay__line">
        <div className="pb-replay__buttons">
          <Button variant="plain" size="sm" aria-label="Previous change" icon={<StepBackwardIcon />} isDisabled={index <= 0} onClick={() => go(index - 1)} />
          <Button
            variant="plain"
            size="sm"
            aria-label={playing ? 'Pause the replay' : 'Replay'}
            icon={playing ? <PauseIcon /> : <PlayIcon />}
            isDisabled={steps.length === 0}
            onClick={() => {
              if (!playing && !past) go(0);
              setPlaying(!playing);
            }}
          />
          <Button variant="plain" size="sm" aria-label="Next change" icon={<StepForwardIcon />} isDisabled={index >= last} onClick={() => go(index + 1)} />
        </div>
        <div className="pb-replay__track">
          <Marks steps={steps} last={last} />
          <input
            type="range"
            aria-label="Moment shown"
            aria-valuetext={step ? `${timeText(step.at, Date.now())}, ${stepText(step)}` : 'now'}
            min={0}
            max={Math.max(1, last)}
            value={steps.length === 0 ? 1 : index}
            disabled={steps.length === 0}
            onChange={(event) => {
              setPlaying(false);
              go(Number(event.target.value));
            }}
          />
        </div>
        <div className="pb-replay__buttons">
          <FormSelect className="pb-replay__speed" aria-label="Speed of the replay" value={speed} onChange={(_, value) => setSpeed(Number(value))}>
            {speeds.map((times) => (
              <FormSelectOption key={times} value={times} label={`${times}×`} />
            ))}
          </FormSelect>
          <Button
            variant="secondary"
            size="sm"
            isDisabled={!past}
            onClick={() => {
              setPlaying(false);
              go(steps.length);
            }}
          >
            Now
          </Button>
        </div>
      </div>
      <p className="pb-replay__said">
        {past ? (
          <>
            <Label isCompact color="orange" icon={<HistoryIcon />}>
              past
            </Label>{' '}
            <Time at={step?.at ?? at} /> {step && <span title={stepText(step)}>{stepText(step)}</span>}
          </>
        ) : (
          <span className="pb-subtle">
            {read.data && steps.length === 0 && 'Live. Nothing has changed yet.'}
            {steps.length > 0 && (
              <>
                Live. {earlier ? 'The last ' : ''}
                {counted(steps.length, 'change')} since <Time at={steps[0]!.at} />.
              </>
            )}
          </span>
        )}
        <span className="pb-replay__legend pb-subtle" aria-hidden="true">
          <i className="pb-replay__mark pb-replay__mark--commit" /> commit <i className="pb-replay__mark pb-replay__mark--failure" /> failure{' '}
          <i className="pb-replay__mark pb-replay__mark--rest" /> end
        </span>
      </p>
      <Unread of={read} />
    </section>
  );
}

/** Said in words by the slider, so only drawn here. */
function Marks({ steps, last }: { steps: readonly Step[]; last: number }) {
  return (
    <div className="pb-replay__marks" aria-hidden="true">
      {steps.map((step, index) => {
        const mark = markOf(step);
        return mark && <i key={step.at} className={`pb-replay__mark pb-replay__mark--${mark}`} style={{ left: `${(100 * index) / Math.max(1, last)}%` }} />;
      })}
    </div>
  );
}

type Replay = { playing: boolean; steps: readonly Step[]; index: number; speed: number; go(index: number): void; stop(): void };

function useReplay({ playing, steps, index, speed, go, stop }: Replay): void {
  const [from, to] = [steps[index], steps[index + 1]];
  const next = useEffectEvent(() => {
    go(index + 1);
    if (!to) stop();
  });
  // In the present there is nothing to play: the address is not yet at the moment that the replay begins with.
  const stay = from && (to ? stayOf(from, to, speed) : 0);
  useEffect(() => {
    if (!playing || stay === undefined) return undefined;
    const timer = setTimeout(next, stay);
    return () => clearTimeout(timer);
  }, [playing, from?.at, stay]);
}
