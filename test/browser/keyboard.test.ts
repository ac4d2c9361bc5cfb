// The page by the keyboard alone, on a real admin daemon: where the focus goes, that it comes back, and that live data and dialogs do not lose it. And
// seen by other eyes than most: with other colours, and four times as large.

import assert from 'node:assert/strict';
import { type Admin, until } from '../admin.ts';
import { enterMachines, openSite, type Site } from './browser.ts';

describe('keyboard', function () {
  this.timeout(120_000);
  let admin: Admin;
  let site: Site | undefined;
  let { page, visit, accessible, complaints } = {} as Site;

  before(async function () {
    site = await openSite(this, { enter: enterMachines({ machines: 200, roles: 2 }) });
    ({ admin, page, visit, accessible, complaints } = site);
  });
  after(() => site?.close());

  /** What a screen reader would say that it stands on: its own name, else its words. */
  const focused = () =>
    page.evaluate<string>(`(() => {
      const at = document.activeElement;
      if (!at || at === document.body) return 'nothing';
      return (at.getAttribute('aria-label') ?? at.innerText ?? '').replace(/\\s+/g, ' ').trim();
    })()`);
  const stands = (on: RegExp) =>
    until(
      async () => on.test(await focused()),
      10_000,
      () => `the focus does not come to ${on}`,
    ).catch(async (error: Error) => {
      throw new Error(`${error.message}, but is on “${await focused()}”`);
    });
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' });
  const opened = async (address: string, title: string | RegExp) => {
    await visit(admin.url + address);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
  };
  const dialog = () => page.getByRole('dialog');

  it('goes through machines by arrows, and past all of them by Tab', async () => {
    await opened('/?by=rack', 'Machines');
    await page.getByText('row-1 rack-001').waitFor();
    await button('Choose').focus();
    await press('Tab');
    await stands(/^row-1 rack-001$/);
    await press('ArrowDown');
    await stands(/^m00001/);
    await press('ArrowRight', 'ArrowRight');
    await stands(/^m00003/);
    await press('Control+End');
    await stands(/^admin/);
    assert(await page.getByRole('link', { name: /^admin/ }).isVisible());
    await press('Control+Home', 'ArrowDown', 'End');
    const last = await focused();
    await press('Tab');
    assert.notEqual(await focused(), last);
    await press('Shift+Tab');
    assert.equal(await focused(), last);
  });

  it('goes down a table from control to control', async () => {
    await opened('/?by=none', 'Machines');
    await button('Table').click();
    await page.getByRole('link', { name: 'm00001', exact: true }).focus();
    await press('ArrowDown');
    await stands(/^m00002$/);
    await press('Shift+Tab');
    await stands(/^Choose m00002$/);
    await press('ArrowDown', 'Space');
    await stands(/^Choose m00003$/);
    await page.getByText('1 machine chosen').waitFor();
    await page.mouse.move(700, 600);
    await page.mouse.wheel(0, 5000);
    await page.getByRole('link', { name: 'm00115', exact: true }).waitFor();
    await stands(/^Choose m00003$/);
    await accessible('the table, chosen from');
    await button('Done choosing').focus();
    await press('Enter');
    await stands(/^Choose$/);
    await button('Small tiles').click();
  });

  it('follows a machine that live data puts elsewhere, and stays near one that is gone', async () => {
    const maintenance = (on: boolean) => admin.client.call('PATCH /nodes/:id', { params: { id: 'm00002' }, body: { maintenance: on } });
    await opened('/?by=state', 'Machines');
    await page.getByRole('link', { name: /^m00002/ }).focus();
    await maintenance(true);
    await stands(/^m00002 ?maintenance/);
    await maintenance(false);
    await stands(/^m00002 ?up/);
    await opened('/?q=pool%3Acompute', 'Machines');
    await page.getByRole('link', { name: /^m00041/ }).focus();
    await admin.client.call('PATCH /nodes/:id', { params: { id: 'm00041' }, body: { pool: 'elsewhere' } });
    await stands(/^m00042/);
  });

  it('goes into the menu of a machine, from there into a dialog, and back', async () => {
    await opened('/?by=none', 'Machines');
    await button('Tiles').click();
    await button('Actions for m00003').focus();
    await press('Enter');
    await stands(/^Switch on/);
    await press('ArrowDown');
    await stands(/^Power-cycle/);
    await press('Enter');
    await dialog().waitFor();
    await press('Escape');
    await dialog().waitFor({ state: 'detached' });
    await stands(/^Actions for m00003$/);
    await button('Small tiles').click();
    await opened('/nodes/m00004', 'm00004');
    await button('Actions').focus();
    await press('Enter');
    await stands(/^Switch on/);
    await press('Escape');
    await stands(/^Actions$/);
  });

  it('is where something was done when what was pressed is gone', async () => {
    await opened('/?q=state%3Anew', 'Machines');
    await button('Tiles').click();
    await page.getByRole('button', { name: /^Approve new-sn5/ }).focus();
    await press('Enter');
    await dialog().waitFor();
    await press('Tab', 'Tab', 'Tab');
    await dialog().getByRole('textbox', { name: 'Name' }).fill('let-in');
    await press('Enter');
    await dialog().waitFor({ state: 'detached' });
    await page.getByText('new-sn5').first().waitFor({ state: 'detached' });
    await stands(/new-sn102|Approve/);
    await button('Small tiles').click();
  });

  it('stays at the tab of a part of a page, and goes on by arrows', async () => {
    await opened('/settings', 'Settings');
    await page.getByRole('tab', { name: 'Sessions' }).focus();
    await press('ArrowRight', 'ArrowRight');
    await stands(/^Users$/);
    await press('Enter');
    await page.waitForURL(/settings\/users$/);
    await button('Add a user…').waitFor();
    await stands(/^Users$/);
    assert.match(await page.title(), /Users · Settings/);
    await press('Home');
    await stands(/^Sessions$/);
    await opened('/settings/nowhere', 'Settings');
    await page.getByText('Settings has no part “nowhere” for you').waitFor();
  });

  it('closes the panel of a node-role by Escape, and is back at what opened it', async () => {
    await opened('/plan?state=failed', 'Plan');
    const first = page.getByRole('grid', { name: 'Node-roles' }).getByRole('button', { name: 'step-01' }).first();
    await first.focus();
    await press('Enter');
    await stands(/^step-01 on m\d+$/);
    await press('Tab', 'Escape');
    await stands(/^step-01$/);
    await page.waitForURL(/state=failed$/);
  });

  it('says which keys mean something, in the same place everywhere', async () => {
    await opened('/health', 'Health');
    await page.getByRole('button', { name: /^Signed in as/ }).focus();
    await press('Enter');
    await stands(/^First run guide$/);
    await press('ArrowDown');
    await stands(/^Keys…$/);
    await press('Enter');
    await dialog().getByText('Go to anything').waitFor();
    await accessible('keys', undefined, async (copy) => {
      await copy.getByRole('button', { name: /^Signed in as/ }).click();
      await copy.getByRole('menuitem', { name: 'Keys…' }).click();
      await copy.getByRole('dialog', { name: 'Keys' }).waitFor();
    });
    await press('Escape');
    await stands(/^Signed in as/);
  });

  it('says a refusal aloud, and where it is seen', async () => {
    await opened('/nodes/m00010', 'm00010');
    await button('Actions').focus();
    await press('Enter');
    await page.getByRole('menuitem', { name: /^Name and pool/ }).click();
    await dialog().getByRole('textbox', { name: 'Name' }).fill('m00011');
    await press('Enter');
    await dialog()
      .getByRole('alert')
      .getByText(/m00011 already belongs to/)
      .waitFor();
    complaints.splice(0);
    await press('Escape');
    await stands(/^Actions$/);
  });

  it('tells states apart in both themes, and where the system chooses the colours', async () => {
    // WCAG 2.2, 1.4.11: what has a meaning stands out from its background by three to one.
    const weak = () =>
      page.evaluate<string[]>(`(() => {
        const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
        const lightOf = (colour) => {
          pen.fillStyle = colour;
          pen.fillRect(0, 0, 1, 1);
          const [r, g, b] = [...pen.getImageData(0, 0, 1, 1).data].map((part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const probe = document.createElement('i');
        document.getElementById('main').append(probe);
        const colourOf = (name) => ((probe.className = name), getComputedStyle(probe).color);
        const ground = lightOf(getComputedStyle(document.querySelector('.pf-v6-c-page__main-container')).backgroundColor);
        const found = ['green', 'red', 'orange', 'blue', 'teal', 'purple', 'grey'].flatMap((name) => {
          const light = lightOf(colourOf('pb-state--' + name));
          const ratio = (Math.max(light, ground) + 0.05) / (Math.min(light, ground) + 0.05);
          return ratio < 3 ? [name + ' ' + ratio.toFixed(2)] : [];
        });
        probe.remove();
        return found;
      })()`);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.locator(colorScheme === 'dark' ? 'html.pf-v6-theme-dark' : 'html:not(.pf-v6-theme-dark)').waitFor({ state: 'attached' });
      assert.deepEqual(await weak(), [], colorScheme);
    }
    await page.emulateMedia({ forcedColors: 'active' });
    await opened('/?by=rack', 'Machines');
    await button('Choose').click();
    await page.getByRole('checkbox', { name: /^m00002/ }).click();
    const looks = (place: string) => page.evaluate<string>(`getComputedStyle(document.querySelector('${place}')).backgroundColor`);
    assert.notEqual(await looks('.pb-check--on'), await looks('.pb-check:not(.pb-check--on)'));
    await button('Done choosing').click();
    await page.keyboard.press('Control+k');
    await page.getByRole('option', { name: 'Network' }).waitFor();
    const outline = (chosen: boolean) =>
      page.evaluate<string>(`getComputedStyle(document.querySelector('[role=option][aria-selected=${chosen}]')).outlineStyle`);
    assert.deepEqual([await outline(true), await outline(false)], ['solid', 'none']);
    await page.keyboard.press('Escape');
    await page.emulateMedia({ forcedColors: 'none' });
  });

  it('is as wide as the narrowest window, as it is at 400 %, with no part over another', async () => {
    await opened('/?by=rack', 'Machines');
    await page.setViewportSize({ width: 320, height: 640 });
    await page.locator('.pf-v6-c-page__sidebar.pf-m-expanded').waitFor({ state: 'detached' });
    const [wider, over] = await page.evaluate<[number, string[]]>(`(() => {
      const parts = [...document.querySelectorAll('header a, header button, .pb-rack-bar button, .pb-rack-bar select, .pb-rack-bar input')]
        .map((one) => ({ name: one.getAttribute('aria-label') ?? one.textContent, box: one.getBoundingClientRect(), one }))
        .filter(({ box }) => box.width > 0);
      const over = parts.flatMap((a, index) =>
        parts.slice(index + 1).flatMap((b) =>
          !a.one.contains(b.one) && a.box.left < b.box.right - 1 && b.box.left < a.box.right - 1 && a.box.top < b.box.bottom - 1 && b.box.top < a.box.bottom - 1 && !a.one.parentElement.closest('.pf-v6-c-menu-toggle')?.contains(b.one)
            ? [a.name + ' and ' + b.name] : []));
      return [document.documentElement.scrollWidth - innerWidth, over];
    })()`);
    await page.setViewportSize({ width: 1440, height: 900 });
    assert(wider <= 0, `${wider}px too wide`);
    assert.deepEqual(over, []);
  });

  it('never made the browser complain', () => assert.deepEqual(complaints, []));
});
