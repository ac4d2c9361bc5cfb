import assert from 'node:assert/strict';
import { billOfMaterials, packagesIn } from './sbom.ts';

const status = `Package: zlib1g
Status: install ok installed
Maintainer: Mark Brown <broonie@debian.org>
Architecture: amd64
Source: zlib (1:1.2.13.dfsg-1)
Version: 1:1.2.13.dfsg-1+b1
Description: compression library
 Version: 9 is not its version

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: apt
Status: install ok installed
Maintainer: APT Development Team <deity@lists.debian.org>
Architecture: amd64
Version: 2.6.1
`;

describe('bill of materials', () => {
  const packages = packagesIn(status);

  it('takes what is installed, with the source that advisories name', () => {
    assert.deepEqual(
      packages.map(({ name, version, source, sourceVersion }) => [name, version, source, sourceVersion]),
      [
        ['apt', '2.6.1', 'apt', '2.6.1'],
        ['zlib1g', '1:1.2.13.dfsg-1+b1', 'zlib', '1:1.2.13.dfsg-1'],
      ],
    );
  });

  it('names each package by its URL, and ties it to the image', () => {
    const image = { name: 'debian-12', version: '12.1-a', digest: 'd'.repeat(64), rawDigest: 'e'.repeat(64), origin: 'Built from: deb x' };
    const document = billOfMaterials(image, packages, 0) as {
      creationInfo: { created: string };
      packages: { SPDXID: string; externalRefs?: { referenceLocator: string }[] }[];
      relationships: { relatedSpdxElement: string }[];
    };
    assert.equal(document.creationInfo.created, '1970-01-01T00:00:00Z');
    assert.deepEqual(
      document.packages.flatMap((found) => found.externalRefs ?? []).map(({ referenceLocator }) => referenceLocator),
      ['pkg:deb/debian/apt@2.6.1?arch=amd64&distro=debian-12', 'pkg:deb/debian/zlib1g@1%3A1.2.13.dfsg-1%2Bb1?arch=amd64&distro=debian-12'],
    );
    const ids = document.packages.slice(1).map(({ SPDXID }) => SPDXID);
    assert.deepEqual(
      document.relationships.map(({ relatedSpdxElement }) => relatedSpdxElement),
      ids,
    );
  });
});
