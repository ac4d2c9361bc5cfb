// The page over HTTPS: where it is, who signed its certificate, and how browsers and systems are told to trust that.

import { ClipboardCopy, DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm } from '@patternfly/react-core';
import { useAnswer } from '../api/queries.ts';
import { Unread } from '../parts/problem-list.tsx';

const places: [string, string][] = [
  ['Debian, Ubuntu', 'cp prybar.crt /usr/local/share/ca-certificates/ && update-ca-certificates'],
  ['Fedora, RHEL', 'cp prybar.crt /etc/pki/ca-trust/source/anchors/ && update-ca-trust'],
  ['macOS', 'security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db prybar.crt'],
  ['Windows', 'certutil -user -addstore Root prybar.crt'],
];

export function Trust() {
  const authority = useAnswer('GET /certificate-authority', {});
  return (
    <>
      <Unread of={authority} />
      {authority.data && (
        <>
          <p>
            {authority.data.url ? (
              <>
                Over HTTPS the page is at <a href={authority.data.url}>{authority.data.url}</a>. Its certificate is signed by an authority of this admin node,
                which signs nothing else.
              </>
            ) : (
              'The page is served on the admin node itself only. To reach it from elsewhere over HTTPS, start it with --https PORT.'
            )}
          </p>
          <p>
            To trust it,{' '}
            <a href="/ca.pem" download="prybar.crt">
              download its certificate
            </a>{' '}
            as prybar.crt, compare its SHA-256 with the one below as somebody at the console of the admin node reads it (prybar ca show), and add it:
          </p>
          <DescriptionList isCompact>
            <DescriptionListGroup>
              <DescriptionListTerm>SHA-256</DescriptionListTerm>
              <DescriptionListDescription className="pb-mono pb-break">{authority.data.fingerprint}</DescriptionListDescription>
            </DescriptionListGroup>
            {places.map(([system, command]) => (
              <DescriptionListGroup key={system}>
                <DescriptionListTerm>{system}</DescriptionListTerm>
                <DescriptionListDescription>
                  <ClipboardCopy isReadOnly hoverTip="Copy" clickTip="Copied" textAriaLabel={`Command for ${system}`}>
                    {command}
                  </ClipboardCopy>
                </DescriptionListDescription>
              </DescriptionListGroup>
            ))}
            <DescriptionListGroup>
              <DescriptionListTerm>Firefox</DescriptionListTerm>
              <DescriptionListDescription>Settings, Privacy & Security, Certificates, View Certificates, Authorities, Import</DescriptionListDescription>
            </DescriptionListGroup>
          </DescriptionList>
        </>
      )}
    </>
  );
}
