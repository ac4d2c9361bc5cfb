// Ends an attempt that is running.

import { Button, List, ListItem } from '@patternfly/react-core';
import StopCircleIcon from '@patternfly/react-icons/dist/esm/icons/stop-circle-icon';
import { useState } from 'react';
import type { Run } from '../../../core/model/run.ts';
import { useAct } from '../api/queries.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Offer } from '../parts/offer.tsx';

export function CancelRun({ run }: { run: Run }) {
  const [asking, setAsking] = useState(false);
  const cancel = useAct('POST /runs/:id/cancel');
  const close = () => setAsking(false);
  return (
    <>
      <Offer act="POST /runs/:id/cancel">
        <Button variant="secondary" isDanger size="sm" icon={<StopCircleIcon />} isDisabled={cancel.isSuccess} onClick={() => setAsking(true)}>
          {cancel.isSuccess ? 'Cancelling…' : 'Cancel this run…'}
        </Button>
      </Offer>
      {asking && (
        <Confirm
          title={`Cancel ${run.role} on ${run.nodeName}?`}
          act="Cancel the run"
          pending={cancel.isPending}
          error={cancel.error}
          onAct={() => cancel.mutate({ params: { id: run.id }, body: {} }, { onSuccess: close })}
          close={close}
        >
          <List>
            <ListItem>
              The program of {run.role} on {run.nodeName} is ended where it stands; what it has changed so far stays.
            </ListItem>
            <ListItem>It is not tried again until its settings change or you press Retry; what waits for it waits on.</ListItem>
          </List>
        </Confirm>
      )}
    </>
  );
}
