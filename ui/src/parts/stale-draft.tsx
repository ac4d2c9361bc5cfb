// Somebody else saved this proposal meanwhile: both texts beside each other, and the reader decides. Neither is lost until then.

import { Alert, AlertActionLink, FormGroup, TextArea } from '@patternfly/react-core';
import type { ProposalView } from '../../../core/api/contract.ts';
import type { DraftText } from './draft-text.ts';
import { textOf } from './proposal-text.ts';

export function StaleDraft({ mine, theirs }: { mine: DraftText; theirs: ProposalView }) {
  return (
    <>
      <Alert
        isInline
        variant="warning"
        component="p"
        title={`Somebody else saved revision ${theirs.revision} while you edited revision ${mine.revision}`}
        actionLinks={
          <>
            <AlertActionLink onClick={mine.keepMine}>Go on with mine, on top of theirs</AlertActionLink>
            <AlertActionLink onClick={mine.takeTheirs}>Drop mine and take theirs</AlertActionLink>
          </>
        }
      >
        Nothing was overwritten. Copy into your text what you want of theirs, then go on with yours and save it.
      </Alert>
      <div className="pb-stale">
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
