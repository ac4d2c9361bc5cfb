// prybar audit … Who changed what, and whether the log of it is whole.

import type { Command } from 'commander';
import { changeText } from '../model/value-diff.ts';
import type { AuditCheck, AuditRecord } from '../model/audit.ts';
import { problem, ProblemError } from '../model/problem.ts';
import type { Cli } from './cli.ts';
import { show, table, when } from './output.ts';
import { timeOf } from './run.ts';

export function auditCommands(program: Command, { client, output }: Cli): void {
  const audit = program.command('audit').description('who changed what, and who tried to');
  audit
    .command('list')
    .description('the latest changes, sign-ins and refusals')
    .argument('[words...]', 'all of them in who, act or what it was about')
    .option('--who <name>', 'only of this one')
    .option('--since <time>', 'as 2026-01-31, or 2h, 3d')
    .option('--limit <n>', 'at most so many', '50')
    .action(async (words: string[], { who, since, limit }: { who?: string; since?: string; limit: string }) => {
      const records = await client().call('GET /audit', {
        query: {
          limit: Number(limit),
          ...(words.length && { text: words.join(' ') }),
          ...(who !== undefined && { who }),
          ...(since !== undefined && { since: timeOf(since) }),
        },
      });
      show(output, records, () =>
        table(
          ['NO', 'WHEN', 'WHO', 'DID', 'WHAT'],
          records.map((r) => [
            String(r.seq),
            when(r.at),
            r.token === undefined ? r.who : `${r.who} (${r.token})`,
            r.outcome === 'done' ? r.does : `${r.does} — ${r.outcome}`,
            what(r),
          ]),
          'Nothing of that kind.',
        ),
      );
    });
  audit
    .command('verify')
    .description('check every record against the one before; says which is the first that does not fit')
    .option('--expect <head>', 'a head that was printed earlier and noted down: NUMBER:HASH')
    .action(async ({ expect }: { expect?: string }) => {
      const check = await client().call('GET /audit/check', { query: { ...(expect !== undefined && { expected: expect }) } });
      if (check.broken && !output.json)
        throw new ProblemError(
          problem(
            `Record ${check.broken.seq} of the audit log does not fit: ${check.broken.why}.`,
            undefined,
            `Trust what is before it; compare with a backup from then. ${check.records} records are good.`,
          ),
        );
      show(
        output,
        check,
        () =>
          `${check.records} records, each fits the one before.${cutText(check)}\nNote this down elsewhere to find out later whether any of them was taken away:\n${check.head.seq}:${check.head.hash}`,
      );
      if (check.broken) process.exitCode = 1;
    });
}

const cutText = ({ cut }: AuditCheck): string =>
  cut ? `\nThey begin after ${when(cut.until)}: what was older was cut off ${when(cut.at)}, as keepAuditDays says, and the first builds on it.` : '';

function what({ facts, why, asked, cut }: AuditRecord): string {
  if (cut) return `${cut.records} records from ${when(cut.since)} to ${when(cut.until)}`;
  if (why !== undefined) return why.split('\n')[0]!;
  const said = facts.map(({ kind, id, changes }) => `${kind} ${id}: ${changes.map(changeText).join('; ')}`).join(' · ') || JSON.stringify(asked ?? '');
  return said.length > 140 ? `${said.slice(0, 140)}…` : said;
}
