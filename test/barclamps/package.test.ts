// Packages, registries and versions without an admin node: the same bytes each time, nothing taken on trust, and conflicts explained.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { scaffold } from '../../core/author/scaffold.ts';
import { applyMigration, type Migration, migrate, pathFrom } from '../../core/catalog/migrations.ts';
import { pack, packageLimits, readPackage, unpack } from '../../core/catalog/package.ts';
import { type Index, publish } from '../../core/catalog/registry.ts';
import { newKeyPair, readPublicKey, sign, verify } from '../../core/signing.ts';
import { type Candidate, solve } from '../../core/catalog/solve.ts';
import { readTar, writeTar } from '../../core/catalog/tar.ts';
import type { Checked } from '../../core/model/problem.ts';
import { patternProblem } from '../../core/schema.ts';

const home = mkdtempSync(path.join(tmpdir(), 'prybar-package-'));
after(() => rmSync(home, { recursive: true }));

const value = <T>(checked: Checked<T>): T => {
  assert(checked.ok, checked.ok ? '' : checked.problems.map((p) => p.summary).join('\n'));
  return checked.value;
};
const why = (checked: Checked<unknown>): string => (checked.ok ? 'it was accepted' : checked.problems.map((p) => p.summary).join('\n'));
const greet = (): string => value(scaffold('greet', mkdtempSync(path.join(home, 'source-')))).folder;
const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');

/** A package with these entries; those of a good one when nothing is changed. */
function tampered(change: (entries: Map<string, Buffer>) => void, key?: string): Buffer {
  const entries = new Map(value(readTar(zstdDecompressSync(value(pack(greet(), key)).bytes), packageLimits)));
  change(entries);
  return zstdCompressSync(writeTar([...entries]));
}

/** One header of a tar archive with a field exchanged, its sum made right again. */
function rawTar(name: string, type: string, size = 0): Buffer {
  const archive = writeTar([['x', Buffer.alloc(size)]]);
  archive.fill(0, 0, 100);
  archive.write(name, 0);
  archive.write(type, 156);
  archive.fill(' ', 148, 156);
  const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return archive;
}

