// An act on many machines: asks for what it needs, shows what it will do to which machine, does it a few at a time, and says where it was refused.

import { Alert, Button, Form, Modal, ModalBody, ModalFooter, ModalHeader, Progress, ProgressMeasureLocation } from '@patternfly/react-core';
import { useQueryClient } from '@tanstack/react-query';
import { useId, useMemo, useRef, useState } from 'react';
import type { Problem } from '../../../core/model/problem.ts';
import { call, problemsIn } from '../api/client.ts';
import { useAnswer } from '../api/queries.ts';
import { isName, LineField, NameField } from '../parts/fields.tsx';
import { ProblemList } from '../parts/problem-list.tsx';
import { counted } from '../parts/words.ts';
import { TenantField } from '../settings/tenant-field.tsx';
import { type Act, type Effect, effectsOf, type Step } from './bulk.ts';
import type { Machine } from './machines.ts';

export type ActKind = Act['kind'] | 'on' | 'off' | 'cycle' | 'release';
const titles: Record<ActKind, string> = {
  approve: 'Approve',
  pool: 'Move to a pool',
  rack: 'Say where they stand',
  tenant: 'Give to a tenant',
  maintenance: 'Put into maintenance',
  release: 'Take out of maintenance',
  power: 'Switch',
  on: 'Switch on',
  off: 'Switch off',
  cycle: 'Power-cycle',
};
export const titleOf = (kind: ActKind): string => titles[kind];

/** The admin node does each in turn anyway; a few at once only hide the way there and back. */
const atOnce = 4;
const shownAtOnce = 100;

type BulkDialogProps = { kind: ActKind; machines: readonly Machine[]; all: readonly Machine[]; close: () => void };

export function BulkDialog({ kind, machines: chosen, all, close }: BulkDialogProps) {
  // What was chosen when it was opened: live changes must not change what somebody is about to confirm.
  const [machines] = useState(chosen);
  const [name, setName] = useState(kind === 'approve' ? 'n' : kind === 'rack' ? (machines.find((machine) => machine.rack)?.rack ?? '') : '');
  const [pool, setPool] = useState('default');
  const id = useId();
  // Machines of a tenant are named by the site.
  const session = useAnswer('GET /session', {});
  const names = kind === 'approve' && session.data?.tenant === undefined;
  const act = actOf(kind, name, pool, names);
  const complete = kind === 'approve' ? session.data !== undefined && (!names || isName(`${name}1`)) && isName(pool) : kind === 'pool' ? isName(name) : true;
  const effects = useMemo(() => (complete ? effectsOf(act, machines, all) : []), [act, complete, machines, all]);
  const steps = effects.filter((effect) => effect.step);
  const work = useWork(steps);
  const harm = steps.filter((effect) => effect.harm).length;
  return (
    <Modal variant="medium" isOpen onClose={close} aria-labelledby={id}>
      <ModalHeader
        title={`${titles[kind]}: ${counted(machines.length, 'machine')}`}
        labelId={id}
        {...(harm > 0 && !work.begun && { titleIconVariant: 'warning' as const })}
      />
      <ModalBody className="pb-section" tabIndex={0}>
        {!work.begun && (
          <Form onSubmit={(event) => event.preventDefault()}>
            {names && (
              <LineField
                id="bulk-prefix"
                label="Names begin with"
                value={name}
                change={(text) => setName(text.trim())}
                help="Followed by the lowest free number. Lower-case letters, digits and inner hyphens."
                valid={isName(`${name}1`)}
                required
              />
            )}
            {kind === 'approve' && <NameField id="bulk-pool" label="Pool" value={pool} change={setPool} help="Deployments take their machines from pools." />}
            {kind === 'pool' && <NameField id="bulk-name" label="Pool" value={name} change={setName} help="A name not used before makes a new pool." />}
            {kind === 'tenant' && <TenantField id="bulk-tenant" label="Whose they are" site="the site's own" value={name} change={setName} />}
            {kind === 'rack' && (
              <LineField
                id="bulk-rack"
                label="Rack"
                value={name}
                change={setName}
                help="As people call the place, for example: row-1 rack-004. Nothing: nobody knows."
              />
            )}
          </Form>
        )}
        {work.begun ? <Work work={work} total={steps.length} /> : <Effects effects={effects} harm={harm} />}
      </ModalBody>
      <ModalFooter>
        {!work.begun && (
          <Button variant={harm > 0 ? 'danger' : 'primary'} isDisabled={!complete || steps.length === 0} onClick={() => void work.begin()}>
            {titles[kind]}: {counted(steps.length, 'machine')}
          </Button>
        )}
        <Button variant={work.begun && work.ended ? 'primary' : 'link'} onClick={work.begun && !work.ended ? work.stop : close}>
          {work.begun ? (work.ended ? 'Close' : 'Stop after those under way') : 'Cancel'}
        </Button>
      </ModalFooter>
    </Modal>
  );
}

