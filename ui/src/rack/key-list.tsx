// Node-roles by name, from their keys: `ntp-server on n1`.

import { List, ListItem } from '@patternfly/react-core';
import { useMachines } from './use-machines.ts';
import { keyParts } from '../parts/words.ts';

const shown = 12;

export function KeyList({ keys, label }: { keys: readonly string[]; label: string }) {
  const machines = useMachines();
  const nameOf = (id: string) => machines.data?.byId.get(id)?.name ?? id;
  if (keys.length === 0) return null;
  return (
    <List aria-label={label}>
      {keys.slice(0, shown).map((key) => (
        <ListItem key={key}>
          {keyParts(key).role} on {nameOf(keyParts(key).nodeId)}
        </ListItem>
      ))}
      {keys.length > shown && <ListItem>and {keys.length - shown} more</ListItem>}
    </List>
  );
}
