// Reads what a program says while it runs, as it arrives, into events for people and in the end into an outcome.
//
// The report is one stream. Its first line is `prybar-report 1 TOKEN`; the token is made anew on the node, so nothing that a
// command prints can pass for a line of the report. Everything else is output of commands, except lines that begin with it:
//
//   TOKEN begin INDEX UPTIME NAME           an item starts
//   TOKEN diff BYTES                        that many bytes follow: what the item changes, for people
//   TOKEN output BYTES                      … the values it publishes, as JSON
//   TOKEN captured NAME BYTES               … what a command wrote
//   TOKEN end INDEX UPTIME RESULT REASON    ok | changed | failed | skipped
//   TOKEN tick UPTIME                       sign of life, every second while an item runs; finds out too whether anybody listens
//   TOKEN finished OUTCOME REASON           done | failed | notYet | stopped | lost (the node that a playbook is run against)
//
// A newline stands before each, so that output which does not end with one cannot hide it. UPTIME is in seconds (proc(5)).
// The node is not trusted with our memory: lines, logs, blocks and the whole are cut at limits, with a note.

import { type Problem, problem, type Where } from '../model/problem.ts';
import type { Outcome, ResourceResult, RunEvent } from '../model/run.ts';
import type { ProgramMode } from './program.ts';
import { hideSecrets, hideSecretsInCut } from './redact.ts';

/** How the run of a program ended; remote/ says it. */
export type ProgramEnd = { kind: 'exited'; code: number } | { kind: 'lost'; problem: Problem };

/** In bytes. */
export type ReportLimits = {
  line: number;
  /** Output of one item that is kept; its last lines are known nevertheless. */
  log: number;
  diff: number;
  output: number;
  /** Of all that arrives; beyond it `tooMuch` is aborted. */
  total: number;
};

const usualLimits: ReportLimits = { line: 4096, log: 256 * 1024, diff: 64 * 1024, output: 1024 * 1024, total: 64 * 1024 * 1024 };
// Lines of output that stand under the reason of a failure.
const LAST_LINES = 15;
const RETRY_AFTER_MS = 15_000;

export type ReportOptions = {
  mode?: ProgramMode;
  resources: readonly { index: number; name: string; where?: Where }[];
  handlers?: readonly { index: number; name: string; where?: Where }[];
  secrets: readonly string[];
  onEvent(event: RunEvent): void;
  limits?: Partial<ReportLimits>;
};

export type Report = {
  /** Standard output and standard error of the program, in pieces of any size. */
  output(chunk: Buffer): void;
  error(chunk: Buffer): void;
  /** To be called once, after the last chunk. */
  outcome(end: ProgramEnd): Outcome;
  /** Aborted when the program says more than anybody will read; the run should then be stopped. */
  tooMuch: AbortSignal;
};

type Item = { index: number; name: string; begun: number; logged: number; lastLines: string[]; diff?: string };
type Block = { kind: 'diff' | 'output' | 'captured'; name: string; missing: number; most: number; kept: Buffer[]; size: number; cut: boolean };

