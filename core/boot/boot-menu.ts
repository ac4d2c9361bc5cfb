// What a person at a machine's console may choose instead of what Prybar has decided. The provisioner's role writes it from its proposal;
// the entries become the menus of both loaders. Files are named by address, or by name in the admin node's folder `boot-files/`.

import { timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

export type MenuEntry = {
  title: string;
  /** Shown only on machines with this firmware; on all when absent. */
  firmware?: 'bios' | 'uefi';
  /** A Linux kernel, or another that is given files, as wimboot. */
  kernel?: string;
  initrd?: string[];
  parameters?: string;
  /** A program of the firmware: a boot loader, a memory test. */
  program?: string;
  /** An image of a disc. */
  iso?: string;
};

export type BootMenu = {
  /** For how long a machine says how to open it; 0: not at all. */
  seconds: number;
  /** Asked for before anything is shown. */
  password?: string;
  entries: MenuEntry[];
};

const MEMORY_TESTS = [
  { firmware: 'bios', file: '/boot/memtest86+x64.bin' },
  { firmware: 'uefi', file: '/boot/memtest86+x64.efi' },
] as const;
/** Loaders and tests of Debian that are handed out under the last part of their name. */
export const programFiles: Record<string, string> = Object.fromEntries(
  ['/usr/lib/ipxe/snponly.efi', ...MEMORY_TESTS.map(({ file }) => file)].map((file) => [path.basename(file), file]),
);

/** As the role has written it last, asked for as often as wanted; undefined while there is none. */
export function openBootMenu(file: string): () => BootMenu | undefined {
  let known: { stamp: string; menu: BootMenu } | undefined;
  return () => {
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found) return undefined;
    const stamp = `${found.ino} ${found.mtimeMs} ${found.size}`;
    if (known?.stamp !== stamp) known = { stamp, menu: JSON.parse(readFileSync(file, 'utf8')) as BootMenu };
    return known.menu;
  };
}

/** In constant time: whoever asks can measure. */
export function passwordFits({ password }: BootMenu, given: string): boolean {
  if (!password) return true;
  const [a, b] = [Buffer.from(password), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** What a loader is told of an entry: absolute addresses (iPXE), or paths on TFTP (GRUB, which gets only what lies there). */
export type LoaderEntry = Omit<MenuEntry, 'initrd'> & { initrd: { name: string; at: string }[] };

export function entriesFor(menu: BootMenu, at: (file: string) => string | undefined): LoaderEntry[] {
  const tests: MenuEntry[] = MEMORY_TESTS.filter(({ file }) => statSync(file, { throwIfNoEntry: false })).map(({ firmware, file }) => ({
    title: 'Test the memory',
    firmware,
    program: `loader:${path.basename(file)}`,
  }));
  return [...menu.entries, ...tests].flatMap((entry) => {
    const files = [entry.kernel, entry.program, entry.iso, ...(entry.initrd ?? [])].filter((file) => file !== undefined);
    if (files.some((file) => at(file) === undefined)) return [];
    const initrd = (entry.initrd ?? []).map((file) => ({ name: path.posix.basename(file), at: at(file)! }));
    // A kernel in UEFI finds its initrd by this; wimboot takes all that it is given.
    const named = entry.kernel && !entry.kernel.endsWith('wimboot') ? initrd.map(({ name }) => `initrd=${name}`) : [];
    return [
      {
        title: entry.title,
        ...(entry.firmware && { firmware: entry.firmware }),
        ...(entry.kernel && { kernel: at(entry.kernel)!, parameters: [...named, entry.parameters ?? ''].join(' ').trim() }),
        ...(entry.program && { program: at(entry.program)! }),
        ...(entry.iso && { iso: at(entry.iso)! }),
        initrd,
      },
    ];
  });
}
