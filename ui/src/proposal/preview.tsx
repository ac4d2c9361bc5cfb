// What committing a draft would do: node-role by node-role, to services, how long it would take, what a person has to do first, and on request to each machine's files.

import { Alert, Card, CardBody, DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm, Title } from '@patternfly/react-core';
import MinusCircleIcon from '@patternfly/react-icons/dist/esm/icons/minus-circle-icon';
import PencilAltIcon from '@patternfly/react-icons/dist/esm/icons/pencil-alt-icon';
import PlusCircleIcon from '@patternfly/react-icons/dist/esm/icons/plus-circle-icon';
import type { ReactNode } from 'react';
import type { PreviewView } from '../../../core/api/contract.ts';
import { useMachines } from '../rack/use-machines.ts';
import { CriticalPath, forecastText, GuessNote } from '../plan/forecast.tsx';
import { HoldUps } from '../plan/hold-ups.tsx';
import { MachineCheck } from './machine-check.tsx';
import { ProblemList } from '../parts/problem-list.tsx';
import { counted, keyParts } from '../parts/words.ts';

const kinds = [
  { kind: 'added', word: 'Added', none: 'No role comes to a machine.', icon: <PlusCircleIcon />, colour: 'green' },
  { kind: 'changed', word: 'Applied again', none: 'Nothing that is done is done again.', icon: <PencilAltIcon />, colour: 'blue' },
  { kind: 'removed', word: 'Undone', none: 'No role leaves a machine.', icon: <MinusCircleIcon />, colour: 'red' },
] as const;

type PreviewProps = { proposal: string; view: PreviewView /** The text was changed since. */; outdated?: boolean; bare?: boolean };

export function Preview({ proposal, view, outdated = false, bare = false }: PreviewProps) {
  const inside = (
    <>
      {outdated && <Alert isInline isPlain variant="warning" component="p" title="This is the preview of the text as it was. Preview again." />}
      <ProblemList problems={view.problems} />
      <div className="pb-preview">
        {kinds.map(({ kind, word, none, icon, colour }) => (
          <Changes
            key={kind}
            headingLevel={bare ? 'h2' : 'h3'}
            keys={view[kind]}
            title={`${word}: ${view[kind].length}`}
            none={none}
            icon={
              <span className={`pb-state pb-state--${colour}`} aria-hidden="true">
                {icon}
              </span>
            }
          />
        ))}
      </div>
      <p className="pb-subtle">{counted(view.unchanged, 'node-role')} would stay untouched.</p>
      <Consequences view={view} />
      <CriticalPath view={view.forecast} />
      <MachineCheck key={proposal} proposal={proposal} headingLevel={bare ? 'h2' : 'h3'} stale={outdated} />
    </>
  );
  if (bare) return inside;
  return (
    <Card isCompact component="section" aria-label="Preview">
      <CardBody className="pb-section">
        <Title headingLevel="h2" size="md">
          What committing it would change
        </Title>
        {inside}
      </CardBody>
    </Card>
  );
}

/** How long, which services, and who else. */
function Consequences({ view: { forecast, choices, restarts, mayFollow } }: { view: PreviewView }) {
  return (
    <DescriptionList isHorizontal isCompact horizontalTermWidthModifier={{ default: '9rem' }}>
      <DescriptionListGroup>
        <DescriptionListTerm>Predicted time</DescriptionListTerm>
        <DescriptionListDescription>
          {forecastText(forecast)}
          <GuessNote guessed={forecast.guessed} />
        </DescriptionListDescription>
      </DescriptionListGroup>
      {forecast.holdUps.length > 0 && (
        <DescriptionListGroup>
          <DescriptionListTerm>Held up</DescriptionListTerm>
          <DescriptionListDescription>
            <HoldUps of={forecast.holdUps} />
          </DescriptionListDescription>
        </DescriptionListGroup>
      )}
      <DescriptionListGroup>
        <DescriptionListTerm>May restart</DescriptionListTerm>
        <DescriptionListDescription>
          {restarts.length === 0 && <span className="pb-subtle">no service that runs now</span>}
          {restarts.map(({ role, nodeNames, reactions }) => (
            <div key={role}>
              {reactions.join(', ')}{' '}
              <span className="pb-subtle">
                on {nodeNames.join(', ')}, if {role} changes something there
              </span>
            </div>
          ))}
        </DescriptionListDescription>
      </DescriptionListGroup>
      {choices.map(({ role, fit, chosen }) => (
        <DescriptionListGroup key={role}>
          <DescriptionListTerm>{role}</DescriptionListTerm>
          <DescriptionListDescription>
            {chosen.length} of {fit} machines that fit
            {chosen.map(({ nodeName, why }) => (
              <div key={nodeName}>
                {nodeName} <span className="pb-subtle">{why}</span>
              </div>
            ))}
          </DescriptionListDescription>
        </DescriptionListGroup>
      ))}
      {mayFollow.length > 0 && (
        <DescriptionListGroup>
          <DescriptionListTerm>May follow</DescriptionListTerm>
          <DescriptionListDescription>
            {mayFollow.join(', ')} <span className="pb-subtle">{mayFollow.length === 1 ? 'reads' : 'read'} what these publish: done again if that changes</span>
          </DescriptionListDescription>
        </DescriptionListGroup>
      )}
    </DescriptionList>
  );
}

function Changes({ headingLevel, keys, title, none, icon }: { headingLevel: 'h2' | 'h3'; keys: string[]; title: string; none: string; icon: ReactNode }) {
  const machines = useMachines();
  const nameOf = (id: string) => machines.data?.byId.get(id)?.name ?? id;
  return (
    <div>
      <Title headingLevel={headingLevel} size="md">
        {title}
      </Title>
      {keys.length === 0 && <p className="pb-subtle">{none}</p>}
      <ul tabIndex={keys.length > 10 ? 0 : undefined} aria-label={title}>
        {keys.map((key) => (
          <li key={key}>
            {icon}
            <span>
              {keyParts(key).role} <span className="pb-subtle">on {nameOf(keyParts(key).nodeId)}</span>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