export function readReport(options: ReportOptions): Report {
  const limits = { ...usualLimits, ...options.limits };
  const { secrets, onEvent } = options;
  const tooMuch = new AbortController();
  const lines = lineReader(limits.line, takeLine);
  const errorLines = lineReader(limits.line, log);
  const captured = new Map<string, string>();
  const outputs: Record<string, unknown> = {};
  let total = 0;
  let token: string | undefined;
  let block: Block | undefined;
  let item: Item | undefined;
  let changed = 0;
  let blankHeld = false;
  let firstFailure: { item: Item; reason: string } | undefined;
  let badOutput: Problem | undefined;
  let finished: { outcome: string; reason: string } | undefined;
  // Before the first item and between items; its lines explain a program that did not start.
  const outside: Item = { index: 0, name: 'the program', begun: 0, logged: 0, lastLines: [] };

  return {
    output: (chunk) => {
      if (!counted(chunk)) return;
      let rest = chunk;
      while (rest.length) rest = block ? takeBlock(block, rest) : lines.take(rest, () => block !== undefined);
    },
    error: (chunk) => {
      if (counted(chunk)) errorLines.take(chunk);
    },
    outcome: (end) => {
      lines.end();
      errorLines.end();
      return outcomeOf(end);
    },
    tooMuch: tooMuch.signal,
  };

  function counted(chunk: Buffer): boolean {
    total += chunk.length;
    if (total > limits.total && !tooMuch.signal.aborted) tooMuch.abort();
    return total <= limits.total;
  }

  function takeLine(line: Line): void {
    const text = line.bytes.toString('utf8');
    if (token === undefined) {
      token = /^prybar-report 1 ([0-9a-f-]{36})$/.exec(text)?.[1];
      if (token === undefined) log(line);
      return;
    }
    if (text === '') {
      if (blankHeld) log(line);
      blankHeld = true;
      return;
    }
    const isFrame = text.startsWith(`${token} `);
    if (blankHeld && !isFrame) log({ bytes: Buffer.alloc(0), cut: false });
    blankHeld = false;
    if (isFrame) takeFrame(text.slice(token.length + 1), line);
    else log(line);
  }

  function takeFrame(text: string, line: Line): void {
    const [kind, ...words] = text.split(' ') as [string, ...string[]];
    const tail = (from: number): string => shown(words.slice(from).join(' '), line.cut);
    switch (kind) {
      case 'begin':
        return begin(Number(words[0]), Number(words[1]), tail(2));
      case 'end':
        return end(Number(words[1]), words[2] as ResourceResult, tail(3));
      case 'diff':
        return openBlock('diff', '', words[0], limits.diff);
      case 'output':
        return openBlock('output', '', words[0], limits.output);
      case 'captured':
        return openBlock('captured', words[0] ?? '', words[1], limits.output);
      case 'finished':
        finished = { outcome: words[0] ?? '', reason: tail(1) };
        return;
      case 'tick':
        return;
      default:
        log(line);
    }
  }

  function begin(index: number, begun: number, name: string): void {
    item = { index, name, begun, logged: 0, lastLines: [] };
    onEvent({ kind: 'begin', index, name });
  }

  function end(ended: number, result: ResourceResult, reason: string): void {
    if (!item) return;
    const ending = item;
    item = undefined;
    const full = result === 'failed' ? [reason, ...ending.lastLines].join('\n') : reason;
    if (result === 'changed') changed++;
    if (result === 'failed') firstFailure ??= { item: ending, reason };
    onEvent({
      kind: 'end',
      index: ending.index,
      name: ending.name,
      result,
      seconds: Math.max(0, Math.round((ended - ending.begun) * 100) / 100),
      ...(ending.diff && { diff: ending.diff }),
      ...(full && { reason: full }),
    });
  }

  function openBlock(kind: Block['kind'], name: string, size: string | undefined, most: number): void {
    const missing = Number(size);
    if (!Number.isSafeInteger(missing) || missing < 0) return;
    block = { kind, name, missing, most, kept: [], size: 0, cut: false };
    if (missing === 0) closeBlock(block);
  }

  function takeBlock(open: Block, chunk: Buffer): Buffer {
    const part = chunk.subarray(0, open.missing);
    const kept = part.subarray(0, Math.max(0, open.most - open.size));
    open.kept.push(Buffer.from(kept));
    open.size += kept.length;
    open.missing -= part.length;
    open.cut ||= kept.length < part.length;
    if (open.missing === 0) closeBlock(open);
    return chunk.subarray(part.length);
  }

  function closeBlock(closed: Block): void {
    block = undefined;
    const { cut } = closed;
    const text = Buffer.concat(closed.kept).toString('utf8');
    if (closed.kind === 'captured') captured.set(closed.name, text.replace(/\n+$/, ''));
    if (closed.kind === 'output') publish(text);
    if (closed.kind !== 'diff' || !item) return;
    const diff = text
      .trimEnd()
      .split('\n')
      .map((line) => shown(line, cut))
      .join('\n');
    item.diff = cut ? `${diff}\n… the rest of this diff was cut at ${limits.diff / 1024} KiB` : diff;
  }

  function publish(text: string): void {
    const missing = new Set<string>();
    const filled = text.replace(/\\u001fcaptured (\w+)\\u001f/g, (_, name: string) => {
      const value = captured.get(name);
      if (value === undefined) missing.add(name);
      return JSON.stringify(value ?? '').slice(1, -1);
    });
    const where = placeOfItem(item);
    if (missing.size) {
      // In check mode the command that says it may not have run.
      if (options.mode !== 'check')
        badOutput = problem(
          `The output needs ${[...missing].join(', ')}, which no command has captured.`,
          where,
          'Check the conditions of the command that captures it.',
        );
      return;
    }
    let values: unknown;
    try {
      values = JSON.parse(hideSecrets(filled, secrets));
    } catch {
      badOutput = problem('The output is not valid JSON.', where, 'A script must write one JSON object to outputs.json.');
      return;
    }
    if (typeof values !== 'object' || values === null || Array.isArray(values)) {
      badOutput = problem('The output is not a JSON object.', where, 'Write the names and values that barclamp.yml declares under outputs.');
      return;
    }
    Object.assign(outputs, values);
    onEvent({ kind: 'output', values: values as Record<string, unknown> });
  }

  function log(line: Line): void {
    const to = item ?? outside;
    const text = shown(line.bytes.toString('utf8'), line.cut) + (line.cut ? ' … (line cut)' : '');
    if (text.trim()) to.lastLines.push(text);
    if (to.lastLines.length > LAST_LINES) to.lastLines.shift();
    if (to.logged > limits.log) return;
    to.logged += line.bytes.length + 1;
    const more = to.logged > limits.log ? `\n… more output was cut at ${limits.log / 1024} KiB` : '';
    onEvent({ kind: 'log', text: text + more, ...(item && { index: item.index }) });
  }

  function shown(text: string, cut: boolean): string {
    return cut ? hideSecretsInCut(clean(text), secrets) : hideSecrets(clean(text), secrets);
  }

  function placeOfItem(of: Item | undefined): Where {
    const known = of && [...options.resources, ...(options.handlers ?? [])].find((one) => one.index === of.index);
    return { ...known?.where, ...(of && { resource: of.name }) };
  }

  function outcomeOf(programEnd: ProgramEnd): Outcome {
    const at = item ?? firstFailure?.item;
    const failed = (summary: string, next: string, of = at): Outcome => ({ kind: 'failed', problem: problem(summary, placeOfItem(of), next) });
    if (tooMuch.signal.aborted)
      return failed(`It wrote more than ${Math.round(limits.total / 1024 / 1024)} MiB.`, 'Make the command quiet, or send its output to a file.');
    if (programEnd.kind === 'lost') return lost(programEnd.problem);
    if (finished?.outcome === 'lost')
      return lost(problem(`The node was lost: ${finished.reason}`, undefined, 'Check whether the machine is up and its network works; it is tried again.'));
    const { code } = programEnd;
    if (firstFailure) {
      const {
        reason,
        item: { name, lastLines },
      } = firstFailure;
      const said = reason.startsWith('exit status') && lastLines.length ? `${reason}: ${lastLines.at(-1)}` : reason;
      return failed(`${name} failed: ${said}`, 'Its log has the rest; mend the cause, then retry.', firstFailure.item);
    }
    if (finished?.outcome === 'notYet') return { kind: 'notYet', reason: finished.reason, retryAfterMs: RETRY_AFTER_MS };
    if (finished?.outcome === 'stopped')
      return failed(`The run was stopped${item ? ` at ${item.name}` : ''}.`, 'Retry it when it may go on; what was done so far stays.');
    if (finished?.outcome === 'done' && code === 0) return badOutput ? { kind: 'failed', problem: badOutput } : { kind: 'done', outputs, changed };
    if (token === undefined)
      return failed(
        `The program could not start (exit status ${code}): ${outside.lastLines.at(-1) ?? 'it said nothing'}`,
        'The node needs a POSIX sh and a writable /run.',
      );
    return {
      kind: 'lost',
      problem: problem(
        `The program ended without saying how (exit status ${code})${item ? `; it was at ${item.name}` : ''}.`,
        placeOfItem(item),
        'Something on the node killed it, or the machine ran out of memory or space; it can be run again.',
      ),
    };
  }

  function lost(because: Problem): Outcome {
    const reached = item ? `; it was at ${item.name}` : '';
    return {
      kind: 'lost',
      problem: { ...because, summary: because.summary.replace(/\.$/, '') + reached + '.', where: { ...placeOfItem(item), ...because.where } },
    };
  }
}

