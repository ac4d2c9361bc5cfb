// What can be done to a machine: switched (through its BMC where it has one), set aside, renamed, installed, rescued, replaced, retired, forgotten. What destroys or interrupts something is confirmed, with the losses named.

import {
  Button,
  Dropdown,
  DropdownItem,
  DropdownList,
  Divider,
  List,
  ListItem,
  MenuToggle,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
} from '@patternfly/react-core';
import EllipsisVIcon from '@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon';
import { useState } from 'react';
import type { NodeView, Response as Answer } from '../../../core/api/contract.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { Confirm } from './confirm.tsx';
import { InstallDialog, inRescue, RescueDialog } from './installation.tsx';
import { intoMain } from './into-main.ts';
import { lossesOf, type PowerAction } from './losses.ts';
import { MaintenanceDialog, RenameDialog } from './node-settings.tsx';
import { ReplaceDialog, RetireDialog, StayDialog } from './end-of-life.tsx';
import { Refusal } from './problem-list.tsx';

type Choice = 'on' | 'status' | PowerAction | 'maintenance' | 'rename' | 'install' | 'rescue' | 'replace' | 'retire' | 'stay' | 'forget';
const titles: Record<Choice, string> = {
  on: 'Switch on',
  status: 'Ask the BMC',
  off: 'Switch off',
  cycle: 'Power-cycle',
  maintenance: 'Put into maintenance',
  rename: 'Name and pool',
  install: 'Install',
  rescue: 'Start for rescue',
  replace: 'Replace by a spare',
  retire: 'Retire',
  stay: 'Keep it after all',
  forget: 'Forget',
};

export function PowerMenu({ node, wide = false }: { node: NodeView; wide?: boolean }) {
  const [open, setOpen] = useState(false);
  const [choice, setChoice] = useState<Choice>();
  const ask = useAct('POST /nodes/:id/power');
  const choose = (name: Choice) => {
    setChoice(name);
    // Harmless, so these act at once and the dialog only shows the answer.
    if (name === 'on' || name === 'status') ask.mutate({ params: { id: node.id }, body: { action: name } });
  };
  const bmc = node.bmc || node.wakesOnLan ? undefined : 'No BMC of it is known: somebody will be asked to do it.';
  const mayLeave = node.approved && node.id !== 'admin';
  const item = (name: Choice, description: string | undefined, disabled: boolean, word = titles[name]) => (
    <DropdownItem
      key={name}
      isDanger={name === 'forget' || name === 'retire'}
      isAriaDisabled={disabled}
      {...(description && { description })}
      onClick={() => !disabled && choose(name)}
    >
      {name === 'on' || name === 'status' ? word : `${word}…`}
    </DropdownItem>
  );
  return (
    <>
      <Dropdown
        isOpen={open}
        onOpenChange={setOpen}
        onSelect={() => setOpen(false)}
        popperProps={{ position: 'right', appendTo: intoMain }}
        toggle={(ref) => (
          <MenuToggle
            ref={ref}
            variant={wide ? 'default' : 'plain'}
            size="sm"
            isExpanded={open}
            onClick={() => setOpen(!open)}
            aria-label={wide ? undefined : `Actions for ${node.name}`}
          >
            {wide ? 'Actions' : <EllipsisVIcon />}
          </MenuToggle>
        )}
      >
        <DropdownList>
          {item('on', bmc, node.id === 'admin')}
          {item('cycle', undefined, node.id === 'admin')}
          {item('off', undefined, node.id === 'admin')}
          {item('status', undefined, !node.bmc)}
          <Divider component="li" />
          {item('maintenance', undefined, !node.approved, node.maintenance ? 'Take out of maintenance' : titles.maintenance)}
          {item('rename', undefined, !node.approved || node.id === 'admin')}
          <Divider component="li" />
          {item('install', undefined, !mayLeave, node.installation ? 'Install anew' : titles.install)}
          {item(
            'rescue',
            node.installation ? undefined : 'Only what is installed is started from something else.',
            !node.installation || (node.system?.kind === 'live' && !inRescue(node)),
            inRescue(node) ? 'End the rescue' : titles.rescue,
          )}
          <Divider component="li" />
          {item('replace', node.contact === 'up' ? 'Only a machine that no longer answers is replaced.' : undefined, !mayLeave || node.contact === 'up')}
          {node.leaving ? item('stay', undefined, false) : item('retire', undefined, !mayLeave)}
          {item('forget', node.id === 'admin' ? 'The admin node cannot forget itself.' : undefined, node.id === 'admin')}
        </DropdownList>
      </Dropdown>
      {choice === 'maintenance' && <MaintenanceDialog node={node} close={() => setChoice(undefined)} />}
      {choice === 'rename' && <RenameDialog node={node} close={() => setChoice(undefined)} />}
      {choice === 'install' && <InstallDialog node={node} close={() => setChoice(undefined)} />}
      {choice === 'rescue' && <RescueDialog node={node} close={() => setChoice(undefined)} />}
      {choice === 'replace' && <ReplaceDialog node={node} close={() => setChoice(undefined)} />}
      {choice === 'retire' && <RetireDialog node={node} close={() => setChoice(undefined)} />}
      {choice === 'stay' && <StayDialog node={node} close={() => setChoice(undefined)} />}
      {choice === 'forget' && <ForgetDialog node={node} close={() => setChoice(undefined)} />}
      {(choice === 'off' || choice === 'cycle') && <SwitchDialog node={node} action={choice} close={() => setChoice(undefined)} />}
      {(choice === 'on' || choice === 'status') && (
        <AnswerDialog title={`${titles[choice]}: ${node.name}`} power={ask.data?.power} error={ask.error} close={() => setChoice(undefined)} />
      )}
    </>
  );
}

type DialogProps = { node: NodeView; close: () => void };

function SwitchDialog({ node, action, close }: DialogProps & { action: PowerAction }) {
  const power = useAct('POST /nodes/:id/power');
  const plan = useAnswer('GET /plan', { query: {} });
  const act = () => power.mutate({ params: { id: node.id }, body: { action } }, { onSuccess: close });
  return (
    <Confirm title={`${titles[action]} ${node.name}?`} act={titles[action]} pending={power.isPending} error={power.error} onAct={act} close={close}>
      <p>What will be lost:</p>
      <List>
        {plan.data ? (
          lossesOf(node, plan.data.nodeRoles, action).map((loss) => <ListItem key={loss}>{loss}</ListItem>)
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

type AnswerProps = { title: string; power: Answer<'POST /nodes/:id/power'>['power'] | undefined; error: unknown; close: () => void };
function AnswerDialog({ title, power, error, close }: AnswerProps) {
  return (
    <Modal variant="small" isOpen onClose={close} aria-labelledby="answer-title">
      <ModalHeader title={title} labelId="answer-title" />
      <ModalBody>
        {power === 'asked' && 'It was asked for. It shows here when it is done.'}
        {power !== 'asked' && (power ? `Power is ${power}.` : !error && 'Waiting for an answer…')}
        <Refusal error={error} />
      </ModalBody>
      <ModalFooter>
        <Button onClick={close}>Close</Button>
      </ModalFooter>
    </Modal>
  );
}
