// `npm run bench -- NAME [--json]`: figures, never asserted. Each bench measures beside a peer or a physical limit in the same run.

import { cpus, totalmem } from 'node:os';
import { anneal } from './anneal.ts';
import { plan } from './plan.ts';

export type Measured = { figures: Record<string, number>; ratios: Record<string, number> };
export type Bench = (context: { progress(step: string): void }) => Promise<Measured>;

const benches: Record<string, Bench> = { plan, anneal };

const json = process.argv.includes('--json');
const names = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const unknown = names.filter((name) => !benches[name]);
if (unknown.length) {
  console.error(`There is no bench ${unknown.join(', ')}. There are ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}
const machine = { processor: cpus()[0]?.model ?? 'unknown', cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version };
for (const name of names.length ? names : Object.keys(benches)) {
  const { figures, ratios } = await benches[name]!({
    progress: (step) => {
      if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${name}: ${step} …`);
    },
  });
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  if (json) console.log(JSON.stringify({ bench: name, machine, figures, ratios }));
  else {
    console.log(`${name} on ${machine.cores} × ${machine.processor}, Node ${machine.node}`);
    for (const [what, value] of [...Object.entries(figures), ...Object.entries(ratios)])
      console.log(`  ${what.padEnd(28)} ${value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2)}`);
  }
}
