// The machines of the boot bench: each asks from an address of its own over a connection of its own, as firmware does.

import { get } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

export type ClientWork = { urls: string[]; atOnce: number };

const { urls, atOnce } = workerData as ClientWork;
let next = 0;

const ask = (index: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const localAddress = `127.1.${(index >> 8) & 255}.${index & 255 || 1}`;
    get(urls[index]!, { localAddress, agent: false }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${urls[index]} was answered with ${answer.statusCode}`));
      answer.resume().once('end', resolve);
    }).once('error', reject);
  });

const begun = performance.now();
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    while (next < urls.length) await ask(next++);
  }),
);
parentPort!.postMessage((performance.now() - begun) / 1000);
