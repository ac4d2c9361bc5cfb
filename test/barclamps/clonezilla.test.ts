// A disk in Clonezilla's format, made by partclone and sfdisk, through the catalogue onto a larger one, by the programs that os-install ships to
// machines. With ocs-sr itself, which takes minutes: `npm run soak -- clonezilla`.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { digestOfPieces } from '../../core/images/images.ts';
import type { Image } from '../../core/model/image.ts';
import { assertRestored, diskLacks, SavedDisk } from '../saved-disk.ts';
import { skipWhere } from '../skip-where.ts';

describe('a disk that Clonezilla saved', function () {
  this.timeout(120_000);
  const saved = new SavedDisk();
  let source: string;
  let folder: string;
  let image: Image;

  before(async function () {
    skipWhere(this, diskLacks());
    await saved.open();
    source = saved.makeSource();
    folder = saved.saveByHand(source, 'zst');
  });
  after(() => saved.close());

  it('is refused with every reason, and nothing of it is kept', async () => {
    const refused = async (what: RegExp): Promise<void> => {
      const begun = await saved.imports.begin({ folder, name: 'golden', platform: 'debian-12', by: 'ann' });
      assert.ok(!begun.ok);
      assert.match(begun.problems.map(({ summary }) => summary).join('\n'), what);
    };
    const odd = path.join(folder, 'sda5.ext4-ptcl-img.gz.aa');
    symlinkSync('/etc/shadow', odd);
    await refused(/^"sda5\.ext4-ptcl-img\.gz\.aa" is no file\.$/);
    rmSync(odd);
    const strange = path.join(folder, 'x;reboot');
    writeFileSync(strange, '');
    await refused(/^No file of Clonezilla's is called "x;reboot"\.$/);
    rmSync(strange);
    assert.ok(!existsSync(saved.at('kept')) || !readdirSync(saved.at('kept')).length);
    assert.ok(!(await saved.imports.begin({ folder: `${folder}/nowhere`, name: 'golden', platform: 'debian-12', by: 'ann' })).ok);
  });

  it('is one file in the catalogue, under a digest of all that is said of it', async () => {
    image = await saved.import(folder);
    assert.equal(image.digest, digestOfPieces(image.pieces!));
    assert.deepEqual(
      image.pieces!.pieces.map(({ to }) => to),
      ['mbr', 1, 2, 4],
    );
    assert.equal(readFileSync(image.file).length, image.bytes);
    assert.equal(image.rawBytes % 2 ** 20, 0);
  });

  it('is restored, grown, and reports', async () => {
    const target = saved.disk('target', 260);
    const { status, said } = await saved.restore(image, target);
    assert.equal(status, 0, said);
    assert.match(said, /^partition 4 \(ext4\): \d+ MiB restored in \d+ s$/m);
    assertRestored(saved, source, target, said);
  });

  it('fails where a piece is not what it was, and the disk says that it is not done', async () => {
    const target = saved.disk('again', 200);
    const [mbr] = image.pieces!.pieces;
    const wrong = { ...image, pieces: { ...image.pieces!, pieces: [{ ...mbr!, sha256: '0'.repeat(64) }] } };
    const { status, said } = await saved.restore(wrong, target, ['restore']);
    assert.equal(status, 1, said);
    assert.match(said, /the image could not be restored from/);
    assert.match(
      readFileSync(saved.at('again'))
        .subarray(192 << 20, (192 << 20) + 17)
        .toString(),
      /^prybar-installing$/,
    );
  });
});
