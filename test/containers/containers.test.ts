// Containers as nodes, for real: they come up installed, a barclamp converges on them, a second apply changes nothing, one that is
// restarted is found again, and nothing is left behind, neither after a stop nor after a kill.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'ssh2';
import { startContainers } from '../../core/containers.ts';
import { firstProcess } from '../../core/lab/container-engine.ts';
import { folderTag } from '../../core/lab/folder-tag.ts';
import { type Admin, startAdmin, until } from '../admin.ts';
import { skipWhere } from '../skip-where.ts';
import { containersMissing } from './boxes-for-tests.ts';

const root = path.resolve(import.meta.dirname, '../..');
const CACHE = '/var/cache/prybar';
const COUNT = 3;

describe('containers by themselves', function () {
  this.timeout(10 * 60_000);
  before(function () {
    skipWhere(this, containersMissing());
  });
  const state = mkdtempSync(path.join(tmpdir(), 'prybar-containers-'));
  after(() => rmSync(state, { recursive: true, force: true }));

  it('start in seconds, are entered by key, install a package, and leave nothing', async () => {
    const started = await startContainers({ cacheDir: CACHE, stateDir: state, count: 1 });
    assert(started.ok, JSON.stringify(started));
    const containers = started.value;
    const [box] = containers.boxes;
    try {
      let said = '';
      const end = await box!.remote.run(
        'systemctl is-system-running; . /etc/os-release; echo "$ID-$VERSION_ID"; apt-get install -y -q netcat-openbsd >/dev/null && command -v nc',
        {
          signal: new AbortController().signal,
          timeoutMs: 120_000,
          onOutput: (chunk) => {
            said += chunk.toString();
          },
          onError: (chunk) => {
            said += chunk.toString();
          },
        },
      );
      assert.deepEqual(end, { kind: 'exited', code: 0 }, said);
      assert.match(said, new RegExp(`^(running|degraded)\\n${containers.platform}\\n`));
      assert.match(said, /\/nc\n$/);
      // What engines mount over is a plain file, for recipes replace files.
      assert.equal(await containers.run('box-1', 'mv /etc/hosts /etc/hosts.old && mv /etc/hosts.old /etc/hosts && hostname'), 'box1\n');
      assert.equal(await shellOver(box!.address, box!.privateKey, 'id -un'), 'root\n');
    } finally {
      await containers.stop();
    }
    assert.equal(await firstProcess(box!.id), undefined);
    assert.deepEqual(await leftBy(state), []);
  });
});

