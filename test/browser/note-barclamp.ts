// A barclamp for tests of the page: a note in a folder on the admin node itself, so that everything is applied in a moment, and a test can go and
// look, change it behind Prybar's back, or take it away.

import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Admin, until } from '../admin.ts';

const files: Record<string, string> = {
  'barclamp.yml': `name: note
version: 1.2.0
summary: A note on the admin node
license: Apache-2.0
platforms: [debian-12, ubuntu-24.04, rocky-9]
roles:
  paper:
    summary: The folder that the note lies in
    runsOn: [admin]
    nodes: { min: 1, max: 1 }
    milestone: There is paper
  note:
    summary: What stands on it
    runsOn: [admin]
    nodes: { min: 1, max: 1 }
    requires: [paper]
    secrets: { seal: password(24) }
    healthEvery: 1s
    milestone: The note can be read
`,
  'proposal.schema.json': JSON.stringify({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Note',
    type: 'object',
    additionalProperties: false,
    required: ['folder'],
    properties: {
      folder: { title: 'Folder', description: 'Where the note lies.', type: 'string', pattern: '^/[A-Za-z0-9/_.-]+$', default: '/tmp/note' },
      text: { title: 'Text', description: 'What stands on it.', type: 'string', default: 'nothing yet' },
      signed: { title: 'Signed', description: 'Who wrote it.', type: 'string', default: 'nobody' },
      slow: { title: 'Slow', description: 'Whether writing it takes very long.', type: 'boolean', default: false },
    },
  }),
  'README.md':
    '# note\n\nA note that anybody can read.\n\n```yaml\nattributes:\n  text: hello\nroles:\n  note: [admin]\n```\n\n## What it changes on a machine\nOne file in `folder`.\n\n| setting | for |\n|---|---|\n| text | the reader |\n',
  'extension.ts': `import type { Extension } from 'prybar/extension';

export const extension: Extension = {
  suggestNodes: ({ nodes }) => ({ note: nodes.map(({ name }) => name) }),
};
`,
  'roles/paper/recipe.yml': '- directory: "{{ attributes.folder }}"\n',
  'roles/paper/remove.yml': '- directory: "{{ attributes.folder }}"\n  state: absent\n',
  'roles/note/recipe.yml': `- file: "{{ attributes.folder }}/note"
  content: "{{ attributes.text }}\\nsigned {{ attributes.signed }}\\n"
- file: "{{ attributes.folder }}/seal"
  content: "{{ secrets.seal }}\\n"
  mode: "0600"
- command: sleep 605
  as: writing very slowly
  unless: test {{ attributes.slow }} = false
`,
  'roles/note/remove.yml': '- file: "{{ attributes.folder }}/note"\n  state: absent\n- file: "{{ attributes.folder }}/seal"\n  state: absent\n',
  'roles/note/health.yml': '- as: the note is there\n  command: cat {{ attributes.folder }}/note\n  changes: false\n',
};

/** Those that come with Prybar and the note, in `folder`. */
export function withNote(folder: string): string {
  cpSync(path.resolve(import.meta.dirname, '../../barclamps'), folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, 'note', name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return folder;
}

/** Commits `desk.note` with its note in `folder` on the admin node, and waits until that is done or, where no folder can be, has failed. */
export async function commitNote({ client, commit }: Admin, folder: string, note: string, outcome: 'done' | 'failed'): Promise<void> {
  await commit('desk', 'note', { attributes: { folder }, roles: { note: ['admin'] } }, note);
  const role = outcome === 'done' ? 'note' : 'paper';
  await until(
    async () => (await client.call('GET /plan', { query: { deployment: 'desk', role } })).nodeRoles[0]?.state === outcome,
    20_000,
    () => `${role} is not ${outcome}`,
  );
}
