// Processor architectures that machines may have, as Debian names them, and what others call them.

export type Architecture = 'amd64' | 'arm64';

/** As the kernel names them, which is what an inventory holds (uname(2), machine). */
export const architectureOf: Readonly<Record<string, Architecture>> = { x86_64: 'amd64', aarch64: 'arm64' };
