// Ctrl-K: go anywhere, or do something to a machine, without leaving the keyboard. A combobox over a list of options in groups (ARIA Authoring
// Practices, combobox with listbox popup): the focus stays where one types, the arrows move what Enter takes.

import { Modal, ModalBody, Spinner, TextInputGroup, TextInputGroupMain } from '@patternfly/react-core';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { type KeyboardEvent, type RefObject, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { useOwnSession } from '../api/own-session.ts';
import { useAnswer } from '../api/queries.ts';
import { choicesFor } from '../machine/choices.ts';
import { useMachineAct } from '../machine/machine-acts.tsx';
import { pages } from '../parts/pages.ts';
import { Unread } from '../parts/problem-list.tsx';
import { counted, hardwareText } from '../parts/words.ts';
import { useMachines } from '../rack/use-machines.ts';
import { find, machineMeant, offersFor, type View } from './entries.ts';
import './palette.css';

const views: View[] = [
  ...pages,
  { path: '/guide', word: 'First run', also: 'guide help begin start dhcp check approval rules' },
  { path: '/network/switches', word: 'Switch ports', also: 'network cables lldp' },
  { path: '/settings/tokens', word: 'API tokens', also: 'settings programs' },
  { path: '/settings/trust', word: 'HTTPS', also: 'settings certificate trust' },
];
const latest = 40;

type Option = { id: string; word: string; about?: string; disabled?: boolean; danger?: boolean; take: () => void };
type Section = { title: string; options: Option[]; more: number };

/** When what is beside it is there: the window gives the focus a moment later, and people type on at once. */
function FocusNow({ on }: { on: RefObject<HTMLInputElement | null> }) {
  useLayoutEffect(() => on.current?.focus(), [on]);
  return null;
}

export function Palette({ close }: { close: () => void }) {
  const [typed, setTyped] = useState('');
  const [active, setActive] = useState(0);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const { sections, waiting, machines } = useSections(typed, close);
  const options = sections.flatMap((section) => section.options);
  const at = Math.min(active, options.length - 1);
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [at, typed]);
  const take = (option: Option | undefined) => option && !option.disabled && option.take();
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: Math.min(at + 8, options.length - 1), PageUp: Math.max(at - 8, 0) };
    if (event.key === 'Enter') take(options[at]);
    else if (event.key in steps) setActive((steps[event.key]! + options.length) % Math.max(1, options.length));
    else return;
    event.preventDefault();
  };
  const optionId = (index: number) => `${id}-option-${index}`;
  let index = -1;
  return (
    <Modal variant="medium" position="top" isOpen onClose={close} aria-label="Go to or do" elementToFocus="#palette-input" className="pb-palette">
      <ModalBody className="pb-palette__body">
        <TextInputGroup isPlain className="pb-palette__input">
          <TextInputGroupMain
            inputId="palette-input"
            innerRef={input}
            icon={<SearchIcon />}
            value={typed}
            placeholder="A page, machine, serial, address, role, or what to do"
            aria-label="Go to or do"
            role="combobox"
            isExpanded={options.length > 0}
            aria-controls={`${id}-list`}
            {...(at >= 0 && { 'aria-activedescendant': optionId(at) })}
            inputProps={{ 'aria-autocomplete': 'list' }}
            autoComplete="off"
            spellCheck={false}
            onChange={(_, next) => {
              setTyped(next);
              setActive(0);
            }}
            onKeyDown={onKeyDown}
          />
        </TextInputGroup>
        <FocusNow on={input} />
        <Unread of={machines} />
        <div id={`${id}-list`} role="listbox" aria-label="Found" className="pb-palette__list" ref={list}>
          {sections.map(({ title, options: some, more }, number) => (
            <div key={title} role="group" aria-labelledby={`${id}-group-${number}`} className="pb-palette__group">
              <div id={`${id}-group-${number}`} className="pb-palette__title">
                {title}
                {more > 0 && <span className="pb-number"> · {more} more</span>}
              </div>
              {some.map((option) => {
                const own = ++index;
                return (
                  // The keyboard is the input's: the focus never comes here.
                  <div
                    key={option.id}
                    id={optionId(own)}
                    role="option"
                    aria-selected={own === at}
                    aria-disabled={option.disabled ?? false}
                    className={`pb-palette__option${option.danger ? ' pb-palette__option--danger' : ''}`}
                    onPointerMove={() => own !== at && setActive(own)}
                    onClick={() => take(option)}
                  >
                    <span className="pb-palette__word">{option.word}</span>
                    {option.about && <span className="pb-palette__about">{option.about}</span>}
                  </div>
                );
              })}
            </div>
          ))}
        </div>
        {waiting && <Spinner size="md" className="pb-palette__waiting" aria-label="Reading what there is" />}
        {!waiting && options.length === 0 && (
          <p className="pb-palette__none">Nothing is called so. Machines are also found by serial, address, MAC and rack.</p>
        )}
        <p className="pf-v6-u-screen-reader" role="status">
          {options.length ? `${counted(options.length, 'entry', 'entries')}` : 'Nothing found'}
        </p>
        <p className="pb-palette__keys" aria-hidden="true">
          <kbd>↑</kbd> <kbd>↓</kbd> choose <kbd>Enter</kbd> take <kbd>Esc</kbd> close
        </p>
      </ModalBody>
    </Modal>
  );
}

