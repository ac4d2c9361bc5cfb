// The secrets of roles, by name and never with their value: which roles have them, when they were last replaced, and replacing them.

import { Button, Card, CardBody, EmptyState, EmptyStateBody, PageSection, Skeleton } from '@patternfly/react-core';
import KeyIcon from '@patternfly/react-icons/dist/esm/icons/key-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { Link } from 'react-router';
import type { SecretView } from '../../../core/api/contract.ts';
import { useAnswer } from '../api/queries.ts';
import { PageTitle } from '../parts/page-title.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { RotateDialog, SetDialog } from '../settings/replace-secret.tsx';
import { Time } from '../parts/time.tsx';
import { counted } from '../parts/words.ts';
import { Offer } from '../parts/offer.tsx';

const kinds: Record<SecretView['kind'], string> = {
  password: 'password',
  'password-of-node': 'password, one for each machine',
  'ssh-keypair': 'SSH key pair',
  'ssh-keypair-of-node': 'SSH key pair, one for each machine',
  x509: 'certificate and key',
  'x509-of-node': 'certificate and key, one for each machine',
};

export function SecretsPage() {
  const secrets = useAnswer('GET /secrets', {});
  const [chosen, setChosen] = useState<{ secret: SecretView; act: 'rotate' | 'set' }>();
  const close = () => setChosen(undefined);
  return (
    <>
      <PageTitle title="Secrets">
        Made by Prybar at first use, sealed in its database, handed only to the roles that declare them. Nobody can read their values here.
      </PageTitle>
      <PageSection hasBodyWrapper={false} className="pb-page">
        <Unread of={secrets} />
        {secrets.isPending && <Skeleton height="12rem" screenreaderText="Reading the secrets" />}
        {secrets.data?.length === 0 && (
          <EmptyState titleText="No role has a secret yet" headingLevel="h2" icon={KeyIcon} variant="sm">
            <EmptyStateBody>Secrets appear here as soon as a machine takes a role whose barclamp declares one, as those of the database do.</EmptyStateBody>
          </EmptyState>
        )}
        {secrets.data && secrets.data.length > 0 && (
          <Card isCompact>
            <CardBody>
              <Table variant="compact" aria-label="Secrets" gridBreakPoint="grid-md" borders={false}>
                <Thead>
                  <Tr>
                    <Th>Secret</Th>
                    <Th>Deployment</Th>
                    <Th>Kind</Th>
                    <Th>Given to</Th>
                    <Th>Replaced</Th>
                    <Th screenReaderText="Actions" />
                  </Tr>
                </Thead>
                <Tbody>
                  {secrets.data.map((secret) => (
                    <SecretRow key={secret.id} secret={secret} choose={(act) => setChosen({ secret, act })} />
                  ))}
                </Tbody>
              </Table>
            </CardBody>
          </Card>
        )}
        {chosen?.act === 'rotate' && <RotateDialog secret={chosen.secret} close={close} />}
        {chosen?.act === 'set' && <SetDialog secret={chosen.secret} close={close} />}
      </PageSection>
    </>
  );
}

function SecretRow({ secret, choose }: { secret: SecretView; choose: (act: 'rotate' | 'set') => void }) {
  const [deployment = '', barclamp = '', ...name] = secret.id.split('/');
  const called = <span className="pf-v6-u-screen-reader"> {secret.id}</span>;
  return (
    <Tr>
      <Td dataLabel="Secret">
        {name.join('/')} <span className="pb-subtle">of {barclamp}</span>
      </Td>
      <Td dataLabel="Deployment">
        <Link to={`/deployments/${deployment}`}>{deployment}</Link>
      </Td>
      <Td dataLabel="Kind">{kinds[secret.kind]}</Td>
      <Td dataLabel="Given to">{secret.roles.join(', ')}</Td>
      <Td dataLabel="Replaced">
        {secret.rotatedAt === undefined ? (
          'never'
        ) : (
          <>
            <Time at={secret.rotatedAt} /> <span className="pb-subtle">{counted(secret.rotation, 'time')}</span>
          </>
        )}
      </Td>
      <Td dataLabel="Actions" modifier="nowrap">
        <div className="pb-actions">
          <Offer act="POST /secrets/rotate">
            <Button variant="link" isInline onClick={() => choose('rotate')}>
              Replace{called}…
            </Button>
          </Offer>
          {secret.kind === 'password' && (
            <Offer act="POST /secrets/rotate">
              <Button variant="link" isInline onClick={() => choose('set')}>
                Set a password{called}…
              </Button>
            </Offer>
          )}
        </div>
      </Td>
    </Tr>
  );
}
