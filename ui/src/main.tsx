// Wires the page, top to bottom: what is remembered of answers, the live connection that wakes it, and which address shows which view.

import '@patternfly/react-core/dist/styles/base.css';
import './style/page.css';
import './parts/section.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter, Navigate, RouterProvider, useLocation } from 'react-router';
import { Live } from './api/live.ts';
import { LiveContext } from './api/live-context.tsx';
import { createQueryClient } from './api/queries.ts';
import { ActivityPage } from './views/activity.tsx';
import { BarclampsPage } from './views/barclamps.tsx';
import { loadPage } from './load-page.ts';
import { Broken } from './views/broken.tsx';
import { DeploymentPage } from './views/deployment.tsx';
import { DeploymentsPage } from './views/deployments.tsx';
import { FirstUser } from './views/first-user.tsx';
import { Frame } from './views/frame.tsx';
import { GuidePage } from './views/guide.tsx';
import { HardwarePage } from './views/hardware.tsx';
import { HealthPage } from './views/health.tsx';
import { ImagesPage } from './views/images.tsx';
import { MachinePage } from './views/machine.tsx';
import { NetworkPage } from './views/network.tsx';
import { NotFound } from './views/not-found.tsx';
import { OrdersPage } from './views/orders.tsx';
import { PlanPage } from './views/plan.tsx';
import { RackPage } from './views/rack.tsx';
import { RunPage } from './views/run.tsx';
import { RunsPage } from './views/runs.tsx';
import { SecretsPage } from './views/secrets.tsx';
import { SettingsPage } from './views/settings.tsx';
import { SignIn } from './views/sign-in.tsx';

// Brings the YAML parser, which no other page needs.
const ProposalPage = lazy(async () => ({ default: (await loadPage(() => import('./views/proposal.tsx'))).ProposalPage }));
// Brings the Markdown reader.
const BarclampPage = lazy(async () => ({ default: (await loadPage(() => import('./views/barclamp.tsx'))).BarclampPage }));

const client = createQueryClient();
const live = new Live(() => client.invalidateQueries());

/** Where the list of machines was once. */
function ToRack() {
  const { search } = useLocation();
  return <Navigate to={`/${search}`} replace />;
}

const router = createBrowserRouter([
  { path: '/sign-in/:code?', element: <SignIn />, errorElement: <Broken /> },
  { path: '/first-user', element: <FirstUser />, errorElement: <Broken /> },
  {
    element: <Frame />,
    errorElement: <Broken />,
    children: [
      { path: '/', element: <RackPage /> },
      { path: '/nodes', element: <ToRack /> },
      { path: '/nodes/:name', element: <MachinePage /> },
      { path: '/guide', element: <GuidePage /> },
      { path: '/health', element: <HealthPage /> },
      { path: '/plan', element: <PlanPage /> },
      { path: '/runs', element: <RunsPage /> },
      { path: '/runs/:id', element: <RunPage /> },
      { path: '/deployments', element: <DeploymentsPage /> },
      { path: '/deployments/:name', element: <DeploymentPage /> },
      { path: '/deployments/:deployment/:barclamp', element: <ProposalPage /> },
      { path: '/orders', element: <OrdersPage /> },
      { path: '/barclamps', element: <BarclampsPage /> },
      { path: '/barclamps/:name', element: <BarclampPage /> },
      { path: '/network/:tab?', element: <NetworkPage /> },
      { path: '/hardware/:tab?', element: <HardwarePage /> },
      { path: '/images', element: <ImagesPage /> },
      { path: '/secrets', element: <SecretsPage /> },
      { path: '/activity', element: <ActivityPage /> },
      { path: '/settings/:tab?', element: <SettingsPage /> },
      { path: '*', element: <NotFound /> },
    ],
  },
]);

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <LiveContext value={live}>
        <RouterProvider router={router} />
      </LiveContext>
    </QueryClientProvider>
  </StrictMode>,
);
