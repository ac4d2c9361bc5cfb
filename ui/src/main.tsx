// Wires the page, top to bottom: what is remembered of answers, the live connection that wakes it, and which address shows which view.

import '@patternfly/react-core/dist/styles/base.css';
import './style/page.css';
import './parts/section.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter, Navigate, RouterProvider, useLocation } from 'react-router';
import { Live } from './api/live.ts';
import { LiveContext } from './api/live-context.tsx';
import { createQueryClient } from './api/queries.ts';
import { takeWanted } from './views/after-sign-in.ts';
import { Broken } from './views/broken.tsx';
import { FirstUser } from './views/first-user.tsx';
import { Frame } from './views/frame.tsx';
import { preloadViews, views } from './views/lazy-views.tsx';
import { NotFound } from './views/not-found.tsx';
import { SignIn } from './views/sign-in.tsx';

const wanted = takeWanted();
if (wanted) history.replaceState(null, '', wanted);
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
    children: [...views.map(({ path, element }) => ({ path, element })), { path: '/nodes', element: <ToRack /> }, { path: '*', element: <NotFound /> }],
  },
]);

preloadViews();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <LiveContext value={live}>
        <RouterProvider router={router} />
      </LiveContext>
    </QueryClientProvider>
  </StrictMode>,
);
