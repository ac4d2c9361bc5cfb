// Ways in that an admin gives to a user: another passphrase, and a link that signs in once.

import { Alert, ClipboardCopy, List, ListItem } from '@patternfly/react-core';
import type { UserView } from '../../../core/api/contract.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { Confirm } from '../parts/confirm.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { NewPassphrase, usePassphrase } from './passphrase-fields.tsx';

export function PassphraseDialog({ user: { name }, close }: { user: UserView; close: () => void }) {
  const passphrase = usePassphrase();
  const own = useAnswer('GET /session', {}).data?.user === name;
  const change = useAct('PUT /users/:name/passphrase');
  return (
    <FormDialog
      title={`Another passphrase for ${name}`}
      description={`The one before is of no use then, and all sessions of ${name} end${own ? ', also this one' : ''}. API tokens stay.`}
      act="Set the passphrase"
      complete={passphrase.complete}
      pending={change.isPending}
      error={change.error}
      onAct={() => change.mutate({ params: { name }, body: { passphrase: passphrase.text } }, { onSuccess: close })}
      close={close}
    >
      <NewPassphrase id="changed" of={passphrase} />
    </FormDialog>
  );
}

export type SignInLink = { user: string; link: string };

export function LinkDialog({ user: { name }, close, done }: { user: UserView; close: () => void; done: (made: SignInLink) => void }) {
  const make = useAct('POST /sign-in-codes');
  // By the address that the page was reached at: whoever gets it is likely to reach it there, too.
  const act = () => make.mutate({ body: { user: name } }, { onSuccess: ({ code }) => done({ user: name, link: `${location.origin}/sign-in/${code}` }) });
  return (
    <Confirm title={`Make a sign-in link for ${name}?`} act="Make the link" harmless pending={make.isPending} error={make.error} onAct={act} close={close}>
      <List>
        <ListItem>Whoever opens it is signed in as {name}: once, and within a day.</ListItem>
        <ListItem>With it {name} can set a passphrase without the one before. Until then that one stays, and so do sessions.</ListItem>
      </List>
    </Confirm>
  );
}

export const MadeLink = ({ made: { user, link } }: { made: SignInLink }) => (
  <Alert isInline variant="success" title={`The link for ${user} is made, good once and for a day. It is shown this once: copy it now.`} component="p">
    <ClipboardCopy isReadOnly hoverTip="Copy" clickTip="Copied" textAriaLabel={`Sign-in link for ${user}`}>
      {link}
    </ClipboardCopy>
  </Alert>
);
