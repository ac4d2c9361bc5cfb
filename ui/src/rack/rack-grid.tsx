// Draws the machines that are in sight, whatever their number: rows of a known height, in groups or as a table, in the one scroll of the page.

import { Button } from '@patternfly/react-core';
import AngleDownIcon from '@patternfly/react-icons/dist/esm/icons/angle-down-icon';
import AngleRightIcon from '@patternfly/react-icons/dist/esm/icons/angle-right-icon';
import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { Sighting } from '../../../core/api/contract.ts';
import { nodeConditions } from '../parts/conditions.ts';
import { nodeMeanings, nodeRoleMeanings, StateIcon } from '../parts/states.tsx';
import { counted } from '../parts/words.ts';
import { type Group, type Row, rowsOf } from './grouping.ts';
import { MachineTable } from './machine-table.tsx';
import { MachineTile, SmallTile, type TileProps } from './machine-tile.tsx';
import type { Machine } from './machines.ts';
import type { Selection } from './use-selection.ts';
import { useStops } from './use-stops.ts';
import './rack-grid.css';

export type Look = 'small' | 'tiles' | 'table';

/** Heights of rows with the room between them, and the least width of a tile: as in the style sheets. In CSS pixels. */
const heights = { head: 44, small: 40, tiles: 144, table: 45 };
const widths = { small: 150, tiles: 304 };
const gap = 8;

type RackGridProps = { groups: readonly Group[]; headed: boolean; look: Look; selection: Selection; bootOf: (machine: Machine) => Sighting | undefined };

export function RackGrid({ groups, headed, look, selection, bootOf }: RackGridProps) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const frame = useRef<HTMLDivElement>(null);
  const { width, margin, scroller } = useFrame(frame);
  const table = look === 'table' && width >= 700;
  const tile = look === 'table' ? 'small' : look;
  const perRow = Math.max(1, Math.floor((width + gap) / (widths[tile] + gap)));
  const all = useMemo(() => groups.flatMap((group) => group.machines), [groups]);
  const rows = useMemo(() => (table ? [] : rowsOf(groups, perRow, closed, headed)), [table, groups, perRow, closed, headed]);
  const stopRows = useMemo(() => (table ? all.map(({ id }) => [id]) : rows.map(stopsOf)), [table, all, rows]);
  const { stop, onKeyDown, onFocus } = useStops({ frame, rows: stopRows, rowHeight: table ? heights.table : heights[tile] });
  const stopRow = useMemo(() => stopRows.findIndex((stops) => stop !== undefined && stops.includes(stop)), [stopRows, stop]);
  // What the keyboard stands on stays when it is scrolled out of sight, as on a page that is drawn as a whole.
  const rangeExtractor = useCallback(
    (range: Range) => {
      const drawn = defaultRangeExtractor(range);
      return stopRow < 0 || stopRow >= range.count || drawn.includes(stopRow) ? drawn : [...drawn, stopRow].sort((a, b) => a - b);
    },
    [stopRow],
  );
  const virtual = useVirtualizer({
    count: table ? all.length : rows.length,
    getScrollElement: () => scroller,
    estimateSize: (index) => (table ? heights.table : rows[index]?.kind === 'head' ? heights.head : heights[tile]),
    getItemKey: (index) => (table ? all[index]!.id : rowKey(rows[index]!)),
    overscan: table ? 10 : 4,
    scrollMargin: margin,
    rangeExtractor,
  });
  useLayoutEffect(() => virtual.measure(), [virtual, rows, table, tile, margin]);
  const { toggle, choosing } = selection;
  const order = useRef<string[]>([]);
  order.current = useMemo(() => all.map(({ id }) => id), [all]);
  const onPick = useCallback<TileProps['onPick']>(
    (id, { shiftKey, ctrlKey, metaKey }) => {
      if (!choosing && !shiftKey && !ctrlKey && !metaKey) return false;
      toggle(id, shiftKey ? order.current : undefined);
      return true;
    },
    [choosing, toggle],
  );
  const inSight = virtual.getVirtualItems();
  if (table)
    return (
      <div ref={frame} onKeyDown={onKeyDown} onFocus={onFocus}>
        <MachineTable machines={all} drawn={inSight.map(({ index }) => index)} rowHeight={heights.table} stop={stop} chosen={selection.ids} onPick={onPick} />
      </div>
    );
  const fold = (name: string) =>
    setClosed((old) => {
      const next = new Set(old);
      if (!next.delete(name)) next.add(name);
      return next;
    });
  return (
    <div
      ref={frame}
      className="pb-rack"
      role="group"
      aria-labelledby="machines-title"
      aria-describedby="rack-keys"
      style={{ height: virtual.getTotalSize() }}
      onKeyDown={onKeyDown}
      onFocus={onFocus}
    >
      {inSight.map((item) => {
        const row = rows[item.index];
        if (!row) return null;
        return (
          <div key={item.key} className="pb-rack__row" style={{ transform: `translateY(${item.start - margin}px)`, height: item.size }}>
            {row.kind === 'head' ? (
              <GroupHead group={row.group} open={row.open} fold={fold} selection={selection} stop={stop === headStop(row.group)} />
            ) : (
              <ul className="pb-rack__tiles" aria-label={`Machines of ${row.group.name}`} style={{ gridTemplateColumns: `repeat(${perRow}, minmax(0, 1fr))` }}>
                {row.machines.map((machine) => {
                  const Tile = tile === 'small' ? SmallTile : MachineTile;
                  const booting = tile === 'tiles' ? bootOf(machine) : undefined;
                  return (
                    <Tile
                      key={machine.id}
                      machine={machine}
                      booting={booting}
                      choosing={choosing}
                      chosen={selection.ids.has(machine.id)}
                      stop={machine.id === stop}
                      onPick={onPick}
                    />
                  );
                })}
              </ul>
            )}
          </div>
        );
      })}
    </div>
  );
}

