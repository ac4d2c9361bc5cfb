// What a machine tells that was sent away and calls home, and what people decide about it. Of two with one serial each is shown.

import { Alert, Button, List, ListItem } from '@patternfly/react-core';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import ExclamationTriangleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import OutlinedClockIcon from '@patternfly/react-icons/dist/esm/icons/outlined-clock-icon';
import BanIcon from '@patternfly/react-icons/dist/esm/icons/ban-icon';
import UnlinkIcon from '@patternfly/react-icons/dist/esm/icons/unlink-icon';
import { useState } from 'react';
import type { CallerView } from '../../../core/api/contract.ts';
import { useOwnSession } from '../api/own-session.ts';
import { useAct } from '../api/queries.ts';
import { Confirm } from '../parts/confirm.tsx';
import { FactList } from '../parts/fact-list.tsx';
import { Refusal } from '../parts/problem-list.tsx';
import { Removal } from '../parts/removal.tsx';
import { type Meaning, StateLabel } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { memoryText } from '../parts/words.ts';

const meanings: Record<CallerView['state'], Meaning> = {
  waiting: { word: 'waits for you', means: 'It calls home, and nobody has let it in.', colour: 'purple', icon: OutlinedClockIcon },
  refused: { word: 'refused', means: 'It is told so, and asks once a day.', colour: 'grey', icon: BanIcon },
  silent: { word: 'silent', means: 'It was let in and has missed three calls: it is off, or cannot reach home.', colour: 'orange', icon: UnlinkIcon },
  ailing: { word: 'ailing', means: 'It calls, and something on it should be looked at.', colour: 'orange', icon: ExclamationTriangleIcon },
  well: { word: 'well', means: 'It calls every quarter of an hour, and nothing is wrong with it.', colour: 'green', icon: CheckCircleIcon },
};
const DIGITS = 16;

export function CallsHome({ caller }: { caller: CallerView }) {
  const { id, state, verdict, waits, conflict, certificate, health, concerns, address, lastAt } = caller;
  const key = id.slice(0, DIGITS);
  const { mayAct } = useOwnSession();
  const allow = useAct('POST /callers/:id/allow');
  const [asking, setAsking] = useState<'refuse' | 'forget'>();
  const close = () => setAsking(undefined);
  return (
    <section className="pb-section" aria-label={`The machine with the key ${key}`}>
      <p>
        <StateLabel meaning={meanings[state]} />
      </p>
      {conflict && <Alert isInline isPlain variant="warning" title={conflict.text} />}
      {waits !== undefined && <p>{waits}</p>}
      {concerns.length > 0 && (
        <List aria-label="To be looked at">
          {concerns.map((text) => (
            <ListItem key={text}>{text}</ListItem>
          ))}
        </List>
      )}
      <FactList
        termWidth="8rem"
        facts={[
          [
            'Last call',
            <>
              <Time at={lastAt} /> from {address}
            </>,
          ],
          ['Key', <code>{key}</code>],
          [
            'Decided',
            verdict && (
              <>
                {verdict.allowed ? 'let in' : 'refused'} by {verdict.by} <Time at={verdict.at} />
                {verdict.reason !== undefined && `: ${verdict.reason}`}
              </>
            ),
          ],
          [
            'Certificate',
            certificate && (
              <>
                good until <Time at={certificate.endsAt} />
              </>
            ),
          ],
          ['System', [health.os, health.kernel].filter(Boolean).join(', ')],
          ['Load', health.load.join(' ')],
          ['Memory', `${memoryText(health.memory.available)} of ${memoryText(health.memory.total)} free`],
        ]}
      />
      {mayAct && (
        <div className="pb-actions">
          {(!verdict?.allowed || conflict) && (
            <Button variant="secondary" size="sm" isDisabled={allow.isPending} onClick={() => allow.mutate({ params: { id }, body: {} })}>
              {conflict ? 'This is the right one' : 'Let it in'}
            </Button>
          )}
          {verdict?.allowed !== false && (
            <Button variant="secondary" size="sm" onClick={() => setAsking('refuse')}>
              Refuse…
            </Button>
          )}
          <Button variant="link" size="sm" isDanger onClick={() => setAsking('forget')}>
            Forget…
          </Button>
        </div>
      )}
      <Refusal error={allow.error} />
      {asking === 'refuse' && <Refuse id={id} close={close} />}
      {asking === 'forget' && (
        <Removal route="DELETE /callers/:id" ask={{ params: { id } }} title={`Forget ${caller.serial}, which calls home?`} act="Forget" close={close}>
          <p>What it told and what was decided about it is forgotten. When it calls again it is a stranger, and waits unless it brings an invitation.</p>
        </Removal>
      )}
    </section>
  );
}

function Refuse({ id, close }: { id: string; close: () => void }) {
  const refuse = useAct('POST /callers/:id/refuse');
  return (
    <Confirm
      title="Refuse the machine"
      act="Refuse"
      pending={refuse.isPending}
      error={refuse.error}
      onAct={() => refuse.mutate({ params: { id }, body: {} }, { onSuccess: close })}
      close={close}
    >
      <p>It is told so at its next call. From then on it asks once a day, so that it comes back by itself when you let it in again.</p>
    </Confirm>
  );
}
