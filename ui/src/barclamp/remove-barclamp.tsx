// Takes away a barclamp that was installed. What uses it keeps it from going, and is told.

import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import type { BarclampView } from '../../../core/api/contract.ts';
import { Removal } from '../parts/removal.tsx';
import { Offer } from '../parts/offer.tsx';

export function RemoveBarclamp({ barclamp: { name, version } }: { barclamp: Pick<BarclampView, 'name' | 'version'> }) {
  const [asking, setAsking] = useState(false);
  const navigate = useNavigate();
  return (
    <>
      <Offer act="DELETE /barclamps/:name">
        <Button variant="secondary" size="sm" isDanger onClick={() => setAsking(true)}>
          Remove…
        </Button>
      </Offer>
      {asking && (
        <Removal
          route="DELETE /barclamps/:name"
          ask={{ params: { name } }}
          title={`Remove ${name} ${version}?`}
          close={() => setAsking(false)}
          done={() => void navigate('/barclamps')}
        >
          Where one of the name comes with Prybar, that one counts again.
        </Removal>
      )}
    </>
  );
}
