// Packages on their way to the admin node, and what it says of each in the names that they have here.

import type { Problem } from '../../../core/model/problem.ts';
import { Refused } from '../api/client.ts';

/** Rejects with Refused, naming the file, where it is no longer there or may not be read. */
export async function base64Of(file: File): Promise<string> {
  const reader = new FileReader();
  await new Promise((resolve, reject) => {
    reader.onload = resolve;
    reader.onerror = () => reject(unreadable(file, reader.error?.message));
    reader.readAsDataURL(file);
  });
  // A data URL: what comes before the comma is its kind.
  return (reader.result as string).replace(/^[^,]*,/, '');
}

const unreadable = ({ name }: File, detail?: string): Refused =>
  new Refused(0, [
    {
      severity: 'error',
      summary: 'This file cannot be read.',
      where: { file: name },
      ...(detail && { detail }),
      next: 'It may have been changed, moved or taken away since it was chosen: choose it again.',
    },
  ]);

/** The admin node counts them; whoever chose them knows their names. */
export function withFileNames(problems: readonly Problem[], files: readonly { name: string }[]): Problem[] {
  return problems.map((found) => {
    const number = /^\/packages\/(\d+)$/.exec(found.where?.pointer ?? '')?.[1];
    const name = number === undefined ? undefined : files[Number(number)]?.name;
    if (name === undefined) return found;
    const { pointer: _, file, ...where } = found.where!;
    return { ...found, where: { ...where, file: file === undefined ? name : `${name}: ${file}` } };
  });
}
