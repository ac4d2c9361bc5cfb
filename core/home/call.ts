// What a machine says when it calls: a form, as curl sends one, because a shell that makes JSON of what it finds makes mistakes. From a stranger:
// each part has its size and its shape, and is a Problem where it has another.

import { type Static, Type } from 'typebox';
import type { CallerHealth } from '../model/home.ts';
import { type Checked, ok } from '../model/problem.ts';
import { checkAgainst } from '../schema.ts';

export type Call = {
  serial: string;
  name: string;
  invitation?: string;
  /** What it was given at the call before. */
  step: string;
  health: CallerHealth;
};

const line = (most: number, description: string) => Type.String({ pattern: `^[^\\x00-\\x1f\\x7f-\\x9f]{0,${most}}$`, description });

const Form = Type.Object(
  {
    serial: Type.String({ pattern: '^[!-~]([ -~]{0,98}[!-~])?$', description: 'Serial number: up to 100 printable characters of ASCII.' }),
    name: Type.String({ pattern: '^[A-Za-z0-9._-]{1,253}$', description: 'Host name.' }),
    invitation: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._-]{0,200}$', description: 'As prybar home invite gave it.' })),
    step: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{0,64}$', description: 'From the answer to the call before.' })),
    uptime: Type.String({ pattern: '^[0-9]{1,12}$', description: 'Seconds.' }),
    load: Type.String({ pattern: '^[0-9]{1,6}(\\.[0-9]{1,3})?( [0-9]{1,6}(\\.[0-9]{1,3})?){2}$', description: 'Over 1, 5 and 15 minutes.' }),
    memory: Type.String({ pattern: '^[0-9]{1,13} [0-9]{1,13}$', description: 'KiB in all and available.' }),
    disks: Type.String({
      pattern: '^([0-9]{1,13} [0-9]{1,13} /[^\\x00-\\x1f\\x7f-\\x9f]{0,250}(\\n|$)){0,32}$',
      description: 'Up to 32 lines: KiB in all, KiB free, mount point.',
    }),
    // curl leaves out what is empty.
    failed: Type.Optional(Type.String({ pattern: '^([!-~]{1,255}(\\n|$)){0,50}$', description: 'Up to 50 lines: units of systemd.' })),
    kernel: line(200, 'Release of the kernel.'),
    os: Type.Optional(line(200, 'Name of the system.')),
    image: Type.Optional(Type.String({ pattern: '^([0-9a-f]{64})?$', description: 'SHA-256 of the image it was installed from.' })),
  },
  { additionalProperties: false },
);

/** Problems name the part of the form. */
export function readCall(form: Record<string, unknown>): Checked<Call> {
  // Files that curl takes values from end with a newline.
  const trimmed = Object.fromEntries(Object.entries(form).map(([key, value]) => [key, typeof value === 'string' ? value.trim() : value]));
  const problems = checkAgainst(Form, trimmed);
  if (problems.length) return { ok: false, problems };
  const { serial, name, invitation, step = '', ...told } = trimmed as Static<typeof Form>;
  return ok({ serial, name, step, ...(invitation && { invitation }), health: healthOf(told) });
}

const KIB = 1024;
const linesOf = (text: string): string[] => text.split('\n').filter(Boolean);

function healthOf({
  uptime,
  load,
  memory,
  disks,
  failed = '',
  kernel,
  os = '',
  image,
}: Omit<Static<typeof Form>, 'serial' | 'name' | 'invitation' | 'step'>): CallerHealth {
  const [total, available] = memory.split(' ').map((part) => Number(part) * KIB) as [number, number];
  return {
    uptime: Number(uptime),
    load: load.split(' ').map(Number),
    memory: { total, available },
    disks: linesOf(disks).map((text) => {
      const [, size, free, mount] = /^(\d+) (\d+) (.*)$/.exec(text) as unknown as [string, string, string, string];
      return { mount, size: Number(size) * KIB, free: Number(free) * KIB };
    }),
    failed: linesOf(failed),
    kernel,
    os,
    ...(image && { image }),
  };
}
