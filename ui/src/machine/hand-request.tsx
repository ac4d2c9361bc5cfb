// What somebody is asked to do to a machine by hand, with a way to take it back.

import { Alert, AlertActionLink } from '@patternfly/react-core';
import type { NodeView } from '../../../core/api/contract.ts';
import { useAct } from '../api/queries.ts';
import { Refusal } from '../parts/problem-list.tsx';
import { Time } from '../parts/time.tsx';

const words = { on: 'switch it on', off: 'switch it off', cycle: 'switch it off and on again' };

export function HandRequest({ node }: { node: NodeView }) {
  const drop = useAct('DELETE /nodes/:id/request');
  const { request } = node;
  if (!request) return null;
  return (
    <Alert
      isInline
      variant="warning"
      title={`Please ${words[request.action]} by hand.`}
      actionLinks={<AlertActionLink onClick={() => drop.mutate({ params: { id: node.id } })}>Take this back</AlertActionLink>}
    >
      Asked for <Time at={request.at} />. No board controller of it is known. This goes away by itself when it is done.
      <Refusal error={drop.error} />
    </Alert>
  );
}
