// What the boot server gives a rack that starts all at once: boot scripts a second, each decided anew, and bytes a second of what is booted.
// Beside it in the same run, asked by the same clients: nginx, which serves the same bytes as files and decides nothing.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { watchContact } from '../../core/boot/contact.ts';
import { bootServer } from '../../core/boot/server.ts';
import { render } from '../../core/catalog/render.ts';
import { openStore, type Store } from '../../core/store/store.ts';
import type { ClientWork } from './boot-clients.ts';
import type { Bench } from './main.ts';

const MACHINES = 10_000;
const REQUESTS = 4000;
const FILE_BYTES = 80_000_000;
const DOWNLOADS = 12;
const NGINX_PORT = 18_089;

export const boot: Bench = async ({ progress }) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-bench-boot-'));
  const store = await openStore({ file: path.join(folder, 'facts.db') });
  const contact = watchContact(store, Date.now);
  const files = path.join(folder, 'files');
  mkdirSync(files);
  writeFileSync(path.join(files, 'kernel'), Buffer.alloc(8_000_000, 1));
  writeFileSync(path.join(files, 'initrd'), Buffer.alloc(FILE_BYTES, 2));
  const server = bootServer({
    store,
    contact,
    url: 'http://127.0.0.1',
    discoveryImage: () => ({ digest: 'bench', kernel: path.join(files, 'kernel'), initrd: path.join(files, 'initrd') }),
    poolFolder: () => undefined,
    download: () => undefined,
    menu: { read: () => undefined, folder: files },
    publicKey: 'ssh-ed25519 AAAA bench',
    render,
    now: Date.now,
    log: (found) => {
      throw new Error(found.summary);
    },
  });
  const notes: string[] = [];
  let nginx: ChildProcess | undefined;
  try {
    progress(`knowing ${MACHINES} machines`);
    await fill(store);
    const url = await listen(server);
    const figures: Record<string, number> = {};
    const ratios: Record<string, number> = {};

    progress('boot scripts');
    figures['boot scripts/s'] = await scriptsPerSecond(`${url}/boot/ipxe?mac=`);
    progress('files');
    figures['MB/s'] = await megabytesPerSecond(`${url}/boot/discovery/bench/initrd`);

    if (existsSync('/usr/sbin/nginx')) {
      const script = await (await fetch(`${url}/boot/ipxe?mac=${macOf(1)}`)).text();
      writeFileSync(path.join(files, 'script'), script);
      nginx = await startNginx(folder, files);
      progress('the same script from nginx');
      figures['nginx: scripts/s'] = await scriptsPerSecond(`http://127.0.0.1:${NGINX_PORT}/script?mac=`);
      progress('the same file from nginx');
      figures['nginx: MB/s'] = await megabytesPerSecond(`http://127.0.0.1:${NGINX_PORT}/initrd`);
      ratios['scripts beside nginx'] = figures['boot scripts/s'] / figures['nginx: scripts/s'];
      ratios['bytes beside nginx'] = figures['MB/s'] / figures['nginx: MB/s'];
    } else notes.push('nginx is not installed, so nothing stands beside it: apt-get install nginx-light');
    return { figures, ratios, notes };
  } finally {
    nginx?.kill('SIGTERM');
    contact.stop();
    server.closeAllConnections();
    server.close();
    await store.close();
    rmSync(folder, { recursive: true });
  }
};

const macOf = (index: number): string => `52:54:00:${[16, 8, 0].map((shift) => ((index >> shift) & 255).toString(16).padStart(2, '0')).join(':')}`;

async function fill(store: Store): Promise<void> {
  for (let index = 0; index < MACHINES; index++) {
    const id = `n${index}`;
    const mac = macOf(index);
    await store.transact(async (tx) => {
      await tx.claim('mac', mac, id);
      return tx.put(
        'node',
        id,
        { id, name: id, remote: 'ssh', macs: [mac], approved: true, pool: 'default', addresses: {}, discoveredAt: 0, contact: 'off', contactAt: 0 },
        'new',
      );
    });
  }
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => server.listen(0, '0.0.0.0', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)));
}

/** Asked by a thread of their own, so that asking and answering use both cores. */
function clients(work: ClientWork): Promise<number> {
  const worker = new Worker(new URL('boot-clients.ts', import.meta.url), { workerData: work });
  return new Promise<number>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  }).finally(() => worker.terminate());
}

const scriptsPerSecond = async (prefix: string): Promise<number> =>
  REQUESTS / (await clients({ urls: Array.from({ length: REQUESTS }, (_, index) => `${prefix}${macOf(index % MACHINES)}`), atOnce: 32 }));

const megabytesPerSecond = async (url: string): Promise<number> =>
  (DOWNLOADS * FILE_BYTES) / 1e6 / (await clients({ urls: Array.from({ length: DOWNLOADS }, () => url), atOnce: 4 }));

async function startNginx(folder: string, files: string): Promise<ChildProcess> {
  const config = path.join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `user root; daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;
events { worker_connections 512; }
http { access_log off; sendfile on; tcp_nopush on; client_body_temp_path ${folder}/t; proxy_temp_path ${folder}/t; fastcgi_temp_path ${folder}/t;
  uwsgi_temp_path ${folder}/t; scgi_temp_path ${folder}/t; server { listen 127.0.0.1:${NGINX_PORT}; root ${files}; } }
`,
  );
  const child = spawn('/usr/sbin/nginx', ['-c', config, '-p', folder], { stdio: 'ignore' });
  for (let tries = 0; tries < 50; tries++) {
    if (
      await fetch(`http://127.0.0.1:${NGINX_PORT}/script`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return child;
    await pause(100);
  }
  child.kill();
  throw new Error('nginx does not answer');
}
