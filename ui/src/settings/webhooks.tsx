// Programs elsewhere that are told what happens here: adding one, whose secret is shown once; whether it hears; and what became of what it was told.

import {
  Alert,
  Button,
  Checkbox,
  ClipboardCopy,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  FormGroup,
  Label,
  Skeleton,
} from '@patternfly/react-core';
import BellIcon from '@patternfly/react-icons/dist/esm/icons/bell-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import type { WebhookView } from '../../../core/api/contract.ts';
import type { Attempt, Delivery } from '../../../core/model/webhook.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { OpeningRow, useOpenRow } from '../parts/opening-row.tsx';
import { Removal } from '../parts/removal.tsx';
import { isName, LineField, NameField, namesIn } from '../parts/fields.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { Refusal, Unread } from '../parts/problem-list.tsx';
import { Time } from '../parts/time.tsx';
import { counted } from '../parts/words.ts';

type Made = { name: string; secret: string };

export function Webhooks() {
  const webhooks = useAnswer('GET /webhooks', {});
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<Made>();
  const [removing, setRemoving] = useState<string>();
  const add = <Button onClick={() => setAdding(true)}>Add a webhook…</Button>;
  return (
    <>
      {made && (
        <Alert isInline variant="success" title={`${made.name} is told from now on. Its secret is shown this once: copy it now.`} component="p">
          <ClipboardCopy isReadOnly hoverTip="Copy" clickTip="Copied" textAriaLabel={`Secret of ${made.name}`}>
            {made.secret}
          </ClipboardCopy>
          <p className="pb-subtle">Its receiver checks signatures with it, as Standard Webhooks says.</p>
        </Alert>
      )}
      <Unread of={webhooks} />
      {webhooks.isPending && <Skeleton height="8rem" screenreaderText="Reading the webhooks" />}
      {webhooks.data?.length === 0 && (
        <EmptyState titleText="Nobody is told anything" headingLevel="h2" icon={BellIcon} variant="sm">
          <EmptyStateBody>
            A webhook is the address of a program elsewhere. It is told, signed, when a machine is discovered, ready or failed, and how far an order is.
          </EmptyStateBody>
          <EmptyStateFooter>
            <EmptyStateActions>{add}</EmptyStateActions>
          </EmptyStateFooter>
        </EmptyState>
      )}
      {webhooks.data && webhooks.data.length > 0 && (
        <>
          <div className="pb-actions">{add}</div>
          <WebhookTable webhooks={webhooks.data} remove={setRemoving} />
        </>
      )}
      {adding && (
        <AddWebhook
          close={() => setAdding(false)}
          done={(webhook) => {
            setMade(webhook);
            setAdding(false);
          }}
        />
      )}
      {removing && (
        <Removal route="DELETE /webhooks/:name" ask={{ params: { name: removing } }} title={`Remove ${removing}?`} close={() => setRemoving(undefined)}>
          <p>It is told nothing more, what still waits is dropped, and its secret is gone.</p>
        </Removal>
      )}
    </>
  );
}

function WebhookTable({ webhooks, remove }: { webhooks: readonly WebhookView[]; remove: (name: string) => void }) {
  const rows = useOpenRow('webhook');
  const test = useAct('POST /webhooks/:name/test');
  return (
    <>
      <Refusal error={test.error} />
      <Table variant="compact" aria-label="Webhooks" gridBreakPoint="grid-md">
        <Thead>
          <Tr>
            <Th screenReaderText="What it was told" />
            <Th>Webhook</Th>
            <Th>Address</Th>
            <Th>Is told</Th>
            <Th>Last attempt</Th>
            <Th screenReaderText="Actions" />
          </Tr>
        </Thead>
        {webhooks.map((webhook, rowIndex) => {
          const { name, url, events, waiting, dropped, gone, last } = webhook;
          return (
            <OpeningRow key={name} id={name} rowIndex={rowIndex} rows={rows} columns={5} more={() => <Deliveries name={name} />}>
              <Td dataLabel="Webhook">{name}</Td>
              <Td dataLabel="Address" className="pb-break">
                {url}
              </Td>
              <Td dataLabel="Is told" className="pb-break">
                {events.join(', ')}
              </Td>
              <Td dataLabel="Last attempt">
                {gone === undefined ? <CameOf attempt={last} /> : <Mark status="danger" text="gone for good (410): test it to begin again" />}
                {waiting > 0 && <div className="pb-subtle">{waiting === 1 ? '1 delivery waits' : `${waiting} deliveries wait`}</div>}
                {dropped !== undefined && <div className="pb-subtle">{counted(dropped, 'event')} not kept: too many waited</div>}
              </Td>
              <Td dataLabel="Actions" modifier="nowrap">
                <div className="pb-actions">
                  <Button
                    variant="link"
                    isInline
                    isDisabled={test.isPending}
                    onClick={() => test.mutate({ params: { name }, body: {} }, { onSuccess: () => rows.show(name) })}
                  >
                    Test<span className="pf-v6-u-screen-reader"> {name}</span>
                  </Button>
                  <Button variant="link" isInline isDanger onClick={() => remove(name)}>
                    Remove<span className="pf-v6-u-screen-reader"> {name}</span>…
                  </Button>
                </div>
              </Td>
            </OpeningRow>
          );
        })}
      </Table>
    </>
  );
}

