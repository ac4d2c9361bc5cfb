// The report's reader against streams as they may come: in any pieces, cut off, hostile, endless.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RunEvent } from '../model/run.ts';
import { type ProgramEnd, readReport, type ReportOptions } from './report.ts';

const token = '01234567-89ab-cdef-0123-456789abcdef';
const hello = `prybar-report 1 ${token}\n`;
const frame = (text: string): string => `\n${token} ${text}\n`;
const where = { file: 'recipe.yml', line: 3 };
const lost: ProgramEnd = { kind: 'lost', problem: { severity: 'error', summary: 'The connection to n1 was lost.' } };
const exited = (code: number): ProgramEnd => ({ kind: 'exited', code });

function read(stream: (string | Buffer)[], end: ProgramEnd, options: Partial<ReportOptions> = {}) {
  const events: RunEvent[] = [];
  const report = readReport({ resources: [{ index: 1, name: 'one', where }], secrets: ['hunter2hunter2'], onEvent: (event) => events.push(event), ...options });
  for (const chunk of stream) report.output(Buffer.from(chunk as string));
  const outcome = report.outcome(end);
  return { events, outcome, tooMuch: report.tooMuch.aborted, logs: events.flatMap((event) => (event.kind === 'log' ? [event.text] : [])) };
}

const sample = Buffer.from(
  `motd of the login shell\n${hello}${frame('begin 1 10.50 one')}line\n\npartial${frame('tick 11.00')} more\n${frame('diff 44')}--- a\n${token}\n\0${frame('captured c 4')}a"\nb${frame('output 52')}{"v":"\\u001fcaptured c\\u001f","list":[1]}${' '.repeat(52 - 41)}${frame('end 1 12.25 changed ')}${frame('finished done')}`,
);

