// `npm run bench -- NAME [--json] [--sizes 20,50]`: figures, never asserted. Each bench measures beside a peer or a physical limit in the same run.

import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { anneal } from './anneal.ts';
import { boot } from './boot.ts';
import { converge } from './converge.ts';
import { install } from './install.ts';
import { multicast } from './multicast.ts';
import { past } from './past.ts';
import { plan } from './plan.ts';
import { ui } from './ui.ts';

export type Measured = { figures: Record<string, number>; ratios: Record<string, number> /** What could not be measured, and why. */; notes?: string[] };
/** `sizes`: how many machines, for benches that measure several numbers of them. */
export type Bench = (context: { progress(step: string): void; sizes?: number[] }) => Promise<Measured>;

const benches: Record<string, Bench> = { plan, past, anneal, converge, ui, boot, install, multicast };

const { values: options, positionals: names } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean' }, sizes: { type: 'string' } } });
const sizes = options.sizes?.split(',').map(Number);
if (sizes?.some((size) => !Number.isInteger(size) || size < 1 || size > 254)) {
  console.error(`--sizes ${options.sizes} is not a list of numbers from 1 to 254. Write for example: --sizes 20,50`);
  process.exit(2);
}
const unknown = names.filter((name) => !benches[name]);
if (unknown.length) {
  console.error(`There is no bench ${unknown.join(', ')}. There are ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}
const machine = { processor: cpus()[0]?.model ?? 'unknown', cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version };
for (const name of names.length ? names : Object.keys(benches)) {
  const {
    figures,
    ratios,
    notes = [],
  } = await benches[name]!({
    ...(sizes && { sizes }),
    progress: (step) => {
      if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${name}: ${step} …`);
    },
  });
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  if (options.json) console.log(JSON.stringify({ bench: name, machine, figures, ratios, ...(notes.length && { notes }) }));
  else {
    console.log(`${name} on ${machine.cores} × ${machine.processor}, Node ${machine.node}`);
    for (const [what, value] of [...Object.entries(figures), ...Object.entries(ratios)])
      console.log(`  ${what.padEnd(28)} ${value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2)}`);
    for (const note of notes) console.log(`  ${note}`);
  }
}
