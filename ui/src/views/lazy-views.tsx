// Which address shows which view: each comes in a part of its own, fetched when it is first shown, and before that when somebody points at a link to
// it or the browser has nothing else to do. Until it is there, the page that was shown stays.

import { type ComponentType, lazy, type ReactNode } from 'react';
import { matchPath } from 'react-router';
import { loadPage } from '../load-page.ts';

type View = { path: string; element: ReactNode; preload(): Promise<unknown> };

function view(path: string, load: () => Promise<ComponentType>): View {
  const Shown = lazy(async () => ({ default: await loadPage(load) }));
  return { path, element: <Shown />, preload: load };
}

export const views: View[] = [
  view('/', async () => (await import('./rack.tsx')).RackPage),
  view('/nodes/:name', async () => (await import('./machine.tsx')).MachinePage),
  view('/guide', async () => (await import('./guide.tsx')).GuidePage),
  view('/health', async () => (await import('./health.tsx')).HealthPage),
  view('/plan', async () => (await import('./plan.tsx')).PlanPage),
  view('/runs', async () => (await import('./runs.tsx')).RunsPage),
  view('/runs/:id', async () => (await import('./run.tsx')).RunPage),
  view('/deployments', async () => (await import('./deployments.tsx')).DeploymentsPage),
  view('/deployments/:name', async () => (await import('./deployment.tsx')).DeploymentPage),
  view('/deployments/:deployment/:barclamp', async () => (await import('./proposal.tsx')).ProposalPage),
  view('/orders', async () => (await import('./orders.tsx')).OrdersPage),
  view('/barclamps', async () => (await import('./barclamps.tsx')).BarclampsPage),
  view('/barclamps/:name', async () => (await import('./barclamp.tsx')).BarclampPage),
  view('/network/:tab?', async () => (await import('./network.tsx')).NetworkPage),
  view('/hardware/:tab?', async () => (await import('./hardware.tsx')).HardwarePage),
  view('/images', async () => (await import('./images.tsx')).ImagesPage),
  view('/secrets', async () => (await import('./secrets.tsx')).SecretsPage),
  view('/activity', async () => (await import('./activity.tsx')).ActivityPage),
  view('/settings/:tab?', async () => (await import('./settings.tsx')).SettingsPage),
];

/** Asked for early, nobody waits for it yet: what fails is tried again when it is to be shown. */
const early = (found: View | undefined): Promise<unknown> => found?.preload().catch(() => {}) ?? Promise.resolve();

/** The view of this address at once, those of links that somebody points at, and the rest one after another when nothing else is to be done. */
export function preloadViews(): void {
  const at = (path: string) => early(views.find((one) => matchPath(one.path, path)));
  const pointedAt = ({ target }: Event) => {
    const link = target instanceof Element && target.closest('a');
    if (link && link.origin === location.origin) void at(link.pathname);
  };
  document.addEventListener('pointerover', pointedAt, { passive: true });
  document.addEventListener('focusin', pointedAt);
  const rest = views.values();
  const next = () => {
    const { value } = rest.next();
    if (value) void early(value).then(whenIdle);
  };
  const whenIdle = () => ('requestIdleCallback' in window ? requestIdleCallback(next) : setTimeout(next, 200));
  void at(location.pathname).then(whenIdle);
}
