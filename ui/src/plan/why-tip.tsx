// Says why a node-role is not done, to whoever points at it or comes to it by keyboard: the planner's own reasons, and what would help. Holds nothing
// that can be pressed; the panel behind the chip does.

import { Tooltip } from '@patternfly/react-core';
import type { ReactElement, ReactNode } from 'react';
import type { Hindrance, NodeRoleState, NodeRoleView } from '../../../core/model/plan.ts';
import { useAnswer } from '../api/queries.ts';
import { intoMain } from '../parts/into-main.ts';
import { isFailing, type Meaning, meaningOfNodeRole, nodeRoleMeanings } from '../parts/states.tsx';
import { counted } from '../parts/words.ts';
import { atOf, usePast } from './past.ts';
import './why-tip.css';

const most = 4;

export function WhyTip({ nodeRole, children }: { nodeRole: NodeRoleView; children: ReactElement }) {
  const meaning = meaningOfNodeRole(nodeRole);
  const { health, whyNot } = nodeRole;
  const reasons =
    isFailing(nodeRole) && health?.problem ? [{ what: health.problem.summary, ...(health.problem.next && { next: health.problem.next }) }] : whyNot;
  return (
    <Tip
      content={
        <Words meaning={meaning}>
          {reasons.slice(0, most).map((reason) => (
            <Reason key={`${reason.what} ${reason.key ?? ''}`} reason={reason} />
          ))}
          {reasons.length > most && <li>and {counted(reasons.length - most, 'reason')} more</li>}
        </Words>
      }
    >
      {children}
    </Tip>
  );
}

type Counted = { deployment: string; role: string; state: NodeRoleState };

/** For many that are told as a number: the reasons of some of them, asked for when somebody wants to know. */
export function WhySomeTip({ counted: asked, children }: { counted: Counted; children: ReactElement }) {
  return <Tip content={<SomeWords {...asked} />}>{children}</Tip>;
}

function SomeWords({ deployment, role, state }: Counted) {
  const [at] = usePast();
  const some = useAnswer('GET /plan', { query: { deployment, role, state, limit: most, ...atOf(at) } });
  const withReasons = (some.data?.nodeRoles ?? []).filter(({ whyNot }) => whyNot.length > 0);
  const more = (some.data?.matching ?? 0) - withReasons.length;
  return (
    <Words meaning={nodeRoleMeanings[state]}>
      {some.isPending && <li>…</li>}
      {withReasons.map(({ key, nodeName, whyNot: [reason] }) => (
        <Reason key={key} reason={reason!} of={nodeName} />
      ))}
      {withReasons.length > 0 && more > 0 && <li>and {more} more</li>}
    </Words>
  );
}

function Tip({ content, children }: { content: ReactNode; children: ReactElement }) {
  return (
    <Tooltip appendTo={intoMain} entryDelay={300} isContentLeftAligned maxWidth="26rem" content={content}>
      {children}
    </Tooltip>
  );
}

const Words = ({ meaning, children }: { meaning: Meaning; children: ReactNode }) => (
  <div className="pb-why">
    <p>
      <strong>{meaning.word}</strong>: {meaning.means}
    </p>
    <ul>{children}</ul>
  </div>
);

const Reason = ({ reason: { what, next }, of }: { reason: Hindrance; of?: string }) => (
  <li>
    {of !== undefined && <strong>{of}: </strong>}
    {what}
    {next && <div className="pb-why__next">Next: {next}</div>}
  </li>
);
