// The parts of a page that is one at a time: each has an address of its own. What has no room on a narrow screen is in a menu behind the last, which is
// called as the part that is open where that is one of them.

import { type KeyboardEvent, type ReactNode, useRef } from 'react';
import { EmptyState, EmptyStateBody, Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { useNavigate } from 'react-router';

export type PageTab = { id: string; word: string; shown: ReactNode };

const steps: Record<string, (at: number, last: number) => number> = {
  ArrowRight: (at, last) => (at === last ? 0 : at + 1),
  ArrowLeft: (at, last) => (at === 0 ? last : at - 1),
  Home: () => 0,
  End: (_, last) => last,
};

/** `at`: the id of the open one; `place`: the address of the page, to which ids are added; `label`: its name for who cannot see it. */
export function PageTabs({ tabs, at, place, label }: { tabs: readonly PageTab[]; at: string; place: string; label: string }) {
  const go = useNavigate();
  const frame = useRef<HTMLDivElement>(null);
  const open = tabs.some(({ id }) => id === at);
  // The kit makes each a stop of Tab; arrows, as of tabs everywhere (ARIA Authoring Practices, "Tabs with Manual Activation"), it leaves to the page.
  const onKeyDown = (event: KeyboardEvent) => {
    const step = steps[event.key];
    const all = [...(frame.current?.querySelectorAll<HTMLElement>('[role=tab]') ?? [])];
    const from = all.findIndex((tab) => tab === document.activeElement);
    if (!step || from < 0) return;
    event.preventDefault();
    all[step(from, all.length - 1)]!.focus();
  };
  return (
    <div ref={frame} onKeyDown={onKeyDown}>
      <Tabs
        activeKey={at}
        onSelect={(_, id) => void go(`${place}/${id}`)}
        aria-label={label}
        mountOnEnter
        unmountOnExit
        isOverflowHorizontal={{ showTabCount: true }}
      >
        {tabs.map(({ id, word, shown }) => (
          <Tab key={id} eventKey={id} title={<TabTitleText>{word}</TabTitleText>}>
            <div className="pb-page pb-below-tabs">{shown}</div>
          </Tab>
        ))}
      </Tabs>
      {!open && (
        <EmptyState titleText={`${label} has no part “${at}” for you`} headingLevel="h2" variant="sm">
          <EmptyStateBody>The link is wrong, or you may not see that part. Choose one of those above.</EmptyStateBody>
        </EmptyState>
      )}
    </div>
  );
}
