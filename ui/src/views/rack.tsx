// Home: every machine there is, grouped, filtered, chosen and acted upon; beside it what is under way, while the rack is small enough for both.

import {
  Button,
  Card,
  CardBody,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  FormSelect,
  FormSelectOption,
  PageSection,
  Skeleton,
  Title,
  ToggleGroup,
  ToggleGroupItem,
} from '@patternfly/react-core';
import CheckSquareIcon from '@patternfly/react-icons/dist/esm/icons/check-square-icon';
import ListIcon from '@patternfly/react-icons/dist/esm/icons/list-icon';
import ServerIcon from '@patternfly/react-icons/dist/esm/icons/server-icon';
import ThIcon from '@patternfly/react-icons/dist/esm/icons/th-icon';
import ThLargeIcon from '@patternfly/react-icons/dist/esm/icons/th-large-icon';
import { type ReactNode, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import type { Sighting } from '../../../core/api/contract.ts';
import { useAnswer } from '../api/queries.ts';
import { FirstRun } from '../guide/first-run.tsx';
import { ActivityList } from '../parts/activity-list.tsx';
import { bootOf, isOf } from '../machine/booting.ts';
import { HealthStrip } from '../plan/health-strip.tsx';
import { LatestRuns } from '../runs/latest-runs.tsx';
import { Legend } from '../parts/legend.tsx';
import { ProblemList, Unread } from '../parts/problem-list.tsx';
import { useRemembered } from '../parts/remembered.ts';
import { nodeConditions } from '../parts/conditions.ts';
import { nodeMeanings } from '../parts/states.tsx';
import { useTabTitle } from '../parts/tab-title.ts';
import { VirtualRack } from '../rack/virtual-rack.tsx';
import { counted } from '../parts/words.ts';
import { ChosenBar } from '../rack/chosen-bar.tsx';
import { readFilter } from '../rack/filter.ts';
import { FilterInput } from '../rack/filter-input.tsx';
import { groupBy, type Grouping, groupings } from '../rack/grouping.ts';
import { SightingTile } from '../rack/machine-tile.tsx';
import type { Machine, Machines } from '../rack/machines.ts';
import { type Look, RackGrid } from '../rack/rack-grid.tsx';
import { useMachines } from '../rack/use-machines.ts';
import { useSelection } from '../rack/use-selection.ts';
import { Offer } from '../parts/offer.tsx';
import './rack.css';

/** Up to here whole tiles are readable, and there is room for what is under way beside them. */
const few = 60;
const groupWords: Record<Grouping, string> = { rack: 'Rack', switch: 'Switch', pool: 'Pool', deployment: 'Deployment', state: 'State', none: 'Nothing' };

export function RackPage() {
  const status = useAnswer('GET /status', {});
  const machines = useMachines();
  const waiting = status.isPending || machines.isPending;
  const small = (machines.data?.list.length ?? 0) <= few;
  const session = useAnswer('GET /session', {});
  // A tenant's machines are given to it by others.
  const first = session.data?.tenant === undefined && machines.data?.list.every(({ local, approved }) => local || !approved);
  useTabTitle('Rack');
  return (
    <PageSection hasBodyWrapper={false} className="pb-page">
      <Unread of={status} />
      <Unread of={machines} />
      <ProblemList problems={status.data?.problems ?? []} />
      {/* Drawn when all of it was read, so that no part pushes another away as it arrives. */}
      {waiting && <Skeleton height="40rem" screenreaderText="Reading the machines" />}
      {!waiting && <HealthStrip />}
      {machines.data && status.data && (
        <div className={small ? 'pb-overview' : undefined}>
          <div className="pb-overview__main">
            <Rack machines={machines.data} sightings={status.data.sightings} small={small} />
            <StrangersNotice site={session.data?.tenant === undefined && session.data !== undefined} />
            {first && <NoMachines alone={machines.data.list.every((machine) => machine.local) && status.data.sightings.length === 0} />}
            <VirtualRack />
          </div>
          {small && (
            <div className="pb-overview__side">
              <Beside id="activity" title="Under way" className="pb-overview__activity">
                <Card isCompact>
                  <CardBody tabIndex={0}>
                    <ActivityList status={status.data} />
                  </CardBody>
                </Card>
              </Beside>
              <Beside id="runs" title="Latest runs" tools={<Link to="/runs">All runs</Link>}>
                <LatestRuns />
              </Beside>
            </div>
          )}
        </div>
      )}
    </PageSection>
  );
}

/** Somebody knocked who is no machine here, and nobody would look for it. */
function StrangersNotice({ site }: { site: boolean }) {
  const refused = useAnswer('GET /refusals', {}, { enabled: site });
  const callers = useAnswer('GET /callers', { query: {} }, { enabled: site });
  const waiting = (callers.data ?? []).filter(({ state }) => state === 'waiting').length;
  const away = refused.data?.length ?? 0;
  if (waiting + away === 0) return null;
  const said = [
    waiting && `${counted(waiting, 'machine that calls home waits', 'machines that call home wait')} for you`,
    away && `${counted(away, 'caller was', 'callers were')} turned away`,
  ].filter(Boolean);
  return (
    <p>
      <Link to="/network/callers">{said.join(', ')}</Link>
    </p>
  );
}

function Beside({ id, title, tools, className = '', children }: { id: string; title: string; tools?: ReactNode; className?: string; children: ReactNode }) {
  return (
    <section aria-labelledby={`${id}-title`} className={`pb-section ${className}`}>
      <div className="pb-section__head">
        <Title id={`${id}-title`} headingLevel="h2" size="lg">
          {title}
        </Title>
        {tools && <div className="pb-section__tools">{tools}</div>}
      </div>
      {children}
    </section>
  );
}

type RackProps = { machines: Machines; sightings: Sighting[]; small: boolean };

function Rack({ machines, sightings, small }: RackProps) {
  const { filter, setFilter, by, setBy } = useAddress(small);
  const [look, setLook] = useRemembered<Look | ''>('prybar.look', ['small', 'tiles', 'table', ''], '');
  const shownAs: Look = look || (small ? 'tiles' : 'small');
  const selection = useSelection();
  // The letters appear at once; the machines follow as soon as there is time to draw them.
  const sought = useDeferredValue(filter);
  const read = useMemo(() => readFilter(sought), [sought]);
  const found = useMemo(() => (read.ok ? machines.list.filter(read.value) : []), [read, machines.list]);
  const groups = useMemo(() => groupBy(found, by), [found, by]);
  const unknown = sightings.filter((sighting) => !machines.list.some((machine) => isOf(sighting, machine)));
  const booting = useCallback((machine: Machine) => bootOf(machine, sightings), [sightings]);
  return (
    <section aria-labelledby="machines-title" className="pb-section">
      <div className="pb-section__head">
        <Title id="machines-title" headingLevel="h1" size="lg" tabIndex={-1}>
          Machines
        </Title>
        <Legend title="What the states of machines mean" meanings={nodeConditions.map((c) => nodeMeanings[c])} />
        <span className="pb-subtle pb-number" role="status">
          {found.length === machines.list.length ? counted(found.length, 'machine') : `${found.length} of ${machines.list.length}`}
        </span>
        <span id="rack-keys" className="pb-subtle pb-rack-keys">
          Arrows, Home, End and Page go from machine to machine; Tab to what can be done with one.
        </span>
      </div>
      <div className="pb-rack-bar">
        <FilterInput text={filter} setText={setFilter} machines={machines.list} problem={read.ok ? undefined : read.problems[0]} />
        <FormSelect className="pb-rack-bar__by" aria-label="Group by" value={by} onChange={(_, value) => setBy(value as Grouping)}>
          {groupings.map((grouping) => (
            <FormSelectOption key={grouping} value={grouping} label={`By ${groupWords[grouping].toLowerCase()}`} />
          ))}
        </FormSelect>
        <ToggleGroup isCompact aria-label="Show machines as">
          <ToggleGroupItem icon={<ThIcon />} aria-label="Small tiles" isSelected={shownAs === 'small'} onChange={() => setLook('small')} />
          <ToggleGroupItem icon={<ThLargeIcon />} aria-label="Tiles" isSelected={shownAs === 'tiles'} onChange={() => setLook('tiles')} />
          <ToggleGroupItem icon={<ListIcon />} aria-label="Table" isSelected={shownAs === 'table'} onChange={() => setLook('table')} />
        </ToggleGroup>
        <Offer act="PATCH /nodes/:id">
          <Button
            variant={selection.choosing ? 'secondary' : 'tertiary'}
            size="sm"
            icon={<CheckSquareIcon />}
            aria-pressed={selection.choosing}
            id="choose-machines"
            onClick={() => selection.setChoosing(!selection.choosing)}
          >
            Choose
          </Button>
        </Offer>
      </div>
      <ChosenBar selection={selection} shown={found} all={machines.list} byId={machines.byId} />
      {unknown.length > 0 && (
        <ul className="pb-tiles" aria-label="Machines that boot for the first time">
          {unknown.map((sighting) => (
            <SightingTile key={sighting.mac} sighting={sighting} />
          ))}
        </ul>
      )}
      {read.ok && found.length === 0 && machines.list.length > 0 && (
        <EmptyState titleText="No machine fits the filter" headingLevel="h2" variant="sm">
          <EmptyStateBody>{counted(machines.list.length, 'machine')} in all.</EmptyStateBody>
          <EmptyStateFooter>
            <EmptyStateActions>
              <Button variant="link" onClick={() => setFilter('')}>
                Show all
              </Button>
            </EmptyStateActions>
          </EmptyStateFooter>
        </EmptyState>
      )}
      <RackGrid groups={groups} headed={by !== 'none'} look={shownAs} selection={selection} bootOf={booting} />
    </section>
  );
}

const settledMs = 300;

/** Filter and grouping as the address has them, so that a link shows the same; it follows when typing has paused. */
function useAddress(small: boolean) {
  const [search, setSearch] = useSearchParams();
  const given = search.get('q') ?? '';
  const [filter, setFilter] = useState(given);
  /** What the address was last told, or told us. */
  const told = useRef(given);
  /** Sent there and not come back yet: whoever types on must not be put back to it. */
  const sent = useRef<string[]>([]);
  useEffect(() => {
    const at = sent.current.indexOf(given);
    sent.current.splice(0, at + 1);
    if (at >= 0 || given === told.current) return;
    // Somebody followed a link, or went back.
    told.current = given;
    setFilter(given);
  }, [given]);
  const by = groupings.find((grouping) => grouping === search.get('by')) ?? (small ? 'none' : 'rack');
  const put = useCallback(
    (name: string, value: string) =>
      setSearch(
        (old) => {
          const next = new URLSearchParams(old);
          if (value) next.set(name, value);
          else next.delete(name);
          return next;
        },
        { replace: true },
      ),
    [setSearch],
  );
  useEffect(() => {
    if (filter === told.current) return;
    const timer = setTimeout(() => {
      told.current = filter;
      sent.current.push(filter);
      put('q', filter);
    }, settledMs);
    return () => clearTimeout(timer);
  }, [filter, put]);
  return { filter, setFilter, by, setBy: (grouping: Grouping) => put('by', grouping) };
}

/** What to do about it, until somebody has seen enough of that. */
function NoMachines({ alone }: { alone: boolean }) {
  const [guide, setGuide] = useRemembered('prybar.guide', ['shown', 'hidden'], 'shown');
  if (guide === 'shown')
    return (
      <FirstRun
        beside={
          <Button variant="link" size="sm" onClick={() => setGuide('hidden')}>
            Hide this guide
          </Button>
        }
      />
    );
  if (!alone) return null;
  return (
    <EmptyState titleText="No machine has asked to boot yet" headingLevel="h2" icon={ServerIcon} variant="sm">
      <EmptyStateBody>
        Plug a machine into the network that the admin node serves, set it to boot from the network (PXE) and switch it on. It appears here as soon as it asks
        for an address. If it does not, see that no other DHCP server answers first.
      </EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions>
          <Button variant="link" onClick={() => setGuide('shown')}>
            Show the guide again
          </Button>
        </EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  );
}
