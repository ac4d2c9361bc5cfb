// The kinds of fact the store keeps, by name. Adding a kind is adding a line here.

import type { InstalledBarclamp, TrustedKey } from '../model/barclamp.ts';
import type { Baseline, HardwareReading } from '../model/baseline.ts';
import type { Certificate } from '../model/certificate.ts';
import type { Caller, Invitation } from '../model/home.ts';
import type { FirmwareFile, FirmwareReading, FirmwareUpdate } from '../model/firmware.ts';
import type { Image } from '../model/image.ts';
import type { BootEvidence } from '../model/measured-boot.ts';
import type { BmcContact, HandRequest } from '../model/bmc.ts';
import type { ApprovalRule, BmcAccess, BootOrder, Capturing, Installing, Node } from '../model/node.ts';
import type { AddressCheck } from '../model/lease.ts';
import type { AdminSite, Network, NetworkCheck } from '../model/network.ts';
import type { NetworkVerification } from '../model/verification.ts';
import type { OpenIdSettings } from '../model/open-id.ts';
import type { Tenant, User } from '../model/principal.ts';
import type { Order } from '../model/order.ts';
import type { Refusal } from '../model/refusal.ts';
import type { SecretRotation } from '../model/secret.ts';
import type { Deployment, Proposal, SavedDraft } from '../model/proposal.ts';
import type { Activity, Cancellation, Retry, Sighting } from '../model/progress.ts';
import type { Delivery, ToldNode, Webhook } from '../model/webhook.ts';
import type { CheckRequest, Drift, Health } from '../model/watch.ts';

export type Facts = {
  node: Node;
  deployment: Deployment;
  proposal: Proposal;
  /** By `proposal@revision`: the last drafts, so that two editors can be told what the other changed. */
  draft: SavedDraft;
  /** By name: those installed from packages. */
  barclamp: InstalledBarclamp;
  trustedKey: TrustedKey;
  /** By digest. */
  image: Image;
  /** By `node id@time of retirement`: what outlives the machines that are gone. */
  certificate: Certificate;
  approvalRule: ApprovalRule;
  bmcAccess: BmcAccess;
  /** By node id. */
  bmcContact: BmcContact;
  /** By node id. */
  handRequest: HandRequest;
  /** By node id. */
  hardwareReading: HardwareReading;
  /** By node id, or by shape. */
  baseline: Baseline;
  /** By node id. */
  firmwareReading: FirmwareReading;
  /** By node id, while it goes on. */
  firmwareUpdate: FirmwareUpdate;
  /** By digest. */
  firmwareFile: FirmwareFile;
  /** By node id. */
  bootOrder: BootOrder;
  /** By node id. */
  installing: Installing;
  /** By node id, of machines with a TPM. */
  bootEvidence: BootEvidence;
  /** By node id. */
  capturing: Capturing;
  network: Network;
  /** By name of the network: the last time somebody looked who answers there. */
  networkCheck: NetworkCheck;
  /** By name of the network: who answered at its addresses when they were asked last. */
  addressCheck: AddressCheck;
  /** By id of the network: what was found when machines tried it last. */
  networkVerification: NetworkVerification;
  /** The one with id `admin`. */
  site: AdminSite;
  /** By MAC. */
  sighting: Sighting;
  /** By its own id, `door address`. */
  refusal: Refusal;
  activity: Activity;
  /** A person asked for another attempt: by node-role key. */
  retry: Retry;
  /** By run id. */
  cancellation: Cancellation;
  /** By node-role key, as are the next two. */
  health: Health;
  drift: Drift;
  /** A person wants to know about drift now. */
  check: CheckRequest;
  /** By secret id: how often it was replaced. */
  secretRotation: SecretRotation;
  /** By name. */
  user: User;
  /** By the name of the user: how the passphrase is known again, which it cannot be read from. */
  passphrase: { hash: string; at: number };
  /** By name. */
  tenant: Tenant;
  /** The one with id `site`. */
  openId: OpenIdSettings;
  order: Order;
  /** By its key. */
  caller: Caller;
  invitation: Invitation;
  /** By name. */
  webhook: Webhook;
  /** By its own id: what is told to one receiver, and what became of it. */
  delivery: Delivery;
  /** By node id: how it stood when that was told last. */
  told: ToldNode & { id: string };
  /** Encrypted; see secrets.ts. */
  secret: { sealed: string };
};
export type FactKind = keyof Facts;
