// Machines whose hardware is not as it was accepted, or of which nothing was accepted although a role looks after it. Accepting is done on the page of a
// machine, where all of it is seen.

import { EmptyState, EmptyStateBody, Label, List, ListItem } from '@patternfly/react-core';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router';
import type { BaselineSummary } from '../../../core/api/contract.ts';
import { LongList } from '../parts/long-list.tsx';

const PER_PAGE = 50;
/** Of one machine in the list; its own page shows all. */
const SHOWN = 5;

const fits = ({ name, shape = '', differences }: BaselineSummary, words: string): boolean =>
  [name, shape, ...differences].join('\n').toLowerCase().includes(words.toLowerCase());

export function BaselineDifferences({ machines }: { machines: readonly BaselineSummary[] }) {
  if (!machines.length)
    return (
      <EmptyState titleText="No machine differs from what was accepted" headingLevel="h2" icon={CheckCircleIcon} variant="sm">
        <EmptyStateBody>
          The <Link to="/barclamps/hardware-baseline">barclamp hardware-baseline</Link> holds machines against what was accepted of them: modules, disks, ports,
          cables, firmware, settings. Add it to a deployment to have that looked after.
        </EmptyStateBody>
      </EmptyState>
    );
  return (
    <section aria-label="Differences from what was accepted" className="pb-section">
      <LongList label="Find differences" placeholder="Machine, make or difference" items={machines} fits={fits} perPage={PER_PAGE}>
        {(shown) => (
          <Table variant="compact" aria-label="Differences" gridBreakPoint="grid-md">
            <Thead>
              <Tr>
                <Th width={15}>Machine</Th>
                <Th width={20}>Make and model</Th>
                <Th>What differs</Th>
              </Tr>
            </Thead>
            <Tbody>
              {shown.map((machine) => (
                <Tr key={machine.id}>
                  <Td dataLabel="Machine">
                    <Link to={`/nodes/${machine.name}`}>{machine.name}</Link>
                  </Td>
                  <Td dataLabel="Make and model">{machine.shape ?? <span className="pb-subtle">unknown</span>}</Td>
                  <Td dataLabel="What differs" className="pb-break">
                    <What {...machine} />
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

function What({ name, accepted, differences }: BaselineSummary) {
  if (!accepted)
    return (
      <Label isCompact variant="outline" status="info" title={`Accept it on its page, or: prybar node baseline ${name} --accept`}>
        nothing was accepted yet
      </Label>
    );
  return (
    <List isPlain aria-label={`Differences of ${name}`}>
      {differences.slice(0, SHOWN).map((text) => (
        <ListItem key={text}>{text}</ListItem>
      ))}
      {differences.length > SHOWN && (
        <ListItem>
          <span className="pb-subtle">and {differences.length - SHOWN} more on its page</span>
        </ListItem>
      )}
    </List>
  );
}
