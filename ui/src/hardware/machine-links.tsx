// The machines that have a version: links to a few of them at once, to all when they are asked for.

import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { Link } from 'react-router';
import { useAnswer } from '../api/queries.ts';
import { Unread } from '../parts/problem-list.tsx';
import { counted } from '../parts/words.ts';

/** More than anybody reads in a cell. */
const MOST = 300;

type MachineLinksProps = { shape: string; component: string; version: string; verdict: string; count: number; machines: readonly string[] };

export function MachineLinks({ shape, component, version, verdict, count, machines }: MachineLinksProps) {
  const [isOpen, setOpen] = useState(false);
  const isLong = machines.length < count;
  const all = useAnswer('GET /firmware', { query: { shape, component, version } }, { enabled: isLong && isOpen });
  const found = all.data?.rows[0]?.versions.find((one) => one.version === version && one.verdict === verdict)?.machines;
  const names = isLong ? (isOpen ? (found ?? []) : []) : machines;
  return (
    <span className="pb-actions">
      {isLong && (
        <Button variant="link" isInline aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {counted(count, 'machine')}
          <span className="pf-v6-u-screen-reader">
            {' '}
            with {component} {version}
          </span>
        </Button>
      )}
      {isOpen && <Unread of={all} />}
      {names.slice(0, MOST).map((name) => (
        <Link key={name} to={`/nodes/${name}`}>
          {name}
        </Link>
      ))}
      {names.length > MOST && (
        <span className="pb-subtle">
          and {names.length - MOST} more: prybar firmware list --component “{component}”
        </span>
      )}
    </span>
  );
}
