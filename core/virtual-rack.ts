// The virtual rack as people order it: machines and containers come up, are given a network and, the first time, something to do; and all of
// it goes again. What machines and containers are is lab/'s; this puts them into the facts and behind the admin's own services.

import { type Boxes, openBoxes } from './boxes.ts';
import type { LabView, LabWish } from './api/contract.ts';
import type { Secrets } from './access/secrets.ts';
import { ipmiBmc } from './hardware/ipmi.ts';
import { type Lab, type LabOptions, startLab } from './lab/lab.ts';
import { LAB_BRIDGE } from './lab/switch.ts';
import type { Network } from './model/network.ts';
import type { ProposalBody } from './model/proposal.ts';
import { bad, type Checked, ok, problem, type Problem, ProblemError } from './model/problem.ts';
import type { Rack } from './rack.ts';
import { seedLab, seedSample } from './seed.ts';
import type { FollowedFacts } from './store/snapshot.ts';
import type { Store } from './store/store.ts';
import type { Terminal } from './terminal.ts';
import { takeTurns } from './take-turns.ts';

export type VirtualRack = {
  view(): LabView;
  /** Brings up what is wished and not there yet. */
  start(wish: LabWish): Promise<Checked<LabView>>;
  stop(): Promise<LabView>;
};

/** What a rack asks of the admin's side of its network. */
export type RackSettings = {
  /** Added to the kernel command line of what its machines boot. */
  kernelParameters?: string;
  /** What its machines need of network boot, before a person has said anything of it. */
  provisioner?: ProposalBody['attributes'];
};

export type VirtualRackOptions = {
  store: Store;
  facts: FollowedFacts;
  secrets: Secrets;
  terminal: Terminal;
  /** Unless the wish says otherwise. */
  machines: number;
  containers: number;
  firmware: NonNullable<LabOptions['firmware']>;
  disks: number;
  cidr: string;
  cacheDir: string;
  /** Of the machines, and of the containers. */
  stateDirs: { lab: string; containers: string };
  publicKey: string;
  /** Whether a barclamp can say that a container is installed. */
  containersReady(): boolean;
  /** The admin's side of the network: there is one, or none. */
  rack: { current(): Rack | undefined; open(network: Network, options: RackSettings): Promise<void>; close(): Promise<void> };
  /** Builds what machines boot. */
  prepare(): Promise<void>;
  now(): number;
  signal: AbortSignal;
};

// An emulated clock on a busy host can miss the kernel's self-test of its timer, and the kernel then stops for good.
const EMULATED_PARAMETERS = 'no_timer_check';

// What machines with such firmware ask of network boot that others do without.
const provisionerFor: Partial<Record<string, ProposalBody['attributes']>> = {
  'uefi-secure': { secureBoot: true },
  'uefi-arm64': { architectures: ['amd64', 'arm64'] },
};

export function openVirtualRack(options: VirtualRackOptions): VirtualRack {
  const { store, facts, terminal, rack, now, signal } = options;
  let lab: Lab | undefined;
  let boxes: Boxes | undefined;

  const view = (): LabView => ({
    running: lab !== undefined,
    machines: (lab?.machines() ?? []).map(({ name, serial, mac, powered, bmc, console }) => ({
      name,
      serial,
      mac,
      powered,
      bmc: bmc.address,
      console: console.log,
    })),
    containers: (boxes?.view() ?? []).map((box) => {
      const address = facts.current.nodes.get(box.name)?.addresses.admin;
      return { ...box, ...(address && { address }) };
    }),
    ...(boxes && { engine: boxes.engine }),
  });

  const start = async (wish: LabWish): Promise<Checked<LabView>> => {
    const containers = wish.containers ?? (lab ? 0 : options.containers);
    const fresh = !lab;
    if (fresh) {
      const up = await machinesUp(wish.machines ?? options.machines);
      if (!up.ok) return up;
    }
    if (containers) {
      const up = await containersUp(containers, wish.pool ?? 'containers');
      if (!up.ok) return up;
    }
    if (fresh) await switchOn();
    await facts.refresh();
    return ok(view());
  };

  const machinesUp = async (count: number): Promise<Checked<void>> => {
    if (rack.current()) return bad(servesRealMachines);
    const started = await startLab({
      stateDir: options.stateDirs.lab,
      machines: count,
      firmware: options.firmware,
      disks: options.disks,
      cidr: options.cidr,
      signal,
    });
    if (!started.ok) return started;
    lab = started.value;
    await seedLab(store, options.secrets, lab.machines());
    await rack.open(networkOf(lab), {
      ...(lab.acceleration === 'tcg' && { kernelParameters: EMULATED_PARAMETERS }),
      ...(provisionerFor[options.firmware] && { provisioner: provisionerFor[options.firmware] }),
    });
    if (count) await seedSample(store, now());
    const how = lab.acceleration === 'kvm' ? 'KVM' : 'emulated, for KVM does not work here';
    terminal.tell('lab', count ? `A virtual rack of ${count} machines is wired up (${how})` : 'A virtual rack without machines is wired up', {
      machines: count,
    });
    return ok(undefined);
  };

  const containersUp = async (count: number, pool: string): Promise<Checked<void>> => {
    if (!boxes) {
      const opened = await openBoxes({
        store,
        lab: lab!,
        publicKey: options.publicKey,
        cacheDir: options.cacheDir,
        stateDir: options.stateDirs.containers,
        poolUrl: `${rack.current()!.url}/pool`,
        ready: options.containersReady(),
        now,
        log: terminal.problem,
        signal,
      });
      if (!opened.ok) return opened;
      boxes = opened.value;
    }
    await boxes.grow(count, pool);
    terminal.tell('containers', `${count} containers run in ${boxes.engine}`, { containers: count });
    return ok(undefined);
  };

  const switchOn = async () => {
    if (lab!.machines().length) await options.prepare();
    for (const machine of lab!.machines()) {
      const on = await ipmiBmc({ ...machine.bmc }, { namespace: rack.current()!.namespace, signal }).on();
      if (!on.ok) throw new ProblemError(on.problems);
      terminal.tell('power', `${machine.serial} was switched on through its BMC`, { serial: machine.serial });
    }
  };

  const stop = async (): Promise<LabView> => {
    await boxes?.stop();
    boxes = undefined;
    await rack.close();
    await lab?.stop();
    lab = undefined;
    for (const node of await store.list('node')) {
      if (node.serial?.startsWith('PRYBAR-LAB-') && node.contact !== 'off')
        await store.put('node', node.id, { ...node, contact: 'off', contactAt: now() }, node.revision);
    }
    return view();
  };

  // What is being started is not stopped in the middle, but ends by its signal first.
  const inTurn = takeTurns();
  return { view, start: (wish) => inTurn(() => start(wish)), stop: () => inTurn(stop) };
}

const networkOf = ({ cidr, adminAddress, namespace, freeRange }: Lab): Network => ({
  name: 'admin',
  cidr,
  adminAddress,
  interface: LAB_BRIDGE,
  namespace,
  range: { first: freeRange.from, last: freeRange.to },
});

const servesRealMachines: Problem = problem(
  'This admin node serves real machines; a virtual rack beside them would share their network.',
  undefined,
  'Start another admin node with its own --state and --port.',
);
