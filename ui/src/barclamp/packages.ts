// Packages on their way to the admin node, and what it says of each in the names that they have here.

import type { Problem } from '../../../core/model/problem.ts';

export async function base64Of(file: Blob): Promise<string> {
  const reader = new FileReader();
  await new Promise((resolve, reject) => {
    reader.onload = resolve;
    reader.onerror = () => reject(reader.error ?? new Error('The file cannot be read.'));
    reader.readAsDataURL(file);
  });
  // A data URL: what comes before the comma is its kind.
  return (reader.result as string).replace(/^[^,]*,/, '');
}

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
