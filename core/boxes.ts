// The lab's containers as nodes: each is let in by itself, gets its place in the rack network, and is up as long as its container runs.
// An event of the engine only wakes; what is true is read from the containers and brought into the facts.

import { buildContainerImage } from '../iso-builder/container-image/build-container-image.ts';
import { track } from './activities.ts';
import type { LabContainer } from './api/contract.ts';
import { type Box, type Containers, runContainers } from './lab/containers.ts';
import type { Lab } from './lab/lab.ts';
import { macOf } from './lab/machine.ts';
import type { Node, Revised } from './model/node.ts';
import { type Checked, ok, problem, type Problem, ProblemError } from './model/problem.ts';
import { admit } from './network/admission.ts';
import { seedContainers } from './seed.ts';
import type { Store } from './store/store.ts';

export type Boxes = {
  engine: string;
  view(): LabContainer[];
  /** Adds what is missing to that many. */
  grow(count: number, pool: string): Promise<void>;
  stop(): Promise<void>;
};

export type BoxesOptions = {
  store: Store;
  lab: Lab;
  /** The admin's, one line. */
  publicKey: string;
  cacheDir: string;
  /** Of the containers alone. */
  stateDir: string;
  /** Where packages come from when Debian's mirror does not answer. */
  poolUrl: string;
  /** Whether the barclamp container-ready can be deployed. */
  ready: boolean;
  now(): number;
  log(problem: Problem): void;
  signal: AbortSignal;
};

const SERIAL = 'PRYBAR-BOX-';
const MIRROR_MS = 4000;

/** None yet: `grow` makes them. Problems: there is no container engine. */
export async function openBoxes(options: BoxesOptions): Promise<Checked<Boxes>> {
  const { store, lab, now, signal } = options;
  const pools = new Map<string, string>();
  const plugged = new Map<string, string>();
  let containers: Containers | undefined;
  let stopped = false;

  const bringIn = async (box: Box, running: Containers): Promise<void> => {
    const node = orThrow(await nodeOf(store, box, pools.get(box.name) ?? 'containers', now()));
    if (!box.running) return setContact(store, node, 'off', now());
    const address = node.addresses.admin;
    // A container that was started again has a new network, with nothing in it.
    if (address && plugged.get(box.name) !== box.startedAt) {
      const pid = await running.processOf(box.name);
      // It has ended in the meantime; that wakes us again.
      if (!pid) return;
      await lab.plug({ port: `swpc${box.number}`, pid, mac: macOf(3, box.number), address });
      await running.run(box.name, 'hostname "$NAME"; hostname >/etc/hostname', { NAME: node.name });
      plugged.set(box.name, box.startedAt);
    }
    const system = { kind: 'installed' as const, instance: box.id, platform: 'debian-12', hostKey: box.hostKey };
    if (node.contact === 'up' && JSON.stringify(node.system) === JSON.stringify(system)) return;
    orThrow(await store.put('node', node.id, { ...node, system, contact: 'up', contactAt: now() }, node.revision));
  };

  // One at a time: a wake-up during a look leads to another look.
  let turn: Promise<void> = Promise.resolve();
  const settle = (): Promise<void> =>
    (turn = turn.then(async () => {
      if (stopped || !containers) return;
      for (const box of containers.boxes()) await again(() => bringIn(box, containers!));
    }));
  const settleAlone = (): void =>
    void settle().catch((error: unknown) => {
      turn = Promise.resolve();
      for (const found of error instanceof ProblemError ? error.problems : [problem(`A container could not be brought in: ${(error as Error).message}`)])
        options.log(found);
    });

  const started = await track(store, 'containers', 'Containers', async (onProgress) => {
    const image = await buildContainerImage({ cacheDir: options.cacheDir, onProgress, signal });
    const sources = (await answers(image.sources[0]!)) ? undefined : [`deb [trusted=yes] ${options.poolUrl} ./`];
    return runContainers({
      stateDir: options.stateDir,
      count: 0,
      image,
      publicKey: options.publicKey,
      sources,
      signal,
      onPhase: (phase) => onProgress({ phase }),
      onChange: settleAlone,
    });
  });
  if (!started.ok) return started;
  containers = started.value;
  const running = started.value;

  return ok({
    engine: running.engine,
    view: () => running.boxes().map(({ name, serial, id, running: on }) => ({ name, serial, container: id, running: on })),
    async grow(count, pool) {
      const missing = count - running.boxes().length;
      if (missing <= 0) return;
      await track(store, 'containers', 'Containers', async (onProgress) => {
        onProgress({ phase: `starting ${missing} containers` });
        for (const box of await running.add(missing)) pools.set(box.name, pool);
        await settle();
        const names = (await boxNodes(store)).map((node) => node.name);
        if (options.ready) await seedContainers(store, names, now());
      });
    },
    async stop() {
      stopped = true;
      await turn.catch(() => {});
      await running.stop();
      await boxesOff(store, now());
    },
  });
}

/** What no process runs any more is off: at a start, and when all were stopped. */
export async function boxesOff(store: Store, now: number): Promise<void> {
  for (const node of await boxNodes(store)) await again(async () => setContact(store, (await store.get('node', node.id))!, 'off', now));
}

const boxNodes = async (store: Store): Promise<Revised<Node>[]> => (await store.list('node')).filter((node) => node.serial?.startsWith(SERIAL));

/** The container's node: the one that is there, else a new one that is let in. It keeps its name and address when the container is made anew. */
async function nodeOf(store: Store, box: Box, pool: string, now: number): Promise<Checked<Revised<Node>>> {
  const mac = macOf(3, box.number);
  let node = await store.get('node', box.name);
  if (!node) {
    const made = await store.transact(async (tx) => {
      const claimed = await tx.claim('mac', mac, box.name);
      if (!claimed.ok) return claimed;
      return tx.put(
        'node',
        box.name,
        {
          id: box.name,
          name: `new-${box.serial.toLowerCase()}`,
          remote: 'ssh',
          macs: [mac],
          serial: box.serial,
          approved: false,
          pool,
          addresses: {},
          discoveredAt: now,
          contact: 'off',
          contactAt: now,
        },
        'new',
      );
    });
    if (!made.ok) return made;
    node = made.value;
  }
  return node.approved ? ok(node) : admit(store, node.id, { pool, namePrefix: 'box' }, node.revision);
}

async function setContact(store: Store, node: Revised<Node>, contact: 'off', now: number): Promise<void> {
  if (node.contact !== contact) orThrow(await store.put('node', node.id, { ...node, contact, contactAt: now }, node.revision));
}

/** Somebody else may write the same node at the same moment: what was read is then old. */
async function again(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === 3 || !(error instanceof ProblemError)) throw error;
    }
  }
}

/** Whether the mirror of this apt source can be reached from here. */
async function answers(source: string): Promise<boolean> {
  const [, uri, suite] = source.split(' ');
  return fetch(`${uri}/dists/${suite}/Release`, { method: 'HEAD', signal: AbortSignal.timeout(MIRROR_MS) }).then(
    (response) => response.ok,
    () => false,
  );
}

function orThrow<T>(checked: Checked<T>): T {
  if (checked.ok) return checked.value;
  throw new ProblemError(checked.problems);
}
