// Sign-in through the organisation's own provider: where it is, what its groups mean here, and whether it works, tried before anybody has to use it.

import {
  Alert,
  Button,
  ClipboardCopy,
  Form,
  FormFieldGroup,
  FormFieldGroupHeader,
  FormGroup,
  FormSelect,
  FormSelectOption,
  List,
  ListItem,
  Skeleton,
  TextInput,
} from '@patternfly/react-core';
import { useState } from 'react';
import type { OpenIdTrial, OpenIdView } from '../../../core/api/contract.ts';
import type { Role } from '../../../core/model/principal.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { Removal } from '../parts/removal.tsx';
import { LineField, namesIn } from '../parts/fields.tsx';
import { ProblemList, Refusal, Unread } from '../parts/problem-list.tsx';
import './open-id.css';

/** Where the provider has to send people back to. */
const redirect = (): string => `${location.origin}/api/v1/openid/callback`;

export function OpenId() {
  const ways = useAnswer('GET /sign-in', {});
  const present = useAnswer('GET /openid', {}, { enabled: ways.data?.openId !== undefined });
  const set = ways.data?.openId !== undefined;
  const [saved, setSaved] = useState(false);
  return (
    <>
      <Unread of={{ error: ways.error ?? present.error }} />
      {(ways.isPending || (set && present.isPending)) && <Skeleton height="20rem" screenreaderText="Reading the settings" />}
      {saved && set && <Alert isInline variant="success" title="It is saved: people find it on the sign-in page." component="p" />}
      {ways.data && !set && <OpenIdForm key="new" done={() => setSaved(true)} />}
      {set && present.data && <OpenIdForm key={present.data.revision} present={present.data} done={() => setSaved(true)} />}
    </>
  );
}

type Meaning = { value: string; role: Role };

