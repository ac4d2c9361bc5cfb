// The three ways to write a role, each on a real machine in the virtual rack: done, nothing to do, failed with its cause, not yet, stopped,
// undone. The machine lives in the rack's network namespace, so the way to it is also what is tested.

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Run, RunEvent } from '../../core/model/run.ts';
import { type Admin, startAdmin, until } from '../admin.ts';
import { shellcheck } from '../../core/recipes/workshop.ts';
import { containersMissing, inContainer } from './boxes-for-tests.ts';
import { skipWhere } from '../skip-where.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** What each does with `attributes.how`: leaves the word, fails, waits for a file, or hangs. */
const roles: Record<string, Record<string, string>> = {
  'by-recipe': {
    'recipe.yml': `- directory: /srv/jigs
- file: /srv/jigs/recipe
  content: "{{ attributes.word }}\\n"
- command: echo the cause >&2; exit 3
  unless: test {{ attributes.how }} != fail
- command: echo come back later; exit 75
  unless: test {{ attributes.how }} != wait
- command: sleep 611
  as: long
  unless: test {{ attributes.how }} != hang
- output: { word: "{{ attributes.word }}" }
`,
    'remove.yml': '- file: /srv/jigs/recipe\n  state: absent\n',
  },
  'by-script': {
    apply: `#!/bin/sh -e
how=$(sed -n 's/^ *"how": "\\(.*\\)",*$/\\1/p' inputs.json)
word=$(sed -n 's/^ *"word": "\\(.*\\)",*$/\\1/p' inputs.json)
case $how in
  fail) echo the cause >&2; exit 3 ;;
  wait) echo come back later; exit 75 ;;
  hang) sleep 622 ;;
esac
mkdir -p /srv/jigs
if [ "$(cat /srv/jigs/script)" != "$word" ]; then echo "+ $word" >changes.txt; echo "$word" >/srv/jigs/script; fi
printf '{"word": "%s"}' "$word" >outputs.json
`,
    remove: '#!/bin/sh\nrm -f /srv/jigs/script\n',
  },
  'by-playbook': {
    'playbook.yml': `- hosts: all
  gather_facts: false
  tasks:
    - name: The folder
      file: { path: /srv/jigs, state: directory }
    - name: The word
      copy: { content: "{{ attributes.word }}\\n", dest: /srv/jigs/playbook }
    - name: The hidden word
      copy: { content: "{{ secrets.token }}\\n", dest: /srv/jigs/hidden, mode: "0600" }
      no_log: true
    - name: It breaks
      shell: echo the cause >&2; exit 3
      when: attributes.how == "fail"
    - name: It waits
      shell: echo come back later; exit 75
      when: attributes.how == "wait"
    - name: long
      command: sleep 633
      when: attributes.how == "hang"
    - set_stats: { data: { word: "{{ attributes.word }}" } }
`,
    'remove.yml': '- file: /srv/jigs/playbook\n  state: absent\n- file: /srv/jigs/hidden\n  state: absent\n',
  },
};

