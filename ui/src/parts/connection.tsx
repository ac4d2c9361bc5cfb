// Whether what is shown is live: a word in the masthead, and a banner once the connection has been gone for more than a moment.

import { Banner, Button } from '@patternfly/react-core';
import ExclamationTriangleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import { useEffect, useState } from 'react';
import { useConnection, useLive } from '../api/live-context.tsx';
import { Time } from './time.tsx';
import './connection.css';

const words = { connecting: 'connecting', live: 'live', lost: 'not live' } as const;
/** A break shorter than this (a reload of the server, a change of network) is not worth a banner. */
const patienceMs = 1500;

export function ConnectionMark() {
  const { state, since } = useConnection();
  return (
    <span className={`pb-connection pb-connection--${state}`} title={`${words[state]} since ${new Date(since).toLocaleTimeString()}`}>
      <span className="pb-connection__dot" aria-hidden="true" />
      <span className="pb-connection__word">{words[state]}</span>
    </span>
  );
}

export function ConnectionBanner() {
  const live = useLive();
  const { state, since } = useConnection();
  const [patient, setPatient] = useState(true);
  useEffect(() => {
    setPatient(true);
    if (state !== 'lost') return;
    const timer = setTimeout(() => setPatient(false), patienceMs);
    return () => clearTimeout(timer);
  }, [state, since]);
  const shown = state === 'lost' && !patient;
  return (
    <div role="status" className="pb-banner">
      {shown && (
        <Banner status="warning" screenReaderText="Warning:">
          <ExclamationTriangleIcon /> The connection to the admin node was lost at <Time at={since} />. What you see is from then; the page is trying to
          reconnect.{' '}
          <Button variant="link" isInline onClick={() => live.wake()}>
            Read again now
          </Button>
        </Banner>
      )}
    </div>
  );
}
