// Barclamps come and go while a real admin daemon runs: trust, installation from files and a registry over HTTP, upgrades with migrations,
// refusals that leave everything as it was, and what is left after a kill.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BarclampView, ProposalEditView } from '../../core/api/contract.ts';
import { type Admin, startAdmin, until } from '../admin.ts';

const home = mkdtempSync(path.join(tmpdir(), 'prybar-install-'));
const place = path.join(home, 'place');
mkdirSync(place);

type Parts = {
  version?: string;
  needs?: string;
  more?: string;
  schema?: object;
  recipe?: string;
  migrations?: Record<string, string>;
  role?: string;
  extension?: string;
};

/** A barclamp with one role for the admin node, which writes a file into `place`. */
function barclamp(name: string, { version = '1.0.0', needs = '{}', more = '', schema, recipe, migrations = {}, role = name, extension }: Parts = {}): string {
  const folder = path.join(mkdtempSync(path.join(home, 'source-')), name);
  const files: Record<string, string> = {
    'barclamp.yml': `name: ${name}\nversion: ${version}\nsummary: Writes a file\nneeds: ${needs}\nroles:\n  ${role}:\n    summary: Writes a file\n    runsOn: [admin]\n${more}`,
    'proposal.schema.json': JSON.stringify(
      schema ?? { type: 'object', additionalProperties: false, properties: { text: { type: 'string', description: 'What it holds.', default: 'plain' } } },
    ),
    'README.md': `# ${name}\n\n\`\`\`yaml\nattributes: {}\n\`\`\`\n`,
    [`roles/${role}/recipe.yml`]: recipe ?? `- file: ${place}/${name}\n  content: "{{ attributes.text }} ${version}"\n`,
    [`roles/${role}/remove.yml`]: `- file: ${place}/${name}\n  state: absent\n`,
    'test/default/proposal.yml': `nodes:\n  admin: { id: admin }\nroles: { ${role}: [admin] }\n`,
    ...(extension !== undefined && { 'extension.ts': extension }),
    ...Object.fromEntries(Object.entries(migrations).map(([file, text]) => [`migrations/${file}`, text])),
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return folder;
}

/** A web server that only shows files. In a process of its own, because the command line is waited for. */
function serveFolder(folder: string): Promise<{ url: string; stop(): void }> {
  const code = `const { existsSync, readFileSync } = require('node:fs');
    require('node:http').createServer((request, response) => {
      const file = ${JSON.stringify(folder)} + request.url;
      if (existsSync(file)) response.end(readFileSync(file));
      else response.writeHead(404).end();
    }).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve) => child.stdout.once('data', (port: Buffer) => resolve({ url: `http://127.0.0.1:${Number(port)}`, stop: () => child.kill() })));
}

describe('installing barclamps', function () {
  this.timeout(120_000);
  let admin: Admin;
  let server: { url: string; stop(): void };
  const key = path.join(home, 'key');
  const registry = path.join(home, 'registry');

  before(async () => {
    admin = await startAdmin(['--no-lab'], mkdtempSync(path.join(tmpdir(), 'prybar-install-state-')));
    const made = admin.cli('barclamp', 'key', 'new', key);
    assert.equal(made.status, 0, made.stderr);
    server = await serveFolder(registry);
  });
  after(async () => {
    server?.stop();
    await admin?.remove();
    rmSync(home, { recursive: true, force: true });
  });

  const cli = (...args: string[]): string => {
    const { stdout, stderr, status } = admin.cli(...args);
    assert.equal(status, 0, `prybar ${args.join(' ')}\n${stdout}${stderr}`);
    return stdout;
  };
  const refused = (...args: string[]): string => {
    const { stdout, stderr, status } = admin.cli(...args);
    assert.equal(status, 1, `prybar ${args.join(' ')} was not refused\n${stdout}`);
    return stderr;
  };
  // By the command line throughout: a connection of our own would be closed by the server while a command is waited for.
  const list = (): Record<string, BarclampView> =>
    Object.fromEntries((JSON.parse(cli('barclamp', 'list', '--json')) as BarclampView[]).map((one) => [one.name, one]));
  const packed = (folder: string, ...more: string[]): string => {
    const file = `${folder}.tar.zst`;
    cli('barclamp', 'pack', folder, '-o', file, ...more);
    return file;
  };
  const holds = (name: string): string | undefined => (existsSync(path.join(place, name)) ? readFileSync(path.join(place, name), 'utf8') : undefined);
  const propose = (id: string, body: string): void => {
    const file = path.join(home, `${id}.yml`);
    writeFileSync(file, body);
    const [deployment, name] = id.split('.') as [string, string];
    if (admin.cli('proposal', 'show', id).status !== 0)
      cli('proposal', 'new', deployment, name, ...(admin.cli('deployment', 'list').stdout.includes(deployment) ? [] : ['--new-deployment']));
    cli('proposal', 'edit', id, '--file', file);
    cli('proposal', 'commit', id);
  };
  const onDisk = (): string[] =>
    readdirSync(path.join(admin.state, 'installed-barclamps'), { recursive: true, withFileTypes: true })
      .filter((e) => e.isDirectory() && /^\d/.test(e.name))
      .map((e) => `${path.basename(e.parentPath)}/${e.name.replace(/\+.*/, '')}`)
      .sort();

  it('lets nothing in that nobody signed whom it trusts', async () => {
    const folder = barclamp('notes');
    assert.match(refused('barclamp', 'install', packed(folder)), /notes 1\.0\.0 is not signed/);
    const signed = packed(folder, '--key', key);
    assert.match(refused('barclamp', 'install', signed), /signed with the key SHA256:\S+, which is not trusted here/);
    assert.equal(list().notes, undefined);
    assert.match(cli('barclamp', 'key', 'trust', `${key}.pub`), /is trusted/);
    assert.match(cli('barclamp', 'install', signed, '--dry-run'), /notes 1\.0\.0 would be installed\./);
    assert.equal(list().notes, undefined, 'only said');
    assert.deepEqual(onDisk(), []);
    assert.match(cli('barclamp', 'install', signed), /notes 1\.0\.0 is installed\./);
    const { notes } = list();
    assert.equal(notes!.origin, 'installed');
    assert.match(notes!.signedBy!, /^SHA256:/);
    assert.deepEqual(onDisk(), ['notes/1.0.0']);
  });

  it('uses it at once, without a restart', async () => {
    propose('demo.notes', 'attributes: { text: hello }\nroles: { notes: [admin] }\n');
    await until(
      () => holds('notes') === 'hello 1.0.0',
      30_000,
      () => `${holds('notes')}\n${admin.cli('status').stdout}`,
    );
  });

  it('brings proposals to a new version with its migrations, and does the role again', async () => {
    const schema = {
      type: 'object',
      additionalProperties: false,
      properties: { message: { type: 'string', description: 'What it holds.', default: 'plain' } },
    };
    const recipe = `- file: ${place}/notes\n  content: "{{ attributes.message }} 2"\n`;
    const migration =
      'attributes:\n  - rename: /text\n    to: /message\nexamples:\n  - before: { attributes: { text: a } }\n    after: { attributes: { message: a } }\n';
    assert.match(
      refused('barclamp', 'install', packed(barclamp('notes', { version: '2.0.0', schema, recipe }), '--key', key)),
      /notes 2\.0\.0 refuses the proposal demo\.notes: "text" is not a known property/,
    );
    assert.equal(list().notes!.version, '1.0.0');
    assert.deepEqual(onDisk(), ['notes/1.0.0']);

    const done = cli(
      'barclamp',
      'install',
      packed(barclamp('notes', { version: '2.0.0', schema, recipe, migrations: { '1-to-2.0.0.yml': migration } }), '--key', key),
    );
    assert.match(done, /notes 2\.0\.0 is installed, 1\.0\.0 before\.\n {2}demo\.notes was brought to it by notes\/migrations\/1-to-2\.0\.0\.yml/);
    const proposal = JSON.parse(cli('proposal', 'show', 'demo.notes', '--json')) as ProposalEditView;
    assert.deepEqual([proposal.committed!.attributes, proposal.draft.attributes, proposal.commit], [{ message: 'hello' }, { message: 'hello' }, 2]);
    const [commit] = await until(
      () => admin.client.call('GET /proposals/:id/commits', { params: { id: 'demo.notes' } }).catch(() => undefined),
      5000,
      () => 'no commits',
    );
    assert.match(commit!.note, /^Brought from 1\.0\.0 to 2\.0\.0 by /);
    await until(
      () => holds('notes') === 'hello 2',
      30_000,
      () => `${holds('notes')}\n${admin.cli('status').stdout}`,
    );
    assert.deepEqual(onDisk(), ['notes/2.0.0']);
  });

  it('asks the extension of the version that counts', async () => {
    const version = (version: string, more: string): string =>
      packed(
        barclamp('lists', {
          version,
          recipe: `- file: ${place}/lists\n  content: "{{ inputs.said }}"\n`,
          extension: `import type { Extension } from 'prybar/extension';

export const extension: Extension = {
  suggestNodes: ({ nodes }) => ({ lists: nodes.filter(({ id }) => id === 'admin').map(({ name }) => name) }),
  deriveInputs: (role, { attributes }) => ({ said: \`${version}: \${String(attributes.text)} for \${role}\` }),
${more}};
`,
        }),
        '--key',
        key,
      );
    const holding = (text: string) =>
      until(
        () => holds('lists') === text,
        30_000,
        () => `${holds('lists')}\n${admin.cli('status').stdout}`,
      );
    cli('barclamp', 'install', version('1.0.0', ''));
    await admin.client.call('POST /deployments', { body: { name: 'small', pools: ['admin'] } });
    assert.match(cli('proposal', 'new', 'small', 'lists'), /prybar proposal suggest small\.lists --take\n\nroles:\n {2}lists:\n {4}- admin/);
    assert.match(cli('proposal', 'show', 'small.lists'), /roles: \{\}/, 'it is only a suggestion');
    cli('proposal', 'suggest', 'small.lists', '--take');
    assert.match(cli('proposal', 'show', 'small.lists'), /lists:\n {4}- admin/);
    assert.match(cli('proposal', 'suggest', 'small.lists'), /Nothing is suggested/);
    cli('proposal', 'commit', 'small.lists');
    await holding('1.0.0: plain for lists');

    const never = "  validateProposal: (_, { deployment }) => (deployment === 'small' ? [{ severity: 'error', summary: 'It is too small.' }] : []),\n";
    assert.match(refused('barclamp', 'install', version('1.1.0', never)), /lists refuses its proposal in small: It is too small\./);
    assert.equal(list().lists!.version, '1.0.0');
    cli('barclamp', 'install', version('1.1.0', ''));
    await holding('1.1.0: plain for lists');
    cli('proposal', 'remove', 'small.lists');
    await until(
      () => holds('lists') === undefined && admin.cli('barclamp', 'remove', 'lists').status === 0,
      30_000,
      () => admin.cli('status').stdout,
    );
  });

  it('refuses what does not go together with the rest, and changes nothing', async () => {
    const before = list();
    const why = (name: string, parts: Parts): string => refused('barclamp', 'install', packed(barclamp(name, parts), '--key', key));
    const unlinted = (folder: string): string => refused('barclamp', 'install', folder, '--key', key);
    assert.match(unlinted(barclamp('greedy', { needs: '{ prybar: ">=99" }' })), /greedy 1\.0\.0 needs Prybar >=99, and this is/);
    assert.match(unlinted(barclamp('lonely', { needs: '{ barclamps: { nobody: "^1" } }' })), /needs the barclamp nobody \^1, which is not there/);
    assert.match(unlinted(barclamp('twin', { role: 'ntp-server' })), /The role ntp-server is declared by ntp as well/);
    assert.match(unlinted(barclamp('odd', { more: '    waitsFor: [nothing]\n' })), /names the role nothing in waitsFor/);
    assert.match(why('notes', { version: '3.0.0', role: 'papers' }), /notes 3\.0\.0 has no role notes/);
    assert.deepEqual(list(), before);
    assert.deepEqual(onDisk(), ['notes/2.0.0']);
  });

  it('refuses a damaged package, and more than it can take', async () => {
    const file = packed(barclamp('frail'), '--key', key);
    const bytes = readFileSync(file);
    bytes[bytes.length - 20]! ^= 1;
    writeFileSync(file, bytes);
    assert.match(refused('barclamp', 'install', file), /This is no package: it is damaged, cut off, or not packed by Prybar/);
    const answer = await fetch(`${admin.url}/api/v1/barclamps`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin.client.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ packages: ['x'.repeat(70 * 1024 * 1024)] }),
    });
    assert.equal(answer.status, 413);
    const stranger = await fetch(`${admin.url}/api/v1/barclamps`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
    assert.equal(stranger.status, 401);
  });

  it('installs from a registry over HTTP, with what is needed', async () => {
    const { url } = server;
    const publish = (name: string, parts: Parts): string => cli('barclamp', 'publish', packed(barclamp(name, parts), '--key', key), registry);
    publish('base', { version: '1.0.0' });
    publish('base', { version: '1.1.0' });
    publish('base', { version: '2.0.0' });
    const top = barclamp('top', { needs: '{ barclamps: { base: "^1" } }' });
    // Lint looks at what comes with Prybar only, so the package of a barclamp that needs another is made past it.
    const { pack } = await import('../../core/catalog/package.ts');
    const made = pack(top, readFileSync(key, 'utf8'));
    assert(made.ok);
    writeFileSync(`${top}.tar.zst`, made.value.bytes);
    cli('barclamp', 'publish', `${top}.tar.zst`, registry);
    assert.match(refused('barclamp', 'install', 'nothing', '--from', url), /nothing \* is wanted, which is not published/);
    const done = cli('barclamp', 'install', 'top', '--from', url);
    assert.match(done, /top 1\.0\.0 is installed\./);
    assert.match(done, /base 1\.1\.0 is installed\./);
    assert.match(cli('barclamp', 'install', 'top@^1', '--from', registry), /is installed already/);
    assert.match(refused('barclamp', 'install', 'base@^2', '--from', registry), /No versions go together: top 1\.0\.0 needs base \^1, but base \^2 is wanted/);
    assert.match(refused('barclamp', 'remove', 'base'), /top 1\.0\.0 needs the barclamp base \^1, which is not there/);
  });

  it('knows after a kill what it had, and nothing it had not', async () => {
    const before = list();
    const { state } = admin;
    admin.process.kill('SIGKILL');
    await new Promise((resolve) => admin.process.once('exit', resolve));
    // As if it had been killed in the middle of an installation.
    mkdirSync(path.join(state, 'installed-barclamps/half/1.0.0+abc.incoming'), { recursive: true });
    admin = await startAdmin(['--no-lab'], state);
    assert.deepEqual(list(), before);
    assert.deepEqual(onDisk(), ['base/1.1.0', 'notes/2.0.0', 'top/1.0.0']);
  });

  it('removes what nothing uses, and says what uses it', async () => {
    const said = refused('barclamp', 'remove', 'notes');
    assert.match(said, /The proposal demo\.notes uses notes/);
    assert.match(said, /The role notes of notes is on admin/);
    assert.match(refused('barclamp', 'remove', 'ntp'), /ntp comes with Prybar and is not removed/);
    cli('proposal', 'remove', 'demo.notes');
    await until(
      () => holds('notes') === undefined,
      30_000,
      () => admin.cli('status').stdout,
    );
    await until(
      () => admin.cli('barclamp', 'remove', 'notes').status === 0,
      10_000,
      () => refused('barclamp', 'remove', 'notes'),
    );
    cli('barclamp', 'remove', 'top');
    cli('barclamp', 'remove', 'base');
    assert.deepEqual(
      Object.values(list()).filter((one) => one.origin === 'installed'),
      [],
    );
    assert.deepEqual(readdirSync(path.join(admin.state, 'installed-barclamps')), []);
  });

  it('takes a newer one over one that came with Prybar, and gives that back', async () => {
    const shipped = list().ntp!.version;
    const folder = path.join(mkdtempSync(path.join(home, 'source-')), 'ntp');
    assert.equal(spawnSync('cp', ['-r', path.resolve(import.meta.dirname, '../../barclamps/ntp'), folder]).status, 0);
    const text = readFileSync(path.join(folder, 'barclamp.yml'), 'utf8');
    writeFileSync(path.join(folder, 'barclamp.yml'), text.replace(/^version: .*$/m, 'version: 9.0.0'));
    assert.match(cli('barclamp', 'install', folder, '--allow-unsigned'), new RegExp(`ntp 9\\.0\\.0 is installed, ${shipped.replaceAll('.', '\\.')} before`));
    assert.match(cli('barclamp', 'list'), /ntp +9\.0\.0 +installed, unsigned/);
    cli('barclamp', 'remove', 'ntp');
    assert.equal(list().ntp!.version, shipped);
  });
});
