// From an empty page to the first machine that does something: the steps with their state as it is now, and under each that waits for a person what to do.

import { Button, Card, CardBody, Label, Title } from '@patternfly/react-core';
import { type ReactNode } from 'react';
import { Link } from 'react-router';
import { useAct, useAnswer } from '../api/queries.ts';
import { Approve } from '../machine/approve.tsx';
import { BootSteps } from '../machine/boot-steps.tsx';
import { ProblemList, Refusal, Unread } from '../parts/problem-list.tsx';
import { type Meaning, nodeRoleMeanings, StateIcon } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { BeginDeployment } from '../proposal/begin-deployment.tsx';
import { hardwareWords } from '../rack/machine-words.ts';
import { useMachines } from '../rack/use-machines.ts';
import { ApprovalRules } from './approval-rules.tsx';
import { Interfaces } from './interfaces.tsx';
import { type GuideFacts, servedIn, type Step, type StepId, type StepState, stepsOf } from './steps.ts';
import { Offer } from '../parts/offer.tsx';
import './first-run.css';

const meanings: Record<StepState, Meaning> = {
  done: nodeRoleMeanings.done,
  busy: nodeRoleMeanings.running,
  now: nodeRoleMeanings.runnable,
  wrong: nodeRoleMeanings.failed,
  later: nodeRoleMeanings.held,
};
const stateWords: Record<StepState, string> = { done: 'done', busy: 'under way', now: 'up to you', wrong: 'to put right', later: 'later' };

/** `beside`: what stands at the right of its title. */
export function FirstRun({ beside }: { beside?: ReactNode }) {
  const { facts, error } = useGuideFacts();
  const steps = facts && stepsOf(facts);
  const done = steps?.filter(({ state }) => state === 'done').length;
  return (
    <Card component="section" isCompact aria-labelledby="first-run-title">
      <CardBody className="pb-section">
        <div className="pb-section__head">
          <Title id="first-run-title" headingLevel="h2" size="lg">
            To the first machine
          </Title>
          {steps && (
            <span className="pb-subtle pb-number" role="status">
              {done} of {steps.length} done
            </span>
          )}
          {beside && <div className="pb-section__tools">{beside}</div>}
        </div>
        <Unread of={{ error }} />
        {facts && steps && (
          <ol className="pb-guide">
            {steps.map((step) => (
              <StepRow key={step.id} step={step}>
                {bodies[step.id]({ facts, step })}
              </StepRow>
            ))}
          </ol>
        )}
      </CardBody>
    </Card>
  );
}

function useGuideFacts(): { facts: GuideFacts | undefined; error: unknown } {
  const status = useAnswer('GET /status', {});
  const machines = useMachines();
  const networks = useAnswer('GET /networks', {});
  const rules = useAnswer('GET /approval-rules', {});
  const boot = useAnswer('GET /plan', { query: { node: 'admin', deployment: 'system' } });
  const plan = useAnswer('GET /plan/summary', { query: {} });
  const all = [status, machines, networks, rules, boot, plan] as const;
  const error = all.find((answer) => answer.error)?.error;
  if (!status.data || !machines.data || !networks.data || !rules.data || !boot.data || !plan.data) return { facts: undefined, error };
  const known = new Set(machines.data.list.flatMap(({ macs }) => macs));
  return {
    error,
    facts: {
      networks: networks.data,
      rules: rules.data,
      bootRoles: boot.data.nodeRoles.filter(({ role }) => role === 'dhcp-server' || role === 'boot-files'),
      activities: status.data.activities,
      sightings: status.data.sightings.filter(({ mac, nodeId }) => !known.has(mac) && nodeId === undefined),
      machines: machines.data.list,
      groups: plan.data.groups.filter(({ deployment }) => deployment !== 'system'),
    },
  };
}

function StepRow({ step: { title, state, says }, children }: { step: Step; children: ReactNode }) {
  return (
    <li className={`pb-guide__step pb-guide__step--${state}`} aria-current={state === 'now' || state === 'wrong' ? 'step' : undefined}>
      <StateIcon meaning={meanings[state]} />
      <div className="pb-guide__words">
        <h3 className="pb-guide__title">
          {title}
          <Label isCompact variant="outline" color={meanings[state].colour}>
            {stateWords[state]}
          </Label>
        </h3>
        <p>{says}</p>
        {children}
      </div>
    </li>
  );
}

type BodyProps = { facts: GuideFacts; step: Step };
const bodies: Record<StepId, (props: BodyProps) => ReactNode> = {
  serve: (props) => <Serve {...props} />,
  alone: (props) => <Alone {...props} />,
  rule: ({ step }) => step.state !== 'later' && <ApprovalRules />,
  machine: (props) => <FirstMachine {...props} />,
  install: (props) => <Install {...props} />,
  deployment: (props) => <Deploy {...props} />,
};

