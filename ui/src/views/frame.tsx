// What stands around every page: masthead with the overall line, navigation, the connection banner; or the sign-in page when nobody is signed in.

import {
  Brand,
  Button,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  Nav,
  NavItem,
  NavList,
  Page,
  PageSection,
  SkipToContent,
  Spinner,
} from '@patternfly/react-core';
import { Suspense, useEffect, useRef } from 'react';
import { Link, NavLink, Outlet, useLocation } from 'react-router';
import type { StatusView } from '../../../core/api/contract.ts';
import { Refused } from '../api/client.ts';
import { useLive } from '../api/live-context.tsx';
import { useAnswer } from '../api/queries.ts';
import { ConnectionBanner, ConnectionMark } from '../parts/connection.tsx';
import { Refusal } from '../parts/problem-list.tsx';
import { ThemeSwitch } from '../parts/theme-switch.tsx';
import { UserMenu } from '../parts/user-menu.tsx';
import { sumOf } from '../parts/words.ts';
import { SignIn } from './sign-in.tsx';
import './frame.css';

const pages = [
  { path: '/', word: 'Overview' },
  { path: '/nodes', word: 'Machines' },
  { path: '/plan', word: 'Plan' },
  { path: '/runs', word: 'Runs' },
  { path: '/deployments', word: 'Deployments' },
];

export function Frame() {
  const live = useLive();
  const status = useAnswer('GET /status', {});
  const signedOut = status.error instanceof Refused && status.error.status === 401;
  const seq = status.data?.seq;
  useEffect(() => {
    if (signedOut) live.stop();
    else if (seq !== undefined) live.start(seq);
  }, [live, signedOut, seq]);
  useFocusOnNewPage();
  if (signedOut) return <SignIn />;
  return (
    <>
      <Page
        masthead={<Head status={status.data} />}
        mainContainerId="main"
        skipToContent={<SkipToContent href="#main">Skip to content</SkipToContent>}
        isContentFilled
      >
        {/* Nothing else is asked before it is known that somebody is signed in and that the admin node answers. */}
        {status.data ? (
          <Suspense fallback={<Waiting />}>
            <Outlet />
          </Suspense>
        ) : status.error ? (
          <NoAnswer error={status.error} again={() => live.wake()} />
        ) : (
          <Waiting />
        )}
      </Page>
      <ConnectionBanner />
    </>
  );
}

/** A link inside the page takes the focus to what it led to, as loading a page would have done. */
function useFocusOnNewPage(): void {
  const { pathname } = useLocation();
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    (document.querySelector<HTMLElement>('#main h1[tabindex]') ?? document.getElementById('main'))?.focus();
  }, [pathname]);
}

const Waiting = () => <Spinner className="pb-waiting" aria-label="Loading this page" />;

/** Nothing was ever read, so there is nothing to show: told once, here. */
function NoAnswer({ error, again }: { error: unknown; again: () => void }) {
  return (
    <PageSection hasBodyWrapper={false} className="pb-page">
      <h1 className="pf-v6-u-screen-reader">No answer</h1>
      <Refusal error={error} />
      <div>
        <Button variant="secondary" onClick={again}>
          Ask again now
        </Button>
      </div>
    </PageSection>
  );
}

function Head({ status }: { status: StatusView | undefined }) {
  const { pathname } = useLocation();
  const isActive = (path: string) => (path === '/' ? pathname === '/' : pathname === path || pathname.startsWith(`${path}/`));
  return (
    <Masthead className="pb-head" display={{ default: 'inline' }}>
      <MastheadMain>
        <MastheadBrand>
          <MastheadLogo component={(props: object) => <Link {...props} to="/" aria-label="Prybar: overview" />}>
            <Brand src="/favicon.svg" alt="" heights={{ default: '28px' }} />
            <span className="pb-head__name">Prybar</span>
          </MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <Nav variant="horizontal" aria-label="Pages" className="pb-head__nav">
          <NavList>
            {pages.map(({ path, word }) => (
              <NavItem key={path} itemId={path} isActive={isActive(path)}>
                <NavLink to={path}>{word}</NavLink>
              </NavItem>
            ))}
          </NavList>
        </Nav>
        <p className="pb-head__overall pb-number">{status ? overallText(status) : '\u00a0'}</p>
        <div className="pb-head__end">
          <ConnectionMark />
          <ThemeSwitch />
          <UserMenu />
        </div>
      </MastheadContent>
    </Masthead>
  );
}

/** `3 of 3 machines up · 7 of 9 node-roles done · 1 failed` */
export function overallText({ nodes, totals }: StatusView): string {
  const waiting = nodes.total - nodes.approved;
  return [
    `${nodes.up} of ${nodes.total} machines up`,
    waiting > 0 && `${waiting} to approve`,
    `${totals.done} of ${sumOf(totals)} node-roles done`,
    totals.failed > 0 && `${totals.failed} failed`,
  ]
    .filter(Boolean)
    .join(' · ');
}
