// How a machine's board controller is reached: an account that exists there is entered, or what is remembered of the way to it is forgotten.

import { FormGroup, FormSelect, FormSelectOption, List, ListItem } from '@patternfly/react-core';
import { useState } from 'react';
import type { NodeView } from '../../../core/api/contract.ts';
import type { BmcProtocol } from '../../../core/model/bmc.ts';
import { useAct } from '../api/queries.ts';
import { LineField } from '../parts/fields.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { Removal } from '../parts/removal.tsx';

const isAddress = (text: string): boolean => /^(\d{1,3}\.){3}\d{1,3}$/.test(text) && text.split('.').every((part) => Number(part) <= 255);
const isPort = (text: string): boolean => /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535;

/** `done`: it is entered, and nobody knows yet whether it is right. */
export function AccountDialog({ node, close, done }: { node: NodeView; close: () => void; done: () => void }) {
  const [user, setUser] = useState(node.bmc?.user ?? '');
  const [password, setPassword] = useState('');
  const [address, setAddress] = useState(node.bmc?.address ?? '');
  const [protocol, setProtocol] = useState<BmcProtocol | ''>('');
  const [port, setPort] = useState('');
  const enter = useAct('PUT /nodes/:id/bmc');
  const reported = node.inventory?.bmc?.address;
  const addressGood = address === '' ? reported !== undefined : isAddress(address);
  const portGood = port === '' || isPort(port);
  const act = () => {
    const where = { ...(address && { address }), ...(protocol && { protocol, ...(port && { port: Number(port) }) }) };
    enter.mutate({ params: { id: node.id }, body: { user, password, ...where } }, { onSuccess: done });
  };
  return (
    <FormDialog
      title={`Account on the board controller of ${node.name}`}
      description="One that exists there. It replaces the one that was entered before; one that a role has made goes before it."
      act="Enter and try it"
      complete={user !== '' && password !== '' && addressGood && portGood}
      pending={enter.isPending}
      error={enter.error}
      onAct={act}
      close={close}
    >
      <LineField id="bmc-user" label="User" value={user} change={setUser} help="As at the controller's own page." required />
      <LineField id="bmc-password" label="Password" type="password" value={password} change={setPassword} help="Nobody can read it here again." required />
      <LineField
        id="bmc-address"
        label="Address"
        value={address}
        change={(text) => setAddress(text.trim())}
        valid={address === '' || addressGood}
        help={reported ? `Nothing: where the machine says that it is, ${reported}.` : 'As 10.0.0.20: the machine has not reported where it is.'}
        required={reported === undefined}
      />
      <FormGroup label="Protocol" fieldId="bmc-protocol">
        <FormSelect id="bmc-protocol" value={protocol} onChange={(_, chosen) => setProtocol(chosen as BmcProtocol | '')}>
          <FormSelectOption value="" label="whichever answers" />
          <FormSelectOption value="redfish" label="Redfish" />
          <FormSelectOption value="ipmi" label="IPMI" />
        </FormSelect>
      </FormGroup>
      {protocol && (
        <LineField id="bmc-port" label="Port" value={port} change={(text) => setPort(text.trim())} valid={portGood} help="Nothing: the usual one." />
      )}
    </FormDialog>
  );
}

export const ForgetWay = ({ node, close }: { node: NodeView; close: () => void }) => (
  <Removal
    route="DELETE /nodes/:id/bmc"
    ask={{ params: { id: node.id } }}
    title={`Look for the board controller of ${node.name} anew?`}
    act="Look for it anew"
    close={close}
  >
    <List>
      <ListItem>By which protocol and account it answered is forgotten; the accounts themselves stay.</ListItem>
      <ListItem>
        The certificate that it showed is forgotten as well: the one that it shows next is believed. Do this where you know why it changed, as after a new main
        board.
      </ListItem>
      <ListItem>It is looked for when it is next needed.</ListItem>
    </List>
  </Removal>
);
