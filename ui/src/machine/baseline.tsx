// What a machine is made of, against what was accepted of it, and accepting it as it is. Shown where something is known of either.

import { Button, List, ListItem } from '@patternfly/react-core';
import type { BaselineView, NodeView } from '../../../core/api/contract.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { Refusal, Unread } from '../parts/problem-list.tsx';
import { Time } from '../parts/time.tsx';
import { Offer } from '../parts/offer.tsx';

export function HardwareBaseline({ node }: { node: NodeView }) {
  const params = { id: node.id };
  const told = useAnswer('GET /nodes/:id/baseline', { params });
  const accept = useAct('PUT /nodes/:id/baseline');
  if (!told.data) return <Unread of={told} />;
  const { accepted, differences, shape } = told.data;
  const alike = shape?.nodes.length ?? 0;
  return (
    <>
      <p className="pb-subtle">{accepted ? <Against accepted={accepted} shape={shape} /> : 'Nothing was accepted of it yet.'}</p>
      {accepted && differences.length === 0 && <p>No difference.</p>}
      {differences.length > 0 && (
        <List aria-label="Differences from what was accepted">
          {differences.map(({ kind, part, text }) => (
            <ListItem key={`${kind} ${part}`}>{text}</ListItem>
          ))}
        </List>
      )}
      {(!accepted || differences.length > 0) && node.inventory && (
        <div className="pb-actions">
          <Offer act="PUT /nodes/:id/baseline">
            <Button variant="secondary" size="sm" isDisabled={accept.isPending} onClick={() => accept.mutate({ params, body: { scope: 'node' } })}>
              Accept as it is now
            </Button>
          </Offer>
          {shape && alike > 1 && (
            <Offer act="PUT /nodes/:id/baseline">
              <Button variant="link" size="sm" isDisabled={accept.isPending} onClick={() => accept.mutate({ params, body: { scope: 'shape' } })}>
                And for all {alike} of this model
              </Button>
            </Offer>
          )}
        </div>
      )}
      <Refusal error={accept.error} />
    </>
  );
}

function Against({ accepted, shape }: { accepted: NonNullable<BaselineView['accepted']>; shape: BaselineView['shape'] }) {
  return (
    <>
      Against what was accepted {accepted.scope === 'shape' ? `like ${accepted.nodeName}, for every ${shape?.name ?? 'machine of its kind'},` : ''}{' '}
      <Time at={accepted.at} /> {accepted.by ? `by ${accepted.by}` : 'when it was first seen'}.
    </>
  );
}
