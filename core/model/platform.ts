// Operating systems by the names barclamps use, and the families recipes care about.

export type Platform = 'debian-12' | 'ubuntu-24.04' | 'rocky-9';
export type PlatformFamily = 'debian' | 'rpm';

export const platforms: readonly Platform[] = ['debian-12', 'ubuntu-24.04', 'rocky-9'];

export const familyOf = (platform: string): PlatformFamily => (/^(debian|ubuntu)/.test(platform) ? 'debian' : 'rpm');
