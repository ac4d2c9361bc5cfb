// The last look before a draft becomes what is wanted: its consequences, and a note for those who read the history.

import { Button, Form, FormGroup, Modal, ModalBody, ModalFooter, ModalHeader, TextArea } from '@patternfly/react-core';
import { useState } from 'react';
import type { PreviewView, ProposalView } from '../../../core/api/contract.ts';
import { useAct } from '../api/queries.ts';
import { Preview } from './preview.tsx';
import { Refusal } from '../parts/problem-list.tsx';

type CommitDialogProps = { proposal: ProposalView; preview: PreviewView; close: () => void; committed: (view: ProposalView) => void };

export function CommitDialog({ proposal, preview, close, committed }: CommitDialogProps) {
  const [note, setNote] = useState('');
  const commit = useAct('POST /proposals/:id/commit');
  const errors = preview.problems.some((p) => p.severity === 'error');
  const act = () =>
    commit.mutate(
      { params: { id: proposal.id }, body: { revision: proposal.revision, ...(note.trim() && { note: note.trim() }) } },
      {
        onSuccess: (view) => {
          committed(view);
          close();
        },
      },
    );
  return (
    <Modal variant="medium" isOpen onClose={close} aria-labelledby="commit-title" elementToFocus="#commit-note">
      <ModalHeader
        title={`Commit ${proposal.barclamp} in ${proposal.deployment}?`}
        labelId="commit-title"
        description={`It becomes commit ${proposal.commit + 1} and is applied at once to machines that are ready.`}
      />
      <ModalBody className="pb-section" tabIndex={0}>
        <Preview proposal={proposal.id} view={preview} bare />
        <Form onSubmit={(event) => event.preventDefault()}>
          <FormGroup label="Note" fieldId="commit-note">
            <TextArea
              id="commit-note"
              value={note}
              onChange={(_, text) => setNote(text)}
              maxLength={2000}
              rows={2}
              resizeOrientation="vertical"
              placeholder="Why this change is made"
            />
          </FormGroup>
        </Form>
        <Refusal error={commit.error} />
      </ModalBody>
      <ModalFooter>
        <Button variant={preview.removed.length > 0 ? 'danger' : 'primary'} isDisabled={errors || commit.isPending} isLoading={commit.isPending} onClick={act}>
          {preview.removed.length > 0 ? `Commit and undo ${preview.removed.length}` : 'Commit'}
        </Button>
        <Button variant="link" onClick={close}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
