// What somebody is about to do to a machine, in one dialog over the page: what asked for it may be drawn anew, or scroll out of sight, while the
// dialog stays. What destroys or interrupts something is confirmed, with the losses named.

import { Button, List, ListItem, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import type { NodeView } from '../../../core/api/contract.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { ApproveDialog, type Newcomer } from './approve-dialog.tsx';
import { CaptureDialog } from './capture.tsx';
import { type Choice, choiceWords } from './choices.ts';
import { Confirm } from '../parts/confirm.tsx';
import { ReplaceDialog, RetireDialog, StayDialog } from './end-of-life.tsx';
import { InstallDialog, RescueDialog } from './installation.tsx';
import { lossesOf, type PowerAction } from './losses.ts';
import { MaintenanceDialog, RenameDialog } from './node-settings.tsx';
import { Refusal } from '../parts/problem-list.tsx';

export type MachineAct = { kind: Choice; node: NodeView } | { kind: 'approve'; machine: Newcomer };

const ActContext = createContext<((act: MachineAct) => void) | undefined>(undefined);

/** Opens the dialog of an act. */
export function useMachineAct(): (act: MachineAct) => void {
  const act = useContext(ActContext);
  if (!act) throw new Error('ActContext has no value: the frame provides it around every page.');
  return act;
}

export function WithMachineActs({ children }: { children: ReactNode }) {
  const [act, setAct] = useState<MachineAct>();
  return (
    <ActContext value={setAct}>
      {children}
      {act && <ActDialog act={act} close={() => setAct(undefined)} />}
    </ActContext>
  );
}

function ActDialog({ act, close }: { act: MachineAct; close: () => void }) {
  if (act.kind === 'approve') return <ApproveDialog machine={act.machine} close={close} />;
  const { kind, node } = act;
  switch (kind) {
    case 'maintenance':
      return <MaintenanceDialog node={node} close={close} />;
    case 'rename':
      return <RenameDialog node={node} close={close} />;
    case 'install':
      return <InstallDialog node={node} close={close} />;
    case 'rescue':
      return <RescueDialog node={node} close={close} />;
    case 'capture':
      return <CaptureDialog node={node} close={close} />;
    case 'replace':
      return <ReplaceDialog node={node} close={close} />;
    case 'retire':
      return <RetireDialog node={node} close={close} />;
    case 'stay':
      return <StayDialog node={node} close={close} />;
    case 'forget':
      return <ForgetDialog node={node} close={close} />;
    case 'off':
    case 'cycle':
      return <SwitchDialog node={node} action={kind} close={close} />;
    case 'on':
    case 'status':
      return <AnswerDialog node={node} action={kind} close={close} />;
  }
}

type DialogProps = { node: NodeView; close: () => void };

function SwitchDialog({ node, action, close }: DialogProps & { action: PowerAction }) {
  const power = useAct('POST /nodes/:id/power');
  const own = useAnswer('GET /plan', { query: { node: node.id } });
  const others = useAnswer('GET /plan', { query: { waitsFor: node.id, limit: 100 } });
  const act = () => power.mutate({ params: { id: node.id }, body: { action } }, { onSuccess: close });
  return (
    <Confirm title={`${choiceWords[action]} ${node.name}?`} act={choiceWords[action]} pending={power.isPending} error={power.error} onAct={act} close={close}>
      <p>What will be lost:</p>
      <List>
        {own.data && others.data ? (
          lossesOf(node, [...own.data.nodeRoles, ...others.data.nodeRoles], action).map((loss) => <ListItem key={loss}>{loss}</ListItem>)
        ) : (
          <ListItem>Reading what it does now…</ListItem>
        )}
      </List>
    </Confirm>
  );
}

function ForgetDialog({ node, close }: DialogProps) {
  const forget = useAct('DELETE /nodes/:id');
  return (
    <Confirm
      title={`Forget ${node.name}?`}
      act="Forget"
      pending={forget.isPending}
      error={forget.error}
      onAct={() => forget.mutate({ params: { id: node.id } }, { onSuccess: close })}
      close={close}
    >
      <List>
        <ListItem>It leaves the list and every role it holds; its inventory is dropped.</ListItem>
        <ListItem>Nothing on the machine itself is touched.</ListItem>
        <ListItem>Should it boot again, it comes back as new and keeps its address.</ListItem>
      </List>
    </Confirm>
  );
}

/** Harmless, so it acts at once and only shows the answer. */
function AnswerDialog({ node, action, close }: DialogProps & { action: 'on' | 'status' }) {
  const { mutate, data, error } = useAct('POST /nodes/:id/power');
  useEffect(() => mutate({ params: { id: node.id }, body: { action } }), [mutate, node.id, action]);
  return (
    <Modal variant="small" isOpen onClose={close} aria-labelledby="answer-title">
      <ModalHeader title={`${choiceWords[action]}: ${node.name}`} labelId="answer-title" />
      <ModalBody>
        {data?.power === 'asked' && 'It was asked for. It shows here when it is done.'}
        {data?.power !== 'asked' && (data ? `Power is ${data.power}.` : !error && 'Waiting for an answer…')}
        <Refusal error={error} />
      </ModalBody>
      <ModalFooter>
        <Button onClick={close}>Close</Button>
      </ModalFooter>
    </Modal>
  );
}
