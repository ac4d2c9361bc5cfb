// Why a node-role is not done yet, and the smallest act that would help: the planner's own answer.

import { List, ListItem } from '@patternfly/react-core';
import { Link, useSearchParams } from 'react-router';
import type { Hindrance } from '../../../core/model/plan.ts';
import { keyParts } from '../parts/words.ts';

export function WhyNot({ hindrances }: { hindrances: readonly Hindrance[] }) {
  const [search] = useSearchParams();
  const showing = (key: string) => new URLSearchParams([...[...search].filter(([name]) => name !== 'show'), ['show', key]]).toString();
  if (hindrances.length === 0) return null;
  return (
    <List isPlain>
      {hindrances.map((hindrance) => (
        <ListItem key={`${hindrance.what} ${hindrance.key ?? ''}`}>
          {hindrance.what}
          {hindrance.next && <div className="pb-subtle">Next: {hindrance.next}</div>}
          {hindrance.key && (
            <div>
              <Link to={{ search: showing(hindrance.key) }}>Look at {keyParts(hindrance.key).role}, which it waits for</Link>
            </div>
          )}
        </ListItem>
      ))}
    </List>
  );
}
