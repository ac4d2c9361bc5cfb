// Where the first one-time link leads: the first user is made, an admin, and is signed in with the new passphrase right away.

import { Button, Form } from '@patternfly/react-core';
import { type FormEvent, useState } from 'react';
import { useAct } from '../api/queries.ts';
import { AtTheDoor } from '../parts/at-the-door.tsx';
import { isUserName, NewPassphrase, usePassphrase, UserNameField } from '../settings/passphrase-fields.tsx';
import { Refusal } from '../parts/problem-list.tsx';

export function FirstUser() {
  const [name, setName] = useState('');
  const passphrase = usePassphrase();
  const add = useAct('POST /users');
  const signIn = useAct('POST /session');
  const complete = isUserName(name) && passphrase.complete;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!complete) return;
    add.mutate(
      { body: { name, role: 'admin', passphrase: passphrase.text } },
      { onSuccess: () => signIn.mutate({ body: { user: name, passphrase: passphrase.text } }, { onSuccess: () => location.replace('/') }) },
    );
  };
  const pending = add.isPending || signIn.isPending;
  return (
    <AtTheDoor title="Who are you?">
      <p>You came by a one-time link, and nobody else can sign in yet. Make yourself a user: an admin, who may do everything and can add others.</p>
      <Form onSubmit={submit}>
        <Refusal error={add.error ?? signIn.error} />
        <UserNameField id="first-user-name" value={name} change={setName} />
        <NewPassphrase id="first-user" of={passphrase} />
        <Button type="submit" isBlock isDisabled={!complete || pending} isLoading={pending}>
          Make this user
        </Button>
        <Button variant="link" isInline component="a" href="/">
          Not now: look around first
        </Button>
      </Form>
    </AtTheDoor>
  );
}
