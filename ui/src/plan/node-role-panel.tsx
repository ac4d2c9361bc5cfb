// The side panel about one node-role: its state explained, why it is not done, what would be run, and its latest run with the log.
// Laid over the page rather than beside it, so that opening it moves nothing.

import {
  Button,
  Drawer,
  DrawerActions,
  DrawerCloseButton,
  DrawerContent,
  DrawerContentBody,
  DrawerHead,
  DrawerPanelBody,
  DrawerPanelContent,
  Title,
} from '@patternfly/react-core';
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';
import { Link } from 'react-router';
import type { NodeRoleView } from '../../../core/model/plan.ts';
import { useAnswer } from '../api/queries.ts';
import { CancelRun } from '../runs/cancel-run.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { Retry } from '../runs/retry.tsx';
import { meaningOf, RunStory } from '../runs/run-story.tsx';
import { Program } from './program.tsx';
import { atOf, readingOf, usePast } from './past.ts';
import { useShownNodeRole } from './shown-node-role.ts';
import { meaningOfNodeRole, StateIcon, StateLabel } from '../parts/states.tsx';
import { Duration, Time } from '../parts/time.tsx';
import { Watched } from './watched.tsx';
import { WhyNot } from './why-not.tsx';
import { keyParts } from '../parts/words.ts';
import { Given } from './given.tsx';
import './node-role-panel.css';

/** Wraps a page whose node-roles can be clicked. */
export function WithNodeRolePanel({ children }: { children: ReactNode }) {
  const [shown, show] = useShownNodeRole();
  const [at] = usePast();
  const plan = useAnswer(
    'GET /plan',
    { query: { ...(shown !== undefined && { key: shown }), ...atOf(at) } },
    { ...readingOf(at), enabled: shown !== undefined },
  );
  const nodeRole = plan.data?.nodeRoles.find(({ key }) => key === shown);
  // The answer about another one, or of another moment, is not yet that this one is not there.
  const open = shown !== undefined && plan.data !== undefined && (nodeRole !== undefined || !plan.isPlaceholderData);
  const onKeyDown = (event: KeyboardEvent) => {
    // A dialog that was opened from here closes by itself.
    if (event.key === 'Escape' && !event.defaultPrevented && event.currentTarget.contains(event.target as Node)) show(undefined);
  };
  return (
    <Drawer isExpanded={open}>
      <DrawerContent
        panelContent={
          open && (
            <DrawerPanelContent
              className="pb-panel"
              widths={{ default: 'width_100', lg: 'width_50' }}
              focusTrap={{ enabled: false }}
              aria-label="Node-role"
              onKeyDown={onKeyDown}
            >
              {nodeRole ? (
                <Panel key={nodeRole.key} nodeRole={nodeRole} at={at} close={() => show(undefined)} />
              ) : (
                <Gone nodeRole={shown} past={at !== undefined} close={() => show(undefined)} />
              )}
            </DrawerPanelContent>
          )
        }
      >
        <DrawerContentBody>{children}</DrawerContentBody>
      </DrawerContent>
    </Drawer>
  );
}

function Panel({ nodeRole, at, close }: { nodeRole: NodeRoleView; at: number | undefined; close: () => void }) {
  const meaning = meaningOfNodeRole(nodeRole);
  const run = useAnswer('GET /runs/:id', { params: { id: nodeRole.runId ?? 0 } }, { enabled: nodeRole.runId !== undefined });
  const heading = useOwnFocus();
  const retry = nodeRole.state === 'failed' || nodeRole.state === 'outdated';
  const running = nodeRole.state === 'running';
  const past = at !== undefined;
  const wentOn = past && run.data && (run.data.endedAt ?? Infinity) > at;
  return (
    <>
      <DrawerHead>
        <Title headingLevel="h2" size="lg" tabIndex={-1} ref={heading}>
          {nodeRole.role} on <Link to={`/nodes/${nodeRole.nodeName}`}>{nodeRole.nodeName}</Link>
        </Title>
        <p className="pb-subtle">
          deployment <Link to={`/deployments/${nodeRole.deployment}`}>{nodeRole.deployment}</Link>, barclamp {nodeRole.barclamp}
        </p>
        <DrawerActions>
          <DrawerCloseButton onClick={close} aria-label="Close node-role panel" />
        </DrawerActions>
      </DrawerHead>
      <DrawerPanelBody className="pb-panel__body">
        <div className="pb-panel__state">
          <StateIcon meaning={meaning} />
          <p>
            <strong>{meaning.word}</strong>: {meaning.means}
          </p>
        </div>
        <WhyNot hindrances={nodeRole.whyNot} />
        {past ? (
          <p className="pb-subtle">
            As it was <Time at={at} />: nothing can be done here.
          </p>
        ) : (
          <>
            <Watched nodeRole={nodeRole} />
            <Given nodeRole={nodeRole.key} />
            <Program nodeRole={nodeRole} />
            <div className="pb-actions">
              {retry && <Retry nodeRole={nodeRole} />}
              {running && run.data && run.data.endedAt === undefined && <CancelRun key={run.data.id} run={run.data} />}
            </div>
          </>
        )}
        {run.data && (
          <>
            <p className="pb-panel__run">
              <Link to={`/runs/${run.data.id}`}>Run {run.data.id}</Link> <StateLabel meaning={meaningOf(run.data)} /> <Time at={run.data.startedAt} />
              <span className="pb-subtle">
                <Duration from={run.data.startedAt} to={run.data.endedAt} />
              </span>
            </p>
            {wentOn && <p className="pb-subtle">It was not over then; this is how it went on.</p>}
            <RunStory key={run.data.id} run={run.data} />
          </>
        )}
        {nodeRole.runId === undefined && <p className="pb-subtle">It {past ? 'had' : 'has'} not been tried yet, so there is no log.</p>}
        <Unread of={run} />
      </DrawerPanelBody>
    </>
  );
}

/** The focus while the panel is open; then it goes back. */
function useOwnFocus() {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    heading.current?.focus({ preventScroll: true });
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  return heading;
}

function Gone({ nodeRole, past, close }: { nodeRole: string; past: boolean; close: () => void }) {
  const { role, nodeId, deployment } = keyParts(nodeRole);
  const heading = useOwnFocus();
  return (
    <DrawerPanelBody className="pb-panel__body">
      <Title headingLevel="h2" size="lg" tabIndex={-1} ref={heading}>
        {role} on {nodeId}
      </Title>
      <p>
        {past
          ? `This node-role was not in the plan of ${deployment} then.`
          : `This node-role is no longer in the plan of ${deployment}: the role was taken off, or the machine was forgotten. Its runs are kept.`}
      </p>
      <p>
        <Link to={`/runs?key=${encodeURIComponent(nodeRole)}`}>Its runs</Link>
      </p>
      <Button variant="secondary" onClick={close}>
        Close
      </Button>
    </DrawerPanelBody>
  );
}
