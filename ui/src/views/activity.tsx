// Who changed what, and who tried to: the audit log, searched by words, and checked for being whole.

import { Button, PageSection, SearchInput, Skeleton } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import type { AuditView } from '../../../core/api/contract.ts';
import type { AuditCheck } from '../../../core/model/audit.ts';
import type { ValueChange } from '../../../core/model/value-diff.ts';
import { Checked, CheckLog } from '../activity/check-log.tsx';
import { useOwnSession } from '../api/own-session.ts';
import { useAnswer } from '../api/queries.ts';
import { PageTitle } from '../parts/page-title.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { Time } from '../parts/time.tsx';
import { counted, valueText } from '../parts/words.ts';

const PAGE = 100;

export function ActivityPage() {
  const [search, setSearch] = useSearchParams();
  const text = search.get('text') ?? '';
  const [typed, setTyped] = useState(text);
  const before = Number(search.get('before') ?? 0);
  const records = useAnswer('GET /audit', { query: { limit: PAGE, ...(text && { text }), ...(before && { before }) } });
  const { rulesSite } = useOwnSession();
  const [check, setCheck] = useState<AuditCheck>();
  const oldest = records.data?.at(-1)?.seq;
  const look = (words: string) => {
    setTyped(words);
    setSearch(words ? { text: words } : {});
  };
  return (
    <>
      <PageTitle title="Activity" actions={rulesSite && <CheckLog done={setCheck} />}>
        Every change that somebody made, each sign-in and each refusal, kept so that nothing can be taken out unseen. What only admins may do is shown to
        admins.
      </PageTitle>
      <PageSection hasBodyWrapper={false} className="pb-page">
        {check && <Checked check={check} />}
        <SearchInput
          aria-label="Words to look for"
          placeholder="Who, what, or about which machine"
          value={typed}
          onChange={(_, words) => setTyped(words)}
          onSearch={(_, words) => look(words)}
          onClear={() => look('')}
        />
        <Unread of={records} />
        {records.isPending && <Skeleton height="12rem" screenreaderText="Reading the log" />}
        {records.data?.length === 0 && <p>Nothing of that kind was done.</p>}
        {records.data && records.data.length > 0 && (
          <Table variant="compact" aria-label="Activity" gridBreakPoint="grid-md">
            <Thead>
              <Tr>
                <Th>When</Th>
                <Th>Who</Th>
                <Th>Did</Th>
                <Th>From, to</Th>
              </Tr>
            </Thead>
            {/* Whoever measures how still the page is knows by that: one more pushes those before it down by one, and nothing else. */}
            <Tbody data-newest-first="">
              {records.data.map((record) => (
                <Row key={record.seq} record={record} />
              ))}
            </Tbody>
          </Table>
        )}
        {oldest !== undefined && oldest > 1 && records.data?.length === PAGE && (
          <div>
            <Button variant="secondary" onClick={() => setSearch({ ...(text && { text }), before: String(oldest) })}>
              Older
            </Button>
          </div>
        )}
      </PageSection>
    </>
  );
}

const lineOf = ({ pointer, before, after }: ValueChange): string =>
  `${pointer ? `${pointer.slice(1).replaceAll('/', '.')}: ` : ''}${valueText(before)} → ${valueText(after)}`.slice(0, 300);

function Row({ record }: { record: AuditView }) {
  const { asked, facts, why, outcome, cut } = record;
  return (
    <Tr>
      <Td dataLabel="When" modifier="nowrap">
        <Time at={record.at} />
      </Td>
      <Td dataLabel="Who">
        {record.who}
        {record.token !== undefined && ` (${record.token})`} {record.address && <span className="pb-subtle">{record.address}</span>}
      </Td>
      <Td dataLabel="Did">
        {record.does}
        {outcome !== 'done' && <strong> {outcome}</strong>}
        {record.does !== record.act && <div className="pb-subtle">{record.act}</div>}
      </Td>
      <Td dataLabel="From, to" className="pb-break pb-small">
        {why !== undefined && <div>{why}</div>}
        {cut && (
          <div>
            {counted(cut.records, 'record')} from <Time at={cut.since} /> to <Time at={cut.until} />, which were old enough. What is left builds on them.
          </div>
        )}
        {facts.map((fact) => (
          <div key={`${fact.kind} ${fact.id}`}>
            {fact.kind} {fact.id}: {fact.changes.slice(0, 6).map(lineOf).join('; ')}
            {fact.changes.length > 6 && ` and ${fact.changes.length - 6} more`}
          </div>
        ))}
        {facts.length === 0 && asked !== undefined && why === undefined && <div>{valueText(asked)}</div>}
      </Td>
    </Tr>
  );
}