// What would move a terminal's cursor or ring its bell is not shown; of a progress bar only its last state.
function clean(text: string): string {
  const line = text.replace(/\r+$/, '');
  return (
    line
      .slice(line.lastIndexOf('\r') + 1)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the point
      .replace(/\x1b(?:\[[0-9;?]*[ -/]*[@-~]|[@-Z\\-_])/g, '')
      .replace(/[\0-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
  );
}

type Line = { bytes: Buffer; cut: boolean };

/** Gathers lines of at most `most` bytes; of longer ones the beginning. `take` returns what is left once `stop` is true. */
function lineReader(most: number, onLine: (line: Line) => void): { take(chunk: Buffer, stop?: () => boolean): Buffer; end(): void } {
  let kept: Buffer[] = [];
  let size = 0;
  let cut = false;
  const keep = (part: Buffer): void => {
    const fits = part.subarray(0, most - size);
    if (fits.length) kept.push(Buffer.from(fits));
    size += fits.length;
    cut ||= fits.length < part.length;
  };
  const flush = (): void => {
    const line = { bytes: Buffer.concat(kept), cut };
    [kept, size, cut] = [[], 0, false];
    onLine(line);
  };
  return {
    take(chunk, stop) {
      let rest = chunk;
      for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10)) {
        keep(rest.subarray(0, at));
        rest = rest.subarray(at + 1);
        flush();
        if (stop?.()) return rest;
      }
      keep(rest);
      return Buffer.alloc(0);
    },
    end() {
      if (size) flush();
    },
  };
}
