import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError } from '../core/model/problem.ts';
import { runProgram } from './program.ts';
import { skipWhere } from '../test/skip-where.ts';

describe('runProgram', function () {
  this.timeout(120_000);
  before(function () {
    if (process.getuid?.() === 0) return;
    skipWhere(this, 'programs that build run in namespaces of their own, which takes root');
  });

  it('returns what it wrote, and tells each line', async () => {
    const lines: string[] = [];
    const out = await runProgram(['sh', '-c', 'echo one; echo two'], { onLine: (line) => lines.push(line) });
    assert.equal(out, 'one\ntwo');
    assert.deepEqual(lines, ['one', 'two']);
  });

  it('fails with the last lines it wrote', async () => {
    await assert.rejects(runProgram(['sh', '-c', 'echo no room >&2; exit 3']), (error) => {
      assert.ok(error instanceof ProblemError);
      assert.match(error.problems[0]!.summary, /sh failed with status 3:\nno room/);
      return true;
    });
  });

  it('names the package of a program that is missing', async () => {
    await assert.rejects(runProgram(['no-such-program-here']), /apt-get install no-such-program-here/);
  });

  it('kills it and all it started when aborted', async () => {
    const stop = new AbortController();
    const marker = `6${process.pid}`;
    const running = runProgram(['sh', '-c', `sleep ${marker} & echo started; sleep ${marker}`], {
      signal: stop.signal,
      onLine: () => stop.abort(new Error('enough')),
    });
    await assert.rejects(running, /enough/);
    for (let tries = 0; tries < 40 && (await sleepers(marker)) > 0; tries++) await sleep(50);
    assert.equal(await sleepers(marker), 0);
  });
});

async function sleepers(marker: string): Promise<number> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(processes.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return commands.filter((command) => command === `sleep\0${marker}\0`).length;
}
