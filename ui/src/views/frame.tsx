// What stands around every page: masthead with the overall line, navigation, the connection banner; or the sign-in page when nobody is signed in.

import {
  Brand,
  Button,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  MastheadToggle,
  Nav,
  NavItem,
  NavList,
  Page,
  PageSection,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
  SkipToContent,
  Spinner,
} from '@patternfly/react-core';
import { Suspense, useEffect, useRef, useState } from 'react';
import { Link, NavLink, Outlet, useLocation } from 'react-router';
import type { StatusView } from '../../../core/api/contract.ts';
import { Refused } from '../api/client.ts';
import { useLive } from '../api/live-context.tsx';
import { useAnswer } from '../api/queries.ts';
import { ConnectionBanner, ConnectionMark } from '../parts/connection.tsx';
import { WithMachineActs } from '../machine/machine-acts.tsx';
import { KeysDialog } from '../palette/keys-dialog.tsx';
import { Palette } from '../palette/palette.tsx';
import { PaletteButton, usePalette } from '../palette/palette-button.tsx';
import { keepFocus } from '../parts/keep-focus.ts';
import { pages } from '../parts/pages.ts';
import { Refusal } from '../parts/problem-list.tsx';
import { StateIcon, watchMeanings } from '../parts/states.tsx';
import { ThemeSwitch } from '../parts/theme-switch.tsx';
import { UserMenu } from '../parts/user-menu.tsx';
import { sumOf } from '../parts/words.ts';
import { SignIn } from './sign-in.tsx';
import './frame.css';

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
  useEffect(keepFocus, []);
  const { open, toggle, resized } = useSidebar();
  const palette = usePalette();
  const [keys, showKeys] = useState(false);
  const health = useAnswer('GET /health', { query: {} }, { enabled: status.data !== undefined });
  const failing = health.data?.length ?? 0;
  if (signedOut) return <SignIn />;
  return (
    <>
      <Page
        masthead={<Head status={status.data} failing={failing} open={open} toggle={toggle} find={palette.show} showKeys={() => showKeys(true)} />}
        sidebar={<Side open={open} failing={failing} />}
        onPageResize={(_, { mobileView }: { mobileView: boolean }) => resized(!mobileView)}
        mainContainerId="main"
        skipToContent={<SkipToContent href="#main">Skip to content</SkipToContent>}
        isContentFilled
      >
        {/* Nothing else is asked before it is known that somebody is signed in and that the admin node answers. */}
        {status.data ? (
          <Suspense fallback={<Waiting />}>
            <WithMachineActs>
              <Outlet />
              {palette.open && <Palette close={palette.close} />}
              {keys && <KeysDialog close={() => showKeys(false)} />}
            </WithMachineActs>
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
    // A part of the page that is open: the focus stays at its tab.
    if (document.activeElement?.matches('[role=tab]')) return;
    // Who has opened a dialog since they followed the link types there.
    if (document.querySelector('[aria-modal=true]')) return;
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

/** Beside the page where there is room for it, else over it until a page was chosen. */
function useSidebar() {
  // As the kit's page measures it; before that, as it will.
  const [roomy, setRoomy] = useState(() => window.innerWidth >= 1200);
  const { pathname } = useLocation();
  const [choice, setChoice] = useState<{ open: boolean; at: string; roomy: boolean }>();
  // A choice holds as long as what it was about: the width, and on a narrow screen the page.
  const holds = choice && choice.roomy === roomy && (roomy || choice.at === pathname);
  const open = holds ? choice.open : roomy;
  return { open, toggle: () => setChoice({ open: !open, at: pathname, roomy }), resized: setRoomy };
}

function Side({ open, failing }: { open: boolean; failing: number }) {
  const { pathname } = useLocation();
  const isActive = (path: string) => (path === '/' ? pathname === '/' || pathname.startsWith('/nodes/') : pathname === path || pathname.startsWith(`${path}/`));
  return (
    <PageSidebar isSidebarOpen={open} className="pb-side">
      <PageSidebarBody>
        <Nav aria-label="Pages">
          <NavList>
            {pages.map(({ path, word }) => (
              <NavItem key={path} itemId={path} isActive={isActive(path)}>
                <NavLink to={path}>
                  {word}
                  {path === '/health' && failing > 0 && (
                    <span className="pb-side__bad">
                      <StateIcon meaning={watchMeanings.failing} /> {failing}
                      <span className="pf-v6-u-screen-reader"> not working</span>
                    </span>
                  )}
                </NavLink>
              </NavItem>
            ))}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
}

type HeadProps = {
  status: StatusView | undefined /** Node-roles that are done and do not work. */;
  failing: number;
  open: boolean;
  toggle: () => void;
  find: () => void;
  showKeys: () => void;
};

function Head({ status, failing, open, toggle, find, showKeys }: HeadProps) {
  return (
    <Masthead className="pb-head" display={{ default: 'inline' }}>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton
            variant="plain"
            aria-label="Pages"
            aria-expanded={open}
            aria-controls="page-sidebar"
            isSidebarOpen={open}
            onSidebarToggle={toggle}
            isHamburgerButton
          />
        </MastheadToggle>
        <MastheadBrand>
          <MastheadLogo component={(props: object) => <Link {...props} to="/" aria-label="Prybar: rack" />}>
            <Brand src="/favicon.svg" alt="" heights={{ default: '28px' }} />
            <span className="pb-head__name">Prybar</span>
          </MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <p className="pb-head__overall pb-number">{status ? overallText(status, failing) : '\u00a0'}</p>
        <div className="pb-head__end">
          <PaletteButton show={find} />
          <ConnectionMark />
          <ThemeSwitch />
          <UserMenu showKeys={showKeys} />
        </div>
      </MastheadContent>
    </Masthead>
  );
}

/** `3 of 3 machines up · 7 of 9 node-roles done · 1 failed` */
function overallText({ nodes, totals }: StatusView, failing: number): string {
  const waiting = nodes.total - nodes.approved;
  return [
    `${nodes.up} of ${nodes.total} machines up`,
    waiting > 0 && `${waiting} to approve`,
    `${totals.done} of ${sumOf(totals)} node-roles done`,
    totals.failed > 0 && `${totals.failed} failed`,
    failing > 0 && `${failing} not working`,
  ]
    .filter(Boolean)
    .join(' · ');
}
