// Checks that the audit log is whole: each record against the one before, and a head that somebody noted down earlier against what is there now.

import { Alert, Button, ClipboardCopy } from '@patternfly/react-core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { AuditCheck } from '../../../core/model/audit.ts';
import { call } from '../api/client.ts';
import { LineField } from '../parts/fields.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { ProblemList } from '../parts/problem-list.tsx';
import { Time } from '../parts/time.tsx';
import { counted } from '../parts/words.ts';

const isHead = (text: string): boolean => /^\d+:[0-9a-f]{64}$/.test(text);

export function CheckLog({ done }: { done: (check: AuditCheck) => void }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="secondary" size="sm" onClick={() => setOpen(true)}>
        Check the log…
      </Button>
      {open && (
        <CheckDialog
          close={() => setOpen(false)}
          done={(check) => {
            setOpen(false);
            done(check);
          }}
        />
      )}
    </>
  );
}

function CheckDialog({ close, done }: { close: () => void; done: (check: AuditCheck) => void }) {
  const [expected, setExpected] = useState('');
  const check = useMutation({ mutationFn: () => call('GET /audit/check', { query: expected ? { expected } : {} }) });
  return (
    <FormDialog
      title="Check the log"
      description="All of it is read: each record holds a hash over the one before, so that none can be changed or taken out unseen."
      act="Check"
      complete={expected === '' || isHead(expected)}
      pending={check.isPending}
      error={check.error}
      onAct={() => check.mutate(undefined, { onSuccess: done })}
      close={close}
    >
      <LineField
        id="log-expected"
        label="Head that was noted down"
        value={expected}
        change={(text) => setExpected(text.trim())}
        valid={expected === '' || isHead(expected)}
        help="NUMBER:HASH, as an earlier check told: tells whether the log was shortened since. Nothing: only what is there is checked."
      />
    </FormDialog>
  );
}

export function Checked({ check: { records, head, cut, broken } }: { check: AuditCheck }) {
  if (broken)
    return (
      <ProblemList
        problems={[
          {
            severity: 'error',
            summary: `Record ${broken.seq} of the audit log does not fit: ${broken.why}.`,
            next: `Trust what is before it; compare with a backup from then. ${counted(records, 'record is good', 'records are good')}.`,
          },
        ]}
      />
    );
  return (
    <Alert isInline variant="success" title={`${counted(records, 'record')}, each fits the one before.`} component="p">
      {cut && (
        <p>
          They begin after <Time at={cut.until} />: what was older was cut off <Time at={cut.at} />, as keepAuditDays says, and the first builds on it.
        </p>
      )}
      <p>Note this down elsewhere to find out later whether any of them was taken away:</p>
      <ClipboardCopy isReadOnly hoverTip="Copy" clickTip="Copied" textAriaLabel="Head of the log">
        {`${head.seq}:${head.hash}`}
      </ClipboardCopy>
    </Alert>
  );
}
