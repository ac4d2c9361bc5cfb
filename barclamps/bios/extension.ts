import type { Extension } from 'prybar/extension';

// By what the roles of other barclamps are called: a policy follows from what a machine is to be.
const policies: [role: string, fits: RegExp][] = [
  ['bios-virtualization', /(^|-)(compute|hypervisor|kvm|libvirt)(-|$)/],
  ['bios-hadoop', /(^|-)(hadoop|hdfs|datanode|nodemanager|yarn|spark)(-|$)/],
  ['bios-storage', /(^|-)(osd|storage|swift|object|gluster|minio)(-|$)/],
  ['bios-database', /(^|-)(database|postgresql|mariadb|cassandra)(-|$)/],
];

export const extension: Extension = {
  // A machine gets one policy: the first of the list that fits any of its roles.
  suggestNodes({ roleNodes }) {
    const taken = new Set<string>();
    const found: Record<string, string[]> = {};
    for (const [policy, fits] of policies) {
      const names = Object.entries(roleNodes)
        .filter(([role]) => fits.test(role) && !role.startsWith('bios-'))
        .flatMap(([, nodes]) => nodes.map(({ name }) => name))
        .filter((name) => !taken.has(name));
      for (const name of names) taken.add(name);
      if (names.length) found[policy] = [...new Set(names)].sort();
    }
    return found;
  },

  validateProposal({ attributes }) {
    const { policies: wanted, names } = attributes as { policies: Record<string, Record<string, string>>; names: { settings: Record<string, unknown> }[] };
    const known = new Set(names.flatMap(({ settings }) => Object.keys(settings)));
    return Object.entries(wanted).flatMap(([policy, settings]) =>
      Object.keys(settings)
        .filter((setting) => !known.has(setting))
        .map((setting) => ({
          severity: 'warning' as const,
          summary: `No vendor is known to call anything ${setting}.`,
          where: { pointer: `/attributes/policies/${policy}/${setting}` },
          next: 'Say under names: what it is called, or take it away.',
        })),
    );
  },
};
