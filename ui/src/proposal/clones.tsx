// A deployment is made once more on other machines, tried there, and takes the place of the first in what others say; and the other way round. Each is
// shown before it is done.

import {
  Alert,
  Button,
  Card,
  CardBody,
  Checkbox,
  FormGroup,
  FormSelect,
  FormSelectOption,
  Label,
  List,
  ListItem,
  Skeleton,
  Title,
} from '@patternfly/react-core';
import { useEffect, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import type { CloneView, TestView } from '../../../core/api/contract.ts';
import type { Deployment } from '../../../core/model/proposal.ts';
import { useOwnSession } from '../api/own-session.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { Confirm } from '../parts/confirm.tsx';
import { isName, NameField } from '../parts/fields.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { ProblemList, Unread } from '../parts/problem-list.tsx';
import { Time } from '../parts/time.tsx';
import { useMachines } from '../rack/use-machines.ts';

/** Cloning is for operators of the whole site. */
export function useMayClone(): boolean {
  const { ofSite, mayAct } = useOwnSession();
  return ofSite && mayAct;
}

export function CloneButton({ deployment }: { deployment: Deployment }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="secondary" size="sm" onClick={() => setOpen(true)}>
        Clone…
      </Button>
      {open && <CloneDialog deployment={deployment} close={() => setOpen(false)} />}
    </>
  );
}

function CloneDialog({ deployment: { name }, close }: { deployment: Deployment; close: () => void }) {
  const machines = useMachines();
  const navigate = useNavigate();
  const [as, setAs] = useState(`${name}-2`);
  const [pool, setPool] = useState<string>();
  const [planned, setPlanned] = useState<{ view: CloneView; of: string }>();
  const look = useAct('POST /deployments/:name/clone', { alone: true });
  const make = useAct('POST /deployments/:name/clone');
  const pools = [...new Set((machines.data?.list ?? []).filter((machine) => machine.approved && !machine.local).map((machine) => machine.pool))];
  const chosen = pool ?? pools[0] ?? '';
  const body = { as, ...(chosen && { pool: chosen }) };
  const of = JSON.stringify(body);
  const seen = planned?.of === of;
  const act = () =>
    seen
      ? make.mutate({ params: { name }, body }, { onSuccess: () => void navigate(`/deployments/${as}`) })
      : look.mutate({ params: { name }, body: { ...body, dryRun: true } }, { onSuccess: (view) => setPlanned({ view, of }) });
  return (
    <FormDialog
      title={`Clone ${name}`}
      description="The same settings on other machines, with secrets of its own. It is tried there, and takes the place of the first when you say so."
      act={seen ? 'Make the clone' : 'Show what it would be'}
      complete={isName(as) && chosen !== ''}
      pending={look.isPending || make.isPending}
      error={make.error ?? (seen ? undefined : look.error)}
      onAct={act}
      close={close}
    >
      <NameField id="clone-name" label="Its name" value={as} change={setAs} help="Also the pool that its machines go to." />
      <FormGroup label="Machines from the pool" isRequired fieldId="clone-pool">
        <FormSelect id="clone-pool" value={chosen} onChange={(_, value) => setPool(value)}>
          {pools.length === 0 && <FormSelectOption value="" label="no machine was let in yet" isDisabled />}
          {pools.map((one) => (
            <FormSelectOption key={one} value={one} label={one} />
          ))}
        </FormSelect>
      </FormGroup>
      {seen && (
        <>
          <div>
            <strong>Machines</strong>
            <List aria-label="Machines that stand for others">
              {planned.view.pairs.map(({ from, to, lacks }) => (
                <ListItem key={from}>
                  {to} stands for {from}
                  {lacks.length > 0 && `, and lacks ${lacks.join(', ')}`}
                </ListItem>
              ))}
            </List>
          </div>
          <div>
            <strong>Settings</strong>
            <List aria-label="Settings that differ">
              {planned.view.proposals.map(({ barclamp, changes }) => (
                <ListItem key={barclamp} className="pb-break">
                  {barclamp}: {changes.length ? changes.join('; ') : 'the same'}
                </ListItem>
              ))}
            </List>
          </div>
        </>
      )}
    </FormDialog>
  );
}

type ClonesProps = { deployment: Deployment; all: readonly Deployment[] };

/** Where it is the clone of another, or has clones. */
export function Clones({ deployment, all }: ClonesProps) {
  const own = all.filter(({ clone }) => clone?.of === deployment.name);
  if (!deployment.clone && own.length === 0) return null;
  return (
    <Card isCompact component="section" aria-label="Clones">
      <CardBody className="pb-section">
        <Title headingLevel="h2" size="md">
          {deployment.clone ? `Clone of ${deployment.clone.of}` : 'Its clones'}
        </Title>
        {deployment.clone && <AsClone deployment={deployment} clone={deployment.clone} />}
        {own.length > 0 && (
          <List aria-label={`Clones of ${deployment.name}`}>
            {own.map(({ name, clone }) => (
              <ListItem key={name}>
                <Link to={`/deployments/${name}`}>{name}</Link>, made <Time at={clone!.at} />
                {clone!.promotedAt === undefined ? '' : '; it has taken the place of this one'}
              </ListItem>
            ))}
          </List>
        )}
      </CardBody>
    </Card>
  );
}

