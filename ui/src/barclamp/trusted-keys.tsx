// Whose packages are let in: the keys that are trusted, one more of them, and one that is trusted no longer.

import { Button, Card, CardBody, Title } from '@patternfly/react-core';
import { useState } from 'react';
import type { TrustedKey } from '../../../core/model/barclamp.ts';
import { useOwnSession } from '../api/own-session.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { Removal } from '../parts/removal.tsx';
import { LineField } from '../parts/fields.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { Time } from '../parts/time.tsx';

export function TrustedKeys() {
  const { ofSite, rulesSite } = useOwnSession();
  const keys = useAnswer('GET /trusted-keys', {}, { enabled: ofSite });
  const [act, setAct] = useState<'trust' | TrustedKey>();
  const close = () => setAct(undefined);
  if (!ofSite) return null;
  return (
    <Card isCompact component="section" aria-label="Trusted keys">
      <CardBody className="pb-section">
        <div className="pb-section__head">
          <Title headingLevel="h2" size="md">
            Whose packages are let in
          </Title>
          {rulesSite && (
            <div className="pb-section__tools">
              <Button variant="secondary" size="sm" onClick={() => setAct('trust')}>
                Trust a key…
              </Button>
            </div>
          )}
        </div>
        <Unread of={keys} />
        {keys.data?.length === 0 && (
          <p className="pb-subtle">
            Nobody’s yet: no key is trusted. Authors sign with “prybar barclamp pack --key”, and give away the file that ends in .pub.
          </p>
        )}
        {keys.data && keys.data.length > 0 && (
          <ul className="pb-section" aria-label="Keys">
            {keys.data.map((key) => (
              <li key={key.id}>
                {key.comment || 'somebody'} <span className="pb-mono pb-break">{key.id}</span>{' '}
                <span className="pb-subtle">
                  since <Time at={key.at} />
                </span>{' '}
                {rulesSite && (
                  <Button variant="link" isInline isDanger onClick={() => setAct(key)}>
                    Trust no longer<span className="pf-v6-u-screen-reader"> {key.comment || key.id}</span>…
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
      </CardBody>
      {act === 'trust' && <Trust close={close} />}
      {act && act !== 'trust' && (
        <Removal
          route="DELETE /trusted-keys/:id"
          ask={{ params: { id: act.id } }}
          title={`Trust ${act.comment || 'this key'} no longer?`}
          act="Trust no longer"
          close={close}
        >
          Nothing more that is signed with it is let in. What it let in stays.
        </Removal>
      )}
    </Card>
  );
}

function Trust({ close }: { close: () => void }) {
  const [publicKey, setPublicKey] = useState('');
  const trust = useAct('POST /trusted-keys');
  return (
    <FormDialog
      title="Trust a key"
      description="Packages that are signed with it are let in from now on. What they hold is run as root on machines."
      act="Trust"
      complete={publicKey.trim() !== ''}
      pending={trust.isPending}
      error={trust.error}
      onAct={() => trust.mutate({ body: { publicKey: publicKey.trim() } }, { onSuccess: close })}
      close={close}
    >
      <LineField
        id="trusted-key"
        label="Public key"
        value={publicKey}
        change={setPublicKey}
        help="The line in the file that ends in .pub: prybar-ed25519 …"
        required
      />
    </FormDialog>
  );
}
