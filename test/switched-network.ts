// An admin node and some machines on one switch, as network namespaces (network_namespaces(7)) on a bridge that snoops IGMP (RFC 4541), for
// what crosses a wire: multicast in tests and in the bench. Needs root.

import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export type SwitchedNetwork = {
  /** Namespace of the admin node, and those of the machines; the interface is `eth0` everywhere. */
  admin: { namespace: string; address: string };
  machines: { namespace: string; address: string }[];
  /** What the admin node, or a machine, has sent and received by now. */
  bytes(namespace: string): { sent: number; received: number };
  close(): void;
};

const ip = (...argv: string[]): string => execFileSync('ip', argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** Why there can be none here; undefined when there can. */
export function networkLacks(): string | undefined {
  if (process.getuid?.() !== 0) return 'namespaces need root';
  try {
    const name = `prybar-try-${process.pid}`;
    ip('netns', 'add', name);
    ip('netns', 'delete', name);
    execFileSync('udp-receiver', ['--license'], { stdio: 'ignore' });
    return undefined;
  } catch (error) {
    return (error as Error).message.trim().split('\n').at(-1);
  }
}

export async function openSwitchedNetwork(count: number): Promise<SwitchedNetwork> {
  const prefix = `prybar-mc-${process.pid}`;
  const namespaces: string[] = [];
  const add = (name: string): string => {
    ip('netns', 'add', `${prefix}-${name}`);
    namespaces.push(`${prefix}-${name}`);
    return `${prefix}-${name}`;
  };
  const close = (): void => {
    for (const namespace of namespaces) ip('netns', 'delete', namespace);
  };
  try {
    const bridge = add('switch');
    // It asks who listens, and floods until it has waited so long for answers: hundredths of a second, ten seconds unless told. What comes
    // first counts for what comes after.
    ip('-n', bridge, 'link', 'add', 'bridge', 'type', 'bridge', 'mcast_query_response_interval', '100', 'mcast_startup_query_interval', '100');
    ip('-n', bridge, 'link', 'set', 'bridge', 'type', 'bridge', 'mcast_snooping', '1', 'mcast_querier', '1');
    ip('-n', bridge, 'link', 'set', 'bridge', 'up');
    const plug = (name: string, number: number): { namespace: string; address: string } => {
      const namespace = add(name);
      ip('-n', bridge, 'link', 'add', `port${number}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
      ip('-n', bridge, 'link', 'set', `port${number}`, 'master', 'bridge', 'up');
      ip('-n', namespace, 'link', 'set', 'lo', 'up');
      ip('-n', namespace, 'link', 'set', 'eth0', 'up');
      const address = `10.91.7.${number}`;
      ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', 'eth0');
      return { namespace, address };
    };
    const admin = plug('admin', 1);
    const machines = Array.from({ length: count }, (_, index) => plug(`m${index + 1}`, index + 2));
    await sleep(2500);
    const bytes = (namespace: string): { sent: number; received: number } => {
      const [{ stats64 }] = JSON.parse(ip('-n', namespace, '-s', '-j', 'link', 'show', 'eth0')) as [{ stats64: Record<'rx' | 'tx', { bytes: number }> }];
      return { sent: stats64.tx.bytes, received: stats64.rx.bytes };
    };
    return { admin, machines, bytes, close };
  } catch (error) {
    close();
    throw error;
  }
}
