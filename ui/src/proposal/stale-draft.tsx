// Somebody else saved this proposal meanwhile: what they changed and what the reader did, each as a difference from where both began. The admin
// node puts both together where they touch different settings; else the reader decides. Neither text is lost until then.

import { Alert, AlertActionLink, FormGroup, TextArea, Title } from '@patternfly/react-core';
import type { ProposalView } from '../../../core/api/contract.ts';
import { useAct } from '../api/queries.ts';
import { Diff } from '../parts/diff.tsx';
import type { DraftText } from './draft-text.ts';
import { lineDiff } from '../parts/line-diff.ts';
import { Refusal } from '../parts/problem-list.tsx';
import { textOf } from './proposal-text.ts';

export function StaleDraft({ mine, theirs }: { mine: DraftText; theirs: ProposalView }) {
  const merge = useAct('PUT /proposals/:id/draft');
  const together = () => {
    if (!mine.read.ok) return;
    merge.mutate({ params: { id: theirs.id }, body: { revision: mine.revision, draft: mine.read.value, merge: true } }, { onSuccess: mine.take });
  };
  const began = textOf(mine.base, mine.format);
  return (
    <>
      <Alert
        isInline
        variant="warning"
        component="p"
        title={`Somebody else saved revision ${theirs.revision} while you edited revision ${mine.revision}`}
        actionLinks={
          <>
            {mine.read.ok && (
              <AlertActionLink isDisabled={merge.isPending} onClick={together}>
                Put both together
              </AlertActionLink>
            )}
            <AlertActionLink onClick={mine.keepMine}>Go on with mine, on top of theirs</AlertActionLink>
            <AlertActionLink onClick={() => mine.take(theirs)}>Drop mine and take theirs</AlertActionLink>
          </>
        }
      >
        Nothing was overwritten. Both can be put together where they change different settings. Going on with yours undoes what they changed, unless you copy it
        into your text.
      </Alert>
      <Refusal error={merge.error} />
      <div className="pb-stale">
        <Changes title="You changed" from={began} to={mine.read.ok ? textOf(mine.read.value, mine.format) : mine.text} />
        <Changes title="They changed" from={began} to={textOf(theirs.draft, mine.format)} />
        <FormGroup label="Yours, not saved" fieldId="draft">
          <TextArea
            id="draft"
            className="pb-draft"
            value={mine.text}
            onChange={(_, text) => mine.setText(text)}
            spellCheck="false"
            resizeOrientation="vertical"
            validated={mine.read.ok ? 'default' : 'error'}
          />
        </FormGroup>
        <FormGroup label={`Theirs, revision ${theirs.revision}`} fieldId="theirs">
          <TextArea id="theirs" className="pb-draft" value={textOf(theirs.draft, mine.format)} readOnlyVariant="default" resizeOrientation="vertical" />
        </FormGroup>
      </div>
    </>
  );
}

function Changes({ title, from, to }: { title: string; from: string; to: string }) {
  const difference = lineDiff(from, to);
  return (
    <section aria-label={title} className="pb-section">
      <Title headingLevel="h2" size="md">
        {title}
      </Title>
      {difference ? <Diff text={difference} label={title} /> : <p className="pb-subtle">Nothing.</p>}
    </section>
  );
}
