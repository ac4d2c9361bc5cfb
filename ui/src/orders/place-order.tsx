// Asks for servers: how many of which pool, what they shall be, and whose keys open them.

import { FormGroup, FormSelect, FormSelectOption, TextArea } from '@patternfly/react-core';
import { useState } from 'react';
import { useAct, useAnswer } from '../api/queries.ts';
import { isRecipient, LineField, namesIn, RecipientField } from '../parts/fields.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { counted } from '../parts/words.ts';
import { useMachines } from '../rack/use-machines.ts';

export function PlaceOrder({ close, done }: { close: () => void; done: (id: string) => void }) {
  const machines = useMachines();
  const images = useAnswer('GET /images', {});
  const [pool, setPool] = useState<string>();
  const [count, setCount] = useState('1');
  const [where, setWhere] = useState('');
  const [image, setImage] = useState('');
  const [roles, setRoles] = useState('');
  const [names, setNames] = useState('');
  const [keys, setKeys] = useState('');
  const [sealFor, setSealFor] = useState('');
  const place = useAct('POST /orders');
  const pools = Map.groupBy(
    (machines.data?.list ?? []).filter((machine) => machine.approved && !machine.local),
    (machine) => machine.pool,
  );
  const chosen = pool ?? [...pools.keys()][0] ?? '';
  const countGood = /^[1-9]\d{0,3}$/.test(count) && Number(count) <= 1000;
  const lines = keys
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const keysGood = lines.every((line) => /^(ssh|ecdsa|sk)-\S+ \S+/.test(line));
  const body = {
    pool: chosen,
    count: Number(count),
    ...(where && { where }),
    ...(image && { image }),
    ...(roles && { roles: namesIn(roles) }),
    ...(names && { names }),
    ...(lines.length > 0 && { keys: lines }),
    ...(sealFor && { sealFor, console: true }),
  };
  return (
    <FormDialog
      title="Order servers"
      description="Free machines of a pool become a deployment of their own, are given a system and roles, and are handed over to your keys."
      act="Order"
      complete={chosen !== '' && countGood && keysGood && isRecipient(sealFor)}
      pending={place.isPending}
      error={place.error}
      onAct={() => place.mutate({ body }, { onSuccess: ({ id }) => done(id) })}
      close={close}
    >
      <FormGroup label="Pool" isRequired fieldId="order-pool">
        <FormSelect id="order-pool" value={chosen} onChange={(_, name) => setPool(name)}>
          {pools.size === 0 && <FormSelectOption value="" label="no machine was let in yet" isDisabled />}
          {[...pools].map(([name, own]) => (
            <FormSelectOption key={name} value={name} label={`${name}: ${counted(own.length, 'machine')}`} />
          ))}
        </FormSelect>
      </FormGroup>
      <LineField id="order-count" label="How many" value={count} change={(text) => setCount(text.trim())} valid={countGood} help="1 to 1000." required />
      <LineField id="order-where" label="That have" value={where} change={setWhere} help="As memory >= 64GiB and disks.ssd >= 2. Empty: any." />
      <FormGroup label="Image" fieldId="order-image">
        <FormSelect id="order-image" value={image} onChange={(_, name) => setImage(name)}>
          <FormSelectOption value="" label="as the deployment of the pool says" />
          {[...new Set(images.data?.map(({ name }) => name))].map((name) => (
            <FormSelectOption key={name} value={name} label={name} />
          ))}
        </FormSelect>
      </FormGroup>
      <LineField
        id="order-roles"
        label="Roles"
        value={roles}
        change={setRoles}
        help="Each is put on every server, as ntp-client. Empty: none but handing it over."
      />
      <LineField
        id="order-names"
        label="Called"
        value={names}
        change={(text) => setNames(text.trim())}
        help="With {n} for a number: web-{n}. Empty: they keep their names."
      />
      <FormGroup label="Public SSH keys" fieldId="order-keys">
        <TextArea
          id="order-keys"
          value={keys}
          onChange={(_, text) => setKeys(text)}
          validated={keysGood ? 'default' : 'error'}
          placeholder="ssh-ed25519 AAAA… one line each; they open root"
          rows={2}
          resizeOrientation="vertical"
        />
      </FormGroup>
      <RecipientField
        id="order-seal"
        label="Console passphrase for"
        value={sealFor}
        change={setSealFor}
        help="A public key: a passphrase for root at the console of each is made, which only its other half can read. Empty: none."
      />
    </FormDialog>
  );
}
