// What an operator can fix: one thing that is wrong, where it is, and what to do next.
// Problems are collected and returned; exceptions are for bugs.

export type Where = {
  /** Path of the file, relative to the folder the reader knows (the barclamp, the request body). */
  file?: string;
  /** 1-based line in `file`. */
  line?: number;
  /** RFC 6901 JSON pointer into the document. */
  pointer?: string;
  node?: string;
  role?: string;
  deployment?: string;
  /** Name of the resource in a recipe, as the log shows it. */
  resource?: string;
};

export type Problem = {
  severity: 'error' | 'warning';
  /** One sentence: what is wrong. */
  summary: string;
  where?: Where;
  /** One sentence: what to do about it. */
  next?: string;
  /** What helps to decide, in lines: a difference, the last lines of a log. */
  detail?: string;
};

export const problem = (summary: string, where?: Where, next?: string): Problem => ({
  severity: 'error',
  summary,
  ...(where && { where }),
  ...(next && { next }),
});

export const warning = (summary: string, where?: Where, next?: string): Problem => ({
  ...problem(summary, where, next),
  severity: 'warning',
});

export const errorsIn = (problems: readonly Problem[]): Problem[] => problems.filter((p) => p.severity === 'error');

/** A value, or the Problems that kept it from being one. */
export type Checked<T> = { ok: true; value: T } | { ok: false; problems: Problem[] };

export const ok = <T>(value: T): Checked<T> => ({ ok: true, value });
export const bad = (...problems: Problem[]): { ok: false; problems: Problem[] } => ({ ok: false, problems });

/** `ntp/barclamp.yml:12 /roles/ntp-server` — the place in words, empty when there is none. */
export function placeOf(where: Where | undefined): string {
  if (!where) return '';
  const file = where.file && (where.line ? `${where.file}:${where.line}` : where.file);
  const nodeRole = [where.deployment, where.role && where.node ? `${where.role} on ${where.node}` : (where.role ?? where.node)];
  return [file, where.pointer, ...nodeRole, where.resource && `(${where.resource})`].filter(Boolean).join(' ');
}

/** The Problem as lines of text for a terminal or a log. */
export function problemText(p: Problem): string {
  const place = placeOf(p.where);
  const lines = [`${p.severity}: ${p.summary}`];
  if (place) lines.push(`  where: ${place}`);
  if (p.detail) lines.push(...p.detail.split('\n').map((line) => `    ${line}`));
  if (p.next) lines.push(`  next:  ${p.next}`);
  return lines.join('\n');
}

/** Carries Problems through code that can only throw (a request handler, start-up). Caught once, at the edge. */
export class ProblemError extends Error {
  readonly problems: Problem[];
  /** HTTP status for the API's edge (RFC 9457). */
  readonly status: number;
  constructor(problems: Problem | Problem[], status = 422) {
    const list = Array.isArray(problems) ? problems : [problems];
    super(list.map(problemText).join('\n'));
    this.name = 'ProblemError';
    this.problems = list;
    this.status = status;
  }
}
