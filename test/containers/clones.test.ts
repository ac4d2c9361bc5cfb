// A deployment is cloned onto other machines, tried, put into the place of the first, and taken back: on containers, with another deployment that
// names its machines and follows.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { ProblemError } from '../../core/model/problem.ts';
import type { ProposalBody } from '../../core/model/proposal.ts';
import { type Admin, startAdmin, until } from '../admin.ts';
import { containersMissing, inContainer } from './boxes-for-tests.ts';
import { skipWhere } from '../skip-where.ts';

describe('clones', function () {
  this.timeout(10 * 60_000);
  const state = mkdtempSync(path.join(tmpdir(), 'prybar-clones-'));
  let admin: Admin;

  before(async function () {
    skipWhere(this, containersMissing());
    admin = await startAdmin(['--no-lab', '--health-every', '1s', '--barclamps', barclampsIn(path.join(state, 'barclamps'))], state);
    await promisify(execFile)(process.execPath, ['core/cli/prybar.ts', '--state', state, 'lab', 'up', '--containers', '3']);
    await until(
      async () => (await admin.client.call('GET /nodes')).filter((n) => n.totals.done && n.id !== 'admin').length === 3,
      180_000,
      () => admin.story(),
    );
    await commit('shop', 'motto', { attributes: { speaker: 'box1' }, roles: { motto: ['box1'] } });
    await commit('front', 'signpost', { attributes: { to: 'box1', addresses: { box1: '203.0.113.7' } }, roles: { signpost: ['box3'] } });
    await says('box-3', '/etc/signpost', 'box1 203.0.113.7 -\n');
  });
  after(async () => {
    await admin?.stop();
    rmSync(state, { recursive: true, force: true });
  });

  const commit = async (deployment: string, barclamp: string, draft: ProposalBody) => {
    await admin.client.call('POST /deployments', { body: { name: deployment, pools: ['containers'] } });
    await admin.commit(deployment, barclamp, draft);
  };
  const says = (box: string, file: string, text: string) =>
    until(
      async () => (await inContainer(admin, box, `cat ${file} 2>/dev/null || true`)) === text,
      180_000,
      () => `${file} on ${box} is not: ${text}${admin.story()}`,
      300,
    );
  const test = (name: string) => admin.client.call('GET /deployments/:name/test', { params: { name } });
  const refused = (what: Promise<unknown>, message: RegExp, status: number) =>
    assert.rejects(what, (error: ProblemError) => message.test(error.message) && error.status === status, String(message));

  it('are refused where no machine is free for them', async () => {
    const clone = (body: object) => admin.client.call('POST /deployments/:name/clone', { params: { name: 'shop' }, body: { as: 'shop-2', ...body } });
    await refused(clone({ pool: 'nothing' }), /no free machine in the pool nothing for box1/, 422);
    await refused(clone({ onto: { box1: 'box3' } }), /box3 is no machine that is free/, 422);
    await refused(clone({ onto: { box2: 'box2' } }), /box2 holds no role of shop/, 422);
    await refused(admin.client.call('POST /deployments/:name/promote', { params: { name: 'shop' }, body: {} }), /not the clone/, 422);
  });

  it('say what they would be, and become it on other machines', async () => {
    const unasked = admin.cli('deployment', 'clone', 'shop', '--as', 'shop-2', '--pool', 'containers');
    assert.match(unasked.stderr, /nobody is at a terminal/);
    assert.equal(
      (await admin.client.call('GET /deployments')).some(({ name }) => name === 'shop-2'),
      false,
    );
    const made = admin.cli('deployment', 'clone', 'shop', '--as', 'shop-2', '--pool', 'containers', '--yes');
    assert.match(made.stdout, /box1 → box2[\s\S]*attributes\.speaker: "box1" → "box2"/, made.stderr);
    await says('box-2', '/etc/motto', 'box2 speaks\n');
    assert.equal(await inContainer(admin, 'box-1', 'cat /etc/motto'), 'box1 speaks\n');
    await until(
      async () => (await test('shop-2')).well,
      180_000,
      () => 'it does not become well',
    );
  });

  it('take no place while they do not work', async () => {
    await inContainer(admin, 'box-2', 'mv /etc/motto /etc/motto.away');
    await until(
      async () => !(await test('shop-2')).well,
      180_000,
      () => 'nobody notices',
    );
    assert.match(admin.cli('deployment', 'test', 'shop-2').stdout, /not known to work +motto on box2/);
    await refused(admin.client.call('POST /deployments/:name/promote', { params: { name: 'shop-2' }, body: {} }), /does not work yet: motto on box2/, 409);
    await inContainer(admin, 'box-2', 'mv /etc/motto.away /etc/motto');
    await until(
      async () => (await test('shop-2')).well,
      180_000,
      () => 'it does not become well again',
    );
  });

  it('take the place in what others say, all at once, and give it back', async () => {
    const promoted = admin.cli('deployment', 'promote', 'shop-2', '--yes');
    assert.match(promoted.stdout, /front\.signpost[\s\S]*attributes\.to: "box1" → "box2"/, promoted.stderr);
    await says('box-3', '/etc/signpost', 'box2 - 203.0.113.7\n');
    await refused(admin.client.call('POST /deployments/:name/promote', { params: { name: 'shop-2' }, body: {} }), /already/, 409);
    const [last] = await admin.client.call('GET /proposals/:id/commits', { params: { id: 'front.signpost' } });
    assert.equal(last!.note, 'shop-2 takes the place of shop');
    assert.equal(admin.cli('deployment', 'demote', 'shop-2', '--yes').status, 0);
    await says('box-3', '/etc/signpost', 'box1 203.0.113.7 -\n');
  });
});

/** Ours that are needed, one with a probe, and one that points at machines of others. */
function barclampsIn(folder: string): string {
  for (const name of ['container-ready', 'provisioner', 'wipe'])
    cpSync(path.resolve(import.meta.dirname, '../../barclamps', name), path.join(folder, name), { recursive: true });
  const text = { type: 'string', default: '', description: 'A machine.' };
  const addresses = { type: 'object', default: {}, description: 'By machine.', additionalProperties: { type: 'string' } };
  const write = (name: string, properties: object, content: string, health?: string) => {
    const role = path.join(folder, name, 'roles', name);
    mkdirSync(role, { recursive: true });
    const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', additionalProperties: false, properties };
    writeFileSync(path.join(folder, name, 'proposal.schema.json'), JSON.stringify(schema));
    writeFileSync(
      path.join(folder, name, 'barclamp.yml'),
      `name: ${name}\nversion: 1.0.0\nsummary: Says something\nlicense: Apache-2.0\nplatforms: [debian-12]\nroles:\n  ${name}: { summary: Says it }\n`,
    );
    writeFileSync(path.join(role, 'recipe.yml'), `- file: /etc/${name}\n  content: ${JSON.stringify(content)}\n`);
    writeFileSync(path.join(role, 'remove.yml'), `- file: /etc/${name}\n  state: absent\n`);
    if (health) writeFileSync(path.join(role, 'health.yml'), health);
  };
  write('motto', { speaker: text }, '{{ attributes.speaker }} speaks\n', '- command: test -e /etc/motto\n  changes: false\n  as: it is there\n');
  write('signpost', { to: text, addresses }, "{{ attributes.to }} {{ attributes.addresses.box1 or '-' }} {{ attributes.addresses.box2 or '-' }}\n");
  return folder;
}
