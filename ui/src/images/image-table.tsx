// The catalogue of images: each a row, which opens to what it was made from. The address says which one is open.

import { Button, Label } from '@patternfly/react-core';
import { Table, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { ImageView } from '../../../core/api/contract.ts';
import { useMachines } from '../rack/use-machines.ts';
import { ProposalLinks } from '../proposal/proposal-links.tsx';
import { FactList } from '../parts/fact-list.tsx';
import { OpeningRow, useOpenRow } from '../parts/opening-row.tsx';
import { Time } from '../parts/time.tsx';
import { counted, diskText } from '../parts/words.ts';

/** First match wins. */
function Standing({ image }: { image: ImageView }) {
  if (!image.signed)
    return (
      <Label isCompact variant="outline" status="danger" title="It is not what this site signed: machines refuse it. Remove it and build it anew.">
        signature does not fit
      </Label>
    );
  if (!image.present)
    return (
      <Label isCompact variant="outline" status="warning" title="It is built anew when a machine needs it, unless it was captured or imported.">
        file is gone
      </Label>
    );
  return (
    <Label isCompact variant="outline" status="success" title="Its file is there, and the signature of this site fits it.">
      signature holds
    </Label>
  );
}

/** To the machine, as long as it is there. */
function Origin({ image }: { image: ImageView }) {
  const machines = useMachines();
  const { captured, imported } = image.provenance;
  if (imported) return 'imported';
  if (!captured) return 'built';
  const there = machines.data?.byId.get(captured.nodeId);
  return <>captured from {there ? <Link to={`/nodes/${there.name}`}>{there.name}</Link> : `${captured.nodeName}, which is gone`}</>;
}

/** `remove` where the reader may. */
export function ImageTable({ images, remove }: { images: readonly ImageView[]; remove: ((image: ImageView) => void) | undefined }) {
  const rows = useOpenRow('image');
  return (
    <Table variant="compact" aria-label="Images" gridBreakPoint="grid-lg" borders={false}>
      <Thead>
        <Tr>
          <Th screenReaderText="What it was made from" />
          <Th>Image</Th>
          <Th>Origin</Th>
          <Th>Made</Th>
          <Th>Size</Th>
          <Th>Digest</Th>
          <Th>Signature</Th>
          <Th>Used by</Th>
          <Th screenReaderText="Actions" />
        </Tr>
      </Thead>
      {images.map((image, rowIndex) => (
        <OpeningRow key={image.digest} id={image.digest} rowIndex={rowIndex} rows={rows} columns={8} more={() => <Making image={image} />}>
          <Td dataLabel="Image">
            {image.name}
            <div className="pb-subtle">{image.version}</div>
          </Td>
          <Td dataLabel="Origin">
            <Origin image={image} />
          </Td>
          <Td dataLabel="Made" modifier="nowrap">
            <Time at={image.createdAt} />
          </Td>
          <Td dataLabel="Size" modifier="nowrap">
            {diskText(image.bytes)} <span className="pb-subtle">{diskText(image.rawBytes)} on disk</span>
          </Td>
          <Td dataLabel="Digest" className="pb-mono">
            <span title={image.digest}>{image.digest.slice(0, 12)}</span>
          </Td>
          <Td dataLabel="Signature">
            <Standing image={image} />
          </Td>
          <Td dataLabel="Used by">
            <ProposalLinks ids={image.usedBy} />
          </Td>
          <Td dataLabel="Actions">
            {remove && (
              <Button variant="link" isInline isDanger onClick={() => remove(image)}>
                Remove
                <span className="pf-v6-u-screen-reader">
                  {' '}
                  {image.name} {image.version}
                </span>
                …
              </Button>
            )}
          </Td>
        </OpeningRow>
      ))}
    </Table>
  );
}

function Making({ image }: { image: ImageView }) {
  const { captured, imported, recipe, sources, packages, extraPackages } = image.provenance;
  const lines = (texts: readonly string[]) => texts.map((text) => <div key={text}>{text}</div>);
  const facts: [string, ReactNode][] = [
    ['Platform', [image.platform, image.architecture].filter(Boolean).join(' for ')],
    ['SHA-256', <span className="pb-mono pb-break">{image.digest}</span>],
    ['Unpacked', image.rawDigest && <span className="pb-mono pb-break">{image.rawDigest}</span>],
    ['Signed with', image.signature.publicKey && <span className="pb-mono pb-break">{image.signature.publicKey}</span>],
    [
      'Captured',
      captured && (
        <>
          <Time at={captured.at} /> from {captured.nodeName}
          {captured.serial && ` (${captured.serial})`}, asked for by {captured.by}
        </>
      ),
    ],
    [
      'Imported',
      imported && (
        <>
          <Time at={imported.at} /> from {imported.folder} by {imported.by}
        </>
      ),
    ],
    ['Left out', captured?.leftOut.length ? lines(captured.leftOut) : undefined],
    ['Recipe', recipe && <span className="pb-mono pb-break">{recipe}</span>],
    ['From', sources.length > 0 && <span className="pb-break">{lines(sources)}</span>],
    ['Packages', packages.length > 0 && `${counted(packages.length, 'package')}${extraPackages.length ? `, with ${extraPackages.join(', ')}` : ''}`],
    ['Contents', image.sbom && <span className="pb-mono pb-break">{image.sbom}</span>],
  ];
  return <FactList facts={facts} termWidth="7rem" />;
}
