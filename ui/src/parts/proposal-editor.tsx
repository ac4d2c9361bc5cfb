// Edits one proposal as text: save, see what it would change, commit with a note.

import { ActionList, ActionListItem, Button, FormGroup, Label, TextArea, ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { useState } from 'react';
import type { PreviewView, ProposalEditView, ProposalView } from '../../../core/api/contract.ts';
import { useAct } from '../api/queries.ts';
import { CommitDialog } from './commit-dialog.tsx';
import { useDraftText } from './draft-text.ts';
import { Preview } from './preview.tsx';
import { ProblemList, Refusal } from './problem-list.tsx';
import { StaleDraft } from './stale-draft.tsx';
import { SuggestedMachines } from './suggested-machines.tsx';
import './proposal-editor.css';

export function ProposalEditor({ proposal }: { proposal: ProposalEditView }) {
  const draft = useDraftText(proposal);
  const save = useAct('PUT /proposals/:id/draft');
  const preview = useAct('POST /proposals/:id/preview');
  const [previewed, setPreviewed] = useState<{ text: string; view: PreviewView }>();
  const [committing, setCommitting] = useState<ProposalView>();
  const params = { id: proposal.id };
  const busy = save.isPending || preview.isPending;
  const blocked = busy || !draft.read.ok || draft.newer !== undefined;

  /** The proposal as it stands on the admin node with this text in it; undefined when that was refused, which is then shown. */
  const settle = async (): Promise<ProposalView | undefined> => {
    if (!draft.read.ok) return undefined;
    if (!draft.unsaved) return proposal;
    try {
      const view = await save.mutateAsync({ params, body: { revision: draft.revision, draft: draft.read.value } });
      draft.saved(view);
      return view;
    } catch {
      return undefined;
    }
  };
  const look = async (): Promise<ProposalView | undefined> => {
    const view = await settle();
    if (!view) return undefined;
    try {
      setPreviewed({ text: draft.text, view: await preview.mutateAsync({ params, body: {} }) });
      return view;
    } catch {
      return undefined;
    }
  };
  const outdated = previewed !== undefined && previewed.text !== draft.text;
  const nothing = !draft.unsaved && !proposal.changed && proposal.commit > 0;
  return (
    <>
      {draft.newer && <StaleDraft key={draft.newer.revision} mine={draft} theirs={draft.newer} />}
      {!draft.newer && (
        <FormGroup label="Draft" fieldId="draft" labelInfo={<FormatSwitch draft={draft} />}>
          <TextArea
            id="draft"
            className="pb-draft"
            value={draft.text}
            onChange={(_, text) => draft.setText(text)}
            spellCheck="false"
            autoComplete="off"
            resizeOrientation="vertical"
            validated={draft.read.ok ? 'default' : 'error'}
            aria-describedby="draft-help"
          />
          <p id="draft-help" className="pb-subtle">
            YAML or JSON. “roles” says which machines take which role: a list of names, or so many of a pool. Comments help while you write and are not kept.
          </p>
        </FormGroup>
      )}
      <SuggestedMachines id={proposal.id} draft={draft} />
      {!draft.read.ok && <ProblemList problems={draft.read.problems} />}
      <Refusal error={draft.newer ? undefined : save.error} />
      <ActionList className="pb-editor__acts">
        <ActionListItem>
          <Button variant="secondary" isDisabled={blocked || !draft.unsaved} isLoading={save.isPending} onClick={() => void settle()}>
            Save draft
          </Button>
        </ActionListItem>
        <ActionListItem>
          <Button variant="secondary" isDisabled={blocked} isLoading={preview.isPending} onClick={() => void look()}>
            {draft.unsaved ? 'Save and preview' : 'Preview'}
          </Button>
        </ActionListItem>
        <ActionListItem>
          <Button variant="primary" isDisabled={blocked || nothing} onClick={() => void look().then(setCommitting)}>
            Commit…
          </Button>
        </ActionListItem>
        <ActionListItem>
          <span className="pb-editor__state">
            {draft.unsaved ? (
              <Label isCompact color="orange" variant="outline">
                not saved
              </Label>
            ) : (
              <span className="pb-subtle">{nothing ? 'same as committed' : `saved, revision ${draft.revision}`}</span>
            )}
          </span>
        </ActionListItem>
      </ActionList>
      <Refusal error={preview.error} />
      {previewed && <Preview proposal={proposal.id} view={previewed.view} outdated={outdated} />}
      {committing && previewed && (
        <CommitDialog
          proposal={committing}
          preview={previewed.view}
          close={() => setCommitting(undefined)}
          committed={(view) => {
            draft.saved(view);
            setPreviewed(undefined);
          }}
        />
      )}
    </>
  );
}

function FormatSwitch({ draft }: { draft: ReturnType<typeof useDraftText> }) {
  return (
    <ToggleGroup isCompact aria-label="Write it as">
      {(['yaml', 'json'] as const).map((format) => (
        <ToggleGroupItem
          key={format}
          text={format.toUpperCase()}
          isSelected={draft.format === format}
          isDisabled={!draft.read.ok}
          onChange={() => draft.setFormat(format)}
        />
      ))}
    </ToggleGroup>
  );
}
