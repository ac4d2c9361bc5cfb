// Power by IPMI 2.0 over LAN, through ipmitool. Runs where the rack's network is; knows nothing of nodes or secrets.

import { execFile } from 'node:child_process';
import { type Checked, ok, type Problem, problem } from '../model/problem.ts';
import type { Namespace } from '../network/namespace.ts';
import type { NextBoot, Power } from './power.ts';

export type IpmiAccess = { address: string /** 623 unless told. */; port?: number; user: string; password: string };

export type IpmiOptions = { namespace: Pick<Namespace, 'command'>; signal?: AbortSignal };

/** ipmitool asks `retries` times, each `timeoutSeconds` longer than the last; a controller under load answers late. */
const timeoutSeconds = 1;
const retries = 3;
/** For the whole command; beyond it ipmitool itself hangs. */
const limitMs = 40_000;

/** Power of the machine behind this controller. Orders to one controller wait for each other: most hold few sessions. */
export function ipmiPower(access: IpmiAccess, { namespace, signal }: IpmiOptions): Power {
  const ask = (...words: string[]): Promise<Checked<string>> => inTurn(access, () => ipmitool(access, words, namespace, signal));
  const order = async (...words: string[]): Promise<Checked<void>> => {
    const done = await ask(...words);
    return done.ok ? ok(undefined) : done;
  };
  const status = async (): Promise<Checked<'on' | 'off'>> => {
    // Get Chassis Status, NetFn 0, command 1: bit 0 of the first byte is the power (IPMI 2.0 section 28.2).
    const answer = await ask('raw', '0x00', '0x01');
    if (!answer.ok) return answer;
    const first = /^[0-9a-f]{2}/i.exec(answer.value.trim());
    if (!first) return { ok: false, problems: [notUnderstood(access, answer.value)] };
    return ok(Number.parseInt(first[0], 16) & 1 ? 'on' : 'off');
  };
  return {
    status,
    on: () => order('chassis', 'power', 'on'),
    off: () => order('chassis', 'power', 'off'),
    cycle: async () => {
      const now = await status();
      if (!now.ok) return now;
      // A cycle of a machine that is off is refused by most controllers (IPMI 2.0 section 28.3).
      return order('chassis', 'power', now.value === 'on' ? 'cycle' : 'on');
    },
    setNextBoot: (device: NextBoot) => order('chassis', 'bootdev', device),
  };
}

const turns = new Map<string, Promise<unknown>>();

function inTurn<T>(access: IpmiAccess, work: () => Promise<T>): Promise<T> {
  const name = `${access.address}:${access.port ?? 623}`;
  const mine = (turns.get(name) ?? Promise.resolve()).then(work, work);
  turns.set(name, mine);
  const leave = (): void => {
    if (turns.get(name) === mine) turns.delete(name);
  };
  mine.then(leave, leave);
  return mine;
}

function ipmitool(access: IpmiAccess, words: string[], namespace: Pick<Namespace, 'command'>, signal?: AbortSignal): Promise<Checked<string>> {
  const { address, port = 623, user, password } = access;
  // `-C 3`: without it each call first waits for cipher suites that many controllers never list. `-E`: the password
  // stays out of the process list. `-v` tells a refusal from silence.
  const options = ['-I', 'lanplus', '-C', '3', '-H', address, '-p', `${port}`, '-U', user, '-E', '-N', `${timeoutSeconds}`, '-R', `${retries}`, '-v'];
  const [program, ...args] = namespace.command(['ipmitool', ...options, ...words]);
  return new Promise((resolve, reject) => {
    const settings = { env: { ...process.env, LC_ALL: 'C', IPMI_PASSWORD: password }, timeout: limitMs, killSignal: 'SIGKILL' as const, signal };
    execFile(program!, args, settings, (error, stdout, stderr) => {
      if (!error) return resolve(ok(stdout));
      if (signal?.aborted) return reject(signal.reason as Error);
      resolve({ ok: false, problems: [whyNot(access, error, stderr)] });
    });
  });
}

/**
 * ipmitool ends with 1 whatever happened; only its words tell more. This is the one place that reads them, and what it
 * does not know becomes the general Problem with those words in it.
 */
function whyNot(access: IpmiAccess, error: Error & { code?: number | string | null }, stderr: string): Problem {
  const { address, port = 623, user } = access;
  const place = `${address}:${port}`;
  const said = stderr.trim().split('\n').at(-1) ?? '';
  if (error.code === 'ENOENT') return problem('The program ipmitool is not installed.', {}, 'Install it: apt-get install ipmitool');
  // The controller answered the session set-up (IPMI 2.0 section 13.20, RAKP) and refused what we sent.
  if (/RAKP \d/.test(stderr)) {
    return problem(
      `The BMC ${place} does not accept the user "${user}" with this password.`,
      {},
      'Correct the BMC user and password of this machine; the user must be allowed IPMI over LAN as administrator.',
    );
  }
  if (/unable to establish|error issuing get channel|timed? ?out/i.test(stderr) || error.message.includes('SIGKILL')) {
    return problem(`The BMC ${place} does not answer.`, {}, 'Check its address, its cable and that IPMI over LAN is switched on in it.');
  }
  return problem(`The BMC ${place} refused: ${said || error.message}`, {}, 'Look at the message of the BMC; updating its firmware may help.');
}

const notUnderstood = ({ address }: IpmiAccess, answer: string): Problem =>
  problem(`The BMC ${address} gave an answer that is not IPMI: ${answer.slice(0, 80)}`, {}, 'Check that this is the address of a BMC.');
