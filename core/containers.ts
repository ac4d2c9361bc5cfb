// Fresh Debian machines with systemd, in seconds, to try something on: builds the image, makes a key, starts the containers, and gives the
// way into each. The lab's containers (boxes.ts) are made here too.

import { buildContainerImage } from '../iso-builder/container-image/build-container-image.ts';
import { type Box, type Containers as Running, type ContainersOptions as RunOptions, runContainers } from './lab/containers.ts';
import { type Checked, ok } from './model/problem.ts';
import { hostNamespace } from './network/namespace.ts';
import { generateKeyPair } from './remote/keys.ts';
import type { Remote } from './remote/remote.ts';
import { sshPool } from './remote/ssh.ts';

export type { Box } from './lab/containers.ts';

export type Containers = Omit<Running, 'boxes' | 'add'> & {
  /** Those it began with. */
  boxes: Entry[];
  add(count: number): Promise<Entry[]>;
  /** What their system is called in `platforms`. */
  platform: string;
};

export type Entry = Box & {
  address: string;
  /** Opens it as root, OpenSSH format. */
  privateKey: string;
  remote: Remote;
};

export type ContainersOptions = {
  /** Images are kept here: the admin node's own cache will do. */
  cacheDir: string;
  /** Of these containers alone. */
  stateDir: string;
  count: number;
  onProgress?: (step: { phase: string; fraction?: number }) => void;
  signal?: AbortSignal;
} & Pick<RunOptions, 'sources' | 'sockets'>;

/** They run when this returns; `stop` removes them. Problems: no container engine, or no image. */
export async function startContainers({ cacheDir, onProgress = () => {}, signal, ...options }: ContainersOptions): Promise<Checked<Containers>> {
  const pair = generateKeyPair('prybar');
  const image = await buildContainerImage({ cacheDir, onProgress, ...(signal && { signal }) });
  const started = await runContainers({ ...options, image, publicKey: pair.publicKey, onPhase: (phase) => onProgress({ phase }), signal });
  if (!started.ok) return started;
  const running = started.value;
  const outside = hostNamespace();
  const pool = sshPool({ privateKey: pair.privateKey, connect: (host, port) => outside.connect(host, port) });
  const entry = (box: Box): Entry => ({
    ...box,
    address: box.address!,
    privateKey: pair.privateKey,
    remote: pool.remoteFor({ node: box.name, host: box.address!, hostKey: box.hostKey }),
  });
  return ok({
    ...running,
    platform: image.platform,
    boxes: running.boxes().map(entry),
    add: async (count) => (await running.add(count)).map(entry),
    stop: async () => {
      pool.close();
      await running.stop();
    },
  });
}
