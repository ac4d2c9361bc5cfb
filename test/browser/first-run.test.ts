// The first run, followed on the page of a real admin daemon with nothing in it: a virtual rack without machines is started, the network is asked
// who answers (somebody else's real DHCP server among them), a rule is made, a machine asks to boot and reports itself, and something is deployed.
// What the machine says is said by the test, over HTTP in the rack's network.

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { missingParts } from '../../core/lab/program.ts';
import { LAB_BRIDGE } from '../../core/lab/switch.ts';
import { type Admin, startAdmin, until } from '../admin.ts';
import { browserMissing, openBrowser, type Opened } from './browser.ts';
import { skipWhere } from '../skip-where.ts';

const example = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../iso-builder/discovery-image/inventory.example.json'), 'utf8')) as {
  ports: { mac: string }[];
  dmi: Record<string, string>;
};
const MAC = example.ports[0]!.mac;

describe('first run', function () {
  this.timeout(180_000);
  const state = mkdtempSync(path.join(tmpdir(), 'prybar-first-run-'));
  // The DHCP server's own user passes through it.
  chmodSync(state, 0o711);
  const workshop = `prybar-workshop-${process.pid}`;
  let admin: Admin;
  let stranger: ChildProcess | undefined;
  let opened: Opened;
  let { page, visit, accessible, picture, complaints } = {} as Opened;

  before(async function () {
    const missing = process.getuid?.() === 0 ? await missingParts([]) : [{ summary: 'the virtual rack needs root' }];
    skipWhere(this, browserMissing() ?? (missing.length ? missing.map((part) => part.summary).join(' ') : undefined));
    admin = await startAdmin(['--no-lab', '--machines', '0'], state);
    opened = await openBrowser();
    ({ page, visit, accessible, picture, complaints } = opened);
    await visit(admin.link);
    await page.getByText('Not now').click();
  });
  after(async () => {
    await opened?.close();
    await leave();
    await admin?.stop();
    rmSync(state, { recursive: true, force: true });
  });

  const button = (name: string | RegExp) => page.getByRole('button', { name });
  const dialog = () => page.getByRole('dialog');
  const step = (title: string) => page.locator('.pb-guide__step', { has: page.getByRole('heading', { name: title }) });
  const is = (title: string, word: string) => step(title).locator('h3').getByText(word, { exact: true }).waitFor();

  const rack = async () => (await admin.client.call('GET /networks'))[0]!;
  const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe' });

  /** Somebody plugs a box with a DHCP server of its own into the rack's switch. */
  async function come(): Promise<void> {
    const { namespace } = await rack();
    ip('netns', 'add', workshop);
    ip('link', 'add', 'eth0', 'netns', workshop, 'type', 'veth', 'peer', 'name', 'guest', 'netns', namespace!);
    ip('-n', namespace!, 'link', 'set', 'guest', 'master', LAB_BRIDGE, 'up');
    ip('-n', workshop, 'link', 'set', 'eth0', 'up');
    ip('-n', workshop, 'address', 'add', '10.9.9.1/24', 'dev', 'eth0');
    const given = ['--keep-in-foreground', '--port=0', '--conf-file=/dev/null', '--pid-file=', '--bind-interfaces', '--interface=eth0', '--no-ping'];
    const own = ['--dhcp-range=10.9.9.10,10.9.9.20', '--dhcp-boot=pxelinux.0', `--dhcp-leasefile=${path.join(state, 'stranger')}`, '--log-facility=-'];
    stranger = spawn('ip', ['netns', 'exec', workshop, 'dnsmasq', ...given, ...own], { stdio: 'ignore' });
  }
  async function leave(): Promise<void> {
    const last = stranger;
    stranger = undefined;
    if (!last) return;
    const gone = new Promise((resolve) => last.once('exit', resolve));
    if (last.exitCode === null) {
      last.kill('SIGTERM');
      await gone;
    }
    ip('netns', 'delete', workshop);
  }

  /** As a machine in the rack would ask. */
  async function ask(route: string, ...options: string[]): Promise<string> {
    const { namespace, adminAddress } = await rack();
    return execFileSync('ip', ['netns', 'exec', namespace!, 'curl', '-sS', ...options, `http://${adminAddress}:8080${route}`], { encoding: 'utf8' });
  }

  it('shows on an empty rack what to do, and only that', async () => {
    await is('Serve a network', 'up to you');
    await is('See who else answers', 'later');
    const interfaces = await admin.client.call('GET /interfaces');
    for (const { name, mac } of interfaces) {
      await page.getByRole('radio', { name, exact: true }).click();
      await page.getByText(mac!).waitFor();
      await page.getByText(`npm start -- --interface ${name}`).waitFor();
    }
    for (const { name } of interfaces.filter(({ outward }) => outward)) {
      await page.getByRole('radio', { name, exact: true }).click();
      await page.getByText(`The default route of this machine goes over ${name}`).waitFor();
    }
    assert.match(admin.cli('network', 'interfaces').stdout, new RegExp(`^INTERFACE${interfaces.map(({ name, state }) => `[^]*${name} .*${state}`).join('')}`));
    await picture('first-run');
    await accessible('first run', '0 of 6 done');
  });

  it('serves a network when the virtual rack was started from it', async () => {
    await button('Start a virtual rack').click();
    await until(
      async () => (await step('Serve a network').locator('h3').textContent())?.endsWith('done'),
      90_000,
      () => admin.story(),
      250,
    );
    const { interface: served, range } = await rack();
    assert.match((await step('Serve a network').textContent()) ?? '', new RegExp(`Machines on ${served} are served: addresses from ${range.first}`));
  });

  it("finds somebody else's DHCP server, says what it would do and what to do about it, and that it is gone", async () => {
    await come();
    await button('Ask the network').click();
    const alone = step('See who else answers');
    await alone.getByText(/Another DHCP server, 10\.9\.9\.1, answers on .* and have it boot pxelinux\.0\./).waitFor({ timeout: 15_000 });
    await alone.getByText(/Switch it off or take it out of this network/).waitFor();
    await is('See who else answers', 'to put right');
    await picture('first-run-wrong');
    assert.match(admin.cli('network', 'check').stdout, /10\.9\.9\.1 +10\.9\.9\.[12]\d .*pxelinux\.0[^]*Another DHCP server/);
    await leave();
    await button('Ask again').click();
    await is('See who else answers', 'done');
    await alone.getByText(`It is as it should be: ${(await rack()).adminAddress} answered.`).waitFor();
  });

  it('can be hidden, and found again', async () => {
    await button('Hide this guide').click();
    await page.getByText('No machine has asked to boot yet').waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('first run');
    await page.getByRole('option', { name: 'First run' }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/guide$/);
    await is('Serve a network', 'done');
  });

  it('lets machines in by a rule, which is seen where rules are', async () => {
    await is('Say who is let in', 'done');
    await button('Drop the rule lab').click();
    await is('Say who is let in', 'up to you');
    await button('Let machines in by a rule…').click();
    await dialog().getByRole('textbox', { name: 'Serial numbers' }).fill('7CZ*');
    await picture('first-run-rule');
    await dialog().getByRole('textbox', { name: 'Names begin with' }).fill('rack-a-');
    assert(await dialog().getByRole('button', { name: 'Keep the rule' }).isDisabled(), 'a name may not end in a hyphen');
    await dialog().getByRole('textbox', { name: 'Names begin with' }).fill('node');
    await dialog().getByRole('button', { name: 'Keep the rule' }).click();
    await dialog().waitFor({ state: 'detached' });
    await step('Say who is let in').getByText('Machines with the serial 7CZ*: let in as node1, node2 … in the pool default').first().waitFor();
    assert.match(admin.cli('approval', 'list').stdout, /rule-1 +serial 7CZ\* +default/);
  });

  it('follows a machine that boots, until it is in', async () => {
    await is('Switch the first machine on', 'under way');
    await page.getByText('In its firmware put booting over the network').waitFor();
    await ask(`/boot/ipxe?mac=${MAC}`);
    await page.getByText(MAC).waitFor();
    await picture('first-run-booting');
    await accessible('first run with a machine on its way', MAC);
    const { token } = JSON.parse(await ask(`/boot/token?mac=${MAC}`)) as { token: string };
    const body = JSON.stringify({ ...example, dmi: { ...example.dmi, product_serial: '7CZ0042' } });
    await ask('/boot/inventory', '-H', `authorization: Bearer ${token}`, '-H', 'content-type: application/json', '-d', body);
    await step('Switch the first machine on').getByRole('link', { name: 'node1' }).waitFor();
    await is('Switch the first machine on', 'done');
    await step('Put a system on its disk').getByRole('link', { name: 'node1' }).waitFor();
  });

  it('tells of a deployment that stands still where, why and what to do next', async () => {
    await button('New deployment…').click();
    await dialog().getByRole('textbox', { name: 'Name' }).fill('clocks');
    await dialog().getByRole('button', { name: 'Begin' }).click();
    await page.waitForURL(/\/deployments\/clocks$/);
    await page.getByText('Add a barclamp, or open a proposal above').waitFor();
    // Its room is kept until it is known that there is nothing to look back at.
    await page.getByRole('region', { name: 'Time' }).waitFor({ state: 'detached' });
    await admin.commit('clocks', 'ntp', { attributes: {}, roles: { 'ntp-server': ['node1'] } });
    await visit(`${admin.url}/guide`);
    const deploy = step('Deploy something');
    await deploy.getByRole('link', { name: 'clocks' }).waitFor();
    await deploy.getByText(/^0 of \d+ node-roles? done\.$/).waitFor();
    // Nobody is behind the address that the machine has: the plan says so, and how to go on.
    const stuck = async () => (await admin.client.call('GET /plan', { query: { deployment: 'clocks' } })).nodeRoles.find(({ role }) => role === 'ntp-server');
    const why = await until(
      async () => {
        const found = await stuck();
        return found?.state !== 'runnable' && found?.state !== 'running' ? found?.whyNot[0] : undefined;
      },
      90_000,
      () => admin.story(),
    );
    await deploy.getByRole('link', { name: 'clocks' }).click();
    await page.getByRole('heading', { level: 1, name: 'clocks' }).waitFor();
    await visit(`${admin.url}/nodes/node1?show=${encodeURIComponent((await stuck())!.key)}`);
    await page.getByText(why.what).first().waitFor();
    assert(why.next, `nobody is told what to do about: ${why.what}`);
    await page.getByText(why.next).first().waitFor();
    await picture('first-run-stuck');
  });

  it('says before a commit what would be held up by what', async () => {
    const { id, revision } = await admin.client.call('POST /proposals', { body: { deployment: 'clocks', barclamp: 'memcached' } });
    const draft = { attributes: {}, roles: { 'memcached-server': ['node1'] } };
    await admin.client.call('PUT /proposals/:id/draft', { params: { id }, body: { revision, draft } });
    await visit(`${admin.url}/deployments/clocks/memcached`);
    await button('Preview').click();
    const heldUp = page.getByRole('region', { name: 'Preview' }).getByRole('list', { name: 'What waits for a person' });
    await heldUp.getByText('node1 runs the discovery image, and memcached-server needs an installed system').waitFor();
    await heldUp.getByText('prybar node install node1').waitFor();
    await heldUp.scrollIntoViewIfNeeded();
    await picture('preview-held-up');
  });

  it('says after it on the page of the deployment as well, and leads to the machine', async () => {
    await admin.client.call('POST /deployments', { body: { name: 'caches' } });
    await admin.commit('caches', 'memcached', { attributes: {}, roles: { 'memcached-server': ['node1'] } });
    await visit(`${admin.url}/deployments/caches`);
    const causes = page.getByRole('list', { name: 'What waits for a person' });
    await causes.getByText('memcached-server needs an installed system').waitFor();
    await picture('deployment-held-up');
    await causes.getByRole('link', { name: 'node1' }).click();
    await page.getByRole('heading', { level: 1, name: 'node1' }).waitFor();
  });

  it('stops the virtual rack after saying what is lost', async () => {
    await visit(admin.url);
    await button('Stop the virtual rack…').click();
    await dialog().getByText('Their node-roles are held until they are back.').waitFor();
    await dialog().getByRole('button', { name: 'Stop' }).click();
    await dialog().waitFor({ state: 'detached' });
    assert.equal((await admin.client.call('GET /lab')).running, false);
  });

  it('never made the browser complain', () => assert.deepEqual(complaints, []));
});
