// Where the filter is typed: completes names and values, says where it cannot be read, and keeps filters under names in this browser.

import {
  Button,
  DropdownGroup,
  DropdownItem,
  DropdownList,
  HelperText,
  HelperTextItem,
  MenuToggle,
  Select,
  SelectList,
  SelectOption,
  TextInputGroup,
  TextInputGroupMain,
  TextInputGroupUtilities,
} from '@patternfly/react-core';
import BookmarkIcon from '@patternfly/react-icons/dist/esm/icons/bookmark-icon';
import FilterIcon from '@patternfly/react-icons/dist/esm/icons/filter-icon';
import TimesIcon from '@patternfly/react-icons/dist/esm/icons/times-icon';
import { type KeyboardEvent, useRef, useState } from 'react';
import type { Problem } from '../../../core/model/problem.ts';
import { FormDialog } from '../parts/form-dialog.tsx';
import { LineField } from '../parts/fields.tsx';
import { intoMain } from '../parts/into-main.ts';
import { Menu } from '../parts/menu.tsx';
import { read, write } from '../parts/remembered.ts';
import { type Completion, completionsAt } from './filter.ts';
import type { Machine } from './machines.ts';

type FilterInputProps = { text: string; setText: (text: string) => void; machines: readonly Machine[]; problem: Problem | undefined };

export function FilterInput({ text, setText, machines, problem }: FilterInputProps) {
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const [cursor, setCursor] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const completions = open ? completionsAt(text, Math.min(cursor, text.length), machines) : [];
  const shown = open && completions.length > 0;
  const look = () => {
    setCursor(input.current?.selectionStart ?? 0);
    setActive(-1);
    setOpen(true);
  };
  const take = ({ from, insert }: Completion) => {
    const next = `${text.slice(0, from)}${insert}`;
    setText(next + text.slice(cursor));
    // After a name its values are asked for, after a value one may go on.
    setCursor(next.length);
    setActive(-1);
    setOpen(/[:=]$/.test(insert));
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(next.length, next.length);
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') setOpen(false);
    if (event.key === 'Enter' && shown && active >= 0) {
      event.preventDefault();
      take(completions[active]!);
    } else if (event.key === 'Enter') setOpen(false);
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    if (!shown) return look();
    setActive((active + (event.key === 'ArrowDown' ? 1 : completions.length) + (active < 0 && event.key === 'ArrowUp' ? 1 : 0)) % completions.length);
  };
  return (
    <div className="pb-filter">
      <Select
        isOpen={shown}
        onOpenChange={setOpen}
        onSelect={(_, value) => take(completions[Number(value)]!)}
        shouldFocusFirstItemOnOpen={false}
        variant="typeahead"
        popperProps={{ appendTo: intoMain, maxWidth: 'trigger' }}
        toggle={(ref) => (
          <MenuToggle
            ref={ref}
            variant="typeahead"
            isExpanded={shown}
            isFullWidth
            onClick={() => input.current?.focus()}
            aria-label="What a filter can ask"
            {...(problem && { status: 'danger' as const })}
          >
            <TextInputGroup isPlain {...(problem && { validated: 'error' as const })}>
              <TextInputGroupMain
                innerRef={input}
                icon={<FilterIcon />}
                value={text}
                placeholder="state:failed pool:compute memory>=64GiB"
                aria-label="Filter machines"
                role="combobox"
                isExpanded={shown}
                aria-controls="filter-completions"
                {...(shown && active >= 0 && { 'aria-activedescendant': `filter-completion-${active}` })}
                autoComplete="off"
                spellCheck={false}
                onChange={(_, next) => {
                  setText(next);
                  look();
                }}
                onClick={look}
                onKeyDown={onKeyDown}
              />
              <TextInputGroupUtilities>
                {text !== '' && <Button variant="plain" icon={<TimesIcon />} aria-label="Clear the filter" onClick={() => setText('')} />}
              </TextInputGroupUtilities>
            </TextInputGroup>
          </MenuToggle>
        )}
      >
        <SelectList id="filter-completions" aria-label="What may stand here">
          {completions.map(({ insert, about }, index) => (
            <SelectOption key={insert} id={`filter-completion-${index}`} value={index} isFocused={index === active} {...(about && { description: about })}>
              {insert}
            </SelectOption>
          ))}
        </SelectList>
      </Select>
      <SavedFilters text={text} setText={setText} savable={!problem} />
      {problem && (
        <HelperText className="pb-filter__problem" isLiveRegion>
          <HelperTextItem variant="error">{problem.summary}</HelperTextItem>
        </HelperText>
      )}
    </div>
  );
}

type Saved = Record<string, string>;
const place = 'prybar.filters';
const always: Saved = {
  'Waiting for approval': 'state:new',
  'Needs a person': 'alerts>0 or state:silent,new',
  'Silent or off': 'state:silent,off',
  'Not done yet': 'state:running,runnable,waiting,blocked',
};

function savedFilters(): Saved {
  try {
    const kept: unknown = JSON.parse(read(place) ?? '{}');
    return typeof kept === 'object' && kept !== null ? Object.fromEntries(Object.entries(kept).filter(([, text]) => typeof text === 'string')) : {};
  } catch {
    return {};
  }
}

function SavedFilters({ text, setText, savable }: { text: string; setText: (text: string) => void; savable: boolean }) {
  const [asking, setAsking] = useState(false);
  const [saved, setSaved] = useState(savedFilters);
  const keep = (next: Saved) => {
    setSaved(next);
    write(place, JSON.stringify(next));
  };
  const items = (filters: Saved) =>
    Object.entries(filters).map(([name, filter]) => (
      <DropdownItem key={name} description={filter} isSelected={filter === text} onClick={() => setText(filter)}>
        {name}
      </DropdownItem>
    ));
  const current = Object.keys(saved).find((name) => saved[name] === text);
  return (
    <>
      <Menu lists toTheLeft button={{ icon: <BookmarkIcon />, variant: 'plain', 'aria-label': 'Saved filters' }}>
        <DropdownGroup label="Always there">
          <DropdownList>{items(always)}</DropdownList>
        </DropdownGroup>
        {Object.keys(saved).length > 0 && (
          <DropdownGroup label="Yours, in this browser">
            <DropdownList>{items(saved)}</DropdownList>
          </DropdownGroup>
        )}
        <DropdownGroup>
          <DropdownList>
            <DropdownItem isDisabled={!savable || !text.trim() || current !== undefined} onClick={() => setAsking(true)}>
              Save this filter…
            </DropdownItem>
            {current !== undefined && (
              <DropdownItem onClick={() => keep(Object.fromEntries(Object.entries(saved).filter(([name]) => name !== current)))}>Drop “{current}”</DropdownItem>
            )}
          </DropdownList>
        </DropdownGroup>
      </Menu>
      {asking && (
        <SaveDialog
          filter={text}
          close={() => setAsking(false)}
          save={(name) => {
            keep({ ...saved, [name]: text });
            setAsking(false);
          }}
        />
      )}
    </>
  );
}

function SaveDialog({ filter, save, close }: { filter: string; save: (name: string) => void; close: () => void }) {
  const [name, setName] = useState('');
  return (
    <FormDialog
      title="Save this filter"
      description={filter}
      act="Save"
      complete={name.trim() !== ''}
      pending={false}
      error={undefined}
      onAct={() => save(name.trim())}
      close={close}
    >
      <LineField
        id="filter-name"
        label="Name"
        value={name}
        change={setName}
        help="Kept in this browser. To share a filter, send the address of this page."
        required
      />
    </FormDialog>
  );
}
