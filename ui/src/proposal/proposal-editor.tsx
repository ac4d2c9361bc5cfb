// Edits one proposal, as a form and as text side by side: save, see what it would change, commit with a note.

import { ActionList, ActionListItem, Button, Form, Label, Title, ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { lazy, Suspense, useMemo, useState } from 'react';
import type { PreviewView, ProposalEditView, ProposalView } from '../../../core/api/contract.ts';
import { useAct } from '../api/queries.ts';
import { loadPage } from '../load-page.ts';
import { CommitDialog } from './commit-dialog.tsx';
import { type Path, withValue } from './draft-edit.ts';
import { useDraftText } from './draft-text.ts';
import { placesOf } from './fault-places.ts';
import { useFaults } from './faults.ts';
import { Preview } from './preview.tsx';
import { ProblemList, Refusal } from '../parts/problem-list.tsx';
import { RoleBoard } from './role-board.tsx';
import { SchemaForm } from './schema-form.tsx';
import { StaleDraft } from './stale-draft.tsx';
import { SuggestedMachines } from './suggested-machines.tsx';
import { Offer } from '../parts/offer.tsx';
import './proposal-editor.css';

// Brings the editor, which the form beside it need not wait for.
const CodeField = lazy(async () => ({ default: (await loadPage(() => import('./code-field.tsx'))).CodeField }));

export function ProposalEditor({ proposal }: { proposal: ProposalEditView }) {
  const draft = useDraftText(proposal);
  const save = useAct('PUT /proposals/:id/draft');
  const preview = useAct('POST /proposals/:id/preview');
  const [previewed, setPreviewed] = useState<{ text: string; view: PreviewView }>();
  const [committing, setCommitting] = useState<ProposalView>();
  const params = { id: proposal.id };
  const change = (path: Path, value: unknown) => draft.setText(withValue(draft.text, draft.format, path, value));
  const faults = useFaults(proposal.id, draft.read.ok ? draft.read.value : undefined);
  const unreadable = draft.read.ok ? undefined : draft.read.problems;
  const places = useMemo(() => placesOf(draft.text, unreadable ?? faults), [draft.text, unreadable, faults]);
  // Those of a setting stand at its field.
  const elsewhere = faults.filter((fault) => !fault.where?.pointer || !draft.read.ok);
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
        <>
          {draft.read.ok && (
            <section aria-label="Machines" className="pb-section">
              <Title headingLevel="h2" size="md">
                Who takes which role
              </Title>
              <RoleBoard proposal={proposal} draft={draft.read.value} change={change} />
            </section>
          )}
          <div className="pb-beside">
            <section aria-label="Settings" className="pb-section">
              <Title headingLevel="h2" size="md">
                Settings
              </Title>
              {draft.read.ok ? (
                <Form onSubmit={(event) => event.preventDefault()}>
                  <SchemaForm root={proposal.schema} value={draft.read.value.attributes} problems={faults} change={change} />
                </Form>
              ) : (
                <p className="pb-subtle">The form comes back as soon as the text beside it can be read.</p>
              )}
            </section>
            <section aria-label="Draft as text" className="pb-section">
              <div className="pb-section__head">
                <Title headingLevel="h2" size="md">
                  Draft
                </Title>
                <div className="pb-section__tools">
                  <FormatSwitch draft={draft} />
                </div>
              </div>
              <Suspense fallback={<div className="pb-draft" aria-busy="true" />}>
                <CodeField id="draft" label="Draft" text={draft.text} faults={places} change={draft.setText} />
              </Suspense>
              <p className="pb-subtle">
                YAML or JSON; form and text are the same draft. “roles” says which machines take which role: a list of names, or so many of a pool. Comments
                stay while you edit in this browser and are not kept on the admin node.
              </p>
              {elsewhere.length > 0 && <ProblemList problems={elsewhere} />}
            </section>
          </div>
        </>
      )}
      <SuggestedMachines id={proposal.id} draft={draft} />
      {!draft.read.ok && <ProblemList problems={draft.read.problems} />}
      <Refusal error={draft.newer ? undefined : save.error} />
      <ActionList className="pb-editor__acts">
        <ActionListItem>
          <Offer act="PUT /proposals/:id/draft">
            <Button variant="secondary" isDisabled={blocked || !draft.unsaved} isLoading={save.isPending} onClick={() => void settle()}>
              Save draft
            </Button>
          </Offer>
        </ActionListItem>
        <ActionListItem>
          <Button variant="secondary" isDisabled={blocked} isLoading={preview.isPending} onClick={() => void look()}>
            {draft.unsaved ? 'Save and preview' : 'Preview'}
          </Button>
        </ActionListItem>
        <ActionListItem>
          <Offer act="POST /proposals/:id/commit">
            <Button variant="primary" isDisabled={blocked || nothing} onClick={() => void look().then(setCommitting)}>
              Commit…
            </Button>
          </Offer>
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
