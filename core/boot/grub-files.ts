// What machines with Secure Boot start with. Their firmware runs only what is signed, so they load Debian's shim and GRUB instead of iPXE,
// and this GRUB knows no HTTP: it asks TFTP for files. So the answer to "what shall I boot" has to lie there before they ask: one file for
// those that nobody knows, and one by MAC for each that boots its own disk. They follow the facts. A token for the report is not in them;
// the discovery system asks for it.

import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Architecture, architectureOf } from '../model/architecture.ts';
import { problem, type Problem } from '../model/problem.ts';
import { type Following, followChanges } from '../store/follow.ts';
import type { Store } from '../store/store.ts';
import { type BootMenu, entriesFor } from './boot-menu.ts';
import { bootScript, decideBoot, type RenderScript } from './boot-script.ts';
import type { DiscoveryImage } from './server.ts';

export type GrubFilesOptions = {
  store: Store;
  /** The root of what TFTP serves. Files are kept there as long as the provisioner's role keeps `grub/` in it. */
  folder: string;
  url: string;
  discoveryImage(architecture: Architecture): DiscoveryImage | undefined;
  /** The loaders for arm64, which no package of the admin node has, name → path; none until they were fetched. */
  armLoaders(): Record<string, string>;
  /** What the discovery system's kernel is told, without a token. */
  parameters(architecture: Architecture): string;
  menu: { read(): BootMenu | undefined; folder: string };
  render: RenderScript;
  onProblem(problem: Problem): void;
};

// Behind so many there may be more, and then everything is written anew.
const MOST_CHANGES = 10_000;

// As GRUB names the processors it was made for, in $grub_cpu.
const processors = { amd64: 'x86_64', arm64: 'arm64' } as const;
const architecturesKnown = Object.keys(processors) as Architecture[];

export function keepGrubFiles(options: GrubFilesOptions): Following {
  const { store, folder, url, parameters, render } = options;
  const grub = path.join(folder, 'grub');
  const machines = path.join(grub, 'machines');
  // Kept by the role as well, where such machines are to be served.
  const armLoaders = path.join(folder, 'arm64');

  const served = (): Architecture[] => (existsSync(armLoaders) ? ['amd64', 'arm64'] : ['amd64']);

  let position: number | undefined;
  let written: string | undefined;
  const look = async (): Promise<void> => {
    const before = position;
    position = await store.lastSeq();
    const changes = before === undefined ? [] : await store.changes(before, MOST_CHANGES);
    const inputs = existsSync(grub)
      ? JSON.stringify([
          served().map((architecture) => options.discoveryImage(architecture)?.digest ?? architecture),
          options.armLoaders(),
          options.menu.read(),
        ])
      : undefined;
    // Most changes are of runs. Reading ten thousand machines for each would be all that the admin node does.
    const moved = changes.length === MOST_CHANGES || changes.some(({ kind }) => kind === 'node' || kind === 'bootOrder');
    if (inputs === written && !moved) return;
    if (inputs !== undefined) await write();
    written = inputs;
  };
  const write = async (): Promise<void> => {
    await mkdir(machines, { recursive: true });
    const menu = options.menu.read();
    if (menu?.seconds && existsSync(options.menu.folder)) await link(options.menu.folder, path.join(folder, 'files'));
    // It reads files from TFTP only, and with Secure Boot starts only what is signed.
    const entries = menu?.seconds ? entriesFor(menu, (file) => (/^(https?|loader):/.test(file) ? undefined : `/files/${file}`)) : [];
    const passwordHash = menu?.password ? hashFor(menu.password) : '';
    const variables = {
      url,
      menuSeconds: menu?.seconds ?? 0,
      passwordHash,
    };
    // What an operator added is for the processors that most have.
    const added = (architecture: Architecture) => (architecture === 'amd64' ? entries.filter(({ iso }) => !iso) : []);
    const rendered = (name: string, reason: string, more: Record<string, unknown> = {}): string => {
      const text = bootScript(name, 'grub', { ...variables, ...more, reason }, render);
      if (!text.ok) throw new Error(text.problems[0]!.summary);
      return text.value;
    };
    const script = (target: string, reason: string, architecture: Architecture, more: Record<string, unknown> = {}): string =>
      `${rendered(target, reason, more)}${rendered('menu', reason, { entries: added(architecture) })}`;
    await put(path.join(grub, 'grub.cfg'), rendered('start', 'each processor has a file of its own'));
    // Before their image, so that machines can wait for it.
    if (existsSync(armLoaders)) for (const [name, file] of Object.entries(options.armLoaders())) await link(file, path.join(armLoaders, name));
    const architectures = served();
    for (const architecture of architecturesKnown) {
      const file = path.join(grub, `${processors[architecture]}.cfg`);
      const image = architectures.includes(architecture) ? options.discoveryImage(architecture) : undefined;
      if (!image) {
        // What starts first waits for it.
        await rm(file, { force: true });
        continue;
      }
      // By digest, so that a machine that is loading one image gets no half of the next.
      await link(path.dirname(image.kernel), path.join(folder, 'discovery', image.digest));
      await put(file, script('discovery', 'nobody said anything else', architecture, { digest: image.digest, parameters: parameters(architecture) }));
    }

    const orders = new Map((await store.list('bootOrder')).map((order) => [order.nodeId, order]));
    const wanted = new Map<string, string>();
    for (const node of await store.list('node')) {
      const order = orders.get(node.id);
      const { target, reason } = decideBoot({ node, ...(order && { order }) });
      if (target === 'disk')
        for (const mac of node.macs) wanted.set(mac, script('disk', reason, architectureOf[node.inventory?.cpu.architecture ?? ''] ?? 'amd64'));
    }
    for (const [mac, text] of wanted) await put(path.join(machines, mac), text);
    for (const name of await readdir(machines)) if (!wanted.has(name)) await rm(path.join(machines, name), { force: true });
  };

  return followChanges(store, look, (error) =>
    options.onProblem(problem(`What machines with Secure Boot start could not be written: ${error.message}`, { file: grub }, 'Is the disk full?')),
  );
}

// As GRUB takes it (GRUB manual, password_pbkdf2). Everybody in the rack can read the file, so the salt is of this site's making, and guessing is slow.
const ITERATIONS = 100_000;
const hashes = new Map<string, string>();
function hashFor(password: string): string {
  let hash = hashes.get(password);
  if (!hash) {
    const salt = randomBytes(32);
    const hex = (bytes: Buffer): string => bytes.toString('hex').toUpperCase();
    hash = `grub.pbkdf2.sha512.${ITERATIONS}.${hex(salt)}.${hex(pbkdf2Sync(password, salt, ITERATIONS, 64, 'sha512'))}`;
    hashes.clear();
    hashes.set(password, hash);
  }
  return hash;
}

/** Whole or not at all: a machine may be reading it. */
async function put(file: string, text: string): Promise<void> {
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) return;
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

async function link(target: string, name: string): Promise<void> {
  if ((await readlink(name).catch(() => undefined)) === target) return;
  await mkdir(path.dirname(name), { recursive: true });
  await rm(name, { force: true });
  await symlink(target, name);
}
