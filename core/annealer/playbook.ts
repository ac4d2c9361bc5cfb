// What a playbook needs beside its program: Ansible here, Python there, the way between them, and an end to what it began on the node
// when it is stopped.

import { randomUUID } from 'node:crypto';
import type { Node } from '../model/node.ts';
import { problem } from '../model/problem.ts';
import type { Reach } from '../model/reach.ts';
import type { Outcome } from '../model/run.ts';
import { localRemote } from '../remote/local.ts';
import type { Remote } from '../remote/remote.ts';

export type Ground = {
  reach: Reach;
  /** For the inventory. It marks all that the playbook starts on the node. */
  python: string;
  mark: string;
};

const SHORT_MS = 30_000;
// Red Hat's own systems keep one for tools, also where nobody has installed python3. Debian's python3-minimal is not enough.
const findPython = `for python in /usr/bin/python3 /usr/libexec/platform-python /usr/local/bin/python3; do
  if "$python" -c 'import json, shutil' 2>/dev/null; then echo "$python"; exit; fi
done
exit 1`;

/** Looks whether a playbook can be run against this node. Else the outcome: failed with what is missing, or the node is lost. */
export async function playbookGround(remote: Remote, node: Node, signal: AbortSignal): Promise<Ground | Outcome> {
  if ((await ask(localRemote('admin'), 'command -v ansible-playbook', signal)).status !== 0) {
    return failed('There is no ansible-playbook on the admin node.', 'Install it there: apt-get install ansible-core');
  }
  const { end, status, said } = await ask(remote, findPython, signal);
  if (end.kind === 'lost') return end;
  if (status !== 0)
    return failed(`There is no Python 3 on ${node.name}, which Ansible needs there.`, 'Let a role that it requires install it first: - package: python3');
  if (!remote.reach) return failed(`Nobody knows how Ansible could reach ${node.name}.`, 'Restart the machine so that it reports itself again.');
  const mark = `PRYBAR_RUN=${randomUUID()}`;
  return { reach: remote.reach, python: `/usr/bin/env ${mark} ${said.trim()}`, mark };
}

/** Ends what a playbook that was stopped has left running on the node: with its connection gone, nobody else would. */
export async function endTasks(remote: Remote, mark: string): Promise<void> {
  const search = `grep -lzx '${mark}' /proc/[0-9]*/environ 2>/dev/null`;
  await ask(remote, `${search} | while IFS=/ read -r _ _ pid _; do kill -s TERM "$pid"; done`, AbortSignal.timeout(SHORT_MS));
}

async function ask(remote: Remote, program: string, signal: AbortSignal) {
  let said = '';
  const end = await remote.run(program, { signal, timeoutMs: SHORT_MS, onOutput: (chunk) => (said += chunk.toString()), onError: () => {} });
  return { end, said, status: end.kind === 'exited' ? end.code : undefined };
}

const failed = (what: string, next: string): Outcome => ({ kind: 'failed', problem: problem(what, undefined, next) });
