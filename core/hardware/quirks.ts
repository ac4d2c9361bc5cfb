// What certain controllers need to be told in another way, by who made the machine. The facts are in quirks.json, each with its source.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Static, Type } from 'typebox';
import type { Inventory } from '../model/inventory.ts';
import { checkAgainst } from '../schema.ts';

const Entry = Type.Object(
  {
    vendor: Type.String({ minLength: 2, description: 'How the SMBIOS system manufacturer begins, in any case.' }),
    product: Type.Optional(Type.String({ minLength: 2, description: 'How the SMBIOS product name begins; all of the vendor when absent.' })),
    ipmiUefiDisk: Type.Optional(
      Type.String({ pattern: '^0x[0-9a-f]{2}$', description: 'Boot device byte for the disk in UEFI mode (IPMI 2.0 table 28-14, data 2).' }),
    ),
    ipmiCipherSuites: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: 19 }), { minItems: 1, description: 'Those to try, in this order (IPMI 2.0 table 22-20).' }),
    ),
    firmwareTargets: Type.Optional(
      Type.Unsafe<'none'>({ enum: ['none'], description: 'It wants no targets with a file that is sent to it: it finds out by itself what the file is for.' }),
    ),
    why: Type.String({ minLength: 10 }),
    source: Type.String({ pattern: '^https://' }),
  },
  { additionalProperties: false },
);
export const quirksSchema = Type.Array(Entry);

export type Quirks = Pick<Static<typeof Entry>, 'ipmiUefiDisk' | 'ipmiCipherSuites' | 'firmwareTargets'>;

const known: Static<typeof quirksSchema> = readQuirks();

function readQuirks(): Static<typeof quirksSchema> {
  const file = path.join(import.meta.dirname, 'quirks.json');
  const read: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const problems = checkAgainst(quirksSchema, read, { file });
  if (problems.length) throw new Error(problems.map(({ summary, where }) => `${where?.pointer} ${summary}`).join('\n'));
  return read as Static<typeof quirksSchema>;
}

/** All that fit, the later ones above the earlier. */
export function quirksOf(machine: Pick<Inventory, 'vendor' | 'product'> | undefined, entries: Static<typeof quirksSchema> = known): Quirks {
  const begins = (text: string | undefined, beginning: string): boolean => Boolean(text?.toLowerCase().startsWith(beginning.toLowerCase()));
  const fitting = entries.filter(({ vendor, product }) => begins(machine?.vendor, vendor) && (!product || begins(machine?.product, product)));
  return Object.assign({}, ...fitting) as Quirks;
}
