// Work that takes longer than a second, as facts that the page and the terminal show: begun, on its way, ended or failed.

import { problem, ProblemError } from './model/problem.ts';
import type { Activity } from './model/progress.ts';
import type { Store } from './store/store.ts';

export type Progress = (step: { phase: string; fraction?: number }) => void;

// Every write is a transaction; a bar needs no more than a few a second.
const EVERY_MS = 300;

/** Runs `work` as an activity of this id. Its failure is recorded with what is wrong, then thrown on. */
export async function track<T>(store: Store, id: string, title: string, work: (progress: Progress) => Promise<T>): Promise<T> {
  const startedAt = Date.now();
  let activity: Activity = { id, title, phase: 'starting', startedAt };
  let written = 0;
  let writing: Promise<unknown> = Promise.resolve();
  const write = () => {
    written = Date.now();
    const now = activity;
    writing = writing.then(() => store.put('activity', id, now, 'any'));
  };
  write();
  try {
    const result = await work(({ phase, fraction }) => {
      const moved = phase !== activity.phase;
      activity = { id, title, phase, startedAt, ...(fraction !== undefined && { fraction }) };
      if (moved || Date.now() - written > EVERY_MS) write();
    });
    activity = { ...activity, phase: 'done', fraction: 1, endedAt: Date.now() };
    return result;
  } catch (error) {
    const wrong = error instanceof ProblemError ? error.problems[0]! : problem(`${title} failed: ${(error as Error).message}`);
    activity = { ...activity, endedAt: Date.now(), problem: wrong };
    throw error;
  } finally {
    write();
    await writing;
  }
}
