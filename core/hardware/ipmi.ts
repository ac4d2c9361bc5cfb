// A board controller by IPMI 2.0 over LAN, through ipmitool. Runs where the rack's network is; knows nothing of nodes or secrets.

import { execFile, spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { bad, ok, type Problem, problem } from '../model/problem.ts';
import type { Namespace } from '../network/namespace.ts';
import { readEvents, readIdentity, readSensors } from './ipmi-text.ts';
import { type Answer, type Bmc, type NextBoot, silence } from './power.ts';
import type { Quirks } from './quirks.ts';
import { inTurn } from './turns.ts';

export type IpmiAccess = {
  address: string /** 623 unless told. */;
  port?: number;
  user: string;
  password: string /** Of RMCP+; 3 unless told. */;
  cipherSuite?: number;
};

export type IpmiOptions = {
  namespace: Pick<Namespace, 'command'>;
  /** The firmware of the machine starts systems by UEFI. */
  uefi?: boolean;
  quirks?: Quirks;
  /** How often a silent controller is asked again. */
  retries?: number;
  signal?: AbortSignal;
};

/** Authentication, integrity and encryption by SHA-256 and AES, else by SHA-1, which every controller has (IPMI 2.0 table 22-20). */
export const CIPHER_SUITES = [17, 3];
const EVERY_ONE_HAS = 3;

/** ipmitool asks again so often, each time waiting `timeoutSeconds` longer; a controller under load answers late. */
const timeoutSeconds = 1;
const RETRIES = 3;
/** For the whole command; beyond it ipmitool itself hangs. Reading all sensors of a large machine takes long. */
const limitMs = 40_000;

export function ipmiBmc(access: IpmiAccess, options: IpmiOptions): Bmc {
  const ask = (...words: string[]): Promise<Answer<string>> => inTurn(access.address, () => ipmitool(access, words, options));
  const order = async (...words: string[]): Promise<Answer<void>> => {
    const answer = await ask(...words);
    return answer.ok ? ok(undefined) : answer;
  };
  const status = async (): Promise<Answer<'on' | 'off'>> => {
    // Get Chassis Status, NetFn 0, command 1: bit 0 of the first byte is the power (IPMI 2.0 section 28.2).
    const answer = await ask('raw', '0x00', '0x01');
    if (!answer.ok) return answer;
    const first = /^[0-9a-f]{2}/i.exec(answer.value.trim());
    if (!first) return { ok: false, problems: [notUnderstood(access, answer.value)] };
    return ok(Number.parseInt(first[0], 16) & 1 ? 'on' : 'off');
  };
  // Tables are only told when ipmitool is not asked to say why something failed, so that is asked for afterwards.
  const read = async <T>(words: string[], as: (text: string) => T): Promise<Answer<T>> => {
    const answer = await ask(...words);
    if (answer.ok) return ok(as(answer.value));
    const why = await status();
    return why.ok ? answer : why;
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
    setNextBoot: async (device) => {
      // Else the order is forgotten 60 s later, before a system that shuts down cleanly is down (IPMI 2.0 table 28-14, parameter 3).
      // Controllers without that parameter never forget it.
      const kept = await order('raw', '0x00', '0x08', '0x03', '0x08');
      if ('silent' in kept) return kept;
      return order(...nextBoot(device, options));
    },
    identity: () => read(['mc', 'info'], readIdentity),
    sensors: () => read(['-c', 'sdr', 'elist', 'full'], readSensors),
    events: (limit) => read(['-c', 'sel', 'elist', 'last', `${limit}`], readEvents),
    console: () => inTurn(access.address, () => openConsole(access, options)),
  };
}

function nextBoot(device: NextBoot, { uefi, quirks }: IpmiOptions): string[] {
  // Valid for the next start, by UEFI (IPMI 2.0 table 28-14, parameter 5).
  if (device === 'disk' && uefi && quirks?.ipmiUefiDisk) return ['raw', '0x00', '0x08', '0x05', '0xa0', quirks.ipmiUefiDisk, '0x00', '0x00', '0x00'];
  return ['chassis', 'bootdev', device, ...(uefi ? ['options=efiboot'] : [])];
}

/** Nobody types it, so that nothing typed is taken for an order to ipmitool. */
const ESCAPE = '\x1d';

function commandLine({ address, port = 623, user, cipherSuite = EVERY_ONE_HAS }: IpmiAccess): string[] {
  // `-C`: without it each call first waits for cipher suites that many controllers never list. `-E`: the password
  // stays out of the process list.
  return ['ipmitool', '-I', 'lanplus', '-C', `${cipherSuite}`, '-H', address, '-p', `${port}`, '-U', user, '-E', '-e', ESCAPE];
}

// Times are told as the controller's clock has them, not moved by this machine's time zone.
const surroundings = ({ password }: IpmiAccess): NodeJS.ProcessEnv => ({ ...process.env, LC_ALL: 'C', TZ: 'UTC', IPMI_PASSWORD: password });

function ipmitool(access: IpmiAccess, words: string[], { namespace, retries = RETRIES, signal }: IpmiOptions): Promise<Answer<string>> {
  // `-v` tells a refusal from silence.
  const verbose = words[0] === '-c' ? [] : ['-v'];
  const [program, ...args] = namespace.command([...commandLine(access), '-N', `${timeoutSeconds}`, '-R', `${retries}`, ...verbose, ...words]);
  return new Promise((resolve, reject) => {
    const settings = { env: surroundings(access), timeout: limitMs, killSignal: 'SIGKILL' as const, maxBuffer: 8 << 20, signal };
    execFile(program!, args, settings, (error, stdout, stderr) => {
      if (!error) return resolve(ok(stdout));
      if (signal?.aborted) return reject(signal.reason as Error);
      resolve(whyNot(access, error.code === 'ENOENT', error.killed ? `${stderr}\ntimed out` : stderr));
    });
  });
}

const openMs = 20_000;
/** The session is closed in the controller first, so that the next one finds it free. */
const closeMs = 3000;

function openConsole(access: IpmiAccess, { namespace }: IpmiOptions): Promise<Answer<Duplex>> {
  // Else ipmitool would keep that the session is open to itself until the machine says something.
  const [program, ...args] = namespace.command(['stdbuf', '-o0', ...commandLine(access), 'sol', 'activate']);
  const child = spawn(program!, args, { env: surroundings(access), stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said = `${said}${text.toString('latin1')}`.slice(-2000)));
  child.stdin.on('error', () => {});
  const hurry = (after: number): NodeJS.Timeout => setTimeout(() => child.kill('SIGKILL'), after);
  const line = new Duplex({
    write: (chunk: Buffer, _encoding, done) => void child.stdin.write(chunk, () => done()),
    read: () => void child.stdout.resume(),
    final: (done) => void child.stdin.end(() => done()),
    destroy: (error, done) => {
      if (child.exitCode !== null || child.signalCode !== null) return done(error);
      child.stdin.end();
      const kill = hurry(closeMs);
      child.once('close', () => {
        clearTimeout(kill);
        done(error);
      });
    },
  });
  return new Promise((resolve) => {
    const late = hurry(openMs);
    let opening: Buffer | undefined = Buffer.alloc(0);
    child.stdout.on('data', (chunk: Buffer) => {
      if (!opening) {
        if (!line.push(chunk)) child.stdout.pause();
        return;
      }
      opening = Buffer.concat([opening, chunk]);
      const end = opening.indexOf(']\n');
      if (end < 0) return;
      clearTimeout(late);
      if (opening.length > end + 2) line.push(opening.subarray(end + 2));
      opening = undefined;
      resolve(ok(line));
    });
    child.once('error', (error: NodeJS.ErrnoException) => resolve(whyNot(access, error.code === 'ENOENT', said)));
    child.once('close', () => {
      clearTimeout(late);
      line.push(null);
      if (opening) resolve(whyNoConsole(access, `${opening.toString('latin1')}\n${said}`));
      else line.destroy();
    });
  });
}

function whyNoConsole(access: IpmiAccess, said: string): Answer<never> {
  const place = placeOf(access);
  if (/already active/i.test(said)) {
    return {
      ok: false,
      problems: [problem(`Somebody else has the serial console of the BMC ${place}.`, {}, 'Have them leave it, or wait until the BMC ends their session.')],
    };
  }
  if (/disabled|unavailable/i.test(said)) {
    return {
      ok: false,
      problems: [
        problem(`The BMC ${place} does not give its serial console to "${access.user}".`, {}, 'Switch serial-over-LAN on in the BMC, for this user as well.'),
      ],
    };
  }
  return whyNot(access, false, said);
}

const placeOf = ({ address, port = 623 }: IpmiAccess): string => `${address}:${port}`;

/**
 * ipmitool ends with 1 whatever happened; only its words tell more. These are the only places that read them, and what they
 * do not know becomes the general Problem with those words in it.
 */
function whyNot(access: IpmiAccess, notInstalled: boolean, stderr: string): Answer<never> {
  const { user } = access;
  const place = placeOf(access);
  const refused = (found: Problem): Answer<never> => ({ ok: false, problems: [found] });
  if (notInstalled || /(exec of|failed to run command) .ipmitool./.test(stderr))
    return refused(problem('The program ipmitool is not installed.', {}, 'Install it: apt-get install ipmitool'));
  // The controller answered the session set-up (IPMI 2.0 section 13.20, RAKP) and refused what we sent.
  if (/RAKP \d/.test(stderr)) {
    return refused(
      problem(
        `The BMC ${place} does not accept the user "${user}" with this password.`,
        {},
        'Correct the BMC user and password of this machine; the user must be allowed IPMI over LAN as administrator.',
      ),
    );
  }
  if (/open session response message/i.test(stderr)) {
    const suite = access.cipherSuite ?? EVERY_ONE_HAS;
    return { ...bad(problem(`The BMC ${place} does not take the cipher suite ${suite}.`, {}, 'Allow cipher suite 17 or 3 in it.')), otherSuite: true };
  }
  if (/unable to establish|error issuing get channel|timed? ?out/i.test(stderr)) {
    return silence(problem(`The BMC ${place} does not answer.`, {}, 'Check its address, its cable and that IPMI over LAN is switched on in it.'));
  }
  const said = stderr.trim().split('\n').at(-1) ?? '';
  return refused(problem(`The BMC ${place} refused: ${said || 'it does not say why'}`, {}, 'Look at the message of the BMC; updating its firmware may help.'));
}

const notUnderstood = ({ address }: IpmiAccess, answer: string): Problem =>
  problem(`The BMC ${address} gave an answer that is not IPMI: ${answer.slice(0, 80)}`, {}, 'Check that this is the address of a BMC.');
