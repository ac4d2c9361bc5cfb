// Shown when the admin node does not know who is asking: name and passphrase where somebody has one, and a place for a one-time link.
// Also what the link itself opens; it then signs in at once and goes on, to the first user while there is none.

import { Button, ExpandableSection, Form, FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from '@patternfly/react-core';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useLocation, useParams } from 'react-router';
import { useAct, useAnswer } from '../api/queries.ts';
import { ProblemList, Refusal } from '../parts/problem-list.tsx';
import { AtTheDoor } from '../parts/at-the-door.tsx';
import { goOn, rememberWanted } from './after-sign-in.ts';
import { codeIn } from './sign-in-code.ts';

const refusals: Record<string, { summary: string; next: string } | undefined> = {
  failed: { summary: 'Your provider did not say who you are.', next: 'Try again; if it stays, an admin finds the reason in the log of the admin node.' },
  'no-role': { summary: 'Your provider knows you, but none of your groups has a role here.', next: 'Ask an admin which group you need.' },
  'no-tenant': { summary: 'Your provider knows you, but names no tenant that is known here.', next: 'Ask an admin to which tenant you belong.' },
  'name-taken': { summary: 'Another user has your name here already.', next: 'Ask an admin to disable that user, or sign in as that one.' },
  disabled: { summary: 'Your user is disabled here.', next: 'Ask an admin to enable it.' },
};

export function SignIn() {
  const { code: linked } = useParams();
  const { hash, search } = useLocation();
  const arrived = codeIn(linked ?? hash.slice(1));
  const ways = useAnswer('GET /sign-in', {});
  const byName = ways.data?.passphrase === true && !arrived;
  const { openId } = ways.data ?? {};
  const refused = refusals[new URLSearchParams(search).get('refused') ?? ''];
  return (
    <AtTheDoor title="Sign in to Prybar">
      {refused && <ProblemList problems={[{ severity: 'error', ...refused }]} />}
      {openId && !arrived && (
        <Button component="a" href="/api/v1/openid/begin" onClick={rememberWanted} variant={byName ? 'secondary' : 'primary'} isBlock>
          Sign in with {openId.label}
        </Button>
      )}
      {byName ? (
        <>
          <ByName />
          <ExpandableSection toggleText="Sign in with a one-time link instead" isIndented>
            <ByLink arrived={undefined} />
          </ExpandableSection>
        </>
      ) : (
        <>
          <p>Open the one-time sign-in link that the admin node printed in its terminal, or paste the link or its code here.</p>
          <ByLink arrived={arrived} />
        </>
      )}
    </AtTheDoor>
  );
}

function ByName() {
  const [user, setUser] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const signIn = useAct('POST /session', { alone: true });
  const complete = user.trim() !== '' && passphrase !== '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // Signing in again after the session ended loses nothing but that.
    if (complete) signIn.mutate({ body: { user: user.trim().toLowerCase(), passphrase } }, { onSuccess: goOn });
  };
  return (
    <Form onSubmit={submit}>
      <Refusal error={signIn.error} />
      <FormGroup label="Name" fieldId="sign-in-user" isRequired>
        <TextInput
          id="sign-in-user"
          value={user}
          onChange={(_, text) => setUser(text)}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck="false"
          isRequired
        />
      </FormGroup>
      <FormGroup label="Passphrase" fieldId="sign-in-passphrase" isRequired>
        <TextInput
          id="sign-in-passphrase"
          type="password"
          value={passphrase}
          onChange={(_, text) => setPassphrase(text)}
          autoComplete="current-password"
          isRequired
        />
      </FormGroup>
      <Button type="submit" isBlock isDisabled={!complete || signIn.isPending} isLoading={signIn.isPending}>
        Sign in
      </Button>
    </Form>
  );
}

function ByLink({ arrived }: { arrived: string | undefined }) {
  const [text, setText] = useState(arrived ?? '');
  const signIn = useAct('POST /session', { alone: true });
  const code = codeIn(text);
  const wrong = text.trim() !== '' && code === undefined;
  // The whole page is loaded anew, so that nothing of the time before stays.
  const use = (given: string) =>
    signIn.mutate({ body: { code: given } }, { onSuccess: ({ firstUser }) => (firstUser ? location.replace('/first-user') : goOn()) });
  // A code works once; drawing the page twice must not use it twice.
  const used = useRef(false);
  useEffect(() => {
    if (!arrived || used.current) return;
    used.current = true;
    use(arrived);
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (code) use(code);
  };
  return (
    <Form onSubmit={submit}>
      <Refusal error={signIn.error} />
      <FormGroup label="Sign-in link or code" fieldId="sign-in-code" isRequired>
        <TextInput
          id="sign-in-code"
          value={text}
          onChange={(_, value) => setText(value)}
          validated={wrong ? 'error' : 'default'}
          aria-describedby="sign-in-help"
          autoComplete="off"
          spellCheck="false"
          isRequired
        />
        <FormHelperText>
          <HelperText>
            <HelperTextItem id="sign-in-help" variant={wrong ? 'error' : 'default'}>
              {wrong
                ? 'This is neither a sign-in link nor its code: a code has letters, digits, “-” and “_” only.'
                : 'A link works once, for a day. An admin makes another one under Settings, Users; “prybar sign-in” on the admin node prints one.'}
            </HelperTextItem>
          </HelperText>
        </FormHelperText>
      </FormGroup>
      <Button type="submit" isBlock isDisabled={!code || signIn.isPending} isLoading={signIn.isPending}>
        Sign in
      </Button>
    </Form>
  );
}
