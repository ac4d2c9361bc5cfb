// Links to machines by name: few at once, the others when they are asked for.

import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { Link } from 'react-router';
import { counted } from '../parts/words.ts';

const AT_ONCE = 3;
/** More than anybody reads in a cell. */
const MOST = 300;

/** `what`: the version that they have, for those who hear the button and not see its row. */
export function MachineLinks({ names, what }: { names: readonly string[]; what: string }) {
  const [isOpen, setOpen] = useState(false);
  const shown = names.length <= AT_ONCE || isOpen ? names.slice(0, MOST) : [];
  return (
    <span className="pb-actions">
      {names.length > AT_ONCE && (
        <Button variant="link" isInline aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {counted(names.length, 'machine')}
          <span className="pf-v6-u-screen-reader"> with {what}</span>
        </Button>
      )}
      {shown.map((name) => (
        <Link key={name} to={`/nodes/${name}`}>
          {name}
        </Link>
      ))}
      {isOpen && names.length > MOST && <span className="pb-subtle">and {names.length - MOST} more: prybar firmware list --json</span>}
    </span>
  );
}
