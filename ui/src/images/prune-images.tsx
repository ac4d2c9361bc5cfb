// Removes the images that nobody needs any more, after naming them: those of which there is a newer one and that no proposal names.

import { Button, List, ListItem, Skeleton } from '@patternfly/react-core';
import { useEffect, useState } from 'react';
import { useAct } from '../api/queries.ts';
import { Confirm } from '../parts/confirm.tsx';
import { counted, diskText } from '../parts/words.ts';

export function PruneImages() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="secondary" size="sm" onClick={() => setOpen(true)}>
        Remove old ones…
      </Button>
      {open && <PruneDialog close={() => setOpen(false)} />}
    </>
  );
}

function PruneDialog({ close }: { close: () => void }) {
  const { mutate: look, data: old, error } = useAct('POST /images/prune', { alone: true });
  const prune = useAct('POST /images/prune');
  useEffect(() => look({ body: { dryRun: true } }), [look]);
  return (
    <Confirm
      title="Remove old images?"
      act={old?.length ? `Remove ${counted(old.length, 'image')}` : 'Remove'}
      pending={prune.isPending}
      disabled={!old?.length}
      error={error ?? prune.error}
      onAct={() => prune.mutate({ body: {} }, { onSuccess: close })}
      close={close}
    >
      <p>Those of which there is a newer one and that no proposal names, and those whose file is gone. Machines that run them keep their systems.</p>
      {!old && !error && <Skeleton height="3rem" screenreaderText="Looking which could go" />}
      {old?.length === 0 && <p>There is none that could go.</p>}
      {old && old.length > 0 && (
        <List aria-label="Images that go">
          {old.map(({ digest, name, version, bytes, provenance: { captured, imported } }) => (
            <ListItem key={digest}>
              {name} {version}, {diskText(bytes)}
              {captured && `, captured from ${captured.nodeName}: it cannot be built anew`}
              {imported && ', imported'}
            </ListItem>
          ))}
        </List>
      )}
    </Confirm>
  );
}
