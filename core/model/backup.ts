// A backup that lies on the admin node.

export type Backup = {
  name: string;
  /** Of which moment it is, Unix ms. */
  at: number;
  bytes: number;
  /** Only the key that it was made for opens it. */
  sealed: boolean;
};
