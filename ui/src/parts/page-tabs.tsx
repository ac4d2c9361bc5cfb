// The parts of a page that is one at a time: each has an address of its own. What has no room on a narrow screen is in a menu behind the last, which is
// called as the part that is open where that is one of them.

import type { ReactNode } from 'react';
import { Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { useNavigate } from 'react-router';

export type PageTab = { id: string; word: string; shown: ReactNode };

/** `at`: the id of the open one; `place`: the address of the page, to which ids are added; `label`: its name for who cannot see it. */
export function PageTabs({ tabs, at, place, label }: { tabs: readonly PageTab[]; at: string; place: string; label: string }) {
  const go = useNavigate();
  return (
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
  );
}
