// What is left of machines whose disks were erased: a certificate each, and whether its signature still fits its text.

import { Label, Skeleton, Title } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router';
import type { CertificateView } from '../../../core/api/contract.ts';
import { useAnswer } from '../api/queries.ts';
import { Unread } from '../parts/problem-list.tsx';
import { Time } from '../parts/time.tsx';
import { diskText } from '../parts/words.ts';

export function ErasureCertificates() {
  const certificates = useAnswer('GET /certificates', {});
  return (
    <section aria-label="Certificates of erased machines" className="pb-section">
      <Title headingLevel="h2" size="lg">
        Certificates of erased machines
      </Title>
      <Unread of={certificates} />
      {certificates.isPending && <Skeleton height="4rem" screenreaderText="Reading the certificates" />}
      {certificates.data?.length === 0 && (
        <p className="pb-subtle">No machine was retired with its disks erased. “Retire” in the menu of a machine does that, and leaves a certificate here.</p>
      )}
      {certificates.data && certificates.data.length > 0 && (
        <Table variant="compact" aria-label="Certificates" gridBreakPoint="grid-md" borders={false}>
          <Thead>
            <Tr>
              <Th>Machine</Th>
              <Th>Retired</Th>
              <Th width={40}>Disks</Th>
              <Th>Signature</Th>
              <Th screenReaderText="Actions" />
            </Tr>
          </Thead>
          <Tbody>
            {certificates.data.map((certificate) => (
              <CertificateRow key={certificate.id} certificate={certificate} />
            ))}
          </Tbody>
        </Table>
      )}
    </section>
  );
}

function CertificateRow({ certificate: { id, nodeName, serial, at, runId, signed, erased } }: { certificate: CertificateView }) {
  return (
    <Tr>
      <Td dataLabel="Machine">
        {nodeName} <span className="pb-subtle">{serial}</span>
      </Td>
      <Td dataLabel="Retired" modifier="nowrap">
        <Time at={at} />
      </Td>
      <Td dataLabel="Disks" className="pb-break">
        {erased.length === 0 && <span className="pb-subtle">it names none</span>}
        {erased.map(({ disk, bytes, model, serial: number, how }) => (
          <div key={disk}>
            <span className="pb-mono">{disk}</span>{' '}
            <span className="pb-subtle">{[bytes !== undefined && diskText(bytes), model, number, how].filter(Boolean).join(', ')}</span>
          </div>
        ))}
      </Td>
      <Td dataLabel="Signature">
        <Label isCompact variant="outline" status={signed ? 'success' : 'danger'}>
          {signed ? 'holds' : 'does not hold'}
        </Label>
      </Td>
      <Td dataLabel="Actions" modifier="nowrap">
        <div className="pb-actions">
          <a href={`/api/v1/certificates/${encodeURIComponent(id)}`} download={`erased-${nodeName}.json`}>
            Download<span className="pf-v6-u-screen-reader"> the certificate of {nodeName}</span>
          </a>
          <Link to={`/runs/${runId}`}>Run {runId}</Link>
        </div>
      </Td>
    </Tr>
  );
}
