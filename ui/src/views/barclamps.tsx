// The catalogue: what can be deployed, in which version, and where it is used.

import { Card, CardBody, Label, PageSection, Skeleton } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router';
import { useOwnSession } from '../api/own-session.ts';
import { useAnswer } from '../api/queries.ts';
import { InstallBarclamps } from '../barclamp/install.tsx';
import { TrustedKeys } from '../barclamp/trusted-keys.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { ProposalLinks } from '../proposal/proposal-links.tsx';

export function BarclampsPage() {
  const catalog = useAnswer('GET /barclamps', {});
  const { rulesSite } = useOwnSession();
  return (
    <>
      <PageTitle title="Barclamps" actions={rulesSite && <InstallBarclamps word="Install" />}>
        What can be deployed. Each is a folder; more come as packages of their authors.
      </PageTitle>
      <PageSection hasBodyWrapper={false} className="pb-page">
        <Unread of={catalog} />
        {catalog.isPending && <Skeleton height="20rem" screenreaderText="Reading the catalogue" />}
        {catalog.data && (
          <Card isCompact>
            <CardBody>
              <Table variant="compact" aria-label="Barclamps" gridBreakPoint="grid-md" borders={false}>
                <Thead>
                  <Tr>
                    <Th width={15}>Barclamp</Th>
                    <Th modifier="nowrap">Version</Th>
                    <Th width={35}>What it is for</Th>
                    <Th>Roles</Th>
                    <Th>Used in</Th>
                  </Tr>
                </Thead>
                <Tbody>
                  {catalog.data.map((barclamp) => (
                    <Tr key={barclamp.name}>
                      <Td dataLabel="Barclamp">
                        <Link to={`/barclamps/${barclamp.name}`}>{barclamp.name}</Link>
                      </Td>
                      <Td dataLabel="Version" modifier="nowrap">
                        {barclamp.version}{' '}
                        {barclamp.origin === 'installed' && (
                          <Label isCompact variant="outline">
                            installed
                          </Label>
                        )}
                      </Td>
                      <Td dataLabel="What it is for">{barclamp.summary}</Td>
                      <Td dataLabel="Roles">{barclamp.roles.map((role) => role.name).join(', ')}</Td>
                      <Td dataLabel="Used in" modifier="nowrap">
                        <ProposalLinks ids={barclamp.usedBy} />
                      </Td>
                    </Tr>
                  ))}
                </Tbody>
              </Table>
            </CardBody>
          </Card>
        )}
        {catalog.data && <TrustedKeys />}
      </PageSection>
    </>
  );
}
