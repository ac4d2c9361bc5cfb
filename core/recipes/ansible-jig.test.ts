// The contract of the ansible jig, with a real ansible-playbook on this machine; over SSH it is tested in test/containers.

import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { playbookGround } from '../annealer/playbook.ts';
import { evaluate, render } from '../catalog/render.ts';
import type { Node } from '../model/node.ts';
import type { Remote } from '../remote/remote.ts';
import { compilePlaybook, type PlaybookInput } from './compile.ts';
import { openWorkshop, type Ran, runProgram, shellcheck } from './workshop.ts';
import { skipWhere } from '../../test/skip-where.ts';

describe('the ansible jig', function () {
  this.timeout(120_000);
  const work = openWorkshop({ render, evaluate });
  before(function () {
    if (existsSync('/usr/bin/ansible-playbook')) return;
    skipWhere(this, 'ansible-core is not installed');
  });
  after(() => work.close());

  const run = async (tasks: string, more: Partial<PlaybookInput> = {}): Promise<Ran> => {
    const playbook = `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks.trimEnd().replaceAll(/^/gm, '    ')}\n`;
    const made = compilePlaybook({
      name: 'x on n1',
      file: 'b/roles/x/playbook.yml',
      files: new Map([['playbook.yml', Buffer.from(playbook)]]),
      variables: { attributes: { word: `it's {{ lookup("pipe", "id") }}` }, secrets: { pw: 'hunter2hunter2' }, place: work.place },
      secrets: { pw: 'hunter2hunter2' },
      nodeId: 'n1',
      reach: 'here',
      python: '/usr/bin/python3',
      platform: 'debian-12',
      mode: 'apply',
      folders: { run: `${work.folder}/run`, state: `${work.folder}/state` },
      ...more,
    });
    assert.ok(made.ok);
    assert.equal(await shellcheck(made.value.program), '');
    return runProgram(made.value, ['dash']);
  };

  it('tells tasks as items, takes values literally, keeps secrets, and publishes', async () => {
    const ran = await run(`
- { name: write, copy: { content: "{{ attributes.word }}\\n", dest: "{{ place }}/a" } }
- { name: show, debug: { msg: "it is {{ secrets.pw }}" } }
- { name: ignored, command: "false", ignore_errors: true }
- block: [{ name: rescued, command: "false" }]
  rescue: [{ name: rescue, debug: { msg: saved } }]
- { name: left out, command: "true", when: false }
- set_stats: { data: { word: "{{ attributes.word }}" } }
`);
    assert.deepEqual(ran.outcome, { kind: 'done', outputs: { word: `it's {{ lookup("pipe", "id") }}` }, changed: 1 }, ran.raw);
    assert.deepEqual([ran.results.write, ran.results.ignored, ran.results.rescued, ran.results['left out']], ['changed', 'ok', 'ok', 'skipped']);
    assert.match(ran.diffs, /\+it's \{\{ lookup/);
    assert.match(ran.log, /it is \[secret\]/);
    assert.deepEqual(
      readdirSync(path.join(work.folder, 'run')).filter((name) => name.startsWith('apply')),
      [],
    );
  });
  it('says what would change, and changes nothing', async () => {
    const ran = await run('- { name: write, copy: { content: x, dest: "{{ place }}/b" } }', { mode: 'check' });
    assert.equal(ran.results.write, 'changed');
    assert.ok(!existsSync(path.join(work.place, 'b')));
  });
  it('fails with the cause, also where the playbook cannot be read or is for nobody', async () => {
    const why = ({ outcome }: Ran): string => (outcome.kind === 'failed' ? outcome.problem.summary : JSON.stringify(outcome));
    assert.equal(why(await run('- { name: breaks, shell: echo the cause >&2; exit 3 }')), 'breaks failed: exit status 3: the cause');
    assert.match(why(await run('- { commnd: x }')), /^playbook failed: .*commnd/);
    const stranger = Buffer.from('- hosts: web\n  tasks: []\n');
    assert.match(why(await run('', { files: new Map([['playbook.yml', stranger]]) })), /hosts: all/);
  });
  it('says not yet', async () => {
    const { outcome } = await run('- { name: waits, shell: echo come back later; exit 75 }');
    assert.deepEqual([outcome.kind, outcome.kind === 'notYet' && outcome.reason], ['notYet', 'come back later']);
  });
  it('says when the node has no Python', async () => {
    const bare: Remote = { run: async () => ({ kind: 'exited', code: 1 }), close: () => {}, reach: 'here' };
    const ground = await playbookGround(bare, { name: 'n1' } as Node, new AbortController().signal);
    assert.ok('kind' in ground && ground.kind === 'failed');
    assert.match(ground.problem.summary, /no Python 3 on n1/);
    assert.match(ground.problem.next!, /package: python3/);
  });
});