function useSections(typed: string, close: () => void) {
  const machines = useMachines();
  const deployments = useAnswer('GET /deployments', {});
  const proposals = useAnswer('GET /proposals', {});
  const barclamps = useAnswer('GET /barclamps', {});
  const runs = useAnswer('GET /runs', { query: { limit: latest } });
  const all = machines.data?.list;
  const found = useMemo(
    () =>
      find(typed, {
        views,
        machines: all ?? [],
        deployments: deployments.data ?? [],
        proposals: proposals.data ?? [],
        barclamps: barclamps.data ?? [],
        runs: runs.data ?? [],
      }),
    [typed, all, deployments.data, proposals.data, barclamps.data, runs.data],
  );
  const go = useNavigate();
  const sections = found.map(({ kind, title, entries, more }) => ({
    kind,
    title,
    more,
    options: entries.map(({ to, ...shown }) => ({
      ...shown,
      take: () => {
        close();
        void go(to);
      },
    })),
  }));
  const acts = useActs(typed, all ?? [], close);
  // Behind the machine that they are about; first where it is the page that is open.
  const behind = sections.findIndex(({ kind }) => kind === 'machine') + 1;
  if (acts) sections.splice(behind, 0, { kind: 'machine', ...acts });
  return { sections: sections as Section[], waiting: machines.isPending, machines };
}

/** What can be done to the machine that is meant. */
function useActs(typed: string, machines: Parameters<typeof machineMeant>[1], close: () => void): Section | undefined {
  const { pathname } = useLocation();
  const open = /^\/nodes\/([^/]+)$/.exec(pathname)?.[1];
  const meant = useMemo(() => machineMeant(typed, machines, open && decodeURIComponent(open)), [typed, machines, open]);
  const node = useAnswer('GET /nodes/:id', { params: { id: meant?.id ?? '' } }, { enabled: meant !== undefined }).data;
  const act = useMachineAct();
  const { may } = useOwnSession();
  if (!meant || !node) return undefined;
  const begin = (chosen: Parameters<typeof act>[0]) => () => {
    close();
    act(chosen);
  };
  const approve = { kind: 'approve', word: 'Approve…', take: begin({ kind: 'approve', machine: { ...meant, hardware: hardwareText(node.inventory) } }) };
  const choices = choicesFor(node, may)
    .flat()
    .map((offer) => ({ ...offer, take: begin({ kind: offer.kind, node }) }));
  const options = offersFor(typed, [...(node.approved || !may('POST /nodes/:id/approve') ? [] : [approve]), ...choices]).map(({ kind, ...shown }) => ({
    ...shown,
    id: `act ${kind}`,
  }));
  return options.length ? { title: `Do to ${node.name}`, options, more: 0 } : undefined;
}
