// What the tests of the page share: Debian's Chromium with one page open, its complaints, screenshots of each view in both themes and at phone
// width, and axe; and an admin daemon of its own for each, with somebody signed in. Screenshots go to test/browser/screenshots.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { skipWhere } from '../skip-where.ts';
import { type Admin, startAdmin } from '../admin.ts';
import { enterSite, type Site as Machines } from '../many-machines.ts';

export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const BROWSER_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-quic',
  '--no-first-run',
  '--disable-component-update',
  '--disable-sync',
];
const shots = path.join(import.meta.dirname, 'screenshots');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
// Chromium ends its requests, also those to this machine itself, when a container elsewhere on it brings an interface up.
const NETWORK_CHANGED = 'net::ERR_NETWORK_CHANGED';
const desktop = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };

/** Layout Instability, as browsers count it: the part of the window that moved, times how far. A tenth of what counts as good. Rows of lists whose newest
 * stands first are pushed down by it, and are left out; of what moved together with them the rest is counted as browsers would. */
const SEEN_AS_STILL = 0.01;
type Shift = { value: number; moved: string[] };
const recordShifts = `globalThis.shifts = [];
const elementOf = ({ node }) => (node?.nodeType === 1 ? node : node?.parentElement);
const countAlone = ({ previousRect: from, currentRect: to }) => {
  const over = (edge, size) => Math.max(from[edge] + from[size], to[edge] + to[size]) - Math.min(from[edge], to[edge]);
  const far = Math.max(Math.abs(from.x - to.x), Math.abs(from.y - to.y));
  return ((over('x', 'width') * over('y', 'height')) / (innerWidth * innerHeight)) * (far / Math.max(innerWidth, innerHeight));
};
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries()) {
    const counted = sources.filter((source) => !elementOf(source)?.closest('[data-newest-first]'));
    if (hadRecentInput || (sources.length && !counted.length)) continue;
    globalThis.shifts.push({ value: counted.length === sources.length ? value : Math.min(value, counted.reduce((sum, source) => sum + countAlone(source), 0)), moved: counted.map((source) => {
      const { previousRect: from, currentRect: to } = source;
      return elementOf(source)?.outerHTML.slice(0, 110) + ' from ' + [from.x, from.y, from.width, from.height] + ' to ' + [to.x, to.y, to.width, to.height];
    }) });
  }
}).observe({ type: 'layout-shift', buffered: true });`;

/** Why there is no browser here; the tests are then skipped. */
export const browserMissing = (): string | undefined => (existsSync(CHROMIUM) ? undefined : `there is no ${CHROMIUM} here; apt-get install chromium`);

export type Opened = {
  page: Page;
  /** What the browser itself found wrong, as its console shows it. */
  complaints: string[];
  /** Loads it; again, when an interface of this machine that came or went ended its requests. */
  visit(url: string): Promise<void>;
  /** Fails with what axe finds on the page as it would be loaded anew, once `ready` stands there and `open` was done on it. */
  accessible(name: string, ready?: string, open?: (copy: Page) => Promise<void>): Promise<void>;
  /** Fails where something that was drawn has moved since the page was loaded, other than by what a person did in the half second before. */
  still(name: string): Promise<void>;
  /** Also fails when the page is wider than a phone. */
  picture(name: string): Promise<void>;
  close(): Promise<void>;
};

