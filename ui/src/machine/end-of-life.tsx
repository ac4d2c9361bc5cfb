// A machine leaves, or another takes its place: what is undone, erased or lost is listed before anybody says yes.

import { Checkbox, List, ListItem, Radio } from '@patternfly/react-core';
import { useState } from 'react';
import type { NodeView } from '../../../core/api/contract.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { Confirm } from '../parts/confirm.tsx';
import { ProblemList } from '../parts/problem-list.tsx';
import { diskText } from '../parts/words.ts';

type DialogProps = { node: NodeView; close: () => void };

export function RetireDialog({ node, close }: DialogProps) {
  const what = useAnswer('GET /nodes/:id/retirement', { params: { id: node.id } });
  const retire = useAct('POST /nodes/:id/retire');
  const [wish, setWish] = useState(true);
  const { undone = [], disks = [], left = [], cannotErase } = what.data ?? {};
  const erase = wish && !cannotErase;
  // The list goes along: a disk that came in the meantime is not erased unseen.
  const body = { erase, ...(erase && { disks: disks.map(({ disk }) => disk) }) };
  return (
    <Confirm
      title={`Retire ${node.name}?`}
      act={erase ? 'Erase and retire' : 'Retire'}
      pending={retire.isPending}
      disabled={!what.data}
      error={retire.error ?? what.error}
      onAct={() => retire.mutate({ params: { id: node.id }, body }, { onSuccess: close })}
      close={close}
    >
      <List>
        <ListItem>
          {undone.length > 0 ? `Undone, in reverse order: ${undone.map((key) => key.split('@')[0]).join(', ')}.` : 'It holds no role that has to be undone.'}
        </ListItem>
        {disks.map(({ disk, size, model, serial }) => (
          <ListItem key={disk}>
            {erase ? 'Erased: ' : 'Left as it is: '}
            <code>{disk}</code> {[diskText(size), model, serial].filter(Boolean).join(', ')}
          </ListItem>
        ))}
        {left.map((disk) => (
          <ListItem key={disk}>
            Left as it is, for it can be taken out: <code>{disk}</code>
          </ListItem>
        ))}
        <ListItem>Then it is switched off and forgotten.{erase && ' A signed certificate of the erasure stays.'}</ListItem>
      </List>
      <Checkbox
        id="retire-erase"
        label="Erase its disks, with a certificate"
        isChecked={erase}
        isDisabled={cannotErase !== undefined}
        onChange={(_, checked) => setWish(checked)}
      />
      {cannotErase && <ProblemList problems={[cannotErase]} />}
    </Confirm>
  );
}

export function StayDialog({ node, close }: DialogProps) {
  const stay = useAct('POST /nodes/:id/stay');
  return (
    <Confirm
      title={`Keep ${node.name}?`}
      act="Keep it"
      harmless
      pending={stay.isPending}
      error={stay.error}
      onAct={() => stay.mutate({ params: { id: node.id } }, { onSuccess: close })}
      close={close}
    >
      <List>
        <ListItem>It takes roles again; those that were undone are applied anew.</ListItem>
        <ListItem>This is possible until the first of its disks is being erased.</ListItem>
      </List>
    </Confirm>
  );
}

export function ReplaceDialog({ node, close }: DialogProps) {
  const spares = useAnswer('GET /nodes/:id/candidates', { params: { id: node.id } });
  const replace = useAct('POST /nodes/:id/replace');
  const [chosen, setChosen] = useState<string>();
  const by = spares.data?.find(({ id }) => id === chosen);
  const act = () => {
    if (by) replace.mutate({ params: { id: node.id }, body: { by: by.id, ...(by.lacks.length > 0 && { despite: true }) } }, { onSuccess: close });
  };
  return (
    <Confirm
      title={`Replace ${node.name} by a spare?`}
      act={by && by.lacks.length > 0 ? 'Replace all the same' : 'Replace'}
      pending={replace.isPending}
      disabled={!by}
      error={replace.error ?? spares.error}
      onAct={act}
      close={close}
    >
      <List>
        <ListItem>The spare becomes {node.name}: it gets the name, addresses, roles and history, and is started anew.</ListItem>
        <ListItem>What runs in the spare's memory now is lost.</ListItem>
        <ListItem>The machine that failed is no longer let in, and should not be started from its disk: its addresses are another's now.</ListItem>
      </List>
      {spares.data?.length === 0 && <p className="pb-subtle">No machine runs the discovery image with nothing installed on it. Switch one on first.</p>}
      <div role="radiogroup" aria-label="Spares">
        {spares.data?.map(({ id, name, serial, pool, lacks }) => (
          <Radio
            key={id}
            id={`spare-${id}`}
            name="spare"
            label={[name, serial, `pool ${pool}`].filter(Boolean).join(' · ')}
            description={lacks.length > 0 ? `Lacks ${lacks.join('; ')}.` : `Has all that ${node.name} had.`}
            isChecked={chosen === id}
            onChange={() => setChosen(id)}
          />
        ))}
      </div>
    </Confirm>
  );
}
