// How another program of the admin node gets to a node as root: `here` when it is the admin node itself, else by SSH.

export type Reach = 'here' | SshReach;

export type SshReach = {
  host: string;
  port: number;
  /** The pinned one, `ssh-ed25519 AAAA…`. */
  hostKey: string;
  /** The admin's, OpenSSH format: a secret. */
  privateKey: string;
  /** Words before a command that is to run in the node's network (`ip netns exec rack`); empty where that is this machine's own. */
  inside: readonly string[];
};
