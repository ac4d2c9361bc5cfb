// The machines of a page: those booting for the first time among those known, as tiles or as a table, with what to do while there are none.

import {
  Button,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  SearchInput,
  Skeleton,
  Title,
  ToggleGroup,
  ToggleGroupItem,
} from '@patternfly/react-core';
import ListIcon from '@patternfly/react-icons/dist/esm/icons/list-icon';
import ServerIcon from '@patternfly/react-icons/dist/esm/icons/server-icon';
import ThLargeIcon from '@patternfly/react-icons/dist/esm/icons/th-large-icon';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import type { NodeView, Sighting } from '../../../core/api/contract.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { bootOf, isOf } from './booting.ts';
import { useFailing } from './failing.ts';
import { Legend } from './legend.tsx';
import { MachineTable } from './machine-table.tsx';
import { MachineTile, SightingTile } from './machine-tile.tsx';
import { matches } from './machine-search.ts';
import { Refusal, Unread } from './problem-list.tsx';
import { useRemembered } from './remembered.ts';
import { conditionOf, nodeConditions, nodeMeanings } from './states.tsx';
import { counted } from './words.ts';
import './machines.css';

/** Drawn at once; more on request, until the rack view scrolls virtually. */
const atOnce = 240;
/** On the overview, where the plan must stay in reach. */
const onOverview = 24;

export function Machines({ sightings, heading }: { sightings: Sighting[]; heading: 'h1' | 'h2' }) {
  const nodes = useAnswer('GET /nodes', {});
  const [mode, setMode] = useRemembered('prybar.machines', ['tiles', 'table'], 'tiles');
  const [search, setSearch] = useSearchParams();
  const sought = search.get('q') ?? '';
  const seek = (q: string) =>
    setSearch(
      (old) => {
        const next = new URLSearchParams(old);
        if (q) next.set('q', q);
        else next.delete('q');
        return next;
      },
      { replace: true },
    );
  return (
    <section aria-labelledby="machines-title" className="pb-section">
      <div className="pb-section__head">
        <Title id="machines-title" headingLevel={heading} size="lg">
          Machines
        </Title>
        <Legend title="What the states of machines mean" meanings={nodeConditions.map((c) => nodeMeanings[c])} />
        <div className="pb-section__tools">
          <SearchInput
            className="pb-machines__search"
            aria-label="Find machines"
            placeholder="Name, serial, pool, address, state"
            value={sought}
            onChange={(_, value) => seek(value)}
            onClear={() => seek('')}
          />
          <ToggleGroup isCompact aria-label="Show machines as">
            <ToggleGroupItem icon={<ThLargeIcon />} aria-label="Tiles" isSelected={mode === 'tiles'} onChange={() => setMode('tiles')} />
            <ToggleGroupItem icon={<ListIcon />} aria-label="Table" isSelected={mode === 'table'} onChange={() => setMode('table')} />
          </ToggleGroup>
        </div>
      </div>
      <Unread of={nodes} />
      {nodes.isPending && <Skeleton height="8.5rem" screenreaderText="Reading the machines" />}
      {nodes.data && <Found tiles={heading === 'h1' ? 'h2' : 'h3'} nodes={nodes.data} sightings={sightings} sought={sought} table={mode === 'table'} />}
    </section>
  );
}

function Found({ tiles, nodes, sightings, sought, table }: { tiles: 'h2' | 'h3'; nodes: NodeView[]; sightings: Sighting[]; sought: string; table: boolean }) {
  const overview = tiles === 'h3';
  const [limit, setLimit] = useState(overview ? onOverview : atOnce);
  const failing = useFailing();
  const unknown = sightings.filter((s) => !nodes.some((n) => isOf(s, n)));
  const matching = nodes.filter((n) => matches(n, conditionOf(n), sought));
  // When not all are shown, those that need a person are.
  const found = matching.length > limit && overview ? byUrgency(matching, failing) : matching;
  const machines = nodes.some((n) => n.id !== 'admin') || unknown.length > 0;
  if (nodes.length > 0 && found.length === 0 && unknown.length === 0)
    return (
      <p className="pb-subtle">
        No machine matches “{sought}”. {counted(nodes.length, 'machine')} in all.
      </p>
    );
  return (
    <>
      {table && found.length > 0 && <MachineTable nodes={found.slice(0, limit)} failing={failing} />}
      <ul className="pb-tiles" aria-label={table ? 'Machines that boot for the first time' : 'Machines'}>
        {!table &&
          found
            .slice(0, limit)
            .map((node) => (
              <MachineTile key={node.id} headingLevel={tiles} node={node} failing={failing.get(node.id) ?? 0} booting={bootOf(node, sightings)} />
            ))}
        {unknown.map((sighting) => (
          <SightingTile key={sighting.mac} headingLevel={tiles} sighting={sighting} />
        ))}
      </ul>
      {found.length > limit && overview && (
        <p>
          <Link to={`/nodes${sought ? `?q=${encodeURIComponent(sought)}` : ''}`}>All {found.length} machines</Link>{' '}
          <span className="pb-subtle">These {limit} come first: what needs a person, then by name.</span>
        </p>
      )}
      {found.length > limit && !overview && (
        <Button variant="link" onClick={() => setLimit(limit + atOnce)}>
          Show {Math.min(atOnce, found.length - limit)} more of {found.length}
        </Button>
      )}
      {!machines && <NoMachines headingLevel={tiles} />}
    </>
  );
}

const needsPerson = (node: NodeView, failing: number): number => {
  const condition = conditionOf(node);
  if (condition === 'new' || condition === 'silent' || failing > 0) return 0;
  if (node.totals.failed || node.totals.outdated) return 1;
  return node.totals.running ? 2 : 3;
};
/** Keeps the order of names among equals. */
const byUrgency = (nodes: readonly NodeView[], failing: ReadonlyMap<string, number>): NodeView[] =>
  [...nodes].sort((a, b) => needsPerson(a, failing.get(a.id) ?? 0) - needsPerson(b, failing.get(b.id) ?? 0));

function NoMachines({ headingLevel }: { headingLevel: 'h2' | 'h3' }) {
  const lab = useAnswer('GET /lab', {});
  const start = useAct('POST /lab');
  return (
    <EmptyState titleText="No machine has asked to boot yet" headingLevel={headingLevel} icon={ServerIcon} variant="sm">
      <EmptyStateBody>
        Plug a machine into the network that the admin node serves, set it to boot from the network (PXE) and switch it on. It appears here as soon as it asks
        for an address. If it does not, see that no other DHCP server answers first.
      </EmptyStateBody>
      {lab.data && !lab.data.running && (
        <EmptyStateFooter>
          <EmptyStateActions>
            <Button variant="secondary" isLoading={start.isPending} isDisabled={start.isPending} onClick={() => start.mutate({ body: {} })}>
              Start a virtual rack instead
            </Button>
          </EmptyStateActions>
          <Refusal error={start.error} />
        </EmptyStateFooter>
      )}
    </EmptyState>
  );
}
