// Asks for a failed or outdated node-role to be applied again.

import { Button } from '@patternfly/react-core';
import RedoIcon from '@patternfly/react-icons/dist/esm/icons/redo-icon';
import { useAct } from '../api/queries.ts';
import { Refusal } from './problem-list.tsx';

export function Retry({ nodeRole, label = 'Retry' }: { nodeRole: string; label?: string }) {
  const retry = useAct('POST /node-roles/:key/retry');
  return (
    <>
      <Button
        variant="secondary"
        size="sm"
        icon={<RedoIcon />}
        isDisabled={retry.isPending}
        isLoading={retry.isPending}
        onClick={() => retry.mutate({ params: { key: nodeRole }, body: {} })}
      >
        {label}
      </Button>
      <Refusal error={retry.error} />
    </>
  );
}
