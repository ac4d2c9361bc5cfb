// A choice of the reader that this browser remembers. Where storage is forbidden it lasts as long as the page.

import { useState } from 'react';

export function useRemembered<T extends string>(key: string, allowed: readonly T[], otherwise: T): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => {
    const stored = read(key);
    return allowed.find((a) => a === stored) ?? otherwise;
  });
  const remember = (next: T) => {
    setValue(next);
    write(key, next);
  };
  return [value, remember];
}

export function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** `undefined` forgets. */
export function write(key: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Nothing is lost but the memory of a choice.
  }
}
