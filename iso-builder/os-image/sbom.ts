// What is in an image, as a bill of materials that scanners read: SPDX 2.3 (ISO/IEC 5962), one entry a Debian package.

export type InstalledPackage = {
  name: string;
  version: string;
  architecture: string;
  /** Source package and its version: what security advisories name. */
  source: string;
  sourceVersion: string;
  maintainer: string;
};

/** The packages that are installed, by name, from dpkg's status file (deb-control(5)). */
export function packagesIn(status: string): InstalledPackage[] {
  return status
    .split(/\n\n+/)
    .map((paragraph) => (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(paragraph)?.[1] ?? '')
    .filter((field) => field('Status') === 'install ok installed')
    .map((field) => {
      const [, source, sourceVersion] = /^(\S+)(?: \((\S+)\))?$/.exec(field('Source')) ?? [];
      return {
        name: field('Package'),
        version: field('Version'),
        architecture: field('Architecture'),
        source: source ?? field('Package'),
        sourceVersion: sourceVersion ?? field('Version'),
        maintainer: field('Maintainer'),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

type Described = { name: string; version: string; digest: string; rawDigest: string; origin: string };

/** `at` is when it was made, Unix ms. */
export function billOfMaterials(image: Described, packages: readonly InstalledPackage[], at: number): Record<string, unknown> {
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `${image.name} ${image.version}`,
    documentNamespace: `https://spdx.org/spdxdocs/${image.name}-${image.digest}`,
    creationInfo: { created: `${new Date(at).toISOString().slice(0, 19)}Z`, creators: ['Tool: prybar-os-image'] },
    documentDescribes: ['SPDXRef-image'],
    packages: [
      {
        SPDXID: 'SPDXRef-image',
        name: image.name,
        versionInfo: image.version,
        primaryPackagePurpose: 'OPERATING-SYSTEM',
        downloadLocation: 'NOASSERTION',
        filesAnalyzed: false,
        checksums: [{ algorithm: 'SHA256', checksumValue: image.digest }],
        comment: `Unpacked: SHA-256 ${image.rawDigest}. ${image.origin}`,
      },
      ...packages.map((found, index) => ({
        SPDXID: `SPDXRef-package-${index + 1}`,
        name: found.name,
        versionInfo: found.version,
        supplier: `Organization: ${found.maintainer}`,
        downloadLocation: 'NOASSERTION',
        filesAnalyzed: false,
        sourceInfo: `built from: ${found.source} ${found.sourceVersion}`,
        externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purlOf(found) }],
      })),
    ],
    relationships: packages.map((_, index) => ({
      spdxElementId: 'SPDXRef-image',
      relationshipType: 'CONTAINS',
      relatedSpdxElement: `SPDXRef-package-${index + 1}`,
    })),
  };
}

/** Package URL (ECMA-427): versions may hold `+`, `:` and `~`. */
const purlOf = ({ name, version, architecture }: InstalledPackage): string =>
  `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}&distro=debian-12`;
