// An admin node that serves one image in a switched network, and machines there that take it by the very program that os-install ships: for the
// test of multicast and its bench.

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { zstdCompressSync } from 'node:zlib';
import { watchContact } from '../core/boot/contact.ts';
import { type Multicast, openMulticast } from '../core/boot/multicast.ts';
import { bootServer } from '../core/boot/server.ts';
import { openAdmission } from '../core/boot/streams.ts';
import { render } from '../core/catalog/catalog.ts';
import type { Image } from '../core/model/image.ts';
import { openNamespace } from '../core/network/namespace.ts';
import { openStore } from '../core/store/store.ts';
import { openSwitchedNetwork, type SwitchedNetwork } from './switched-network.ts';

const program = path.resolve(import.meta.dirname, '../barclamps/os-install/roles/os-install/files/write-image');
const PORT = 3080;

export type Writing = {
  /** Of the shell that runs the program, as leader of its own group. */
  process: ChildProcess;
  /** What it has said by now. */
  log(): string;
  ended: Promise<number | null>;
  /** SHA-256 of what it wrote. */
  digest(): Promise<string>;
};

export type ImageSite = {
  network: SwitchedNetwork;
  folder: string;
  multicast: Multicast;
  /** SHA-256 of the disk that the image unpacks to. */
  rawDigest: string;
  image: Image;
  /** Has this machine write the image into a file; `programs` is a folder whose programs it finds first. */
  write(machine: number, options?: { multicast?: { seconds: number; machines: number }; programs?: string }): Promise<Writing>;
  /** The admin node stops, and everything that it has started. */
  stopAdmin(): Promise<void>;
  startAdmin(): Promise<void>;
  close(): Promise<void>;
};

/** Of a disk full of `content`. `rate` is in Mbit/s; `reminders` as in MulticastOptions. */
export async function openImageSite(machines: number, content: Buffer, rate: number, reminders?: number): Promise<ImageSite> {
  const network = await openSwitchedNetwork(machines);
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-multicast-'));
  const store = await openStore({ file: path.join(folder, 'facts.db') });
  const opened = await openNamespace(network.admin.namespace);
  if (!opened.ok) throw new Error(opened.problems[0]!.summary);
  const namespace = opened.value;
  const packed = zstdCompressSync(content);
  const file = path.join(folder, 'disk.raw.zst');
  writeFileSync(file, packed);
  const digest = createHash('sha256').update(packed).digest('hex');
  const image = { name: 'debian-12', version: '12', digest, bytes: packed.length, rawBytes: content.length, file } as Image;
  await store.put('image', digest, image, 'new');
  const contact = watchContact(store, Date.now);
  const url = `http://${network.admin.address}:${PORT}`;
  let server: Server | undefined;
  let multicast: Multicast;
  let begun = 0;

  const site: ImageSite = {
    network,
    folder,
    image,
    rawDigest: createHash('sha256').update(content).digest('hex'),
    get multicast() {
      return multicast;
    },
    async startAdmin() {
      const admission = openAdmission({ atOnce: { least: 4, most: 8 }, now: Date.now });
      const settings = { firstAddress: '239.255.80.1', firstPort: 9000, transfers: 2, rate };
      multicast = openMulticast({
        settings: () => settings,
        admission,
        interface: 'eth0',
        command: namespace.command,
        now: Date.now,
        watchMs: 1500,
        ...(reminders && { reminders }),
      });
      server = bootServer({
        store,
        contact,
        url,
        admission,
        multicast,
        discoveryImage: () => undefined,
        poolFolder: () => undefined,
        download: () => undefined,
        menu: { read: () => undefined, folder: '/nonexistent' },
        publicKey: '',
        render,
        now: Date.now,
        log: ({ summary }) => {
          throw new Error(summary);
        },
      });
      await namespace.listen(server, network.admin.address, PORT);
    },
    async stopAdmin() {
      multicast.stop();
      const closing = server!;
      server = undefined;
      await new Promise<void>((resolve) => {
        closing.close(() => resolve());
        closing.closeAllConnections();
      });
    },
    async write(machine, { multicast: gather, programs } = {}) {
      const id = `${++begun}`;
      const token = `${id}.token-of-machine-${machine}`;
      await store.issueToken(token, 'installation', `n${machine}`, Date.now() + 3600_000);
      const into = path.join(folder, `disk-${id}`);
      const temporary = path.join(folder, `tmp-${id}`);
      mkdirSync(temporary);
      const child = spawn(
        'ip',
        ['netns', 'exec', network.machines[machine]!.namespace, 'sh', program, `${url}/boot/images/${digest}`, digest, String(content.length)],
        {
          detached: true,
          stdio: ['ignore', 'pipe', 'pipe'],
          env: {
            PATH: `${programs ? `${programs}:` : ''}/usr/sbin:/usr/bin:/sbin:/bin`,
            TMPDIR: temporary,
            INTO: into,
            ADMIN: network.admin.address,
            MULTICAST: gather ? `${url}/boot/multicast/${digest}` : '',
            WITHIN: String(gather?.seconds ?? 0),
            MACHINES: String(gather?.machines ?? 0),
            TOKEN: token,
          },
        },
      );
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => void (said += text));
      return {
        process: child,
        log: () => said,
        ended: new Promise((resolve) => void child.once('close', resolve)),
        async digest() {
          if (!statSync(into, { throwIfNoEntry: false })) return '';
          const hash = createHash('sha256');
          await pipeline(createReadStream(into), hash);
          return hash.digest('hex');
        },
      };
    },
    async close() {
      // While the server is there: what the namespace is left through keeps no program running.
      await namespace.close();
      if (server) await site.stopAdmin();
      contact.stop();
      await store.close();
      network.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await site.startAdmin();
  return site;
}