function OpenIdForm({ present, done }: { present?: OpenIdView; done: () => void }) {
  const [issuer, setIssuer] = useState(present?.issuer ?? '');
  const [clientId, setClientId] = useState(present?.clientId ?? '');
  const [clientSecret, setClientSecret] = useState('');
  const [label, setLabel] = useState(present?.label ?? '');
  const [scopes, setScopes] = useState(present?.scopes.join(' ') ?? 'profile email');
  const [roleClaim, setRoleClaim] = useState(present?.roleClaim ?? 'groups');
  const [tenantClaim, setTenantClaim] = useState(present?.tenantClaim ?? '');
  const [meanings, setMeanings] = useState<Meaning[]>(
    present ? Object.entries(present.roles).map(([value, role]) => ({ value, role })) : [{ value: '', role: 'viewer' }],
  );
  const [removing, setRemoving] = useState(false);
  const save = useAct('PUT /openid');
  const test = useAct('POST /openid/test', { alone: true });
  const [tried, setTried] = useState<{ trial: OpenIdTrial; of: string }>();
  const named = meanings.filter(({ value }) => value !== '');
  const twice = named.some(({ value }, at) => named.findIndex((other) => other.value === value) < at);
  const findable = /^https?:\/\/./.test(issuer) && clientId !== '';
  const complete = findable && named.length > 0 && !twice && roleClaim !== '';
  const asked = { issuer, clientId, scopes: namesIn(scopes), ...(clientSecret && { clientSecret }) };
  const of = JSON.stringify(asked);
  const body = {
    ...asked,
    roleClaim,
    roles: Object.fromEntries(named.map(({ value, role }) => [value, role])),
    ...(label && { label }),
    ...(tenantClaim && { tenantClaim }),
  };
  const change = (at: number, meaning: Partial<Meaning>) => setMeanings(meanings.map((old, index) => (index === at ? { ...old, ...meaning } : old)));
  return (
    <>
      <p>
        {present
          ? 'People sign in here through your organisation’s provider. What each may do is read from what the provider says, anew each time.'
          : 'Nobody signs in here through a provider yet. Register this admin node there as a confidential client, with this address to send people back to:'}
      </p>
      <div className="pb-openid__address">
        <ClipboardCopy isReadOnly hoverTip="Copy" clickTip="Copied" textAriaLabel="Address that people come back to">
          {redirect()}
        </ClipboardCopy>
      </div>
      <Form
        className="pb-openid"
        onSubmit={(event) => {
          event.preventDefault();
          if (complete && !save.isPending) save.mutate({ body }, { onSuccess: done });
        }}
      >
        <LineField
          id="openid-issuer"
          label="Issuer"
          value={issuer}
          change={(text) => setIssuer(text.trim())}
          valid={issuer === '' || /^https?:\/\/./.test(issuer)}
          help="As the provider calls itself: https://sso.example.org/realms/main"
          required
        />
        <LineField
          id="openid-client"
          label="Client"
          value={clientId}
          change={(text) => setClientId(text.trim())}
          help="What the provider calls this admin node (client ID)."
          required
        />
        <LineField
          id="openid-secret"
          label="Secret of the client"
          type="password"
          value={clientSecret}
          change={setClientSecret}
          help={present?.secret ? 'The one that is kept stays when this is empty.' : 'None for a public client.'}
        />
        <LineField id="openid-scopes" label="Scopes" value={scopes} change={setScopes} help="Asked for beside openid; some give groups only for one more." />
        <FormFieldGroup
          header={
            <FormFieldGroupHeader
              titleText={{ text: 'What people may do', id: 'openid-meanings' }}
              titleDescription="By what the provider says of them; the highest counts. Who has none of these is not let in."
            />
          }
        >
          <LineField
            id="openid-claim"
            label="Claim"
            value={roleClaim}
            change={(text) => setRoleClaim(text.trim())}
            help="Where it names a person's groups or roles."
            required
          />
          <ul className="pb-openid__meanings" aria-labelledby="openid-meanings">
            {meanings.map(({ value, role }, at) => (
              // They have no identity of their own; a row is removed by its place.
              <li key={at}>
                <TextInput aria-label={`Group ${at + 1}`} placeholder="group" value={value} onChange={(_, text) => change(at, { value: text.trim() })} />
                <span>is</span>
                <FormSelect aria-label={`Role of group ${at + 1}`} value={role} onChange={(_, chosen) => change(at, { role: chosen as Role })}>
                  {(['viewer', 'operator', 'admin'] as const).map((one) => (
                    <FormSelectOption key={one} value={one} label={one} />
                  ))}
                </FormSelect>
                <Button variant="link" isInline isDisabled={meanings.length === 1} onClick={() => setMeanings(meanings.filter((_, index) => index !== at))}>
                  Take out<span className="pf-v6-u-screen-reader"> group {at + 1}</span>
                </Button>
              </li>
            ))}
          </ul>
          {twice && <p role="alert">One group is named twice.</p>}
          <div>
            <Button variant="link" isInline onClick={() => setMeanings([...meanings, { value: '', role: 'viewer' }])}>
              One more group
            </Button>
          </div>
          <LineField
            id="openid-tenant"
            label="Claim with the tenant"
            value={tenantClaim}
            change={(text) => setTenantClaim(text.trim())}
            help="It names a tenant of this site, or “site” for all of it. Empty: everybody is of the whole site."
          />
        </FormFieldGroup>
        <FormGroup>
          <LineField
            id="openid-label"
            label="On the button"
            value={label}
            change={setLabel}
            help="What people press on the sign-in page; OpenID Connect unless told."
          />
        </FormGroup>
        {tried && <Tried trial={tried.trial} stale={tried.of !== of} />}
        <Refusal error={test.error ?? save.error} />
        <div className="pb-actions">
          <Button
            variant="secondary"
            isDisabled={!findable || test.isPending}
            isLoading={test.isPending}
            onClick={() => test.mutate({ body: { ...asked, redirect: redirect() } }, { onSuccess: (trial) => setTried({ trial, of }) })}
          >
            Test the connection
          </Button>
          <Button type="submit" isDisabled={!complete || save.isPending} isLoading={save.isPending}>
            Save
          </Button>
          {present && (
            <Button variant="link" isDanger onClick={() => setRemoving(true)}>
              Remove…
            </Button>
          )}
        </div>
      </Form>
      {removing && (
        <Removal route="DELETE /openid" ask={{}} title="Let nobody sign in through the provider any more?" close={() => setRemoving(false)}>
          <List>
            <ListItem>The secret of the client is forgotten.</ListItem>
            <ListItem>Whoever came through the provider keeps the session until it ends, and then needs a one-time link or a passphrase.</ListItem>
          </List>
        </Removal>
      )}
    </>
  );
}

/** `stale`: something was changed since. */
function Tried({ trial: { good, problems }, stale }: { trial: OpenIdTrial; stale: boolean }) {
  const wrong = problems.some(({ severity }) => severity === 'error');
  return (
    <div role="status" className="pb-section" aria-label="What the test found">
      {stale && <p className="pb-subtle">This was found before you changed something.</p>}
      {good.length > 0 && (
        <Alert isInline variant={wrong ? 'info' : 'success'} title={wrong ? 'This is well:' : 'The connection works.'} component="p">
          <List>
            {good.map((words) => (
              <ListItem key={words} className="pb-break">
                {words}
              </ListItem>
            ))}
          </List>
        </Alert>
      )}
      <ProblemList problems={problems} />
    </div>
  );
}
