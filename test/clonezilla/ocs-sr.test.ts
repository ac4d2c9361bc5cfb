// A disk that Debian's own Clonezilla has saved: what ocs-sr writes is the truth about its format. Imported and restored as in
// test/barclamps/clonezilla.test.ts. Minutes: `npm run soak -- clonezilla`.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { assertRestored, diskLacks, saveByClonezilla, SavedDisk } from '../saved-disk.ts';
import { skipWhere } from '../skip-where.ts';

describe('a disk that ocs-sr saved', function () {
  this.timeout(20 * 60_000);
  const saved = new SavedDisk();

  before(async function () {
    skipWhere(this, diskLacks('ocs-sr', 'parted', 'bc'));
    await saved.open();
  });
  after(() => saved.close());

  it('has the files that are made by hand for the quick test, and is restored and grown', async () => {
    const source = saved.makeSource();
    const home = saved.at('partimag');
    mkdirSync(home);
    const disk = path.basename(source);
    // In parts of 4 MB.
    const folder = await saveByClonezilla(source, home, 'golden', '-z1', '-i', '4');
    const files = readdirSync(folder);
    const byHand = readdirSync(saved.saveByHand(source, 'gz', disk));
    const names = (all: readonly string[]): string[] =>
      all
        .filter((name) => /^(disk|parts)$|ptcl-img|-pt\.sf$|-mbr$|swappt/.test(name))
        .map((name) => name.replaceAll(`${disk}p`, disk))
        .sort();
    assert.deepEqual(names(byHand), names(files));

    const image = await saved.import(folder);
    const target = saved.disk('target', 260);
    const { status, said } = await saved.restore(image, target);
    assert.equal(status, 0, said);
    assertRestored(saved, source, target, said);
  });
});
