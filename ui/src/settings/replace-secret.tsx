// Replaces a secret: by a new one that nobody sees, or by a password of the reader's own. Both say beforehand which roles are applied again.

import { useState } from 'react';
import type { SecretView } from '../../../core/api/contract.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { Confirm } from '../parts/confirm.tsx';
import { LineField } from '../parts/fields.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { KeyList } from '../rack/key-list.tsx';
import { counted, sumOf } from '../parts/words.ts';

type DialogProps = { secret: SecretView; close: () => void };

/** The node-roles that have it, which are done again. */
function AppliedAgain({ secret }: { secret: SecretView }) {
  const [deployment] = secret.id.split('/');
  const plan = useAnswer('GET /plan/summary', { query: { ...(deployment && { deployment }) } });
  const groups = plan.data?.groups.filter((group) => secret.roles.includes(group.role)) ?? [];
  const keys = groups.flatMap((group) => group.nodeRoles?.map((n) => n.key) ?? []);
  const many = groups.filter((group) => !group.nodeRoles);
  return (
    <>
      <p>Applied again with the new one: {keys.length === 0 && secret.roles.join(', ')}</p>
      <KeyList keys={keys} label="Applied again" />
      {many.map(({ role, totals }) => (
        <p key={role}>
          {role} on {counted(sumOf(totals), 'machine')}
        </p>
      ))}
    </>
  );
}

export function RotateDialog({ secret, close }: DialogProps) {
  const rotate = useAct('POST /secrets/rotate');
  return (
    <Confirm
      title={`Replace ${secret.id}?`}
      act="Replace"
      pending={rotate.isPending}
      error={rotate.error}
      onAct={() => rotate.mutate({ body: { id: secret.id } }, { onSuccess: close })}
      close={close}
    >
      <p>A new one is made. The old one is gone: whoever else was given it is let in no longer.</p>
      <AppliedAgain secret={secret} />
    </Confirm>
  );
}

const shortest = 8;

export function SetDialog({ secret, close }: DialogProps) {
  const [text, setText] = useState('');
  const [again, setAgain] = useState('');
  const rotate = useAct('POST /secrets/rotate');
  return (
    <FormDialog
      title={`Set the password ${secret.id}`}
      act="Set the password"
      complete={text.length >= shortest && text === again}
      pending={rotate.isPending}
      error={rotate.error}
      onAct={() => rotate.mutate({ body: { id: secret.id, text } }, { onSuccess: close })}
      close={close}
    >
      <LineField
        id="secret-text"
        label="New password"
        type="password"
        value={text}
        change={setText}
        valid={text === '' || text.length >= shortest}
        help={`At least ${shortest} characters. Nobody can read it here again.`}
        required
      />
      <LineField
        id="secret-again"
        label="Once more"
        type="password"
        value={again}
        change={setAgain}
        valid={again === '' || again === text}
        help="The same."
        required
      />
      <AppliedAgain secret={secret} />
    </FormDialog>
  );
}
