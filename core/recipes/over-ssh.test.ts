// Compiled programs over a real SSH connection: events while they run, connections that break, runs that are stopped.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import path from 'node:path';
import { evaluate, render } from '../catalog/render.ts';
import type { RecipeItem } from '../model/recipe.ts';
import type { Outcome, RunEvent } from '../model/run.ts';
import type { Remote } from '../remote/remote.ts';
import { sshPool } from '../remote/ssh.ts';
import { connectTo, sshdMissing, startSshd, type TestSshd, until } from '../remote/sshd-for-tests.ts';
import { readReport } from './compile.ts';
import { openWorkshop } from './workshop.ts';
import { skipWhere } from '../../test/skip-where.ts';

describe('recipes over SSH', function () {
  this.timeout(120_000);
  const work = openWorkshop({ render, evaluate });
  const at = (name: string): string => path.join(work.place, name);
  let sshd: TestSshd;
  let socket: Socket | undefined;
  let remote: Remote;

  before(async function () {
    skipWhere(this, sshdMissing());
    sshd = await startSshd();
    const pool = sshPool({ privateKey: sshd.privateKey, connect: async (host, port) => (socket = await connectTo(host, port)) });
    remote = pool.remoteFor({ node: 'n1', host: '127.0.0.1', port: sshd.port, hostKey: sshd.hostKey });
  });
  beforeEach(() => work.empty());
  after(async () => {
    remote?.close();
    await sshd?.stop();
    work.close();
  });

  async function run(items: RecipeItem[], onEvent: (event: RunEvent) => void = () => {}, signal = new AbortController().signal): Promise<Outcome> {
    const compiled = work.program(items);
    const report = readReport({ ...compiled, onEvent });
    const end = await remote.run(compiled.program, {
      signal: AbortSignal.any([signal, report.tooMuch]),
      timeoutMs: 60_000,
      onOutput: report.output,
      onError: report.error,
    });
    return report.outcome(end);
  }
  const slow: RecipeItem[] = [{ command: `touch ${at('begun')}; sleep 3; touch ${at('done')}`, creates: at('done'), as: 'slow' }, { file: at('next') }];

  it('says what it does while it does it', async () => {
    const heard: string[] = [];
    const outcome = await run(
      [
        { command: `echo first; until [ -e ${at('heard')} ]; do sleep 0.1; done`, changes: false },
        { file: at('f'), content: 'x\n' },
      ],
      (event) => {
        heard.push(event.kind);
        if (event.kind === 'log' && event.text === 'first') writeFileSync(at('heard'), '');
      },
    );
    assert.deepEqual(outcome, { kind: 'done', outputs: {}, changed: 1 });
    assert.deepEqual(heard, ['begin', 'log', 'end', 'begin', 'end']);
  });
  it('finishes what it has in hand when the connection breaks, and goes on from there the next time', async () => {
    const running = run(slow);
    await until(() => existsSync(at('begun')));
    socket!.destroy();
    const outcome = await running;
    assert.equal(outcome.kind, 'lost');
    assert.match(outcome.kind === 'lost' ? outcome.problem.summary : '', /was lost; it was at slow/);
    const results: string[] = [];
    assert.equal((await run(slow, (event) => event.kind === 'end' && results.push(event.result))).kind, 'done');
    assert.deepEqual(results, ['ok', 'changed']);
  });
  it('ends with all that it started when the run is stopped', async () => {
    const stop = new AbortController();
    const running = run([{ command: `sh -c 'echo $$ >${at('pid')}; sleep 60; true'`, unless: 'false', as: 'long' }], () => {}, stop.signal);
    await until(() => existsSync(at('pid')) && readFileSync(at('pid'), 'utf8') !== '');
    stop.abort();
    const outcome = await running;
    assert.match(outcome.kind === 'failed' ? outcome.problem.summary : JSON.stringify(outcome), /was stopped at long/);
    await until(() => !existsSync(`/proc/${readFileSync(at('pid'), 'utf8').trim()}`));
  });
  it('stops a program that does not stop talking', async () => {
    const compiled = work.program([{ command: 'yes', unless: 'false', as: 'yes' }]);
    const report = readReport({ ...compiled, onEvent: () => {}, limits: { total: 5_000_000 } });
    const end = await remote.run(compiled.program, { signal: report.tooMuch, timeoutMs: 60_000, onOutput: report.output, onError: report.error });
    const outcome = report.outcome(end);
    assert.match(outcome.kind === 'failed' ? outcome.problem.summary : JSON.stringify(outcome), /more than 5 MiB/);
  });
});