describe('containers in the virtual rack', function () {
  this.timeout(10 * 60_000);
  const state = mkdtempSync(path.join(tmpdir(), 'prybar-boxes-'));
  const barclamps = path.join(state, 'barclamps');
  let admin: Admin;

  before(async function () {
    skipWhere(this, containersMissing());
    writeNotice(barclamps);
    admin = await startAdmin(['--no-lab', '--barclamps', barclamps], state);
  });
  after(async () => {
    await admin?.stop();
    rmSync(state, { recursive: true, force: true });
  });

  const nodes = async () => (await admin.client.call('GET /nodes')).filter((node) => node.id !== 'admin');
  const plan = async () =>
    (await admin.client.call('GET /plan')).nodeRoles.filter((vertex) => vertex.role.startsWith('notice') || vertex.role === 'container-ready');
  const story = (): string => admin.story();
  const allDone = async (count: number) => {
    const vertices = await plan();
    return vertices.length === count && vertices.every((vertex) => vertex.state === 'done');
  };
  const containerOf = async (name: string) => (await admin.client.call('GET /lab')).containers.find((container) => container.name === name)!;
  const inside = async (name: string, ...command: string[]) =>
    execFileSync('nsenter', ['-t', String(await firstProcess((await containerOf(name)).container)), '-m', '-n', '-p', ...command], { encoding: 'utf8' });

  it('are nodes with an installed system, a pinned host key and a place in the rack', async () => {
    const { stdout, stderr, status } = admin.cli('lab', 'up', '--containers', String(COUNT));
    assert.equal(status, 0, stderr + story());
    assert.match(stdout, /box-1 +PRYBAR-BOX-1 +on +192\.168\.124\.\d+/);
    const found = await nodes();
    assert.deepEqual(
      found.map((node) => [node.name, node.serial, node.pool, node.remote, node.approved, node.contact]),
      ['1', '2', '3'].map((n) => [`box${n}`, `PRYBAR-BOX-${n}`, 'containers', 'ssh', true, 'up']),
    );
    for (const node of found) {
      assert.equal(node.system!.kind, 'installed');
      assert.equal(node.system!.instance, (await containerOf(node.id)).container);
      assert.equal(node.system!.hostKey, (await inside(node.id, 'cat', '/etc/ssh/ssh_host_ed25519_key.pub')).trim());
      assert.match(node.addresses.admin!, /^192\.168\.124\./);
    }
    assert.equal(new Set(found.map((node) => node.system!.hostKey)).size, COUNT);
    // The machines of a rack reach one another.
    await inside('box-1', 'ping', '-c', '1', '-W', '2', found[1]!.addresses.admin!);
  });

  it('are tried in their network over the way that roles take, and one with a small interface is named', async () => {
    const tried = async () => {
      const { networks } = await admin.client.call('POST /verifications', { body: { networks: ['admin'] } });
      return Object.fromEntries(networks[0]!.checks.map((made) => [made.check, made]));
    };
    const { reach, mtu, time, addresses } = await tried();
    for (const made of [reach, mtu, time, addresses]) assert.equal(made!.state, 'well', JSON.stringify(made) + story());
    assert.deepEqual(
      reach!.machines.map(({ name }) => name),
      ['box1', 'box2', 'box3'],
    );
    await inside('box-2', 'ip', 'link', 'set', 'rack', 'mtu', '1400');
    const { mtu: cut } = await tried();
    await inside('box-2', 'ip', 'link', 'set', 'rack', 'mtu', '1500');
    assert.equal(cut!.problems[0]!.summary, 'rack of box2 lets packets of 1400 bytes through, and admin promises 1500.');
  });

  it('converge on a barclamp whose role is for installed machines', async () => {
    await admin.client.call('POST /deployments', { body: { name: 'demo' } });
    await admin.commit('demo', 'notice', { attributes: { text: 'Back at nine.' }, roles: { 'notice-board': ['box1'] } });
    await until(() => allDone(2 * COUNT), 120_000, story);
    const readers = (await plan()).filter((vertex) => vertex.role === 'notice-reader');
    assert.deepEqual(readers.map((vertex) => vertex.nodeName).sort(), ['box2', 'box3']);
    for (const { nodeId } of readers) assert.equal(await inside(nodeId, 'cat', '/etc/motd'), 'Back at nine.\n');
  });

  it('change nothing when it is applied again', async () => {
    const before = await plan();
    assert.equal(before.length, 2 * COUNT);
    for (const { key } of before) await admin.client.call('POST /node-roles/:key/retry', { params: { key } });
    await until(
      async () => (await plan()).every((vertex) => vertex.state === 'done' && vertex.runId! > before.find((b) => b.key === vertex.key)!.runId!),
      180_000,
      story,
    );
    for (const { key } of before) assert.equal((await admin.client.call('GET /runs', { query: { key } }))[0]!.counts?.changed ?? 0, 0, key);
  });

  it('say beforehand what a change would do to them, to the line, and how long it would take', async () => {
    const params = { id: 'demo.notice' };
    const { revision, draft } = await admin.client.call('GET /proposals/:id', { params });
    const changed = { ...draft, attributes: { text: 'Back at ten.' } };
    const saved = await admin.client.call('PUT /proposals/:id/draft', { params, body: { revision, draft: changed } });
    const preview = await admin.client.call('POST /proposals/:id/preview', { params, body: {} });
    assert.deepEqual(
      [preview.added, preview.removed, preview.changed],
      [[], [], ['box-1', 'box-2', 'box-3'].map((id, i) => `demo/notice-${i ? 'reader' : 'board'}@${id}`)],
    );
    const board = (await admin.client.call('GET /runs', { query: { role: 'notice-board' } })).findLast((run) => run.counts?.changed)!;
    assert.equal(preview.forecast.criticalPath[0]!.ms, board.endedAt! - board.startedAt, 'what it took before');
    assert.deepEqual(preview.forecast.guessed, []);
    const { checked, left } = await admin.client.call('POST /proposals/:id/check', { params, body: {} });
    assert.equal(left, 0);
    const motd = checked.find((check) => check.key === 'demo/notice-board@box-1')!;
    assert.match(motd.resources[0]!.diff!, /^-Back at nine\.$[\s\S]*^\+Back at ten\.$/m);
    assert.equal(await inside('box-1', 'head', '-1', '/etc/notice'), 'Back at nine.\n', 'nothing was changed by looking');
    await admin.client.call('PUT /proposals/:id/draft', { params, body: { revision: saved.revision, draft } });
  });

  it('are off when their container ends, and reached again when it is back', async () => {
    const id = 'box-3';
    const contact = (is: string) => until(async () => (await nodes()).find((node) => node.id === id)!.contact === is, 30_000, story);
    const { container } = await containerOf(id);
    await engineCall(`/containers/${container}/kill`);
    await contact('off');
    assert.equal((await containerOf(id)).running, false);
    await engineCall(`/containers/${container}/start`);
    await contact('up');
    const reader = (await plan()).find((vertex) => vertex.nodeId === id && vertex.role === 'notice-reader')!;
    assert.equal(reader.state, 'done', 'the same container is the same installation');
    await admin.client.call('POST /node-roles/:key/retry', { params: { key: reader.key } });
    await until(async () => (await plan()).find((vertex) => vertex.key === reader.key)!.runId! > reader.runId! && (await allDone(2 * COUNT)), 60_000, story);
  });

  it('become more in a rack that runs', async () => {
    const view = await admin.client.call('POST /lab', { body: { containers: COUNT + 1 } });
    assert.equal(view.containers.length, COUNT + 1);
    await until(() => allDone(2 * (COUNT + 1)), 120_000, story);
  });

  it('leave nothing when the rack is stopped', async () => {
    const ids = (await admin.client.call('GET /lab')).containers.map(({ container }) => container);
    assert.equal(admin.cli('lab', 'down').status, 0, story());
    assert((await nodes()).every((node) => node.contact === 'off'));
    for (const id of ids) assert.equal(await firstProcess(id), undefined);
    assert.deepEqual(await leftBy(path.join(state, 'containers')), []);
  });

  it('are cleared by the next start when the admin daemon was killed', async () => {
    await admin.client.call('POST /lab', { body: { machines: 0, containers: 1 } });
    const { container } = await containerOf('box-1');
    assert(await firstProcess(container));
    admin.process.kill('SIGKILL');
    await admin.stop();
    admin = await startAdmin(['--no-lab', '--barclamps', barclamps], state);
    assert.equal(await firstProcess(container), undefined);
    assert.deepEqual(await leftBy(path.join(state, 'containers')), []);
    assert((await nodes()).every((node) => node.contact === 'off'));
  });

  async function engineCall(route: string): Promise<void> {
    const socket = (await admin.client.call('GET /lab')).engine!.split(' at ')[1]!;
    execFileSync('curl', ['-sf', '-X', 'POST', '--unix-socket', socket, `http://engine${route}`]);
  }
});

