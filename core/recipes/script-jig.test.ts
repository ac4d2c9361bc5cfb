// The contract of the script jig, with scripts in several languages.

import assert from 'node:assert/strict';
import { evaluate, render } from '../catalog/render.ts';
import { compileScript, type ScriptInput } from './compile.ts';
import { openWorkshop, type Ran, runProgram, shellcheck } from './workshop.ts';

describe('the script jig', function () {
  this.timeout(120_000);
  const work = openWorkshop({ render, evaluate });
  after(() => work.close());

  const compiled = (content: string, more: Partial<ScriptInput> = {}) =>
    compileScript({
      name: 'x on n1',
      file: 'roles/x/apply',
      content: Buffer.from(content),
      inputs: { name: "it's $(id)", list: [1] },
      secrets: {},
      platform: 'debian-12',
      mode: 'apply',
      folders: { run: `${work.folder}/run`, state: `${work.folder}/state` },
      ...more,
    });
  const run = async (content: string, more: Partial<ScriptInput> = {}): Promise<Ran> => {
    const made = compiled(content, more);
    assert.ok(made.ok);
    assert.equal(await shellcheck(made.value.program), '');
    return runProgram(made.value, ['dash']);
  };

  it('gives inputs and takes outputs', async () => {
    const ran = await run('#!/bin/sh -e\necho working\njq "{said: .name, list}" inputs.json >outputs.json\ncat files/greeting\n', {
      files: new Map([
        ['files/greeting', Buffer.from('hello\n')],
        ['files/deep/er', Buffer.from('x')],
      ]),
    });
    assert.deepEqual(ran.outcome, { kind: 'done', outputs: { said: "it's $(id)", list: [1] }, changed: 0 }, ran.raw);
    assert.equal(ran.log, 'working\nhello');
  });
  it('runs whatever its first line names', async () => {
    const ran = await run('#!/usr/bin/env perl\nopen(F, ">outputs.json"); print F "{\\"v\\": 5}"; close F; open(F, ">changes.txt"); print F "+ something\\n";');
    assert.deepEqual(ran.outcome, { kind: 'done', outputs: { v: 5 }, changed: 1 }, ran.raw);
    assert.match(ran.diffs, /\+ something/);
    assert.ok(!compiled('echo no interpreter\n').ok);
  });
  it('may say not yet, and may fail', async () => {
    assert.equal((await run('#!/bin/sh\necho "the others are not up"; exit 75\n')).outcome.kind, 'notYet');
    const { outcome } = await run('#!/bin/sh\necho broken >&2; exit 3\n');
    assert.equal(outcome.kind === 'failed' && outcome.problem.summary, 'script apply failed: exit status 3: broken');
  });
  it('is told when its outputs are no JSON object', async () => {
    const { outcome } = await run('#!/bin/sh\necho "[1" >outputs.json\n');
    assert.match(outcome.kind === 'failed' ? outcome.problem.summary : '', /not valid JSON/);
  });
  it('does nothing in check mode', async () => {
    const { outcome, results } = await run(`#!/bin/sh\ntouch ${work.place}/x\n`, { mode: 'check' });
    assert.deepEqual([outcome.kind, results['script apply']], ['done', 'skipped']);
  });
  it('keeps the secrets among its inputs', async () => {
    const ran = await run('#!/bin/sh\ncat inputs.json; ps axww -o args | grep -v "^dash -c"\n', {
      inputs: { password: 'hunter2hunter2' },
      secrets: { password: 'hunter2hunter2' },
    });
    assert.equal(ran.outcome.kind, 'done');
    assert.doesNotMatch(JSON.stringify(ran.events), /hunter2/);
  });
});
