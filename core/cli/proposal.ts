// prybar proposal … A proposal is edited as YAML; what the server finds wrong is shown with the line of that text.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { dump, JSON_SCHEMA } from 'js-yaml';
import type { CheckView, PreviewView, ProposalEditView } from '../api/contract.ts';
import { lineOf, parseYaml } from '../catalog/yaml.ts';
import { errorsIn, problem, type Problem, ProblemError } from '../model/problem.ts';
import type { ProposalBody } from '../model/proposal.ts';
import type { Cli } from './cli.ts';
import type { Client } from './client.ts';
import { forecastLines } from './plan.ts';
import { diffLines } from './run.ts';
import { coloured, problemLines, show, table } from './output.ts';

export function proposalCommands(program: Command, { client, output }: Cli): void {
  const proposal = program.command('proposal').description('what is wanted: settings and machines for each barclamp');

  proposal
    .command('list')
    .description('all proposals')
    .action(async () => {
      const all = await client().call('GET /proposals');
      show(output, all, () =>
        table(
          ['PROPOSAL', 'COMMITTED', 'DRAFT'],
          all.map((p) => [p.id, p.commit ? `no. ${p.commit}` : 'never', p.changed ? 'has changes' : '']),
          'There are no proposals.',
        ),
      );
    });

  proposal
    .command('new <deployment> <barclamp>')
    .description('begin a proposal, as an empty draft')
    .option('--new-deployment', 'begin the deployment as well')
    .action(async (deployment: string, barclamp: string, options: { newDeployment?: boolean }) => {
      const api = client();
      if (options.newDeployment) await api.call('POST /deployments', { body: { name: deployment } });
      const begun = await api.call('POST /proposals', { body: { deployment, barclamp } });
      const { id } = begun;
      const { roles } = await api.call('GET /proposals/:id/suggestion', { params: { id } });
      show(output, begun, () =>
        [
          `${id} is begun. Say what is wanted: prybar proposal edit ${id}`,
          ...(Object.keys(roles).length ? [`Or begin with what it suggests: prybar proposal suggest ${id} --take`, '', yamlOf({ roles }).trimEnd()] : []),
        ].join('\n'),
      );
    });

  proposal
    .command('suggest <id>')
    .description('machines that its barclamp suggests for roles that have none yet')
    .option('--take', 'put them into the draft')
    .action(async (id: string, options: { take?: boolean }) => {
      const api = client();
      const { draft, revision } = await api.call('GET /proposals/:id', { params: { id } });
      const suggestion = await api.call('GET /proposals/:id/suggestion', { params: { id } });
      if (errorsIn(suggestion.problems).length) throw new ProblemError(suggestion.problems);
      const { roles } = suggestion;
      const isAny = Object.keys(roles).length > 0;
      if (!options.take || !isAny) {
        show(output, suggestion, () => (isAny ? yamlOf({ roles }).trimEnd() : `Nothing is suggested for ${id}.`));
        return;
      }
      const saved = await api.call('PUT /proposals/:id/draft', {
        params: { id },
        body: { revision, draft: { ...draft, roles: { ...draft.roles, ...roles } } },
      });
      show(output, saved, () => `The draft of ${id} has it. See what it would change: prybar proposal plan ${id}`);
    });

  proposal
    .command('show <id>')
    .description('the draft, as YAML')
    .action(async (id: string) => {
      const found = await client().call('GET /proposals/:id', { params: { id } });
      show(output, found, () => yamlOf(found.draft).trimEnd());
    });

  proposal
    .command('edit <id>')
    .description('change the draft, in $EDITOR or from a file')
    .option('-f, --file <file>', 'YAML with attributes and roles; - reads standard input')
    .option('--revision <n>', 'the revision that the file was made from')
    .action(async (id: string, options: { file?: string; revision?: string }) => {
      const api = client();
      const found = await api.call('GET /proposals/:id', { params: { id } });
      const { text, name } = options.file ? { text: readFileSync(options.file === '-' ? 0 : options.file, 'utf8'), name: options.file } : inEditor(found);
      const draft = await store(api, { ...found, ...(options.revision && { revision: Number(options.revision) }) }, text, name);
      show(output, draft, () =>
        draft.changed ? `The draft of ${id} is saved. See what it would change: prybar proposal plan ${id}` : `The draft of ${id} is what is committed.`,
      );
    });

  proposal
    .command('plan <id>')
    .description('what committing the draft would change, and how long it would take')
    .option('--check', 'ask the machines too: each file, package and service that would change')
    .action(async (id: string, options: { check?: boolean }) => {
      const api = client();
      const preview = await api.call('POST /proposals/:id/preview', { params: { id } });
      const checks = options.check ? await api.call('POST /proposals/:id/check', { params: { id }, body: {} }) : undefined;
      show(output, { ...preview, ...checks }, () => [...previewLines(preview), ...(checks ? checkLines(checks) : [])].join('\n'));
      if (errorsIn(preview.problems).length) process.exitCode = 1;
    });

  proposal
    .command('commit <id>')
    .description('make the draft what is wanted')
    .option('-m, --note <text>', 'why')
    .action(async (id: string, options: { note?: string }) => {
      const api = client();
      const { revision } = await api.call('GET /proposals/:id', { params: { id } });
      const committed = await api.call('POST /proposals/:id/commit', { params: { id }, body: { revision, ...(options.note && { note: options.note }) } });
      show(output, committed, () => `${id} is committed as no. ${committed.commit}. Watch it: prybar status`);
    });

  proposal
    .command('remove <id>')
    .description('want nothing of it any more: its roles are undone')
    .action(async (id: string) => {
      await client().call('DELETE /proposals/:id', { params: { id } });
      show(output, { removed: id }, () => `${id} is removed. What it had done is undone now: prybar status`);
    });
}