describe('packages', () => {
  const keys = newKeyPair('someone');

  it('are the same bytes for the same folder, whenever and by whomever it was written', () => {
    const [a, b] = [greet(), greet()];
    for (const entry of readdirSync(b, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) {
        chmodSync(path.join(entry.parentPath, entry.name), 0o600);
        utimesSync(path.join(entry.parentPath, entry.name), 1, 1);
      }
    }
    assert(value(pack(a, keys.privateKey)).bytes.equals(value(pack(b, keys.privateKey)).bytes));
  });

  it('come out as they went in, also by tar and zstd', () => {
    const folder = greet();
    const { bytes, manifest } = value(pack(folder, keys.privateKey));
    const read = value(readPackage(bytes));
    assert.equal(read.signedBy, value(readPublicKey(keys.publicKey)).id);
    assert.deepEqual(read.manifest, manifest);
    const out = path.join(home, 'out/greet');
    unpack(read, out);
    assert.equal(value(pack(out)).manifest.digest, manifest.digest);
    const listed = spawnSync('tar', ['--zstd', '-tf', '-'], { input: bytes, encoding: 'utf8' });
    assert.match(listed.stdout, /^manifest\.json\nsignature\.json\ngreet\/README\.md\n/);
  });

  it('carry what lint warned their author of, under the signature', () => {
    const place = { file: 'greet/recipe.yml', line: 3 };
    const { bytes } = value(pack(greet(), keys.privateKey, [{ severity: 'warning', summary: 'Odd.', where: place, next: 'Change it.' }]));
    assert.deepEqual(value(readPackage(bytes)).manifest.lint?.warnings, [{ summary: 'Odd.', ...place, next: 'Change it.' }]);
    assert.equal(value(readPackage(value(pack(greet())).bytes)).manifest.lint, undefined, 'nobody looked');
  });

  it('hold no links', () => {
    const folder = greet();
    symlinkSync('/etc/shadow', path.join(folder, 'roles/greet-server/files'));
    assert.match(why(pack(folder)), /roles\/greet-server\/files is a link/);
  });

  it('are refused when anything in them was changed', () => {
    const { privateKey } = keys;
    const cases: [RegExp, Buffer][] = [
      [/another digest/, tampered((e) => e.set('greet/README.md', Buffer.from('changed')), privateKey)],
      [/is not in its manifest/, tampered((e) => e.set('greet/extra', Buffer.from('more')), privateKey)],
      [/is not in its manifest/, tampered((e) => e.set('other/README.md', Buffer.from('more')), privateKey)],
      [/README\.md is missing/, tampered((e) => e.delete('greet/README.md'), privateKey)],
      [
        /signature does not belong/,
        tampered((e) => e.set('manifest.json', Buffer.from(e.get('manifest.json')!.toString().replace('"0.1.0"', '"0.2.0"'))), privateKey),
      ],
      [/signature does not belong/, tampered((e) => e.set('signature.json', Buffer.from('{"publicKey":"","signature":""}')))],
      [/manifest\.json is not right/, tampered((e) => e.set('manifest.json', Buffer.from('{}')))],
      [/it has no manifest\.json/, tampered((e) => e.delete('manifest.json'))],
      [/damaged, cut off, or not packed by Prybar/, Buffer.from('nothing of the kind')],
    ];
    for (const [words, bytes] of cases) assert.match(why(readPackage(bytes)), words);
  });

  it('lead nowhere else and hold nothing but files', () => {
    for (const name of ['../x', '/etc/passwd', 'a/../../x', 'a//b', './a', 'a/.', '-rf', 'a\\b', 'a\nb', '.hidden', 'ü'.repeat(30), `${'a/'.repeat(45)}b/..`]) {
      assert.match(why(readTar(rawTar(name, '0'), packageLimits)), /it holds a file called|damaged/, name);
    }
    for (const type of ['1', '2', '3', '4', '5', '6', '7', 'x', 'g', 'L', '\0'])
      assert.match(why(readTar(rawTar('x', type), packageLimits)), /is not a plain file/, type);
  });

  it('are refused before they fill the memory', () => {
    const bomb = zstdCompressSync(Buffer.alloc(packageLimits.bytes * 2));
    assert(bomb.length < 100_000);
    assert.match(why(readPackage(bomb)), /holds more than 128 MiB/);
    assert.match(
      why(
        readTar(
          writeTar([
            ['a', Buffer.alloc(2000)],
            ['b', Buffer.alloc(2000)],
          ]),
          { files: 10, bytes: 3000 },
        ),
      ),
      /more than/,
    );
    assert.match(
      why(
        readTar(
          writeTar([
            ['a', Buffer.alloc(1)],
            ['b', Buffer.alloc(1)],
          ]),
          { files: 1, bytes: 3000 },
        ),
      ),
      /more than 1 files/,
    );
    assert.match(why(readTar(writeTar([['a', Buffer.alloc(1000)]]).subarray(0, 900), packageLimits)), /ends in the middle|no end/);
  });

  it('never crash the reader, whatever bytes come', () => {
    const good = writeTar([
      ['a/b', Buffer.from('hello')],
      ['c', Buffer.from('#!/bin/sh\n')],
    ]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 }), (changes) => {
        const archive = Buffer.from(good);
        for (const [at, byte] of changes) archive[at] = byte;
        const read = readTar(archive, packageLimits);
        if (read.ok) for (const name of read.value.keys()) assert.doesNotMatch(name, /(^|\/)\.\.?(\/|$)|^\//);
      }),
      { numRuns: 500 },
    );
  });

  it('are signed by keys that verify, and by no others', () => {
    const content = Buffer.from('content');
    const signature = value(sign(content, keys.privateKey));
    assert(verify(content, signature));
    assert(!verify(Buffer.from('other'), signature));
    assert(!verify(content, { ...signature, publicKey: value(readPublicKey(newKeyPair('').publicKey)).key }));
    assert.match(why(sign(content, 'no key')), /no private key/);
    assert.match(why(readPublicKey('ssh-ed25519 AAAA')), /no public key of Prybar/);
  });
});

