// Takes away a barclamp that was installed. What uses it keeps it from going, and is told.

import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import type { BarclampView } from '../../../core/api/contract.ts';
import { useAct } from '../api/queries.ts';
import { Confirm } from '../parts/confirm.tsx';

export function RemoveBarclamp({ barclamp: { name, version } }: { barclamp: Pick<BarclampView, 'name' | 'version'> }) {
  const [asking, setAsking] = useState(false);
  const remove = useAct('DELETE /barclamps/:name');
  const navigate = useNavigate();
  return (
    <>
      <Button variant="secondary" size="sm" isDanger onClick={() => setAsking(true)}>
        Remove…
      </Button>
      {asking && (
        <Confirm
          title={`Remove ${name} ${version}?`}
          act="Remove"
          pending={remove.isPending}
          error={remove.error}
          onAct={() => remove.mutate({ params: { name } }, { onSuccess: () => void navigate('/barclamps') })}
          close={() => setAsking(false)}
        >
          Where one of the name comes with Prybar, that one counts again.
        </Confirm>
      )}
    </>
  );
}
