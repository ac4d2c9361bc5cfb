// One machine: what it is, what it does, what happened on it, why it is not done.

import { Card, CardBody, PageSection, Skeleton, Title } from '@patternfly/react-core';
import { lazy, type ReactNode, Suspense, useEffect } from 'react';
import { Link, useLocation, useNavigate, useParams, useSearchParams } from 'react-router';
import type { BurnInView, CallerView, NodeView } from '../../../core/api/contract.ts';
import type { NodeRoleView } from '../../../core/model/plan.ts';
import { useOwnSession } from '../api/own-session.ts';
import { useAnswer } from '../api/queries.ts';
import { loadPage } from '../load-page.ts';
import { Approve } from '../machine/approve.tsx';
import { HardwareBaseline } from '../machine/baseline.tsx';
import { BoardController } from '../machine/board-controller.tsx';
import { bootOf } from '../machine/booting.ts';
import { BurnIn } from '../machine/burn-in.tsx';
import { CallsHome } from '../machine/calls-home.tsx';
import { BootSteps } from '../machine/boot-steps.tsx';
import { DiskTable, ExtraFacts, Facts, NicTable } from '../machine/inventory.tsx';
import { Firmware } from '../machine/firmware.tsx';
import { HandRequest } from '../machine/hand-request.tsx';
import { Legend } from '../parts/legend.tsx';
import { byUrgency, NodeRoleTable } from '../plan/node-role-table.tsx';
import { WithNodeRolePanel } from '../plan/node-role-panel.tsx';
import { Crumbs } from '../parts/crumbs.tsx';
import { Gone, isGone } from '../parts/gone.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { MachinePicture } from '../machine/machine-picture.tsx';
import { Starts } from '../machine/starts.tsx';
import { FIRST, Timeline } from '../machine/timeline.tsx';
import { PowerMenu } from '../machine/power-menu.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { conditionOf } from '../parts/conditions.ts';
import { isFailing, nodeMeanings, nodeRoleLegend, StateLabel, watchMeanings } from '../parts/states.tsx';
import { hardwareText } from '../parts/words.ts';
import './machine.css';

// Brings the terminal.
const ConsoleDialog = lazy(async () => ({ default: (await loadPage(() => import('../machine/console-dialog.tsx'))).ConsoleDialog }));

export function MachinePage() {
  const { name = '' } = useParams();
  const [search, setSearch] = useSearchParams();
  const node = useAnswer('GET /nodes/:id', { params: { id: name } });
  const plan = useAnswer('GET /plan', { query: { node: name } });
  const status = useAnswer('GET /status', {});
  const history = useAnswer('GET /nodes/:id/history', { params: { id: name }, query: { limit: FIRST } });
  const gone = isGone(node);
  useNewName(name, gone ? node.data?.id : undefined);
  const { ofSite } = useOwnSession();
  const serial = node.data?.serial;
  const callers = useAnswer('GET /callers', { query: serial === undefined ? {} : { serial } }, { enabled: serial !== undefined && ofSite });
  const discovered = node.data !== undefined && !gone && node.data.remote !== 'local';
  const burnIn = useAnswer('GET /nodes/:id/burn-in', { params: { id: name } }, { enabled: ofSite && discovered });
  // Drawn when all of it was read, so that no part pushes another away as it arrives.
  const waiting = (!gone && [node, plan, history].some((q) => q.isPending)) || callers.isLoading || burnIn.isLoading;
  const above = <Crumbs above={[['/', 'Rack']]} here={node.data?.name ?? name} />;
  const failing = plan.data?.nodeRoles.filter((n) => n.nodeId === node.data?.id && isFailing(n)).length ?? 0;
  const sighting = node.data && bootOf(node.data, status.data?.sightings ?? []);
  return (
    <WithNodeRolePanel>
      <PageTitle
        title={node.data?.name ?? name}
        above={above}
        beside={
          node.data && (
            <div className="pb-actions">
              <StateLabel meaning={nodeMeanings[conditionOf(node.data)]} />
              {failing > 0 && <StateLabel meaning={watchMeanings.failing} count={failing} />}
            </div>
          )
        }
        actions={
          node.data &&
          !gone && (
            <div className="pb-actions">
              {!node.data.approved && <Approve machine={{ ...node.data, hardware: hardwareText(node.data.inventory) }} />}
              <PowerMenu node={node.data} wide />
            </div>
          )
        }
      />
      <PageSection hasBodyWrapper={false} className="pb-page">
        {gone ? (
          <Gone
            what={`machine called ${name}`}
            on={[
              ['/', 'All machines'],
              ['/activity', 'Who changed what'],
            ]}
          >
            It was forgotten, replaced or given another name; or it never was here.
          </Gone>
        ) : (
          <Unread of={node} />
        )}
        {waiting && <Skeleton height="20rem" screenreaderText="Reading the machine" />}
        {node.data?.request && <HandRequest node={node.data} />}
        {sighting && <BootSteps stage={sighting.stage} />}
        {node.data && !waiting && !gone && (
          <Told
            node={node.data}
            nodeRoles={plan.data?.nodeRoles.filter((n) => n.nodeId === node.data.id) ?? []}
            callers={callers.data ?? []}
            burnIn={burnIn.data}
            openConsole={() => setSearch({ console: '' })}
          />
        )}
        {node.data && search.has('console') && (
          <Suspense>
            <ConsoleDialog name={node.data.name} close={() => setSearch({})} />
          </Suspense>
        )}
      </PageSection>
    </WithNodeRolePanel>
  );
}

