// Puts the parts of a recipe together as one sh program that a person can read: header, the functions it needs, the items, their order.

import { bad, type Checked, ok, problem, type Where } from '../model/problem.ts';
import type { SecretValue } from '../model/secret.ts';
import { preludeFor } from './prelude.ts';
import { secretsIn } from './redact.ts';
import { quote, sh, shellFunction } from './shell.ts';

/** An item, compiled. */
export type Part = {
  index: number;
  name: string;
  where: Where;
  /** Time limit. */
  seconds: number;
  notifies: string[];
  code: string;
  /** The function that runs it; `resource`, which reports it as one item, when absent. */
  runBy?: 'playbook';
  /** Why it is not done. */
  skipped?: string;
  /** What a notification does; without `code` the item itself, and then only. */
  reaction?: { name: string; title: string; mark: string; code?: string };
};

/** Where programs keep what they need on the node, both for root only. `run` is gone after a reboot, `state` stays. */
export type Folders = { run: string; state: string };

export const defaultFolders: Folders = { run: '/run/prybar', state: '/var/lib/prybar' };

/** `check` says what would change; `probe` says whether something works: both change nothing and do not take the node's lock. */
export type ProgramMode = 'apply' | 'check' | 'probe';

export type Compiled = {
  program: string;
  mode: ProgramMode;
  /** Numbered as the report numbers them, handlers last. */
  resources: ProgramResource[];
  handlers: ProgramResource[];
  /** What the reader of the report hides. */
  secrets: string[];
  /** Time limits of all resources together. */
  seconds: number;
};

export type ProgramResource = { index: number; name: string; where: Where };

export type Heading = { name: string; file: string; platform: string; mode: ProgramMode; secrets: Record<string, SecretValue>; folders?: Folders | undefined };

// What does not fit into this belongs in a download.
const MOST_BYTES = 16 * 1024 * 1024;

export function writeProgram(input: Heading, parts: Part[]): Checked<Compiled> {
  const reactions = new Map<string, Part>();
  for (const part of parts) if (part.reaction && !reactions.has(part.reaction.name)) reactions.set(part.reaction.name, part);
  const handlers = [...reactions.values()].map((part, i) => ({ ...part, index: parts.length + 1 + i, of: part.index }));
  const inOrder = parts.filter((part) => part.skipped !== undefined || !part.reaction || part.reaction.code !== undefined);

  const body = [
    ...inOrder
      .filter((part) => part.skipped === undefined)
      .map((part) => definition(`resource_${part.index}`, `${part.index}. ${part.name}`, part.where, part.code)),
    ...handlers.map((h) => definition(`handler_${h.index}`, `when notified: ${h.reaction!.title}`, h.where, h.reaction!.code ?? h.code)),
    '# What is done, in order: number, time limit in seconds, name, what it notifies.',
    'start',
    ...inOrder.map((part) => {
      if (part.skipped !== undefined) return sh`skip ${part.index} ${part.skipped} ${part.name}`;
      const marks = part.notifies.flatMap((name) => reactions.get(name)?.reaction?.mark ?? []);
      return [sh`${part.runBy ?? 'resource'} ${part.index} ${part.seconds} ${part.name}`, ...marks.map(quote)].join(' ');
    }),
    ...handlers.map((h) => sh`handler ${h.index} ${h.seconds} ${h.reaction!.title} ${h.reaction!.mark}`),
    'finish',
  ].join('\n');

  const program = `${header(input)}\n${preludeFor(body)}\n\n${body}\n`;
  if (program.length > MOST_BYTES) {
    return bad(
      problem(
        `The program for this recipe has ${Math.ceil(program.length / 1024 / 1024)} MB.`,
        { file: input.file },
        'Bring large files with `download` instead of `file`.',
      ),
    );
  }
  return ok({
    program,
    mode: input.mode,
    resources: inOrder.map(({ index, name, where }) => ({ index, name, where })),
    handlers: handlers.map(({ index, where, reaction }) => ({ index, name: reaction!.title, where })),
    secrets: secretsIn(input.secrets),
    seconds: [...inOrder, ...handlers].reduce((sum, part) => sum + part.seconds, 0),
  });
}

function header(input: Heading): string {
  const folders = input.folders ?? defaultFolders;
  const purpose = purposes[input.mode];
  return [
    '#!/bin/sh',
    `# ${oneLine(input.name)}`,
    `# Compiled by Prybar from ${oneLine(input.file)} for ${oneLine(input.platform)}, ${purpose}.`,
    '# For root: sh FILE. Each item of it is a function below; the list at the end calls them in order.',
    '# shellcheck disable=SC1003,SC2016,SC2034,SC2119,SC2120,SC2317 # values stand in single quotes as they are; items are called by their names',
    'set -u',
    // A probe is a check that waits for what it asks for.
    sh`mode=${input.mode === 'probe' ? 'check' : input.mode} program_name=${input.name}`,
    ...(input.mode === 'probe' ? ['probing=yes'] : []),
    sh`run_folder=${folders.run} state_folder=${folders.state}`,
    '',
  ].join('\n');
}

function definition(name: string, comment: string, where: Where, code: string): string {
  return `# ${comment} (${where.file}:${where.line})\n${shellFunction(name, code)}\n`;
}

const purposes: Record<ProgramMode, string> = {
  apply: 'to bring it about; a second run changes nothing',
  check: 'to say what would change; it changes nothing',
  probe: 'to say whether it works; it changes nothing',
};

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');
