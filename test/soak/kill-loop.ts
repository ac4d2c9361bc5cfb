// Kills the admin daemon with -9 at random moments while a deployment is being applied to real (container) machines, starts it again,
// and goes on until it was killed often enough. In the end everything must be as after an undisturbed run: nothing lost, doubled or stuck.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openStore } from '../../core/store/store.ts';
import { type Admin, startAdmin, until } from '../admin.ts';
import { type Containers, startContainers } from '../../core/containers.ts';
import { seed } from '../../core/seed.ts';
import type { Checked } from '../../core/model/problem.ts';

const ROLES = 4;

/** A chain of roles, each of which leaves one line on the machine and must never leave two; the last waits for all machines. */
function writeBarclamp(folder: string): void {
  const home = path.join(folder, 'chain');
  mkdirSync(home, { recursive: true });
  const roles = Array.from({ length: ROLES }, (_, index) => {
    const edge = index === 0 ? '' : index === ROLES - 1 ? `\n    waitsFor: [link-${index - 1}]` : `\n    requires: [link-${index - 1}]`;
    const name = `link-${index}`;
    mkdirSync(path.join(home, 'roles', name), { recursive: true });
    writeFileSync(
      path.join(home, 'roles', name, 'recipe.yml'),
      [
        '- directory: /srv/chain',
        `- file: /srv/chain/${name}`,
        '  content: "{{ attributes.word }}"',
        // Long enough to be hit in the middle; the line is added only once for each word.
        '- command: |',
        `    sleep 0.3; echo {{ attributes.word }} >> /srv/chain/${name}.log`,
        `  unless: grep -qx {{ attributes.word }} /srv/chain/${name}.log`,
        '',
      ].join('\n'),
    );
    writeFileSync(
      path.join(home, 'roles', name, 'remove.yml'),
      `- file: /srv/chain/${name}\n  state: absent\n- file: /srv/chain/${name}.log\n  state: absent\n`,
    );
    return `  ${name}:\n    summary: A link\n    implicit: true${edge}`;
  });
  writeFileSync(path.join(home, 'barclamp.yml'), `name: chain\nversion: 1.0.0\nsummary: A chain of roles\nroles:\n${roles.join('\n')}\n`);
  writeFileSync(
    path.join(home, 'proposal.schema.json'),
    '{"type":"object","additionalProperties":false,"properties":{"word":{"type":"string","description":"What is written.","default":"w0"}}}',
  );
}

export type KillLoop = { kills: number; machines: number; onKill(line: string): void; stateDir?: string; cacheDir?: string };

/** Undefined when it went well, else what was wrong. A Checked failure says why it cannot run here. */
export async function killLoop({ kills, machines, onKill, cacheDir = '/var/cache/prybar' }: KillLoop): Promise<Checked<string[]>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'prybar-kill-'));
  // The DHCP server's own user must be able to pass through, as in a real state folder.
  chmodSync(folder, 0o711);
  const state = path.join(folder, 'state');
  const started = await startContainers({ cacheDir, stateDir: path.join(folder, 'containers'), count: machines });
  if (!started.ok) {
    rmSync(folder, { recursive: true, force: true });
    return started;
  }
  const containers = started.value;
  let admin: Admin | undefined;
  try {
    writeBarclamp(path.join(folder, 'barclamps'));
    await enter(state, containers);
    const start = async () => startAdmin(['--no-lab', '--barclamps', path.join(folder, 'barclamps')], state);
    admin = await start();
    const words = [...Array(Math.ceil(kills / 10) + 1).keys()].map((n) => `w${n}`);
    let word = 0;
    await commit(admin, words[0]!);
    for (let kill = 1; kill <= kills; kill++) {
      const wait = Math.random() * 1500;
      await new Promise((resolve) => setTimeout(resolve, wait));
      admin.process.kill('SIGKILL');
      await admin.stop();
      admin = await start();
      const done = (await admin.client.call('GET /status')).totals.done;
      onKill(`kill ${kill} after ${Math.round(wait)} ms: ${done} of ${ROLES * machines} done`);
      // A new word now and then, so that there is always something to be hit in.
      if (done === ROLES * machines && word < words.length - 1) await commit(admin, words[++word]!);
    }
    const last = admin;
    await until(
      async () => (await last.client.call('GET /status')).converged,
      120_000,
      () => 'it does not converge any more',
      200,
    );
    return { ok: true, value: await faults(last, containers, machines, words.slice(0, word + 1)) };
  } finally {
    await admin?.stop();
    await containers.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Puts the containers into an empty store, as machines that are installed and let in. */
async function enter(state: string, containers: Containers): Promise<void> {
  const store = await openStore({ file: path.join(state, 'store/facts.db') });
  await seed(store, { now: Date.now() });
  for (const box of containers.boxes) {
    await store.put(
      'node',
      box.name,
      {
        id: box.name,
        name: box.name,
        remote: 'ssh',
        macs: [],
        approved: true,
        pool: 'default',
        addresses: { admin: box.address },
        system: { kind: 'installed', instance: box.id, platform: containers.platform, hostKey: box.hostKey },
        discoveredAt: 0,
        contact: 'up',
        contactAt: 0,
      },
      'new',
    );
  }
  await store.put('deployment', 'chain', { name: 'chain', summary: '', pools: [] }, 'new');
  await store.put(
    'proposal',
    'chain.chain',
    { id: 'chain.chain', deployment: 'chain', barclamp: 'chain', draft: { attributes: {}, roles: {} }, commit: 0 },
    'new',
  );
  await store.close();
  // The admin's key is the one that the containers let in.
  writeFileSync(path.join(state, 'ssh-key'), containers.boxes[0]!.privateKey, { mode: 0o600 });
  writeFileSync(path.join(state, 'ssh-key.pub'), 'ssh-ed25519 unused prybar\n');
}

const commit = (admin: Admin, word: string): Promise<void> => admin.commit('chain', 'chain', { attributes: { word }, roles: {} });

async function faults(admin: Admin, containers: Containers, machines: number, words: string[]): Promise<string[]> {
  const found: string[] = [];
  const note = (fine: boolean, what: string) => {
    if (!fine) found.push(what);
  };
  const { nodeRoles } = await admin.client.call('GET /plan');
  note(nodeRoles.length === ROLES * machines, `${nodeRoles.length} node-roles instead of ${ROLES * machines}`);
  for (const { key, state } of nodeRoles) note(state === 'done', `${key} is ${state}`);
  const runs = await admin.client.call('GET /runs', { query: { limit: 1000 } });
  note(
    runs.every((run) => run.endedAt),
    'a run never ended',
  );
  for (const key of nodeRoles.map((v) => v.key)) {
    const own = runs.filter((run) => run.key === key).sort((a, b) => a.id - b.id);
    for (const [index, run] of own.entries())
      note(index === 0 || run.startedAt >= own[index - 1]!.startedAt, `${key}: run ${run.id} stands before an earlier one`);
  }
  for (const box of containers.boxes) {
    for (let link = 0; link < ROLES; link++) {
      const word = await containers.run(box.name, `cat /srv/chain/link-${link}; echo; cat /srv/chain/link-${link}.log`);
      const [content, ...log] = String(word).trim().split('\n');
      note(content === words.at(-1), `${box.name} link-${link} says ${content}, not ${words.at(-1)}`);
      note(new Set(log).size === log.length, `${box.name} link-${link} was done twice: ${log.join(' ')}`);
    }
  }
  return found;
}