function Serve({ facts, step }: BodyProps) {
  const start = useAct('POST /lab');
  if (step.state === 'wrong')
    return (
      <p>
        <Link to="/nodes/admin">The admin node</Link> shows its roles with their causes; what is built stands under Under way.
      </p>
    );
  const network = servedIn(facts);
  if (network)
    return (
      <p className="pb-subtle">
        The admin node is {network.adminAddress} in {network.cidr}. What its DHCP server does is set in{' '}
        <Link to="/deployments/system/provisioner">the settings of provisioner</Link>.
      </p>
    );
  return (
    <>
      <div className="pb-guide__ways">
        <div>
          <p>
            <strong>Real machines</strong>: end Prybar, and start it with the interface that they are connected to. No other DHCP server should be in that
            network.
          </p>
          <Interfaces />
        </div>
        <div>
          <p>
            <strong>No machines at hand</strong>: a virtual rack on this machine, of blank machines that boot over a network of their own as real ones do. The
            first time what they boot is built, which takes minutes.
          </p>
          <Offer act="POST /lab">
            <Button variant="primary" isLoading={start.isPending} isDisabled={start.isPending} onClick={() => start.mutate({ body: {} })}>
              Start a virtual rack
            </Button>
          </Offer>
        </div>
      </div>
      <Refusal error={start.error} />
    </>
  );
}

function Alone({ facts, step }: BodyProps) {
  const check = useAct('POST /networks/:name/check');
  const network = servedIn(facts);
  if (!network || step.state === 'later') return null;
  const last = network.check;
  return (
    <>
      {last && <ProblemList problems={last.problems} />}
      <div className="pb-actions">
        <Offer act="POST /networks/:name/check">
          <Button
            variant={last ? 'link' : 'primary'}
            size="sm"
            isInline={last !== undefined}
            isLoading={check.isPending}
            isDisabled={check.isPending}
            onClick={() => check.mutate({ params: { name: network.name }, body: {} })}
          >
            {check.isPending ? 'Asking, for some seconds' : last ? 'Ask again' : 'Ask the network'}
          </Button>
        </Offer>
        {last && (
          <span className="pb-subtle">
            asked at <Time at={last.at} />
          </span>
        )}
      </div>
      <Refusal error={check.error} />
    </>
  );
}

function FirstMachine({ facts, step }: BodyProps) {
  const network = servedIn(facts);
  const found = facts.machines.filter(({ local, approved }) => !local && !approved);
  const ready = facts.machines.filter(({ local, approved }) => !local && approved);
  if (ready.length)
    return (
      <p>
        {ready.slice(0, 5).map(({ name }, index) => (
          <span key={name}>
            {index > 0 && ', '}
            <Link to={`/nodes/${name}`}>{name}</Link>
          </span>
        ))}
        {ready.length > 5 && ` and ${ready.length - 5} more`}
      </p>
    );
  if (step.state === 'later' || !network) return null;
  return (
    <>
      {found.slice(0, 3).map((machine) => (
        <div key={machine.id} className="pb-actions">
          <Link to={`/nodes/${machine.name}`}>{machine.name}</Link>
          <span className="pb-subtle">{[machine.serial, ...hardwareWords(machine)].filter(Boolean).join(' · ')}</span>
          <Approve machine={{ ...machine, hardware: hardwareWords(machine) }} />
        </div>
      ))}
      {facts.sightings.slice(0, 3).map((sighting) => (
        <div key={sighting.mac} className="pb-guide__sighting">
          <span className="pb-mono">{sighting.mac}</span> <BootSteps stage={sighting.stage} />
        </div>
      ))}
      {found.length + facts.sightings.length === 0 && (
        <ul className="pb-guide__list">
          <li>Plug it with the port that it boots from into the switch that {network.interface} of the admin node is connected to.</li>
          <li>
            In its firmware put booting over the network (PXE, IPv4) first, BIOS or UEFI.
            {network.dhcp === 'own' ? ` It gets an address between ${network.range.first} and ${network.range.last}.` : ''}
          </li>
          <li>
            Its BMC may be in the same network or in another one that the admin node reaches. Then it is switched by Prybar; otherwise somebody is asked to.
          </li>
          <li>Switch it on. It shows here a moment after it asks for an address. If it does not within two minutes, ask again who else answers.</li>
        </ul>
      )}
    </>
  );
}

function Install({ facts, step }: BodyProps) {
  const ready = facts.machines.find(({ local, approved, system }) => !local && approved && system?.kind !== 'installed');
  if (step.state === 'wrong') return <Link to="/plan?role=os-install&state=failed">What failed, and what to do</Link>;
  if (step.state !== 'now' || !ready) return null;
  return (
    <p>
      <Link to={`/nodes/${ready.name}`}>{ready.name}</Link>: Actions, Install. For all of them add the barclamp os-install to a deployment.
    </p>
  );
}

function Deploy({ facts, step }: BodyProps) {
  const names = [...new Set(facts.groups.map(({ deployment }) => deployment))];
  return (
    <>
      {step.state === 'now' && (
        <>
          <p className="pb-subtle">
            Begin one, add a barclamp to it (ntp is small: one machine serves the time, the others follow), drag machines onto its roles, look at the preview,
            commit.
          </p>
          <BeginDeployment />
        </>
      )}
      {names.length > 0 && (
        <p>
          {names.map((name, index) => (
            <span key={name}>
              {index > 0 && ', '}
              <Link to={`/deployments/${name}`}>{name}</Link>
            </span>
          ))}
          {step.state === 'wrong' && (
            <>
              {' · '}
              <Link to="/plan?state=failed">What failed, and what to do</Link>
            </>
          )}
        </p>
      )}
    </>
  );
}
