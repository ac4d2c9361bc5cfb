// The pages of the navigation, in its order, with the words that they are also looked for by.

export const pages = [
  { path: '/', word: 'Rack', also: 'machines home approve' },
  { path: '/health', word: 'Health', also: 'not working drifted probes alerts' },
  { path: '/plan', word: 'Plan', also: 'node-roles graph why' },
  { path: '/runs', word: 'Runs', also: 'logs history failed' },
  { path: '/deployments', word: 'Deployments', also: 'proposals' },
  { path: '/orders', word: 'Orders', also: 'servers order give back' },
  { path: '/barclamps', word: 'Barclamps', also: 'catalogue roles settings' },
  { path: '/network', word: 'Network', also: 'addresses leases switch ports lldp dhcp who answers verification vlan mtu callers strangers turned away' },
  { path: '/hardware', word: 'Hardware', also: 'firmware versions baseline differences' },
  { path: '/images', word: 'Images', also: 'operating systems certificates' },
  { path: '/secrets', word: 'Secrets', also: 'passwords keys rotate' },
  { path: '/activity', word: 'Activity', also: 'audit log who changed' },
  { path: '/settings', word: 'Settings', also: 'users tokens sessions passphrase https tenants openid webhooks backup' },
];
