// Keeps dnsmasq running on the configuration that the provisioner's roles write: starts it when there is one, restarts it when the
// configuration changes, lets it re-read the reservations when only they change, and starts it again when it dies. Where an address is now
// reserved for one machine and still leased to another, it is restarted without that lease.
// `serving` holds the digest of the configuration in use, which is how the role knows that its change has arrived.

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { problem, type Problem } from '../model/problem.ts';

export type DnsmasqOptions = {
  /** Holds `dnsmasq.conf` and `hosts`, as the role writes them. */
  folder: string;
  /** Puts the rack's network namespace before a command. */
  command(argv: string[]): string[];
  onProblem(problem: Problem): void;
};

const POLL_MS = 250;
// Dying at once again and again is a broken configuration or a port in use: slow down, keep trying, say so.
const RESTART_MS = [200, 1000, 5000, 15_000];
const STABLE_MS = 30_000;

// The kernel forgets to end a process with its parent when that process gives up root, as dnsmasq does. So a shell stays between them:
// it is ended when we are killed, and passes every signal on.
const KEEPER = `"$@" & child=$!
trap 'kill -TERM $child' TERM
trap 'kill -HUP $child' HUP
while :; do wait $child; status=$?; kill -0 $child 2>/dev/null || exit $status; done`;

export type Dnsmasq = { stop(): Promise<void>; readonly pid: number | undefined };

export function superviseDnsmasq(options: DnsmasqOptions): Dnsmasq {
  const file = (name: string) => path.join(options.folder, name);
  mkdirSync(options.folder, { recursive: true, mode: 0o755 });
  rmSync(file('serving'), { force: true });
  let child: ChildProcess | undefined;
  let running = { config: '', hosts: '' };
  let failures = 0;
  let notBefore = 0;
  let stopping = false;

  const digest = (name: string): string =>
    existsSync(file(name))
      ? createHash('sha256')
          .update(readFileSync(file(name)))
          .digest('hex')
      : '';

  const textOf = (name: string): string => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '');
  const keptLeases = (): string => withoutForeign(textOf('leases'), textOf('hosts'));
  const start = (config: string, hosts: string) => {
    const kept = keptLeases();
    if (kept !== textOf('leases')) replaceFile(file('leases'), kept);
    const log = openSync(file('log'), 'a', 0o640);
    const [program, ...rest] = options.command(['dnsmasq', '--keep-in-foreground', `--conf-file=${file('dnsmasq.conf')}`]);
    const started = Date.now();
    const own = spawn('setpriv', ['--pdeathsig', 'TERM', 'sh', '-c', KEEPER, 'sh', program!, ...rest], { stdio: ['ignore', log, log] });
    closeSync(log);
    child = own;
    running = { config, hosts };
    let gone = false;
    const ended = (why: string) => {
      if (gone) return;
      gone = true;
      if (child === own) child = undefined;
      rmSync(file('serving'), { force: true });
      if (stopping) return;
      if (Date.now() - started > STABLE_MS) failures = 0;
      notBefore = Date.now() + RESTART_MS[Math.min(failures++, RESTART_MS.length - 1)]!;
      options.onProblem(
        problem(`The DHCP server (dnsmasq) ended: ${why}. It is started again.`, { file: file('log') }, `Its last words: ${lastLine(file('log'))}`),
      );
    };
    own.on('error', (error) => ended(error.message));
    own.on('exit', (code, signal) => {
      if (running.config === config) ended(signal ?? `status ${code}`);
      else gone = true;
    });
    setTimeout(() => {
      if (!gone && !stopping && child === own) announce(config);
    }, 300);
  };

  // Written whole or not at all, because the role compares it.
  const announce = (config: string) => replaceFile(file('serving'), `${config}\n`);

  const follow = () => {
    const config = digest('dnsmasq.conf');
    const hosts = digest('hosts');
    if (child && (config !== running.config || (hosts !== running.hosts && keptLeases() !== textOf('leases')))) {
      // The exit handler sees that the configuration moved on and does not count this as a death.
      running = { ...running, config: '' };
      child.kill('SIGTERM');
      child = undefined;
      rmSync(file('serving'), { force: true });
      notBefore = Date.now() + POLL_MS;
    }
    if (!config || stopping) return;
    if (!child) {
      if (Date.now() >= notBefore) start(config, hosts);
    } else if (hosts !== running.hosts) {
      running = { ...running, hosts };
      child.kill('SIGHUP');
    }
  };
  const timer = setInterval(follow, POLL_MS);
  follow();

  return {
    get pid() {
      return child?.pid;
    },
    async stop() {
      stopping = true;
      clearInterval(timer);
      const last = child;
      if (last && last.exitCode === null && last.signalCode === null) {
        const gone = new Promise((resolve) => last.once('exit', resolve));
        last.kill('SIGTERM');
        await gone;
      }
      rmSync(file('serving'), { force: true });
    },
  };
}

const replaceFile = (file: string, text: string): void => {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
};

/**
 * The leases, without those of addresses that are reserved for another machine: one took the place of another, and dnsmasq gives nobody an
 * address that somebody else has leased, though that machine may be dead. Leases and reservations as dnsmasq(8) writes and reads them.
 */
export function withoutForeign(leases: string, hosts: string): string {
  const reserved = new Map<string, Set<string>>();
  for (const line of hosts.split('\n')) {
    const words = line.split(',').map((word) => word.trim().toLowerCase());
    const address = words.find((word) => /^\d+\.\d+\.\d+\.\d+$/.test(word));
    if (address) reserved.set(address, new Set(words));
  }
  const isForeign = (line: string): boolean => {
    const [, mac = '', address = ''] = line.split(' ');
    return reserved.get(address)?.has(mac.toLowerCase()) === false;
  };
  return leases
    .split('\n')
    .filter((line) => !isForeign(line))
    .join('\n');
}

function lastLine(file: string): string {
  if (!existsSync(file)) return 'none';
  return readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? 'none';
}