function previewLines(preview: PreviewView): string[] {
  const touched = preview.added.length + preview.changed.length + preview.removed.length;
  return [
    ...preview.added.map((key) => `+ ${key}`),
    ...preview.changed.map((key) => `~ ${key}`),
    ...preview.removed.map((key) => `- ${key}`),
    `${preview.added.length} to do, ${preview.changed.length} to do again, ${preview.removed.length} to undo, ${preview.unchanged} unchanged.`,
    ...preview.choices.map(
      ({ role, fit, chosen }) => `${role}: of ${fit} that fit, ${chosen.map(({ nodeName, why }) => `${nodeName} (${why})`).join(', ') || 'none'}`,
    ),
    ...preview.restarts.map(({ role, nodeNames, reactions }) => `${role} may ${reactions.join(', ')} on ${nodeNames.join(', ')}`),
    ...(preview.mayFollow.length ? [`Done again if what they read changes: ${preview.mayFollow.join(', ')}`] : []),
    ...(touched ? forecastLines(preview.forecast) : []),
    ...(preview.problems.length ? [problemLines(preview.problems)] : []),
  ];
}

function checkLines({ checked, left }: { checked: CheckView[]; left: number }): string[] {
  return [
    ...checked.flatMap(({ key, mode, resources, problem: found }) => [
      '',
      `${key}${mode === 'remove' ? ' (undo)' : ''}`,
      ...(resources.length || found ? [] : ['         changes nothing']),
      ...resources.flatMap(({ name, diff }) => [`${coloured('changed')}  ${name}`, ...(diff ? [diffLines(diff)] : [])]),
      ...(found ? [problemLines([found])] : []),
    ]),
    ...(left ? ['', `${left} more could not be looked at: their machine is not ready, or what they read is not there yet.`] : []),
  ];
}

const yamlOf = (body: Partial<ProposalBody>): string => dump(body, { schema: JSON_SCHEMA, lineWidth: -1 });

async function store(api: Client, found: ProposalEditView, text: string, name: string) {
  const parsed = parseYaml(text, name);
  if (!parsed.ok) throw new ProblemError(parsed.problems);
  try {
    const saved = await api.call('PUT /proposals/:id/draft', {
      params: { id: found.id },
      body: { revision: found.revision, draft: (parsed.value ?? {}) as ProposalBody, merge: true },
    });
    const preview = await api.call('POST /proposals/:id/preview', { params: { id: found.id } });
    const faults = errorsIn(preview.problems);
    // The draft is kept as it was written, so that nothing is lost; what is wrong with it is said at once.
    if (faults.length) throw new ProblemError(faults);
    return saved;
  } catch (error) {
    if (error instanceof ProblemError)
      throw new ProblemError(
        error.problems.map((p) => inText(p, text, name)),
        error.status,
      );
    throw error;
  }
}

function inText(p: Problem, text: string, name: string): Problem {
  const pointer = p.where?.pointer?.replace(/^\/draft/, '');
  if (pointer === undefined) return p.where?.role ? { ...p, where: { ...p.where, file: name, line: lineOf(text, `/roles/${p.where.role}`) ?? 1 } } : p;
  return { ...p, where: { ...p.where, file: name, line: lineOf(text, pointer) ?? 1, pointer } };
}

function inEditor(found: ProposalEditView): { text: string; name: string } {
  if (!process.stdin.isTTY) throw new ProblemError(problem('There is no terminal to edit in.', undefined, 'Give a file: prybar proposal edit ID --file FILE'));
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-'));
  const file = path.join(folder, `${found.id}.yml`);
  const head = [
    `# ${found.id}: ${found.summary}`,
    ...found.roles.map((role) => `#   ${role.name}: ${role.summary}${role.implicit ? ' (on every machine by itself)' : ''}`),
  ];
  writeFileSync(file, `${head.join('\n')}\n${yamlOf(found.draft)}`);
  const { status } = spawnSync(process.env.VISUAL ?? process.env.EDITOR ?? 'editor', [file], { stdio: 'inherit' });
  if (status !== 0) throw new ProblemError(problem('The editor ended with an error; the draft is unchanged.', { file }, 'Your text is still in that file.'));
  const text = readFileSync(file, 'utf8');
  rmSync(folder, { recursive: true });
  return { text, name: `${found.id}.yml` };
}
