// Debian's udp-sender as a child: how it is started, what it says while it works, and who keeps the others waiting. It sends one file to a
// multicast address, slice by slice; a slice is sent again to who lacks it, and all wait until each machine has it.

import { spawn } from 'node:child_process';

export const UDP_SENDER = '/usr/bin/udp-sender';

export type Transfer = {
  file: string;
  /** Of the admin node, in the machines' network. */
  interface: string;
  /** Both for finding one another and for the data, so that a switch learns one group. */
  address: string;
  /** Even: the sender takes the next one too. */
  port: number;
  machines: number;
  megabits: number;
  /** After how many of them a machine that does not answer is dropped. */
  reminders?: number;
};

/** How long the machines have to come, after they were called. */
const GATHER_SECONDS = 30;
// About twenty seconds (tried).
const REMINDERS = 30;

/** The program and its arguments (udp-sender(1)). */
export function senderCommand({ file, interface: on, address, port, machines, megabits, reminders = REMINDERS }: Transfer): string[] {
  return [
    UDP_SENDER,
    ...['--file', file],
    ...['--interface', on],
    ...['--mcast-rdv-address', address, '--mcast-data-address', address, '--portbase', String(port)],
    // Not beyond the machines' own network.
    ...['--ttl', '1'],
    ...['--max-bitrate', `${megabits}m`],
    ...['--min-receivers', String(machines), '--max-wait', '10', '--start-timeout', String(GATHER_SECONDS)],
    // Its first greeting may come before the switch knows who listens, and by itself there is no second one.
    ...['--rexmit-hello-interval', '500'],
    ...['--retries-until-drop', String(reminders)],
    '--nokbd',
  ];
}

/** What it said by now. */
export type Progress = {
  begun: boolean;
  bytes: number;
  /** Address of each machine that came, by its number; those that were dropped or have ended are gone. */
  machines: Map<number, string>;
  /** How often each was waited for, and how often anybody was, since this was last emptied. */
  waits: { all: number; by: Map<number, number> };
  dropped: string[];
};

export const noProgress = (): Progress => ({ begun: false, bytes: 0, machines: new Map(), waits: { all: 0, by: new Map() }, dropped: [] });

/** Takes in one line of what it says. */
export function readLine(progress: Progress, line: string): void {
  const bytes = /^bytes=\s*([\d ]+?)\s+re-xmits=/.exec(line);
  if (bytes) progress.bytes = Number(bytes[1]!.replaceAll(' ', ''));
  if (line.startsWith('Starting transfer')) progress.begun = true;
  const came = /^New connection from (\S+)\s+\(#(\d+)\)/.exec(line);
  if (came) progress.machines.set(Number(came[2]), came[1]!);
  const waited = /^Timeout .*notReady=\[([\d,]*)\]/.exec(line);
  if (waited) {
    progress.waits.all++;
    for (const number of waited[1]!.split(',').filter(Boolean).map(Number)) progress.waits.by.set(number, (progress.waits.by.get(number) ?? 0) + 1);
  }
  const dropped = /^Dropping client #(\d+)/.exec(line);
  if (dropped) progress.dropped.push(progress.machines.get(Number(dropped[1])) ?? '');
  const left = /^Disconnecting #(\d+)/.exec(line);
  if (left) progress.machines.delete(Number(left[1]));
}

/** The addresses of the few that nearly all waiting was for; none where most are slow, for then nobody is held up by another. */
export function laggards({ machines, waits }: Progress): string[] {
  const often = [...machines].filter(([number]) => (waits.by.get(number) ?? 0) > waits.all * 0.8);
  if (waits.all < 3 || often.length * 2 > machines.size) return [];
  return often.map(([, address]) => address);
}

export type Sender = {
  progress: Progress;
  /** Why it did not come to the end; undefined when it did. */
  ended: Promise<string | undefined>;
  stop(): void;
};

/** Starts it; `inside` puts the machines' network namespace before a command. It ends with this process, however that ends. */
export function startSender(transfer: Transfer, inside: (argv: string[]) => string[]): Sender {
  const progress = noProgress();
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...inside(senderCommand(transfer))], { stdio: ['ignore', 'ignore', 'pipe'] });
  let rest = '';
  let last = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split(/[\r\n]+/);
    rest = lines.pop()!.slice(-1000);
    for (const line of lines) {
      readLine(progress, line);
      if (line && !line.startsWith('bytes=')) last = line;
    }
  });
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (status, signal) =>
      resolve(status === 0 && progress.begun ? undefined : `udp-sender ended with ${signal ?? `status ${status}`}: ${last}`),
    );
  });
  return { progress, ended, stop: () => void child.kill('SIGKILL') };
}