export async function openBrowser(): Promise<Opened> {
  mkdirSync(shots, { recursive: true });
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: BROWSER_FLAGS,
  });
  const page = await browser.newPage({ viewport: desktop });
  // What takes long on a busy machine is no fault; what never comes is one after a minute, too.
  page.setDefaultTimeout(60_000);
  await page.addInitScript(recordShifts);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes(NETWORK_CHANGED)) complaints.push(message.text());
  });
  let disturbed = 0;
  page.on('requestfailed', (request) => {
    if (request.failure()?.errorText === NETWORK_CHANGED) disturbed++;
  });
  page.on('pageerror', (error) => complaints.push(error.message));

  const visit = async (url: string): Promise<void> => {
    for (let tries = 0; tries < 5; tries++) {
      const before = disturbed;
      await page.goto(url).catch((error: Error) => {
        if (!error.message.includes(NETWORK_CHANGED)) throw error;
      });
      if (disturbed === before) return;
    }
    throw new Error(`the network of this machine changes all the time: ${url} could not be loaded`);
  };

  const accessible = async (name: string, ready?: string, open?: (copy: Page) => Promise<void>): Promise<void> => {
    const context = await browser.newContext({ bypassCSP: true, storageState: await page.context().storageState(), viewport: desktop });
    const copy = await context.newPage();
    await copy.goto(page.url());
    await copy.getByRole('heading', { level: 1 }).first().waitFor();
    if (ready) await copy.getByText(ready).waitFor();
    await open?.(copy);
    await copy.evaluate(axe);
    const found = await copy.evaluate(async () => {
      const { violations } = await (
        globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
      ).axe.run();
      return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`);
    });
    await context.close();
    assert.deepEqual(found, [], `accessibility of ${name}`);
  };

  const still = async (name: string): Promise<void> => {
    const shifts = await page.evaluate<Shift[]>('globalThis.shifts');
    const sum = shifts.reduce((total, { value }) => total + value, 0);
    assert(
      sum < SEEN_AS_STILL,
      `${name} moves by ${sum.toFixed(4)}:\n${shifts.map(({ value, moved }) => `${value.toFixed(4)} ${moved.join(' | ')}`).join('\n')}`,
    );
  };

  // With what moves at its end: else it is caught half way.
  const shoot = (name: string) => page.screenshot({ path: path.join(shots, `${name}.png`), animations: 'disabled' });
  const picture = async (name: string): Promise<void> => {
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      await shoot(`${name}-${theme}`);
    }
    await page.setViewportSize(phone);
    // The page notices that it became narrow a moment later, and puts the list of pages away.
    await page.locator('.pf-v6-c-page__sidebar.pf-m-expanded').waitFor({ state: 'detached' });
    await shoot(`${name}-phone`);
    const wider = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
    assert(wider <= 0, `${name} is ${wider}px wider than a phone`);
    await page.setViewportSize(desktop);
    await page.emulateMedia({ colorScheme: 'light' });
  };

  return { page, complaints, visit, accessible, still, picture, close: () => browser.close() };
}

/** Of the editor, which is no field; short enough that all of its lines are drawn. */
export const draftText = (page: Page): Promise<string> => page.locator('#draft').innerText();

export type Site = Opened & { admin: Admin };
export type SiteOptions = {
  /** Why it cannot be tried here, beside a missing browser. */
  missing?: string | undefined;
  /** What there is before the admin daemon starts: fills its folder, and may return what else it is started with. */
  enter?(state: string): Promise<string[] | void>;
  /** Nobody is signed in, and no page loaded. */
  stranger?: boolean;
};

/** For `enter`: so many machines with so many roles each, one standing on the other. */
export const enterMachines =
  (many: Machines) =>
  async (state: string): Promise<string[]> => {
    const barclamps = path.join(state, 'barclamps');
    await enterSite(state, barclamps, many);
    return ['--barclamps', barclamps];
  };

/** A folder for `openSite`, where a test must know it before. */
export const siteFolder = (): string => mkdtempSync(path.join(tmpdir(), 'prybar-browser-'));

/** For a `before`: a real admin daemon in a folder of its own, and a browser that is signed in to it. Skips where it cannot be. `close` also removes. */
export async function openSite(context: Mocha.Context, { missing, enter, stranger = false }: SiteOptions = {}, state = siteFolder()): Promise<Site> {
  const why = browserMissing() ?? missing;
  if (why) rmSync(state, { recursive: true, force: true });
  skipWhere(context, why);
  const stops: (() => unknown)[] = [() => rmSync(state, { recursive: true, force: true })];
  const close = async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  try {
    const args = (await enter?.(state)) ?? [];
    const admin = await startAdmin(['--no-lab', ...args], state);
    stops.push(admin.stop);
    const opened = await openBrowser();
    stops.push(opened.close);
    if (!stranger) {
      await opened.visit(admin.link);
      await opened.page.getByText('Not now').click();
      await opened.page.getByRole('heading', { level: 1, name: 'Machines' }).waitFor();
    }
    return { ...opened, admin, close };
  } catch (error) {
    await close();
    throw error;
  }
}
