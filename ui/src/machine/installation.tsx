// A machine gets a system, gets another one, or is looked at from outside of the one that it has: what is lost is listed before anybody says yes.

import { List, ListItem, Radio } from '@patternfly/react-core';
import { useState } from 'react';
import type { NodeView } from '../../../core/api/contract.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { Confirm } from '../parts/confirm.tsx';
import { ProblemList } from '../parts/problem-list.tsx';
import { inRescue } from './choices.ts';
import { Time } from '../parts/time.tsx';

type DialogProps = { node: NodeView; close: () => void };

export function InstallDialog({ node, close }: DialogProps) {
  const what = useAnswer('GET /nodes/:id/installation', { params: { id: node.id } });
  const install = useAct('POST /nodes/:id/install');
  const [chosen, setChosen] = useState<string>();
  const { installed, places = [], lost = [], disks = [], cannot } = what.data ?? {};
  const deployment = chosen ?? (places.length === 1 ? places[0]!.deployment : undefined);
  const body = { ...(deployment && { deployment }), ...(installed && { again: true }) };
  return (
    <Confirm
      title={installed ? `Install ${node.name} anew?` : `Install ${node.name}?`}
      act={installed ? 'Install anew' : 'Install'}
      harmless={!installed}
      pending={install.isPending}
      disabled={!deployment || cannot !== undefined}
      error={install.error ?? what.error}
      onAct={() => install.mutate({ params: { id: node.id }, body }, { onSuccess: close })}
      close={close}
    >
      {cannot && <ProblemList problems={[cannot]} />}
      <List>
        {installed && (
          <ListItem>
            Lost: the system {installed.platform}, installed <Time at={installed.at} />, with all that is on its disk.
          </ListItem>
        )}
        {disks.length > 0 && (
          <ListItem>
            One of its disks is written over: {disks.join(', ')}. {!installed && 'A disk that holds anything is refused, unless the settings say otherwise.'}
          </ListItem>
        )}
        {lost.length > 0 && <ListItem>Applied anew, what they keep on the machine is lost: {lost.map((key) => key.split('@')[0]).join(', ')}.</ListItem>}
      </List>
      {what.data && places.length === 0 && !cannot && <p className="pb-subtle">No deployment takes machines of its pool, {node.pool}. Begin one first.</p>}
      <div role="radiogroup" aria-label="Deployments">
        {places.map((place) => (
          <Radio
            key={place.deployment}
            id={`install-${place.deployment}`}
            name="install"
            label={`By ${place.role} in ${place.deployment}`}
            {...(!place.holds && { description: 'It is given the role there.' })}
            isChecked={deployment === place.deployment}
            onChange={() => setChosen(place.deployment)}
          />
        ))}
      </div>
    </Confirm>
  );
}

export function RescueDialog({ node, close }: DialogProps) {
  const begin = useAct('POST /nodes/:id/rescue');
  const end = useAct('DELETE /nodes/:id/rescue');
  const ending = inRescue(node);
  const act = ending ? end : begin;
  return (
    <Confirm
      title={ending ? `Start ${node.name} from its own disk?` : `Start ${node.name} into the discovery image?`}
      act={ending ? 'Start from its disk' : 'Start for rescue'}
      pending={act.isPending}
      error={act.error}
      onAct={() => act.mutate({ params: { id: node.id } }, { onSuccess: close })}
      close={close}
    >
      <List>
        {ending ? (
          <>
            <ListItem>What is in its memory now is lost, with whatever somebody is doing on it.</ListItem>
            <ListItem>It is taken out of maintenance, and its roles go on.</ListItem>
          </>
        ) : (
          <>
            <ListItem>It is shut down: what it serves stops until you end this.</ListItem>
            <ListItem>Its disks are left alone; they can be mounted and mended at its console.</ListItem>
            <ListItem>It is in maintenance until then: nothing is applied to it.</ListItem>
          </>
        )}
      </List>
    </Confirm>
  );
}
