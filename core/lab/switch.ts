// The lab's network: a namespace with one bridge that holds the admin node's address and the BMCs', and a port a machine.

import { run } from './program.ts';

export type LabSwitch = {
  /** Name of the namespace. */
  name: string;
  command: (argv: string[]) => string[];
  /** Makes a port; its interface index. */
  addPort(port: string): Promise<number>;
  removePort(port: string): Promise<void>;
  addAddress(address: string): Promise<void>;
  /** A cable from a port into the network of a process, where its end is the interface `rack`. Replaces the one that was there. */
  plug(cable: Cable): Promise<void>;
  remove(): Promise<void>;
};

export type Cable = { port: string /** In this machine's process list. */; pid: number; mac: string; address: string };

export const LAB_BRIDGE = 'rack0';
const bridge = LAB_BRIDGE;

export async function makeSwitch(name: string, mac: string, prefixLength: number): Promise<LabSwitch> {
  const ip = (...words: string[]): Promise<string> => run(['ip', '-n', name, ...words]);
  await run(['ip', 'netns', 'add', name]);
  await ip('link', 'set', 'lo', 'up');
  // A bridge without an address of its own takes its lowest port's and changes it as machines come and go.
  await ip('link', 'add', bridge, 'address', mac, 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0');
  await ip('link', 'set', bridge, 'up');
  return {
    name,
    command: (argv) => ['ip', 'netns', 'exec', name, ...argv],
    addPort: async (port) => {
      await ip('tuntap', 'add', 'dev', port, 'mode', 'tap');
      await ip('link', 'set', port, 'master', bridge, 'up');
      const [link] = JSON.parse(await ip('-j', 'link', 'show', port)) as [{ ifindex: number }];
      return link.ifindex;
    },
    removePort: async (port) => void (await ip('link', 'del', port)),
    addAddress: async (address) => void (await ip('addr', 'replace', `${address}/${prefixLength}`, 'dev', bridge)),
    plug: async ({ port, pid, mac, address }) => {
      await ip('link', 'del', port).catch(() => {});
      await ip('link', 'add', port, 'type', 'veth', 'peer', 'name', 'rack', 'address', mac, 'netns', String(pid));
      await ip('link', 'set', port, 'master', bridge, 'up');
      const inside = (...words: string[]): Promise<string> => run(['nsenter', '--target', String(pid), '--net', 'ip', ...words]);
      await inside('addr', 'add', `${address}/${prefixLength}`, 'dev', 'rack');
      await inside('link', 'set', 'rack', 'up');
    },
    remove: () => removeSwitch(name),
  };
}

/** Ends everything that runs in the namespace, then the namespace with its bridge and ports. Nothing to do when there is none. */
export async function removeSwitch(name: string): Promise<void> {
  if (!(await namespaceNames()).includes(name)) return;
  for (const pid of (await run(['ip', 'netns', 'pids', name])).split('\n').filter(Boolean)) kill(Number(pid));
  await run(['ip', 'netns', 'del', name]);
}

async function namespaceNames(): Promise<string[]> {
  const lines = (await run(['ip', 'netns', 'list'])).split('\n');
  return lines.map((line) => line.split(' ')[0]!).filter(Boolean);
}

function kill(pid: number): void {
  if (pid === process.pid) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
