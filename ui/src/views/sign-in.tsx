// Shown when the admin node does not know who is asking: where the one-time link is, and a place to paste it.
// Also what the link itself opens; it then signs in at once and goes on to the overview.

import { Button, Card, CardBody, Form, FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput, Title } from '@patternfly/react-core';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useLocation, useParams } from 'react-router';
import { useAct } from '../api/queries.ts';
import { Refusal } from '../parts/problem-list.tsx';
import './sign-in.css';
import { codeIn } from './sign-in-code.ts';

export function SignIn() {
  const { code: linked } = useParams();
  const { hash } = useLocation();
  const arrived = codeIn(linked ?? hash.slice(1));
  const [text, setText] = useState(arrived ?? '');
  const signIn = useAct('POST /session');
  const code = codeIn(text);
  const wrong = text.trim() !== '' && code === undefined;
  // The whole page is loaded anew, so that nothing of the time before stays.
  const use = (given: string) => signIn.mutate({ body: { code: given } }, { onSuccess: () => location.replace('/') });
  // A code works once; drawing the page twice must not use it twice.
  const used = useRef(false);
  useEffect(() => {
    document.title = 'Sign in · Prybar';
    if (!arrived || used.current) return;
    used.current = true;
    use(arrived);
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (code) use(code);
  };
  return (
    <main className="pb-signin">
      <Card>
        <CardBody className="pb-section">
          <img src="/favicon.svg" alt="" width="40" height="40" />
          <Title headingLevel="h1" size="2xl">
            Sign in to Prybar
          </Title>
          <p>Open the one-time sign-in link that the admin node printed in its terminal, or paste the link or its code here.</p>
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
                      : 'A link works once, for a day. To print another, run “prybar sign-in” on the admin node.'}
                  </HelperTextItem>
                </HelperText>
              </FormHelperText>
            </FormGroup>
            <Button type="submit" isBlock isDisabled={!code || signIn.isPending} isLoading={signIn.isPending}>
              Sign in
            </Button>
          </Form>
        </CardBody>
      </Card>
    </main>
  );
}
