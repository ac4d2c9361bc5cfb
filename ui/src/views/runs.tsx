// The history: every run, newest first, narrowed by what the address says; or the lines that runs said, by the words looked for.

import { Button, FormSelect, FormSelectOption, PageSection, SearchInput, Skeleton } from '@patternfly/react-core';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';
import type { Query } from '../../../core/api/contract.ts';
import { useAnswer } from '../api/queries.ts';
import { Legend } from '../parts/legend.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { RunSearch } from '../runs/run-search.tsx';
import { RunTable } from '../runs/run-table.tsx';
import { runMeanings } from '../parts/states.tsx';
import { keyParts } from '../parts/words.ts';
import { useMachines } from '../rack/use-machines.ts';

const atOnce = 50;
type Narrow = Omit<Query<'GET /runs'>, 'limit' | 'before'>;

/** What the address narrows to; an outcome that there is not is none. */
function narrowIn(search: URLSearchParams): Narrow {
  const narrow: Narrow = {};
  for (const name of ['node', 'role', 'deployment', 'key'] as const) {
    const value = search.get(name);
    if (value) narrow[name] = value;
  }
  const outcome = search.get('outcome');
  if (outcome && outcome in runMeanings) narrow.outcome = outcome as NonNullable<Narrow['outcome']>;
  return narrow;
}

/** A search knows no keys, but all that a key is made of. */
function withoutKey({ key, ...rest }: Narrow): Narrow {
  if (!key) return rest;
  const { deployment, role, nodeId } = keyParts(key);
  return { ...rest, deployment, role, node: nodeId };
}

export function RunsPage() {
  const [search, setSearch] = useSearchParams();
  const narrow = narrowIn(search);
  const text = search.get('q') ?? '';
  const set = (name: string, value: string) =>
    setSearch((old) => {
      const next = new URLSearchParams(old);
      if (value) next.set(name, value);
      else next.delete(name);
      return next;
    });
  return (
    <>
      <PageTitle title="Runs" beside={<Legend title="What the outcomes of runs mean" meanings={Object.values(runMeanings)} />} />
      <PageSection hasBodyWrapper={false} className="pb-page">
        <Filters narrow={narrow} text={text} set={set} />
        <About narrow={narrow} showAll={() => setSearch({})} />
        {text ? <RunSearch key={text} query={{ ...withoutKey(narrow), text }} /> : <Runs key={JSON.stringify(narrow)} narrow={narrow} />}
      </PageSection>
    </>
  );
}

type FiltersProps = { narrow: Narrow; text: string; set: (name: string, value: string) => void };

/** Words are looked for when they are sent off, not at each letter: the history may be long. */
function Filters({ narrow, text, set }: FiltersProps) {
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  const deployments = useAnswer('GET /deployments', {});
  const clear = () => {
    setTyped('');
    set('q', '');
  };
  return (
    <div className="pb-runs__filters" role="search">
      <SearchInput
        className="pb-runs__search"
        aria-label="Find lines in the logs"
        placeholder="Words in the logs"
        value={typed}
        onChange={(_, value) => setTyped(value)}
        onSearch={() => set('q', typed.trim())}
        onClear={clear}
      />
      <FormSelect aria-label="Only with the outcome" value={narrow.outcome ?? ''} onChange={(_, value) => set('outcome', value)}>
        <FormSelectOption value="" label="every outcome" />
        {Object.entries(runMeanings).map(([outcome, { word }]) => (
          <FormSelectOption key={outcome} value={outcome} label={word} />
        ))}
      </FormSelect>
      <FormSelect aria-label="Only of the deployment" value={narrow.deployment ?? ''} onChange={(_, value) => set('deployment', value)}>
        <FormSelectOption value="" label="every deployment" />
        {deployments.data?.map(({ name }) => (
          <FormSelectOption key={name} value={name} label={name} />
        ))}
      </FormSelect>
    </div>
  );
}

/** What else it is narrowed to, by a link from elsewhere. */
function About({ narrow, showAll }: { narrow: Narrow; showAll: () => void }) {
  const machines = useMachines();
  const nameOf = (id: string) => machines.data?.byId.get(id)?.name ?? id;
  const about = [
    narrow.key && `${keyParts(narrow.key).role} on ${nameOf(keyParts(narrow.key).nodeId)}`,
    narrow.role && `role ${narrow.role}`,
    narrow.node && `machine ${nameOf(narrow.node)}`,
  ].filter(Boolean);
  if (about.length === 0) return null;
  return (
    <p className="pb-subtle">
      Only {about.join(', ')}.{' '}
      <Button variant="link" isInline onClick={showAll}>
        Show all
      </Button>
    </p>
  );
}

function Runs({ narrow }: { narrow: Narrow }) {
  const [limit, setLimit] = useState(atOnce);
  // One more than is shown tells whether there are older ones.
  const runs = useAnswer('GET /runs', { query: { ...narrow, limit: limit + 1 } });
  const narrowed = Object.keys(narrow).length > 0;
  return (
    <>
      <Unread of={runs} />
      {runs.isPending && <Skeleton height="20rem" screenreaderText="Reading the runs" />}
      {runs.data?.length === 0 && (
        <p className="pb-subtle">
          {narrowed
            ? 'No run that is kept is like this.'
            : 'Nothing has been applied yet. A run appears here as soon as a committed role finds its machine ready.'}
        </p>
      )}
      {runs.data && runs.data.length > 0 && <RunTable runs={runs.data.slice(0, limit)} />}
      {runs.data && runs.data.length > limit && limit < 1000 - atOnce && (
        <Button variant="link" onClick={() => setLimit(limit + atOnce)}>
          Show older runs
        </Button>
      )}
    </>
  );
}