function actOf(kind: ActKind, name: string, pool: string, names: boolean): Act {
  switch (kind) {
    case 'approve':
      return { kind, pool, ...(names && { prefix: name }) };
    case 'pool':
      return { kind, pool: name };
    case 'rack':
      return { kind, rack: name.trim() };
    case 'tenant':
      return { kind, tenant: name };
    case 'maintenance':
    case 'release':
      return { kind: 'maintenance', on: kind === 'maintenance' };
    case 'on':
    case 'off':
    case 'cycle':
      return { kind: 'power', action: kind };
    case 'power':
      throw new Error('The page asks for on, off or cycle.');
  }
}

function Effects({ effects, harm }: { effects: Effect[]; harm: number }) {
  const doing = effects.filter((effect) => effect.step);
  const skipped = effects.filter((effect) => effect.skipped);
  // What is lost is read first.
  const ordered = [...doing.filter((e) => e.harm), ...doing.filter((e) => !e.harm), ...skipped];
  return (
    <>
      {harm > 0 && (
        <Alert isInline variant="warning" component="p" title={`On ${counted(harm, 'machine')} something is lost or interrupted: these come first.`} />
      )}
      <ul className="pb-effects" aria-label="What it will do">
        {ordered.slice(0, shownAtOnce).map(({ machine, says, skipped: left }) => (
          <li key={machine.id} className={left ? 'pb-subtle' : undefined}>
            <strong>{machine.name}</strong> {left ? `${says}: left out` : says}
          </li>
        ))}
      </ul>
      {ordered.length > shownAtOnce && (
        <p className="pb-subtle">
          … and {ordered.length - shownAtOnce} more: {doing.length} in all will be changed, {skipped.length} left out.
        </p>
      )}
    </>
  );
}

type Working = {
  begun: boolean;
  ended: boolean;
  done: number;
  refused: { name: string; problems: Problem[] }[];
  begin: () => Promise<void>;
  stop: () => void;
};

function useWork(steps: readonly Effect[]): Working {
  const client = useQueryClient();
  const [begun, setBegun] = useState(false);
  const [ended, setEnded] = useState(false);
  const [done, setDone] = useState(0);
  const [refused, setRefused] = useState<Working['refused']>([]);
  const stopped = useRef(false);
  const begin = async () => {
    setBegun(true);
    const left = steps.values();
    const worker = async () => {
      for (const { machine, step } of left) {
        try {
          await take(machine.id, step!);
          setDone((count) => count + 1);
        } catch (error) {
          setRefused((old) => [...old, { name: machine.name, problems: problemsIn(error) }]);
        }
        if (stopped.current) return;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    setEnded(true);
    await client.invalidateQueries();
  };
  return { begun, ended, done, refused, begin, stop: () => (stopped.current = true) };
}

function take(id: string, step: Step): Promise<unknown> {
  const params = { id };
  switch (step.route) {
    case 'POST /nodes/:id/approve':
      return call(step.route, { params, body: step.body });
    case 'PATCH /nodes/:id':
      return call(step.route, { params, body: step.body });
    case 'POST /nodes/:id/power':
      return call(step.route, { params, body: step.body });
  }
}

function Work({ work: { done, refused, ended }, total }: { work: Working; total: number }) {
  const past = done + refused.length;
  return (
    <>
      <Progress value={total ? Math.round((past / total) * 100) : 100} size="sm" measureLocation={ProgressMeasureLocation.outside} aria-label="How far it is" />
      <p role="status">
        {ended && past < total ? 'Stopped: ' : ''}
        {done} of {total} done{refused.length > 0 && `, ${refused.length} refused`}.
      </p>
      {refused.slice(0, 20).map(({ name, problems }) => (
        <ProblemList key={name} problems={problems.map((problem) => ({ ...problem, where: { ...problem.where, node: name } }))} />
      ))}
    </>
  );
}
