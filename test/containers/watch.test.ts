// Health and drift on a real machine: a service that is stopped is failing and well again when it is started; a file that somebody
// edits has drifted, and is left as it is.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { firstProcess } from '../../core/lab/container-engine.ts';
import { type Admin, startAdmin, until } from '../admin.ts';
import { skipWhere } from '../skip-where.ts';
import { containersMissing } from './boxes-for-tests.ts';

const root = path.resolve(import.meta.dirname, '../..');
const KEY = 'demo/idler@box-1';

describe('what is done on a container', function () {
  this.timeout(5 * 60_000);
  const state = mkdtempSync(path.join(tmpdir(), 'prybar-watch-'));
  let admin: Admin;
  let container: string;

  before(async function () {
    skipWhere(this, containersMissing());
    writeIdler(path.join(state, 'barclamps'));
    admin = await startAdmin(['--no-lab', '--barclamps', path.join(state, 'barclamps'), '--health-every', '2s'], state);
    const { stderr, status } = admin.cli('lab', 'up', '--containers', '1');
    assert.equal(status, 0, stderr + story());
    container = (await admin.client.call('GET /lab')).containers[0]!.container;
    await admin.client.call('POST /deployments', { body: { name: 'demo' } });
    await admin.commit('demo', 'idler', { attributes: {}, roles: { idler: ['box1'] } });
    await until(async () => (await seen())?.health?.state === 'ok', 120_000, story);
  });
  after(async () => {
    await admin?.stop();
    rmSync(state, { recursive: true, force: true });
  });

  const story = (): string => admin.story();
  const seen = async () => (await admin.client.call('GET /plan', { query: { role: 'idler' } })).nodeRoles[0];
  const inside = async (...command: string[]) =>
    execFileSync('nsenter', ['-t', String(await firstProcess(container)), '-m', '-n', '-p', ...command], { encoding: 'utf8' });

  it('is failing when its service is stopped, is named, and is well again when it is started', async () => {
    assert.deepEqual(await admin.client.call('GET /health'), []);
    await inside('systemctl', 'stop', 'idler');
    await until(async () => (await seen())?.health?.state === 'failing', 30_000, story);
    const [failing] = await admin.client.call('GET /health', { query: { deployment: 'demo' } });
    assert.deepEqual([failing!.key, failing!.nodeName], [KEY, 'box1']);
    assert.match(failing!.problem!.summary, /systemctl is-active/);
    assert.match(admin.cli('status').stdout, /failing demo\/idler on box1 since .*systemctl is-active/);
    assert.match(admin.cli('health').stdout, /demo\/idler +box1 +failing/);
    assert.equal((await seen())!.state, 'done', 'what was done is done, whether it works or not');
    await inside('systemctl', 'start', 'idler');
    await until(async () => (await seen())?.health?.state === 'ok', 30_000, story);
    assert.match(admin.cli('health').stdout, /Nothing is failing/);
    assert.equal((await admin.client.call('GET /runs', { query: { role: 'idler' } })).length, 1, 'a probe is no run');
  });

  it('has drifted when somebody edits its file, and is not touched', async () => {
    const clean = admin.cli('run', 'check', KEY);
    assert.match(clean.stdout, /is as it was left/, clean.stderr);
    await inside('sh', '-c', 'echo "by hand" >> /etc/idler.conf');
    const drifted = admin.cli('run', 'check', KEY);
    assert.match(drifted.stdout, /demo\/idler on box1 would change 1 resource/, drifted.stderr);
    assert.match(drifted.stdout, /^ +-by hand$/m);
    assert.equal((await seen())!.drift!.changed, 1);
    assert.match(admin.cli('drift', '--json').stdout, /-by hand/);
    assert.match(await inside('cat', '/etc/idler.conf'), /by hand/);

    // Applied again it is right, and what was seen before says nothing any more.
    await admin.client.call('POST /node-roles/:key/retry', { params: { key: KEY } });
    await until(async () => (await seen())?.state === 'done' && !(await seen())?.drift, 60_000, story);
    assert.equal(await inside('cat', '/etc/idler.conf'), 'quiet\n');
    assert.match(admin.cli('run', 'search', 'by', 'hand').stdout, /idler +box1 .*-by hand/);
  });

  it('cannot be looked at where there is nothing', async () => {
    const nothing = admin.cli('run', 'check', 'demo/nobody@box-1');
    assert.equal(nothing.status, 1);
    assert.match(nothing.stderr, /no node-role demo\/nobody@box-1/);
  });
});

/** A service that does nothing, with a file that says so. */
function writeIdler(folder: string): void {
  const home = path.join(folder, 'idler');
  mkdirSync(path.join(home, 'roles/idler'), { recursive: true });
  writeFileSync(
    path.join(home, 'barclamp.yml'),
    'name: idler\nversion: 1.0.0\nsummary: Does nothing, all the time\nroles:\n  idler:\n    summary: Idles\n    requires: [os-installed]\n',
  );
  writeFileSync(path.join(home, 'proposal.schema.json'), '{"type":"object","additionalProperties":false,"properties":{}}');
  writeFileSync(
    path.join(home, 'roles/idler/recipe.yml'),
    `- file: /etc/idler.conf
  content: |
    quiet
- file: /etc/systemd/system/idler.service
  content: |
    [Service]
    ExecStart=/bin/sleep infinity
    [Install]
    WantedBy=multi-user.target
- service: idler
  state: running
  enabled: true
`,
  );
  writeFileSync(
    path.join(home, 'roles/idler/remove.yml'),
    '- service: idler\n  state: stopped\n  enabled: false\n- file: /etc/systemd/system/idler.service\n  state: absent\n- file: /etc/idler.conf\n  state: absent\n',
  );
  writeFileSync(path.join(home, 'roles/idler/health.yml'), '- command: systemctl is-active idler\n  changes: false\n');
  for (const name of ['container-ready', 'provisioner']) cpSync(path.join(root, 'barclamps', name), path.join(folder, name), { recursive: true });
}