/** The barclamp of docs/writing-a-barclamp.md; its readers are for installed machines, which the containers are by container-ready. */
function writeNotice(folder: string): void {
  const page = readFileSync(path.join(root, 'docs/writing-a-barclamp.md'), 'utf8');
  for (const [, , file, text] of page.matchAll(/^(`{3,4})\w+ file=(\S+)\n([\s\S]*?)^\1$/gm)) {
    mkdirSync(path.dirname(path.join(folder, 'notice', file!)), { recursive: true });
    const wanted =
      file === 'barclamp.yml' ? text!.replace(/(notice-reader:[\s\S]*?)runsOn: .*\n/, '$1runsOn: [installed]\n    requires: [os-installed]\n') : text!;
    writeFileSync(path.join(folder, 'notice', file!), wanted);
  }
  for (const name of ['container-ready', 'provisioner']) cpSync(path.join(root, 'barclamps', name), path.join(folder, name), { recursive: true });
}

/** What an engine of the containers' own would leave on this machine. */
async function leftBy(stateDir: string): Promise<string[]> {
  const tag = await folderTag(stateDir);
  const rules = execFileSync('sh', ['-c', 'nft list tables 2>/dev/null || true'], { encoding: 'utf8' });
  const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(`prybar-${tag}`));
  return [
    ...[`/sys/class/net/pbx-${tag}`, `/run/prybar-${tag}`, path.join(stateDir, 'engine.socket')].filter((file) => existsSync(file)),
    ...(rules.includes(tag) ? ['a table of nft'] : []),
    ...processes,
  ];
}

function shellOver(host: string, privateKey: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    client
      .once('error', reject)
      .once('ready', () =>
        client.exec(command, (error, channel) => {
          if (error) return reject(error);
          let said = '';
          channel
            .on('data', (chunk: Buffer) => {
              said += chunk.toString();
            })
            .once('close', () => {
              client.end();
              resolve(said);
            });
        }),
      )
      .connect({ host, privateKey, username: 'root' });
  });
}