const headStop = ({ name }: Group): string => `head ${name}`;
const stopsOf = (row: Row): string[] => (row.kind === 'head' ? [headStop(row.group)] : row.machines.map(({ id }) => id));
const rowKey = (row: Row): string => (row.kind === 'head' ? `head ${row.group.name}` : `row ${row.group.name} ${row.machines[0]!.id}`);

/** How wide it is, how far below the top of what scrolls, and what that is. */
function useFrame(frame: React.RefObject<HTMLElement | null>) {
  const [at, setAt] = useState<{ width: number; margin: number; scroller: HTMLElement | null }>({ width: 0, margin: 0, scroller: null });
  useLayoutEffect(() => {
    const element = frame.current!;
    const scroller = scrollerOf(element);
    const look = () => {
      const width = element.clientWidth;
      const margin = Math.round(element.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop);
      setAt((old) => (old.width === width && old.margin === margin && old.scroller === scroller ? old : { width, margin, scroller }));
    };
    const observer = new ResizeObserver(look);
    observer.observe(element);
    // What stands above it pushes it down.
    for (let above = element.parentElement; above && above !== scroller; above = above.parentElement) observer.observe(above);
    look();
    return () => observer.disconnect();
  }, [frame]);
  return at;
}

function scrollerOf(element: HTMLElement): HTMLElement {
  for (let above = element.parentElement; above; above = above.parentElement) if (/auto|scroll/.test(getComputedStyle(above).overflowY)) return above;
  return document.documentElement;
}

type GroupHeadProps = { group: Group; open: boolean; fold: (name: string) => void; selection: Selection; stop: boolean };

function GroupHead({ group, open, fold, selection, stop }: GroupHeadProps) {
  const { name, machines } = group;
  const tabIndex = stop ? 0 : -1;
  const ids = machines.map(({ id }) => id);
  const chosen = ids.filter((id) => selection.ids.has(id)).length;
  const conditions = nodeConditions
    .filter((condition) => condition !== 'up')
    .map((condition) => [condition, machines.filter((m) => m.condition === condition).length] as const);
  const alerts = machines.filter((machine) => machine.alerts > 0).length;
  return (
    <div className="pb-group">
      <Button
        variant="plain"
        size="sm"
        icon={open ? <AngleDownIcon /> : <AngleRightIcon />}
        aria-expanded={open}
        aria-label={name}
        data-stop={headStop(group)}
        tabIndex={tabIndex}
        onClick={() => fold(name)}
      />
      <h2 className="pb-group__name" title={name}>
        {name}
      </h2>
      <span className="pb-subtle pb-number">{counted(machines.length, 'machine')}</span>
      {alerts > 0 && (
        <span className="pb-group__count" title="Machines with node-roles that need a person">
          <StateIcon meaning={nodeRoleMeanings.failed} /> {alerts}
          <span className="pf-v6-u-screen-reader"> need a person</span>
        </span>
      )}
      {conditions.map(
        ([condition, count]) =>
          count > 0 && (
            <span key={condition} className="pb-group__count" title={nodeMeanings[condition].means}>
              <StateIcon meaning={nodeMeanings[condition]} /> {count}
              <span className="pf-v6-u-screen-reader"> {nodeMeanings[condition].word}</span>
            </span>
          ),
      )}
      {selection.choosing && (
        <Button
          variant="link"
          isInline
          className="pb-group__choose"
          data-stop={headStop(group)}
          data-part="all"
          tabIndex={tabIndex}
          onClick={() => selection.set(ids, chosen < ids.length)}
        >
          {chosen < ids.length ? 'Choose all' : 'Choose none'}
          <span className="pf-v6-u-screen-reader"> of {name}</span>
        </Button>
      )}
    </div>
  );
}
