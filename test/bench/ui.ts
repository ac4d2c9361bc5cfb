// How the page feels with ten thousand machines: a real admin daemon with them in its store, Debian's Chromium, and what somebody at the keyboard waits
// for. The limit beside it in the same run: the same browser on a page that only echoes what is typed.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { startAdmin } from '../admin.ts';
import { BROWSER_FLAGS, browserMissing, CHROMIUM } from '../browser/browser.ts';
import { enterSite } from '../many-machines.ts';
import type { Bench } from './main.ts';

const MACHINES = 10_000;
const ROLES = 50;
const TYPED = 'state:failed pool:compute memory>=64GiB';

export const ui: Bench = async ({ progress }) => {
  const why = browserMissing();
  if (why) return { figures: {}, ratios: {}, notes: [`not measured: ${why}`] };
  const state = mkdtempSync(path.join(tmpdir(), 'prybar-bench-ui-'));
  const barclamps = path.join(state, 'barclamps');
  try {
    progress(`${MACHINES} machines with ${ROLES} roles each are entered`);
    await enterSite(state, barclamps, { machines: MACHINES, roles: ROLES });
    const admin = await startAdmin(['--no-lab', '--barclamps', barclamps], state, 180_000);
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: BROWSER_FLAGS });
    try {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      progress('the first page');
      await page.goto(admin.link);
      await page.getByText('Not now').click();
      await page.locator('.pb-small-tile').first().waitFor({ timeout: 120_000 });
      const first = await firstPaint(page, admin.url);
      const payload = await page.evaluate<{ ms: number; bytes: number }>(READ_RACK);
      progress('typing');
      const filter = page.getByRole('combobox', { name: 'Filter machines' });
      const typing = await interactions(page, async () => {
        await filter.click();
        await page.keyboard.type(TYPED, { delay: 120 });
        await page.waitForTimeout(400);
      });
      await page.getByText(/^\d+ of 10001$/).waitFor();
      if (!(await page.locator('.pb-small-tile').count())) throw new Error(`nothing fits ${await filter.inputValue()}, so nothing was measured`);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Clear the filter' }).click();
      await page.waitForTimeout(600);
      progress('scrolling');
      const frames = await page.evaluate<number[]>(SCROLL);
      progress('a change that somebody else makes');
      const live = await liveUpdate(page, (id, pool) => admin.client.call('PATCH /nodes/:id', { params: { id }, body: { pool } }));
      progress('choosing');
      const choosing = await interactions(page, async () => {
        await page.getByRole('button', { name: 'Choose', exact: true }).click();
        await page.getByRole('checkbox').nth(3).click();
        await page
          .getByRole('checkbox')
          .nth(9)
          .click({ modifiers: ['Shift'] });
        await page.getByRole('button', { name: /^Choose all \d+ shown/ }).click();
        await page.waitForTimeout(300);
      });
      const drawn = await page.evaluate<number>(`document.querySelectorAll('*').length`);
      progress('a page that only echoes');
      await page.goto('about:blank');
      await page.setContent('<input aria-label="echo" oninput="document.querySelector(\'p\').textContent = this.value"><p></p>');
      const echo = await interactions(page, async () => {
        await page.getByLabel('echo').click();
        await page.keyboard.type(TYPED, { delay: 120 });
        await page.waitForTimeout(300);
      });
      return {
        figures: {
          machines: MACHINES,
          firstTilesMs: first,
          rackAnswerMs: payload.ms,
          rackAnswerKiB: payload.bytes / 1024,
          keystrokeToPaintMedianMs: median(typing),
          keystrokeToPaintWorstMs: Math.max(...typing),
          chooseToPaintWorstMs: Math.max(...choosing),
          scrollFrameMedianMs: median(frames),
          scrollFrame95thMs: percentile(frames, 0.95),
          scrollFrameWorstMs: Math.max(...frames),
          changeToPageMs: live,
          elementsDrawn: drawn,
          echoKeystrokeMedianMs: median(echo),
        },
        ratios: { keystrokeOverEcho: median(typing) / median(echo) },
      };
    } finally {
      await browser.close();
      await admin.stop();
    }
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
};

/** From asking for the page, with its files already kept by the browser, to tiles on the screen. */
async function firstPaint(page: Page, url: string): Promise<number> {
  const started = performance.now();
  await page.goto(url, { waitUntil: 'commit' });
  await page.evaluate(TILES);
  return performance.now() - started;
}

/** How long the page took from each key or click to the next paint, as the browser itself measures it (Event Timing, W3C). It rounds to 8 ms. */
async function interactions(page: Page, act: () => Promise<void>): Promise<number[]> {
  await page.evaluate(WATCH);
  await act();
  const durations = await page.evaluate<number[]>('[...globalThis.seen.values()]');
  // What was quicker than can be noted down was at most as long as that.
  return durations.length ? durations : [16];
}

// What runs in the page.

const TILES = `new Promise((seen) => {
  const look = () => (document.querySelector('.pb-small-tile') ? seen() : requestAnimationFrame(look));
  look();
})`;

const READ_RACK = `(async () => {
  const started = performance.now();
  const text = await (await fetch('/api/v1/rack')).text();
  const ms = performance.now() - started;
  const entry = performance.getEntriesByType('resource').findLast((one) => one.name.endsWith('/rack'));
  return { ms, bytes: entry.encodedBodySize || text.length };
})()`;

const WATCH = `(() => {
  const seen = (globalThis.seen = new Map());
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if (entry.interactionId) seen.set(entry.interactionId, Math.max(seen.get(entry.interactionId) ?? 0, entry.duration));
  }).observe({ type: 'event', durationThreshold: 16 });
})()`;

const SCROLL = `(async () => {
  let scroller = document.querySelector('.pb-small-tile');
  while (scroller.scrollHeight <= scroller.clientHeight || !/auto|scroll/.test(getComputedStyle(scroller).overflowY)) scroller = scroller.parentElement;
  const frames = [];
  let last = performance.now();
  while (scroller.scrollTop < 6000) {
    scroller.scrollTop += 60;
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - last);
    last = now;
  }
  scroller.scrollTop = 0;
  return frames;
})()`;

async function liveUpdate(page: Page, change: (id: string, pool: string) => Promise<unknown>): Promise<number> {
  await page.getByRole('combobox', { name: 'Filter machines' }).fill('pool:elsewhere');
  await page.getByText('No machine fits the filter').waitFor();
  const started = performance.now();
  await change('m00001', 'elsewhere');
  await page.evaluate(TILES);
  const took = performance.now() - started;
  await page.getByRole('button', { name: 'Clear the filter' }).click();
  await page.locator('.pb-small-tile').nth(20).waitFor();
  return took;
}

const percentile = (values: readonly number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))]!;
const median = (values: readonly number[]): number => percentile(values, 0.5);