function Mark({ status, text }: { status: 'success' | 'warning' | 'danger' | 'info'; text: string }) {
  return (
    <Label isCompact variant="outline" status={status}>
      {text}
    </Label>
  );
}

const heard = ({ status }: Attempt): boolean => status !== undefined && status >= 200 && status < 300;

function CameOf({ attempt }: { attempt: Attempt | undefined }) {
  if (!attempt) return <span className="pb-subtle">none yet</span>;
  return (
    <>
      <Mark status={heard(attempt) ? 'success' : 'danger'} text={attempt.status === undefined ? 'no answer' : `answered ${attempt.status}`} />{' '}
      <Time at={attempt.at} />
    </>
  );
}

const states: Record<Delivery['state'], { status: 'success' | 'warning' | 'danger'; text: string }> = {
  waiting: { status: 'warning', text: 'waits' },
  delivered: { status: 'success', text: 'taken' },
  'given-up': { status: 'danger', text: 'given up' },
};

const shown = 20;

function Deliveries({ name }: { name: string }) {
  const told = useAnswer('GET /webhooks/:name/deliveries', { params: { name } });
  if (!told.data) return <Unread of={told} />;
  if (told.data.length === 0) return <p className="pb-subtle">Nothing was told to it yet. “Test” tells it that this is a test.</p>;
  return (
    <>
      <Table variant="compact" aria-label={`What ${name} was told`} gridBreakPoint="grid-md" borders={false}>
        <Thead>
          <Tr>
            <Th>When</Th>
            <Th>Event</Th>
            <Th>Became of it</Th>
            <Th>Attempts</Th>
            <Th>The last one</Th>
          </Tr>
        </Thead>
        <Tbody>
          {told.data.slice(0, shown).map(({ id, at, telling, state, attempts, due }) => {
            const last = attempts.at(-1);
            return (
              <Tr key={id}>
                <Td dataLabel="When" modifier="nowrap">
                  <Time at={at} />
                </Td>
                <Td dataLabel="Event">{telling.type}</Td>
                <Td dataLabel="Became of it">
                  <Mark {...states[state]} />
                </Td>
                <Td dataLabel="Attempts">{attempts.length}</Td>
                <Td dataLabel="The last one">
                  {last && (last.status === undefined ? last.problem?.summary : `answered ${last.status} in ${last.ms} ms`)}
                  {last?.problem?.next && <div className="pb-subtle">{last.problem.next}</div>}
                  {state === 'waiting' && attempts.length > 0 && (
                    <div className="pb-subtle">
                      next <Time at={due} />
                    </div>
                  )}
                </Td>
              </Tr>
            );
          })}
        </Tbody>
      </Table>
      {told.data.length > shown && (
        <p className="pb-subtle">
          And {told.data.length - shown} before these: prybar webhook show {name}
        </p>
      )}
    </>
  );
}

const groups = [
  { pattern: '*', words: 'Everything' },
  { pattern: 'node.*', words: 'Machines: discovered, approved, installed, ready, failed, gone' },
  { pattern: 'role.failed', words: 'Roles that failed' },
  { pattern: 'order.*', words: 'Orders: each step' },
];

function AddWebhook({ close, done }: { close: () => void; done: (made: Made) => void }) {
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [chosen, setChosen] = useState<readonly string[]>(['*']);
  const [others, setOthers] = useState('');
  const add = useAct('POST /webhooks');
  const events = [...new Set([...chosen, ...namesIn(others)])];
  const urlGood = /^https?:\/\/./.test(url);
  return (
    <FormDialog
      title="Add a webhook"
      act="Add"
      complete={isName(name) && urlGood && events.length > 0}
      pending={add.isPending}
      error={add.error}
      onAct={() => add.mutate({ body: { name, url, events } }, { onSuccess: done })}
      close={close}
    >
      <NameField id="webhook-name" label="Name" value={name} change={setName} help="What you call it: portal, chat." />
      <LineField
        id="webhook-url"
        label="Address"
        value={url}
        change={(text) => setUrl(text.trim())}
        valid={url === '' || urlGood}
        help="http:// or https://. Not the admin node itself, and not where machines are, unless its settings say so (webhooksTo)."
        required
      />
      <FormGroup label="Is told" role="group" isStack>
        {groups.map(({ pattern, words }) => (
          <Checkbox
            key={pattern}
            id={`webhook-${pattern}`}
            label={words}
            isChecked={chosen.includes(pattern)}
            onChange={(_, on) => setChosen(on ? [...chosen, pattern] : chosen.filter((one) => one !== pattern))}
          />
        ))}
      </FormGroup>
      <LineField id="webhook-others" label="Also" value={others} change={setOthers} help="Other kinds by name, as node.ready order.failed." />
    </FormDialog>
  );
}
