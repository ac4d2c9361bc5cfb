// What a machine boots, decided from the store at the moment it asks: a first-match list, and a template for each answer in the language
// of each loader.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { BootOrder, Node } from '../model/node.ts';
import type { Checked } from '../model/problem.ts';

/** What iPXE says of itself in its request. */
export type BootRequest = { mac: string; uuid?: string; serial?: string; address?: string };
export type BootFacts = { node?: Node; order?: BootOrder };
export type BootDecision = { target: string; reason: string };

type Rule = { reason: string; when(facts: BootFacts): boolean; target(facts: BootFacts): string };

/** First match wins. */
export const bootRules: readonly Rule[] = [
  // Somebody decided what it does next; that is over once the machine reports that it did it.
  { reason: 'it has a boot order', when: ({ order }) => order !== undefined, target: ({ order }) => order!.target },
  { reason: 'it is not known yet', when: ({ node }) => node === undefined, target: () => 'discovery' },
  // Sending a machine without an operating system to its disk would leave it at a firmware prompt.
  { reason: 'nothing is installed on it', when: ({ node }) => node!.system?.kind !== 'installed' && !node!.installation, target: () => 'discovery' },
  { reason: 'it is installed', when: () => true, target: () => 'disk' },
];

export function decideBoot(facts: BootFacts): BootDecision {
  const rule = bootRules.find((candidate) => candidate.when(facts))!;
  return { target: rule.target(facts), reason: rule.reason };
}

export type RenderScript = (text: string, variables: Record<string, unknown>, where: { file: string }) => Checked<string>;

const folder = path.join(import.meta.dirname, 'scripts');
const templates = new Map<string, string>();

/** The script for a target: `scripts/<target>.<loader>.njk`. */
export function bootScript(target: string, loader: 'ipxe' | 'grub', variables: Record<string, unknown>, render: RenderScript): Checked<string> {
  const file = `${target}.${loader}.njk`;
  let text = templates.get(file);
  if (text === undefined) templates.set(file, (text = readFileSync(path.join(folder, file), 'utf8')));
  return render(text, variables, { file: `core/boot/scripts/${file}` });
}
