// Takes a proposal away. Before that the planner is asked what would be undone, and says so by name.

import { Button, Skeleton } from '@patternfly/react-core';
import { useState } from 'react';
import type { PreviewView, ProposalView } from '../../../core/api/contract.ts';
import { useAct } from '../api/queries.ts';
import { Confirm } from '../parts/confirm.tsx';
import { KeyList } from '../rack/key-list.tsx';
import { ProblemList } from '../parts/problem-list.tsx';
import { counted } from '../parts/words.ts';
import { Offer } from '../parts/offer.tsx';

export function RemoveProposal({ proposal }: { proposal: ProposalView }) {
  const [open, setOpen] = useState(false);
  const preview = useAct('POST /proposals/:id/preview');
  const ask = () => {
    setOpen(true);
    preview.mutate({ params: { id: proposal.id }, body: { removal: true } });
  };
  return (
    <>
      <Offer act="DELETE /proposals/:id">
        <Button variant="link" isDanger isInline onClick={ask}>
          Remove<span className="pf-v6-u-screen-reader"> {proposal.barclamp}</span>…
        </Button>
      </Offer>
      {open && <RemoveDialog proposal={proposal} view={preview.data} error={preview.error} close={() => setOpen(false)} />}
    </>
  );
}

type RemoveDialogProps = { proposal: ProposalView; view: PreviewView | undefined; error: unknown; close: () => void };
function RemoveDialog({ proposal, view, error, close }: RemoveDialogProps) {
  const remove = useAct('DELETE /proposals/:id');
  const act = () => remove.mutate({ params: { id: proposal.id } }, { onSuccess: close });
  return (
    <Confirm
      title={`Remove ${proposal.barclamp} from ${proposal.deployment}?`}
      act={view?.removed.length ? `Remove and undo ${view.removed.length}` : 'Remove'}
      pending={remove.isPending}
      disabled={!view}
      error={remove.error ?? error}
      onAct={act}
      close={close}
    >
      {!view && !error && <Skeleton height="6rem" screenreaderText="Finding out what would be undone" />}
      {view && (
        <>
          <ProblemList problems={view.problems} />
          <p>{view.removed.length > 0 ? `${counted(view.removed.length, 'node-role')} will be undone on their machines:` : 'No machine holds a role of it.'}</p>
          <KeyList keys={view.removed} label="Will be undone" />
          {view.changed.length > 0 && <p>Applied again, because what they read is gone:</p>}
          <KeyList keys={view.changed} label="Will be applied again" />
          {view.mayFollow.length > 0 && <p>{view.mayFollow.join(', ')} may be applied again.</p>}
          <p className="pb-subtle">
            {proposal.commit > 0 ? `Its ${counted(proposal.commit, 'commit')} and all runs are kept.` : 'It was never committed; its draft is lost.'}
            {proposal.changed && proposal.commit > 0 && ' The draft that was not committed is lost.'}
          </p>
        </>
      )}
    </Confirm>
  );
}
