// What a run said, line by line with its time, in a frame of fixed height that stays at the end until the reader scrolls up.

import { Button } from '@patternfly/react-core';
import { useEffect, useRef, useState } from 'react';
import type { LoggedEvent } from '../../../core/api/contract.ts';
import { lineOf } from './run-steps.ts';
import { wholeTimeText } from '../parts/words.ts';
import './log-lines.css';

/** More than this is only shown when asked for: each line costs the browser. */
const shownAtOnce = 2000;
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

export function LogLines({ log, short = false }: { log: LoggedEvent[]; short?: boolean }) {
  const frame = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(true);
  const [all, setAll] = useState(false);
  const hidden = all ? 0 : Math.max(0, log.length - shownAtOnce);
  useEffect(() => {
    const element = frame.current;
    if (following && element) element.scrollTop = element.scrollHeight;
  }, [log, following]);
  const noticeScroll = () => {
    const element = frame.current;
    if (element) setFollowing(element.scrollHeight - element.scrollTop - element.clientHeight < 24);
  };
  return (
    <div className={short ? 'pb-log pb-log--short' : 'pb-log'}>
      <div ref={frame} className="pb-log__frame" onScroll={noticeScroll} tabIndex={0} role="log" aria-live="off" aria-label="Log">
        {hidden > 0 && (
          <Button variant="link" isInline onClick={() => setAll(true)}>
            Show {hidden} earlier lines
          </Button>
        )}
        {log.slice(hidden).map((logged) => (
          <div key={logged.seq} className={`pb-log__line pb-log__line--${logged.event.kind === 'end' ? logged.event.result : logged.event.kind}`}>
            <span className="pb-log__time" title={wholeTimeText(logged.at)}>
              {clock.format(logged.at)}
            </span>
            <span className="pb-log__text">{lineOf(logged)}</span>
          </div>
        ))}
        {log.length === 0 && <p className="pb-subtle">Nothing was said.</p>}
      </div>
      {!following && (
        <Button className="pb-log__end" variant="secondary" size="sm" onClick={() => setFollowing(true)}>
          Follow the end
        </Button>
      )}
    </div>
  );
}