describe('the report', () => {
  it('is read the same in whatever pieces it arrives', () => {
    const whole = read([sample], exited(0));
    assert.deepEqual(whole.outcome, { kind: 'done', outputs: { v: 'a"\nb', list: [1] }, changed: 1 });
    assert.deepEqual(whole.logs, ['motd of the login shell', 'line', '', 'partial', ' more']);
    const end = whole.events.find((event) => event.kind === 'end');
    assert.deepEqual({ ...end, diff: undefined }, { kind: 'end', index: 1, name: 'one', result: 'changed', seconds: 1.75, diff: undefined });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 })), (sizes) => {
        const pieces: Buffer[] = [];
        let at = 0;
        for (const size of sizes) pieces.push(sample.subarray(at, (at += size)));
        assert.deepEqual(read([...pieces, sample.subarray(at)], exited(0)), whole);
      }),
    );
  });
  it('cannot be imitated by what a command prints', () => {
    const { outcome, logs } = read(
      [
        hello,
        frame('begin 1 1 one'),
        '\nprybar-report 1 ffffffff-ffff-ffff-ffff-ffffffffffff\nffffffff-ffff-ffff-ffff-ffffffffffff finished done\nend 1 2 ok\n',
      ],
      exited(0),
    );
    assert.equal(outcome.kind, 'lost');
    assert.equal(logs.length, 4);
  });
  it('takes no end for done but the one it knows', () => {
    const kinds = (stream: string, ends: ProgramEnd[]): string[] => ends.map((end) => read([stream], end).outcome.kind);
    const done = hello + frame('finished done');
    assert.deepEqual(kinds(done, [exited(0), exited(1), exited(75), lost]), ['done', 'lost', 'lost', 'lost']);
    assert.deepEqual(kinds(hello, [exited(0), exited(137), lost]), ['lost', 'lost', 'lost']);
    assert.deepEqual(kinds('', [exited(0), exited(127)]), ['failed', 'failed']);
    assert.deepEqual(kinds(hello + frame('finished notYet later'), [exited(75)]), ['notYet']);
    assert.deepEqual(kinds(hello + frame('begin 1 1 one') + frame('end 1 2 failed why') + frame('finished failed'), [exited(1), exited(0)]), [
      'failed',
      'failed',
    ]);
  });
  it('says how far a lost run had come', () => {
    const { outcome } = read([hello, frame('begin 1 1 one')], lost);
    assert.deepEqual(outcome, {
      kind: 'lost',
      problem: { severity: 'error', summary: 'The connection to n1 was lost; it was at one.', where: { ...where, resource: 'one' } },
    });
  });
  it('explains a program that could not start', () => {
    const events: RunEvent[] = [];
    const report = readReport({ resources: [], secrets: [], onEvent: (event) => events.push(event) });
    report.error(Buffer.from('mkdir: cannot create directory /run/prybar: Read-only file system'));
    const outcome = report.outcome(exited(1));
    assert.match(outcome.kind === 'failed' ? outcome.problem.summary : '', /Read-only file system/);
  });
  it('hides secrets, also in pieces and in lines that are cut', () => {
    const { events } = read(
      [
        hello,
        frame('begin 1 1 hunter2hunter2'),
        'a hunter2',
        'hunter2 b\n',
        `${'x'.repeat(55)}hunter2hunter2\n`,
        frame('diff 14'),
        'hunter2hunter2',
        frame('output 22'),
        '{"v":"hunter2hunter2"}',
        frame('end 1 2 failed hunter2hunter2'),
      ],
      exited(1),
      { limits: { line: 60 } },
    );
    assert.doesNotMatch(JSON.stringify(events), /hunt/);
  });
  it('shows no control characters, and of a progress bar its last state', () => {
    assert.deepEqual(read([hello, '\x1b[31mred\x1b[0m\x07\n10%\r50%\r100%\ntab\tü\n\x1b]0;title\x07\n'], lost).logs, ['red', '100%', 'tab\tü', '0;title']);
  });
  it('cuts long lines, long logs, large blocks, with a note', () => {
    const limits = { line: 100, log: 1000, diff: 50, output: 100 };
    const { events, logs, outcome } = read(
      [
        hello,
        frame('begin 1 1 one'),
        `${'x'.repeat(5000)}\n`,
        'line\n'.repeat(1000),
        'last words\n',
        frame('diff 500'),
        'd'.repeat(500),
        frame('output 500'),
        `{"a":"${'o'.repeat(492)}"}`,
        frame('end 1 2 failed why'),
      ],
      exited(1),
      { limits },
    );
    assert.ok(logs.join('\n').length < 1300);
    assert.match(logs[0]!, /^x{100} … \(line cut\)$/);
    assert.match(logs.at(-1)!, /more output was cut/);
    const end = events.find((event) => event.kind === 'end');
    assert.match(end?.kind === 'end' ? end.diff! : '', /^d{50}\n… the rest of this diff was cut/);
    assert.match(end?.kind === 'end' ? end.reason! : '', /last words$/);
    assert.equal(outcome.kind, 'failed');
  });
  it('asks for an end when there is no end of it, and keeps nothing meanwhile', () => {
    const report = readReport({ resources: [], secrets: [], onEvent: () => {}, limits: { total: 10 * 1024 * 1024 } });
    report.output(Buffer.from(hello + frame('begin 1 1 yes')));
    const chunk = Buffer.alloc(1024 * 1024, 'y');
    for (let i = 0; i < 50; i++) report.output(chunk);
    assert.ok(report.tooMuch.aborted);
    const outcome = report.outcome(exited(143));
    assert.match(outcome.kind === 'failed' ? outcome.problem.summary : '', /more than 10 MiB/);
  });
  it('survives any bytes', () => {
    const piece = fc
      .oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc
          .constantFrom(
            'begin 1 1 x',
            'end 1 2 ok',
            'end',
            'diff 9999999999999',
            'diff -1',
            'diff x',
            'output 5',
            'captured',
            'captured c 3',
            'finished',
            'nonsense',
          )
          .map(frame),
        fc.constant(hello),
      )
      .map((made) => Buffer.from(made as string));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const { outcome } = read([hello, ...pieces], lost);
        assert.equal(typeof outcome.kind, 'string');
      }),
      { numRuns: 500 },
    );
  });
});
