// What the resources that make something of disks have in common.

export const device = { type: 'string', pattern: '^/dev/[^\\s]+$', description: 'Block device, by a name that stays: /dev/disk/by-id/….' };
export const wipe = { type: 'boolean', default: false, description: 'Use it even if it holds data, which is then lost.' };
export const size = { type: 'string', pattern: '^[0-9]+[MGT]$', description: 'With M, G or T for 2^20, 2^30 or 2^40 bytes.' };
