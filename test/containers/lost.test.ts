// A machine that is lost in the middle of a role: its packets vanish, its SSH session is killed, it freezes, it is switched off and on again.
// The run says which resource it had reached, the role is taken up again by itself, and nothing is done twice.
// The admin daemon killed in the middle is kill-loop.test.ts.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { firstProcess } from '../../core/lab/container-engine.ts';
import type { Run } from '../../core/model/run.ts';
import { type Admin, startAdmin, until } from '../admin.ts';
import { containersMissing, inContainer } from './boxes-for-tests.ts';
import { skipWhere } from '../skip-where.ts';

const root = path.resolve(import.meta.dirname, '../..');
const BOX = 'box-1';

// Waits in the middle until it is let go, and leaves one line each time it is really done.
const slow = 'touch /srv/begun; until [ -e /srv/go ]; do sleep 0.2; done; echo {{ attributes.word }} >>/srv/log';
const roles: Record<string, Record<string, string>> = {
  'slow-recipe': {
    'recipe.yml': `- file: /srv/before
  content: "{{ attributes.word }}\\n"
- command: ${slow}
  unless: grep -qx {{ attributes.word }} /srv/log
  as: slow
- file: /srv/after
  content: "{{ attributes.word }}\\n"
`,
    'remove.yml': '[]\n',
  },
  'slow-playbook': {
    'playbook.yml': `- hosts: all
  gather_facts: false
  tasks:
    - copy: { content: "{{ attributes.word }}\\n", dest: /srv/before }
    - name: slow
      shell: grep -qx {{ attributes.word }} /srv/log || { ${slow}; }
    - copy: { content: "{{ attributes.word }}\\n", dest: /srv/after }
`,
    'remove.yml': '[]\n',
  },
};

describe('a machine that is lost in the middle of a role', function () {
  this.timeout(5 * 60_000);
  const state = mkdtempSync(path.join(tmpdir(), 'prybar-lost-'));
  const barclamps = path.join(state, 'barclamps');
  let admin: Admin;
  let words = 0;

  before(async function () {
    skipWhere(this, containersMissing());
    writeBarclamp();
    admin = await startAdmin(['--no-lab', '--barclamps', barclamps], state);
    const up = admin.cli('lab', 'up', '--containers', '1');
    assert.equal(up.status, 0, up.stderr + story());
    await admin.client.call('POST /deployments', { body: { name: 'demo' } });
  });
  after(async () => {
    await admin?.stop();
    rmSync(state, { recursive: true, force: true });
  });

  const story = (): string => admin.story();
  const inside = (code: string) => inContainer(admin, BOX, code);
  const runsOf = (role: string): Promise<Run[]> => admin.client.call('GET /runs', { query: { key: `demo/${role}@${BOX}`, limit: 20 } });
  const inNetwork = async (...command: string[]): Promise<void> => {
    const { container } = (await admin.client.call('GET /lab')).containers.find((one) => one.name === BOX)!;
    execFileSync('nsenter', ['-t', String(await firstProcess(container)), '-n', ...command]);
  };
  const engine = async (act: string): Promise<void> => {
    const { engine: name, containers } = await admin.client.call('GET /lab');
    const { container } = containers.find((one) => one.name === BOX)!;
    execFileSync('curl', ['-sf', '-X', 'POST', '--unix-socket', name!.split(' at ')[1]!, `http://engine/containers/${container}/${act}`]);
  };
  const killSessions = () =>
    inside(`for p in /proc/[0-9]*; do if tr '\\0' ' ' <"$p/cmdline" | grep -q '^sshd: root@'; then kill -9 "\${p#/proc/}"; fi; done 2>/dev/null; true`);

  const ways: { what: string; role: string; lose(): Promise<unknown>; mend(): Promise<unknown> }[] = [
    {
      what: 'its packets vanish',
      role: 'slow-recipe',
      lose: () => inNetwork('nft', 'add table inet cut; add chain inet cut in { type filter hook input priority 0; policy drop; }'),
      mend: () => inNetwork('nft', 'delete table inet cut'),
    },
    { what: 'its SSH session is killed', role: 'slow-recipe', lose: killSessions, mend: async () => {} },
    { what: 'it freezes', role: 'slow-recipe', lose: () => engine('pause'), mend: () => engine('unpause') },
    { what: 'it is switched off and on again', role: 'slow-recipe', lose: () => engine('kill'), mend: () => engine('start') },
    { what: 'a playbook loses its session', role: 'slow-playbook', lose: killSessions, mend: async () => {} },
  ];
  for (const { what, role, lose, mend } of ways) {
    it(`goes on when ${what}`, async () => {
      const word = `w${++words}`;
      await inside('rm -f /srv/begun /srv/go; touch /srv/log');
      const known = (await runsOf(role))[0]?.id ?? 0;
      await admin.commit('demo', 'lost', { attributes: { word }, roles: { [role]: ['box1'] } });
      await until(
        () => inside('if [ -e /srv/begun ]; then echo yes; fi'),
        180_000,
        () => `it does not begin\n${story()}`,
      );
      await lose();
      const lost = await until(
        async () => (await runsOf(role)).find((run) => run.id > known && run.endedAt),
        180_000,
        () => `nobody notices\n${story()}`,
      );
      assert.equal(lost.outcome, 'lost', JSON.stringify(lost));
      assert.match(lost.problem!.summary, /it was at slow/);
      assert.equal(lost.problem!.where!.resource, 'slow');
      await mend();
      await inside('touch /srv/go');
      await until(
        async () => (await runsOf(role)).find((run) => run.id > lost.id && run.outcome === 'done'),
        180_000,
        () => `it is not taken up again\n${story()}`,
        300,
      );
      assert.deepEqual(await inside('cat /srv/before /srv/after'), `${word}\n${word}\n`);
      assert.equal(await inside(`grep -cx ${word} /srv/log`), '1\n', 'it was done twice');
    });
  }

  function writeBarclamp(): void {
    const home = path.join(barclamps, 'lost');
    for (const [role, files] of Object.entries({ python: { 'recipe.yml': '- package: python3\n', 'remove.yml': '[]\n' }, ...roles })) {
      mkdirSync(path.join(home, 'roles', role), { recursive: true });
      for (const [name, content] of Object.entries(files)) writeFileSync(path.join(home, 'roles', role, name), content);
    }
    writeFileSync(
      path.join(home, 'barclamp.yml'),
      `name: lost
version: 1.0.0
summary: Something that takes a while
roles:
  python: { summary: What Ansible needs there }
  slow-recipe: { summary: A recipe }
  slow-playbook: { summary: A playbook, requires: [python] }
`,
    );
    const word = { type: 'string', description: 'What is left on the machine.' };
    writeFileSync(path.join(home, 'proposal.schema.json'), JSON.stringify({ type: 'object', additionalProperties: false, properties: { word } }));
    for (const name of ['container-ready', 'provisioner']) cpSync(path.join(root, 'barclamps', name), path.join(barclamps, name), { recursive: true });
  }
});