describe('recipes, scripts and playbooks on a real machine', function () {
  this.timeout(5 * 60_000);
  const state = mkdtempSync(path.join(tmpdir(), 'prybar-jigs-'));
  const barclamps = path.join(state, 'barclamps');
  let admin: Admin;

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
  /** The machine holds these roles and no other: what one of them does keeps no other waiting. */
  const commit = (attributes: Record<string, string>, ...held: string[]): Promise<void> =>
    admin.commit('demo', 'jigs', { attributes, roles: Object.fromEntries(held.map((role) => [role, ['box1']])) });
  const key = (role: string): string => `demo/${role}@box-1`;
  const lastRun = async (role: string): Promise<Run | undefined> => (await admin.client.call('GET /runs', { query: { key: key(role), limit: 1 } }))[0];
  /** The first run of the role after this one that has come to an end. */
  const ended = async (role: string, after = 0): Promise<Run> =>
    until(
      async () => {
        const run = await lastRun(role);
        return run && run.id > after && run.endedAt ? run : undefined;
      },
      180_000,
      () => `${role} has not ended\n${story()}`,
    );
  const logOf = async (run: Run): Promise<RunEvent[]> =>
    (await admin.client.call('GET /runs/:id/log', { params: { id: run.id }, query: {} })).map(({ event }) => event);

  for (const role of Object.keys(roles)) {
    describe(role, () => {
      let run: Run;

      it('is done, with what it changed and what it publishes', async () => {
        await commit({ word: 'first {{ 7 * 7 }}', how: 'do' }, role);
        run = await ended(role);
        assert.equal(run.outcome, 'done', JSON.stringify([run.problem, await logOf(run)], null, 1));
        assert.deepEqual(run.outputs, { word: 'first {{ 7 * 7 }}' });
        assert.ok(run.counts!.changed! > 0);
        assert.equal(await inContainer(admin, 'box-1', `cat /srv/jigs/${role.slice(3)}`), 'first {{ 7 * 7 }}\n');
        const log = await logOf(run);
        assert.ok(
          log.some((event) => event.kind === 'end' && event.result === 'changed' && event.diff?.includes('+first') === true) ||
            log.some((event) => event.kind === 'end' && event.diff?.includes('+ first') === true),
          JSON.stringify(log),
        );
        assert.doesNotMatch(JSON.stringify(log), /PRIVATE KEY/);
        if (role === 'by-playbook') {
          const secret = (await inContainer(admin, 'box-1', 'cat /srv/jigs/hidden')).trim();
          assert.match(secret, /^\S{20}$/);
          assert.ok(!JSON.stringify(log).includes(secret));
        }
      });
      it('prints the program that it becomes, without its secrets', async () => {
        for (const options of [[], ['--check'], ['--remove']]) {
          const { stdout, stderr, status } = admin.cli('recipe', 'print', role, '--node', 'box1', ...options);
          assert.equal(status, 0, stderr);
          assert.match(stdout, /^#!\/bin\/sh\n# by-\w+ on box1\n/);
          assert.equal(await shellcheck(stdout), '');
          assert.doesNotMatch(stdout, /BEGIN OPENSSH/);
          assert.equal(stdout.includes('mode=check'), options.includes('--check'));
        }
        const { stdout } = admin.cli('recipe', 'print', role, '--node', 'box1');
        assert.match(stdout, role === 'by-recipe' ? /resource 1 / : /\*{8}/);
        assert.ok(stdout.includes('first {{ 7 * 7 }}'));
      });
      it('changes nothing when it is done again', async () => {
        await admin.client.call('POST /node-roles/:key/retry', { params: { key: key(role) } });
        run = await ended(role, run.id);
        assert.deepEqual([run.outcome, run.counts!.changed ?? 0], ['done', 0], JSON.stringify(await logOf(run)));
      });
      it('fails with its cause', async () => {
        await commit({ word: 'second', how: 'fail' }, role);
        run = await ended(role, run.id);
        assert.equal(run.outcome, 'failed');
        assert.match(run.problem!.summary, /exit status 3: the cause/);
        assert.equal(run.problem!.where!.node, 'box1');
      });
      it('says not yet', async () => {
        await commit({ word: 'second', how: 'wait' }, role);
        run = await ended(role, run.id);
        assert.equal(run.outcome, 'notYet', JSON.stringify(run));
        assert.match(run.problem!.summary, /come back later|not yet/);
      });
      it('ends with all that it started when somebody cancels it', async () => {
        const sleeping = async () =>
          (await inContainer(admin, 'box-1', 'for p in /proc/[0-9]*; do tr "\\0" " " <$p/cmdline; echo; done 2>/dev/null')).includes('sleep 6');
        await commit({ word: 'second', how: 'hang' }, role);
        await until(sleeping, 60_000, () => `${role} does not hang\n${story()}`);
        const hanging = (await lastRun(role))!;
        await admin.client.call('POST /runs/:id/cancel', { params: { id: hanging.id } });
        run = await ended(role, run.id);
        assert.equal(run.outcome, 'cancelled');
        await until(
          async () => !(await sleeping()),
          180_000,
          () => 'it goes on on the machine',
        );
      });
    });
  }

  describe('all of them', () => {
    it('are taken away by a recipe or a script', async () => {
      await commit({ word: 'second', how: 'do' });
      await until(
        async () => (await inContainer(admin, 'box-1', 'ls -A /srv/jigs')) === '',
        180_000,
        () => `something is left\n${story()}`,
      );
    });
  });

  function writeBarclamp(): void {
    const home = path.join(barclamps, 'jigs');
    for (const [role, files] of Object.entries({ python: { 'recipe.yml': '- package: python3\n', 'remove.yml': '[]\n' }, ...roles })) {
      mkdirSync(path.join(home, 'roles', role), { recursive: true });
      for (const [name, content] of Object.entries(files)) writeFileSync(path.join(home, 'roles', role, name), content);
    }
    const outputs = '\n    outputs: { word: { type: string } }';
    writeFileSync(
      path.join(home, 'barclamp.yml'),
      `name: jigs
version: 1.0.0
summary: One role in three ways
roles:
  python: { summary: What Ansible needs there }
  by-recipe:
    summary: A recipe${outputs}
  by-script:
    summary: A script
    secrets: { token: password(20) }${outputs}
  by-playbook:
    summary: A playbook
    requires: [python]
    secrets: { token: password(20) }${outputs}
`,
    );
    const text = (description: string) => ({ type: 'string', description });
    const properties = { word: text('What is left on the machine.'), how: { ...text('do, fail, wait or hang.'), default: 'do' } };
    writeFileSync(path.join(home, 'proposal.schema.json'), JSON.stringify({ type: 'object', additionalProperties: false, properties }));
    for (const name of ['container-ready', 'provisioner']) cpSync(path.join(root, 'barclamps', name), path.join(barclamps, name), { recursive: true });
  }
});