describe('registries', () => {
  const packed = (version: string, needs = '{}', name = 'greet'): Buffer => {
    const { folder } = value(scaffold(name, mkdtempSync(path.join(home, 'source-'))));
    const file = path.join(folder, 'barclamp.yml');
    writeFileSync(
      file,
      readFileSync(file, 'utf8')
        .replace('version: 0.1.0', `version: ${version}`)
        .replace(/^needs: .*$/m, `needs: { barclamps: ${needs} }`),
    );
    return value(pack(folder)).bytes;
  };

  it('never change what was published', () => {
    const registry = path.join(home, 'registry');
    const first = packed('1.0.0');
    assert.equal(value(publish(first, registry)).added, true);
    assert.equal(value(publish(first, registry)).added, false);
    assert.match(why(publish(packed('1.0.0', '{}', 'greet').subarray(0, 10), registry)), /no package/);
    const { folder } = value(scaffold('greet', mkdtempSync(path.join(home, 'source-'))));
    writeFileSync(
      path.join(folder, 'barclamp.yml'),
      readFileSync(path.join(folder, 'barclamp.yml'), 'utf8').replace('0.1.0', '1.0.0').replace('summary: Tells', 'summary: Shows'),
    );
    assert.match(why(publish(value(pack(folder)).bytes, registry)), /greet 1\.0\.0 is published already/);
    const index = JSON.parse(readFileSync(path.join(registry, 'index.json'), 'utf8')) as Index;
    assert.equal(index.barclamps.greet!['1.0.0']!.sha256, sha256(first));
    assert.equal(sha256(readFileSync(path.join(registry, 'greet-1.0.0.tar.zst'))), sha256(first));
    assert.deepEqual(readdirSync(registry).sort(), ['greet-1.0.0.tar.zst', 'index.json']);
  });

  it('take nothing that needs what is not published', () => {
    const registry = path.join(home, 'strict');
    assert.match(why(publish(packed('1.0.0', '{ base: "^1" }'), registry)), /greet 1\.0\.0 needs base \^1, which is not published/);
    value(publish(packed('2.0.0', '{}', 'base'), registry));
    assert.match(why(publish(packed('1.0.0', '{ base: "^1" }'), registry)), /greet 1\.0\.0 needs base \^1, and only 2\.0\.0 is published/);
    value(publish(packed('1.5.0', '{}', 'base'), registry));
    value(publish(packed('1.0.0', '{ base: "^1" }'), registry));
    // What is only being prepared cannot be built on either.
    value(publish(packed('3.0.0-rc.1', '{}', 'base'), registry));
    assert.match(why(publish(packed('1.1.0', '{ base: "^3" }'), registry)), /only 3\.0\.0-rc\.1, 2\.0\.0, 1\.5\.0 is published/);
    assert(!existsSync(path.join(registry, '.publishing')));
  });

  it('let one publish at a time', () => {
    const registry = path.join(home, 'busy');
    mkdirSync(registry);
    writeFileSync(path.join(registry, '.publishing'), '');
    assert.match(why(publish(packed('1.0.0'), registry)), /Somebody else is publishing/);
  });
});

describe('versions that go together', () => {
  const all = (table: Record<string, Record<string, string>>): ((name: string) => Candidate[]) => {
    const candidates = Object.entries(table).map(([called, barclamps]) => {
      const [name, version] = called.split(' ') as [string, string];
      const { prybar, ...needs } = barclamps;
      return { name, version, needs: { ...(prybar && { prybar }), barclamps: needs } };
    });
    return (name) => candidates.filter((one) => one.name === name);
  };
  const solved = (wanted: Record<string, string>, table: Record<string, Record<string, string>>): string =>
    value(
      solve(
        Object.entries(wanted).map(([name, range]) => ({ name, range })),
        all(table),
        '0.1.0',
      ),
    )
      .map((one) => `${one.name} ${one.version}`)
      .sort()
      .join(', ');
  const unsolved = (wanted: Record<string, string>, table: Record<string, Record<string, string>>): string =>
    why(
      solve(
        Object.entries(wanted).map(([name, range]) => ({ name, range })),
        all(table),
        '0.1.0',
      ),
    );

  it('are as early in the list as they can be', () => {
    assert.equal(solved({ a: '*' }, { 'a 2.0.0': { b: '^1' }, 'a 1.0.0': {}, 'b 1.2.0': {}, 'b 1.1.0': {} }), 'a 2.0.0, b 1.2.0');
  });
  it('go back where two needs contradict', () => {
    assert.equal(solved({ a: '*', b: '*' }, { 'a 1.0.0': { c: '*' }, 'b 1.0.0': { c: '^1' }, 'c 2.0.0': {}, 'c 1.0.0': {} }), 'a 1.0.0, b 1.0.0, c 1.0.0');
    assert.equal(solved({ a: '*' }, { 'a 2.0.0': { prybar: '>=1' }, 'a 1.0.0': {} }), 'a 1.0.0');
  });
  it('say on which path they do not', () => {
    assert.match(
      unsolved({ a: '*' }, { 'a 1.0.0': { b: '*', c: '^1' }, 'b 1.0.0': { c: '^2' }, 'c 1.0.0': {}, 'c 2.0.0': {} }),
      /a 1\.0\.0 needs c \^1, but a 1\.0\.0 → b 1\.0\.0 needs c \^2, for which c 2\.0\.0 was taken/,
    );
    assert.match(unsolved({ a: '*' }, { 'a 1.0.0': { b: '*' }, 'b 1.0.0': { prybar: '>=9' } }), /a 1\.0\.0 → b 1\.0\.0 needs Prybar >=9, and this is 0\.1\.0/);
  });
  it('may need one another', () => assert.equal(solved({ a: '*' }, { 'a 1.0.0': { b: '^1' }, 'b 1.0.0': { a: '^1' } }), 'a 1.0.0, b 1.0.0'));
});

