// An image is made of the system on a machine: what that interrupts and what is left out is said first; and calling it off.

import { List, ListItem } from '@patternfly/react-core';
import { useState } from 'react';
import { Link } from 'react-router';
import type { NodeView } from '../../../core/api/contract.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { isName, NameField } from '../parts/fields.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { Removal } from '../parts/removal.tsx';

type DialogProps = { node: NodeView; close: () => void };

export const CaptureDialog = ({ node, close }: DialogProps) =>
  node.capture ? <CallOff node={node} close={close} capture={node.capture} /> : <Begin node={node} close={close} />;

function Begin({ node, close }: DialogProps) {
  const [name, setName] = useState('');
  const capture = useAct('POST /nodes/:id/capture');
  return (
    <FormDialog
      title={`Make an image of ${node.name}`}
      act="Start it anew and make the image"
      complete={isName(name)}
      pending={capture.isPending}
      error={capture.error}
      onAct={() => capture.mutate({ params: { id: node.id }, body: { name } }, { onSuccess: close })}
      close={close}
    >
      <List>
        <ListItem>It is started into the discovery image, its disk is read, and it starts from its disk again: what it serves stops for some minutes.</ListItem>
        <ListItem>Nothing is written to its disk.</ListItem>
        <ListItem>
          Left out: what makes it this machine (identity, network, SSH host keys), private keys, files that hold a secret of its roles, logs, histories and
          caches, and what the settings of capture name.
        </ListItem>
        <ListItem>
          Stays in: what services and people keep, as databases, accounts and their authorized keys. Passwords that are kept in another form, as in a database,
          are not recognised.
        </ListItem>
      </List>
      <NameField id="capture-name" label="Name of the image" value={name} change={setName} help="Of several with a name machines are given the newest." />
    </FormDialog>
  );
}

function CallOff({ node, close, capture }: DialogProps & { capture: NonNullable<NodeView['capture']> }) {
  const runs = useAnswer('GET /runs', { query: { node: node.id, outcome: 'running', limit: 1 } });
  const [run] = runs.data ?? [];
  return (
    <Removal route="DELETE /nodes/:id/capture" ask={{ params: { id: node.id } }} title={`Make no image of ${node.name}?`} act="Call it off" close={close}>
      <List>
        <ListItem>
          {capture.by} asked for {capture.name}; nothing of it is kept.
        </ListItem>
        <ListItem>{node.name} is started from its disk again where it was started into the discovery image.</ListItem>
        {run && (
          <ListItem>
            {run.role} runs on it now. Where that makes the image, cancel <Link to={`/runs/${run.id}`}>run {run.id}</Link> first.
          </ListItem>
        )}
      </List>
    </Removal>
  );
}
