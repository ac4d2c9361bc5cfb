// Which component has which version on which machines, by make and model; what is not accepted comes first.

import { Alert, EmptyState, EmptyStateBody, Label, ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import MicrochipIcon from '@patternfly/react-icons/dist/esm/icons/microchip-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { Link } from 'react-router';
import type { FirmwareMatrixView } from '../../../core/api/contract.ts';
import { LongList } from '../parts/long-list.tsx';
import { counted } from '../parts/words.ts';
import { MachineLinks } from './machine-links.tsx';

type Row = FirmwareMatrixView['rows'][number];
type Version = Row['versions'][number];

const PER_PAGE = 40;
const verdictWords: Record<Version['verdict'], string> = { accepted: 'accepted', differs: 'not accepted', untold: 'no rule speaks of it' };

const hasDifference = ({ versions }: Row): boolean => versions.some(({ verdict }) => verdict === 'differs');
/** Rows with a version that is not accepted. */
export const differingRows = ({ rows }: FirmwareMatrixView): Row[] => rows.filter(hasDifference);

function fits({ shape, component, versions }: Row, words: string): boolean {
  const text = [shape, component, ...versions.flatMap(({ version, verdict }) => [version, verdictWords[verdict]])].join('\n').toLowerCase();
  return text.includes(words.toLowerCase());
}

export function FirmwareMatrix({ matrix }: { matrix: FirmwareMatrixView }) {
  const [onlyDiffering, setOnlyDiffering] = useState(false);
  const { rows, known, told, watched } = matrix;
  if (!rows.length)
    return (
      <EmptyState titleText="No machine has told its firmware yet" headingLevel="h2" icon={MicrochipIcon} variant="sm">
        <EmptyStateBody>
          Machines tell what their system sees when they are discovered: <Link to="/">switch one on in the rack network</Link>. The rest comes from their board
          controllers: add the <Link to="/barclamps/firmware">barclamp firmware</Link> to a deployment, or ask one now, on the page of its machine.
        </EmptyStateBody>
      </EmptyState>
    );
  const differing = differingRows(matrix);
  const sorted = [...differing, ...rows.filter((row) => !hasDifference(row))];
  return (
    <section aria-label="Firmware of all machines" className="pb-section">
      <p className="pb-subtle">
        Of {counted(known, 'machine')} something is known; {told} {told === 1 ? 'was' : 'were'} told by board controllers, {watched}{' '}
        {watched === 1 ? 'is' : 'are'} held against what is accepted.
      </p>
      {watched === 0 && (
        <Alert variant="info" isInline component="h2" title="Nothing says which versions are accepted">
          <p>
            The <Link to="/barclamps/firmware">barclamp firmware</Link> holds versions against those that you accept, and updates components where you name a
            file: add it to a deployment and give machines its role.
          </p>
        </Alert>
      )}
      {watched > 0 && differing.length === 0 && <p>Every version that a rule speaks of is accepted.</p>}
      {differing.length > 0 && (
        <ToggleGroup isCompact aria-label="Which components are shown">
          <ToggleGroupItem text="All components" isSelected={!onlyDiffering} onChange={() => setOnlyDiffering(false)} />
          <ToggleGroupItem text={`Not accepted (${differing.length})`} isSelected={onlyDiffering} onChange={() => setOnlyDiffering(true)} />
        </ToggleGroup>
      )}
      <LongList
        label="Find firmware"
        placeholder="Component, version or make"
        items={onlyDiffering && differing.length ? differing : sorted}
        fits={fits}
        perPage={PER_PAGE}
      >
        {(shown) => (
          <Table variant="compact" aria-label="Firmware" gridBreakPoint="grid-md">
            <Thead>
              <Tr>
                <Th width={20}>Machines of</Th>
                <Th width={25}>Component</Th>
                <Th>Versions, the newest first</Th>
              </Tr>
            </Thead>
            <Tbody>
              {shown.map(({ shape, component, versions }) => (
                <Tr key={`${shape} ${component}`}>
                  <Td dataLabel="Machines of">{shape || <span className="pb-subtle">unknown make</span>}</Td>
                  <Td dataLabel="Component" className="pb-break">
                    {component}
                  </Td>
                  <Td dataLabel="Versions" className="pb-break">
                    {versions.map((version) => (
                      <VersionLine key={`${version.version} ${version.verdict}`} {...version} component={component} shape={shape} />
                    ))}
                  </Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
        )}
      </LongList>
    </section>
  );
}

function VersionLine(line: Version & { component: string; shape: string }) {
  const { version, verdict } = line;
  return (
    <div className="pb-actions">
      <span className="pb-mono">{version}</span>
      {verdict !== 'untold' && (
        <Label isCompact variant="outline" status={verdict === 'accepted' ? 'success' : 'warning'}>
          {verdictWords[verdict]}
        </Label>
      )}
      <MachineLinks {...line} />
    </div>
  );
}
