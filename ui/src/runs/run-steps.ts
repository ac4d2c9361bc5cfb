// A run's events as a story: its resources in order, each with what became of it and what it said. Pure.

import type { LoggedEvent } from '../../../core/api/contract.ts';
import type { ResourceResult } from '../../../core/model/run.ts';

export type Step = {
  index: number;
  name: string;
  /** Absent while it runs, and for ever when the run broke off here. */
  result?: ResourceResult;
  seconds?: number;
  diff?: string;
  reason?: string;
  startedAt: number;
  said: string[];
};

export function stepsOf(log: readonly LoggedEvent[]): Step[] {
  const steps = new Map<number, Step>();
  const step = (index: number, name: string, at: number): Step => {
    const known = steps.get(index);
    if (known) return known;
    const fresh: Step = { index, name, startedAt: at, said: [] };
    steps.set(index, fresh);
    return fresh;
  };
  for (const { at, event } of log) {
    if (event.kind === 'begin') step(event.index, event.name, at);
    if (event.kind === 'log' && event.index !== undefined) steps.get(event.index)?.said.push(event.text.replace(/\n$/, ''));
    if (event.kind === 'end') {
      const { kind: _, ...rest } = event;
      Object.assign(step(event.index, event.name, at), rest);
    }
  }
  return [...steps.values()].sort((a, b) => a.index - b.index);
}

/** One line of the log as text, without its time. */
export function lineOf({ event }: LoggedEvent): string {
  switch (event.kind) {
    case 'begin':
      return `▸ ${event.name}`;
    case 'end':
      return `${event.result === 'failed' ? '✗' : '✓'} ${event.name}: ${event.result}, ${event.seconds.toFixed(1)} s${event.reason ? ` (${event.reason})` : ''}`;
    case 'log':
      return `  ${event.text.replace(/\n$/, '')}`;
    case 'output':
      return `output ${JSON.stringify(event.values)}`;
  }
}