function AsClone({ deployment: { name }, clone }: { deployment: Deployment; clone: NonNullable<Deployment['clone']> }) {
  const machines = useMachines();
  const promoted = clone.promotedAt !== undefined;
  // What takes the place must work, whichever of the two it is.
  const tried = promoted ? clone.of : name;
  const test = useAnswer('GET /deployments/:name/test', { params: { name: tried } });
  const may = useMayClone();
  const [moving, setMoving] = useState(false);
  const called = (id: string) => machines.data?.byId.get(id)?.name ?? id;
  return (
    <>
      <p>
        Made <Time at={clone.at} />
        {promoted ? (
          <>
            ; in the place of <Link to={`/deployments/${clone.of}`}>{clone.of}</Link> since <Time at={clone.promotedAt!} />: what others say of its machines
            means those of this one.
          </>
        ) : (
          <>
            . Nobody else uses it yet: what others say still means the machines of <Link to={`/deployments/${clone.of}`}>{clone.of}</Link>.
          </>
        )}
      </p>
      <List aria-label="Machines that stand for others">
        {Object.entries(clone.pairs).map(([from, to]) => (
          <ListItem key={from}>
            {called(to)} stands for {called(from)}
          </ListItem>
        ))}
      </List>
      <Unread of={test} />
      {test.data && <Tested name={tried} test={test.data} />}
      {may && (
        <div>
          <Button variant="secondary" size="sm" onClick={() => setMoving(true)}>
            {promoted ? `Put ${clone.of} back…` : `Put it into the place of ${clone.of}…`}
          </Button>
        </div>
      )}
      {moving && <MoveDialog name={name} of={clone.of} promoted={promoted} test={test.data} close={() => setMoving(false)} />}
    </>
  );
}

function Tested({ name, test: { well, total, open, unwell } }: { name: string; test: TestView }) {
  return (
    <p>
      <Label isCompact variant="outline" status={well ? 'success' : 'warning'}>
        {well ? `${name} works` : `${name} does not work yet`}
      </Label>{' '}
      {well && `All ${total} of its node-roles are done, and what has probes works.`}
      {!well && total === 0 && 'It has no roles.'}
      {open.length > 0 && `Not done: ${open.slice(0, 5).join(', ')}${open.length > 5 ? ` and ${open.length - 5} more` : ''}. `}
      {unwell.length > 0 && `Not known to work: ${unwell.slice(0, 5).join(', ')}${unwell.length > 5 ? ` and ${unwell.length - 5} more` : ''}.`}
    </p>
  );
}

type MoveDialogProps = { name: string; of: string; promoted: boolean; test: TestView | undefined; close: () => void };

function MoveDialog({ name, of, promoted, test, close }: MoveDialogProps) {
  const promote = useAct('POST /deployments/:name/promote');
  const demote = useAct('POST /deployments/:name/demote');
  const lookOn = useAct('POST /deployments/:name/promote', { alone: true });
  const lookBack = useAct('POST /deployments/:name/demote', { alone: true });
  const [despite, setDespite] = useState(false);
  const [act, look] = promoted ? [demote, lookBack] : [promote, lookOn];
  const { mutate } = look;
  useEffect(() => mutate({ params: { name }, body: { dryRun: true } }), [mutate, name]);
  const well = test?.well ?? false;
  const view = look.data;
  return (
    <Confirm
      title={promoted ? `Put ${of} back into its place?` : `Put ${name} into the place of ${of}?`}
      act={promoted ? `Put ${of} back` : 'Put it there'}
      pending={act.isPending}
      disabled={!view || (!well && !despite)}
      error={act.error ?? look.error}
      onAct={() => act.mutate({ params: { name }, body: despite ? { despite } : {} }, { onSuccess: close })}
      close={close}
    >
      {!view && !look.error && <Skeleton height="6rem" screenreaderText="Finding out what would change" />}
      {view && (
        <>
          <p>
            {view.moves.length === 0
              ? 'No other deployment names machines of either: nothing changes but that this is noted.'
              : 'These settings of others change, all at once, and what they are for is applied again:'}
          </p>
          <List aria-label="Settings that change">
            {view.moves.map(({ proposal, changes }) => (
              <ListItem key={proposal} className="pb-break">
                {proposal}: {changes.join('; ')}
              </ListItem>
            ))}
          </List>
          <ProblemList problems={view.problems} />
        </>
      )}
      {!well && (
        <>
          <Alert isInline variant="warning" component="p" title={`${promoted ? of : name} is not known to work.`} />
          <Checkbox id="clone-despite" label="Do it all the same" isChecked={despite} onChange={(_, on) => setDespite(on)} />
        </>
      )}
    </Confirm>
  );
}