/** Whoever renames it, or lets it in under another name: the page goes on with it. */
function useNewName(name: string, id: string | undefined): void {
  const renamed = useAnswer('GET /nodes/:id', { params: { id: id ?? '' } }, { enabled: id !== undefined }).data?.name;
  const { search } = useLocation();
  const go = useNavigate();
  useEffect(() => {
    if (id !== undefined && renamed !== undefined && renamed !== name) void go(`/nodes/${encodeURIComponent(renamed)}${search}`, { replace: true });
  }, [id, renamed, name, search, go]);
}

type ToldProps = { node: NodeView; nodeRoles: NodeRoleView[]; callers: CallerView[]; burnIn: BurnInView | undefined; openConsole: () => void };

function Told({ node, nodeRoles, callers, burnIn, openConsole }: ToldProps) {
  const { mayAct } = useOwnSession();
  return (
    <div className="pb-machine">
      <div className="pb-machine__does">
        <Part title="Node-roles" legend={<Legend title="What the states of node-roles mean" meanings={nodeRoleLegend} />}>
          {nodeRoles.length === 0 && (
            <p className="pb-subtle">
              {node.approved ? 'It holds no role. Give it one in a proposal under Deployments.' : 'It gets no roles before it is approved.'}
            </p>
          )}
          {nodeRoles.length > 0 && <NodeRoleTable nodeRoles={byUrgency(nodeRoles)} withNode={false} />}
        </Part>
        <Part
          title="What happened"
          legend={
            <div className="pb-actions">
              <Link to={`/runs?node=${encodeURIComponent(node.id)}`}>All its runs</Link>
              {mayAct && <Link to={`/activity?text=${encodeURIComponent(node.id)}`}>Who changed it</Link>}
            </div>
          }
        >
          <Timeline id={node.name} />
        </Part>
      </div>
      <div className="pb-machine__is">
        {node.inventory && (
          <Part title="Drawing">
            <MachinePicture node={node} />
          </Part>
        )}
        <Part title="Machine">
          <Facts node={node} />
        </Part>
        {callers.length > 0 && (
          <Part title="Calls home">
            {callers.map((caller) => (
              <CallsHome key={caller.id} caller={caller} />
            ))}
          </Part>
        )}
        {node.remote !== 'local' && (
          <Part title="Board controller">
            <BoardController node={node} openConsole={openConsole} />
          </Part>
        )}
        {node.remote !== 'local' && node.inventory && (
          <Part title="Accepted hardware">
            <HardwareBaseline node={node} />
          </Part>
        )}
        {burnIn?.measured && (
          <Part title="Burn-in">
            <BurnIn measured={burnIn.measured} machines={burnIn.machines} />
          </Part>
        )}
        {node.remote !== 'local' && node.inventory && (
          <Part title="Firmware">
            <Firmware node={node} />
          </Part>
        )}
        {node.remote !== 'local' && node.inventory && (
          <Part title="Measured starts">
            <Starts node={node} />
          </Part>
        )}
        <Part title="Network ports">
          <NicTable nics={node.inventory?.nics ?? []} />
        </Part>
        <Part title="Disks">
          <DiskTable disks={node.inventory?.disks ?? []} />
        </Part>
        {node.inventory?.extra && Object.keys(node.inventory.extra).length > 0 && <ExtraFacts extra={node.inventory.extra} />}
      </div>
    </div>
  );
}

function Part({ title, legend, children }: { title: string; legend?: ReactNode; children: ReactNode }) {
  return (
    <Card isCompact component="section" aria-label={title}>
      <CardBody>
        <div className="pb-section__head">
          <Title headingLevel="h2" size="md">
            {title}
          </Title>
          {legend}
        </div>
        {children}
      </CardBody>
    </Card>
  );
}