describe('migrations', () => {
  const migration = (from: string, to: string, parts: Partial<Migration> = {}): Migration => ({
    file: `x/migrations/${from}-to-${to}.yml`,
    from,
    to,
    attributes: [],
    roles: [],
    examples: [],
    ...parts,
  });
  const moved = (attributes: Record<string, unknown>, steps: Migration['attributes']): unknown =>
    value(applyMigration({ attributes, roles: {} }, migration('1', '2.0.0', { attributes: steps }))).attributes;

  it('rename, remove, set and map', () => {
    assert.deepEqual(moved({ a: 1 }, [{ rename: '/a', to: '/b/c' }]), { b: { c: 1 } });
    assert.deepEqual(moved({ a: 1, b: 2 }, [{ remove: '/a' }]), { b: 2 });
    assert.deepEqual(
      moved({ a: 1 }, [
        { set: '/a', value: 2 },
        { set: '/b', value: 3 },
      ]),
      { a: 1, b: 3 },
    );
    assert.deepEqual(moved({ minutes: 2 }, [{ set: '/seconds', from: 'attributes.minutes * 60' }, { remove: '/minutes' }]), { seconds: 120 });
    assert.deepEqual(
      moved({ mode: 'own', other: 'x' }, [
        { map: '/mode', values: { own: 'server' } },
        { map: '/other', values: { own: 'server' } },
      ]),
      { mode: 'server', other: 'x' },
    );
  });
  it('reach into lists and mappings', () => {
    assert.deepEqual(moved({ list: [{ host: 'a' }, { host: 'b' }] }, [{ rename: '/list/*/host', to: '/list/*/name' }]), {
      list: [{ name: 'a' }, { name: 'b' }],
    });
    assert.deepEqual(moved({ map: { x: { old: 1 }, y: {} } }, [{ remove: '/map/*/old' }, { set: '/map/*/fresh', value: true }]), {
      map: { x: { fresh: true }, y: { fresh: true } },
    });
    assert.deepEqual(moved({ list: ['a', 'b'] }, [{ map: '/list/*', values: { b: 'c' } }]), { list: ['a', 'c'] });
  });
  it('leave alone what is not there, and what others share', () => {
    const before = { attributes: { a: { b: 1 } }, roles: {} };
    assert.deepEqual(moved({}, [{ rename: '/a', to: '/b' }, { remove: '/c/d' }, { map: '/e', values: {} }]), {});
    value(applyMigration(before, migration('1', '2.0.0', { attributes: [{ set: '/a/b', value: 2, replace: true }] })));
    assert.deepEqual(before.attributes, { a: { b: 1 } });
    moved({}, [{ set: '/__proto__/polluted', value: 1 }]);
    assert.equal(({} as { polluted?: number }).polluted, undefined);
  });
  it('follow one another, each as small a step as there is', () => {
    const all = [migration('1.0', '1.5.0'), migration('1', '2.0.0'), migration('2', '3.0.0'), migration('3', '4.0.0')];
    assert.deepEqual(
      pathFrom(all, '1.0.2', '3.1.0').map((m) => m.to),
      ['1.5.0', '2.0.0', '3.0.0'],
    );
    assert.deepEqual(
      pathFrom(all, '1.7.0', '2.0.0').map((m) => m.to),
      ['2.0.0'],
    );
    assert.deepEqual(pathFrom(all, '3.0.0', '3.9.0'), []);
    assert.deepEqual(
      value(
        migrate(
          { attributes: {}, roles: { old: ['n1'], gone: ['n2'] } },
          [migration('1', '2.0.0', { roles: [{ rename: 'old', to: 'new' }, { remove: 'gone' }] })],
          '1.0.0',
          '2.0.0',
        ),
      ).body.roles,
      { new: ['n1'] },
    );
  });
});

describe('patterns of schemas', () => {
  it('that could hang are refused or run in linear time', async () => {
    const { checkAgainst } = await import('../../core/schema.ts');
    assert.match(patternProblem('^(?!x)') ?? '', /linear time/);
    assert.match(patternProblem('(a)\\1') ?? '', /linear time/);
    assert.match(patternProblem('(') ?? '', /no regular expression/);
    for (const pattern of ['^(a+)+$', '^(a|aa)+$', '^([a-zA-Z]+)*$', '^(.*a){20}$']) {
      const started = Date.now();
      checkAgainst({ type: 'string', pattern }, `${'a'.repeat(5000)}!`);
      assert(Date.now() - started < 2000, pattern);
    }
  });
});
