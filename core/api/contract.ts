// What people and programs may ask of the admin node, in one table: each route with the schemas of what goes in and comes out.
// It validates requests, becomes the OpenAPI document, and types the CLI and the web UI. Handlers are in the files beside it.

import { type Static, type TSchema, Type } from 'typebox';
import type { Backup } from '../model/backup.ts';
import type { FileAnswer } from './file-answer.ts';
import type { AuditCheck, AuditRecord } from '../model/audit.ts';
import type { BmcEvent, BmcIdentity, BmcProtocol, HandRequest, Sensor } from '../model/bmc.ts';
import type { Baseline, Difference } from '../model/baseline.ts';
import type { FirmwareFile, FirmwareUpdate, Judged } from '../model/firmware.ts';
import type { Compared } from '../model/measurement.ts';
import type { AuthorsLint, Barclamp, TrustedKey } from '../model/barclamp.ts';
import type { BootEvidence } from '../model/measured-boot.ts';
import type { Happening } from '../model/happening.ts';
import type { Caller, CallerState, Invitation } from '../model/home.ts';
import type { Image } from '../model/image.ts';
import type { Certificate, Erasure } from '../model/certificate.ts';
import type { Deployment, Proposal, ProposalBody, ProposalCommit } from '../model/proposal.ts';
import type { Network, NetworkCheck, NetworkInterface } from '../model/network.ts';
import type { ApprovalRule, Node, Revised } from '../model/node.ts';
import type { Choice, ForecastView, NodeRoleState, PlanMoments, PlanSummary, PlanView } from '../model/plan.ts';
import type { Run, RunEvent, RunMode } from '../model/run.ts';
import type { OpenIdSettings } from '../model/open-id.ts';
import type { Permission, Role, Tenant, User } from '../model/principal.ts';
import type { Problem } from '../model/problem.ts';
import type { Refusal } from '../model/refusal.ts';
import type { SecretRequest } from '../model/secret.ts';
import type { Activity, Sighting } from '../model/progress.ts';
import { DURATION } from '../model/duration.ts';
import { RECIPIENT } from '../model/recipient.ts';
import type { Drift, Health } from '../model/watch.ts';
import type { AddressCheck, Lease } from '../model/lease.ts';
import type { CheckName, CheckState, MachineFinding } from '../model/verification.ts';
import type { Order, OrderedServer, OrderState } from '../model/order.ts';
import { type Attempt, type Delivery, eventKinds, type Webhook } from '../model/webhook.ts';

/** A response whose TypeScript type is `T`; the schema describes what matters to a reader of the OpenAPI document. */
const shaped = <T>(description: string, schema: TSchema = Type.Object({}, { additionalProperties: true })) => Type.Unsafe<T>({ ...schema, description });
const listOf = <T>(description: string) => shaped<T[]>(description, Type.Array(Type.Object({}, { additionalProperties: true })));

const Id = Type.String({ minLength: 1, maxLength: 300 });
const NAME = '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$';
const Name = Type.String({ pattern: NAME, description: 'A DNS label: lower-case letters, digits, inner hyphens.' });
const UserName = Type.String({ pattern: '^[a-z0-9][a-z0-9._@-]{0,63}$', description: 'Lower-case letters, digits, and ._@- within.' });
// The format says that it is never shown, logged or kept as it is.
const Passphrase = Type.String({ minLength: 1, maxLength: 300, format: 'password' });
const RoleSchema = Type.Unsafe<Role>({ enum: ['viewer', 'operator', 'admin'] });
// RFC 6749, 3.3.
const Scope = Type.String({ pattern: '^[!#-\\[\\]-~]{1,100}$' });
const Revision = Type.Integer({ minimum: 0, description: 'The revision that the change is based on, as read.' });
const None = Type.Object({}, { additionalProperties: false });
const PastTime = Type.Optional(Type.Integer({ minimum: 0, description: 'As it was at that moment, Unix ms; absent: as it is.' }));

export const Selector = Type.Union([
  Type.Array(Type.String({ minLength: 1 }), { description: 'Node names.' }),
  Type.Object(
    {
      pool: Type.Optional(Type.String()),
      count: Type.Optional(Type.Union([Type.Integer({ minimum: 0 }), Type.Literal('all')])),
      where: Type.Optional(Type.String({ maxLength: 1000, description: 'Condition, as memory >= 64GiB and disks.ssd >= 2.' })),
    },
    { additionalProperties: false, description: 'So many nodes of a pool, chosen by the planner and kept once chosen.' },
  ),
]);
export const ProposalBodySchema = Type.Object(
  { attributes: Type.Record(Type.String(), Type.Unknown()), roles: Type.Record(Type.String(), Selector) },
  { additionalProperties: false },
);

const runFilter = {
  node: Type.Optional(Id),
  role: Type.Optional(Id),
  deployment: Type.Optional(Id),
  outcome: Type.Optional(
    Type.Unsafe<NonNullable<Run['outcome']> | 'running'>({ enum: ['done', 'failed', 'notYet', 'lost', 'interrupted', 'cancelled', 'running'] }),
  ),
  since: Type.Optional(Type.Integer({ minimum: 0, description: 'Started then or later, Unix ms.' })),
  until: Type.Optional(Type.Integer({ minimum: 0, description: 'Started then or earlier, Unix ms.' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
};

export type SessionView = {
  user: string;
  role: Role;
  tenant?: string;
  /** It has a passphrase that it can change. */
  passphrase: boolean;
  /** Nobody but the console can sign in yet: the first user is to be made. */
  firstUser: boolean;
  /** Routes that change something and that it may use. */
  acts: string[];
};
export type SignInView = {
  /** There are users with passphrases. */ passphrase: boolean /** Also through a provider: GET /api/v1/openid/begin. */;
  openId?: { label: string };
};
/** `secret`: whether the client has one. */
export type OpenIdView = Revised<OpenIdSettings> & { secret: boolean };
/** What trying a provider has shown: `good` in words, `problems` with what to do. */
export type OpenIdTrial = { good: string[]; problems: Problem[] };
/** Of what is served over HTTPS: `url` is absent when it is not served so. `fingerprint`: SHA-256, as browsers show it. */
export type AuthorityView = { pem: string; fingerprint: string; url?: string };
export type OpenSessionView = {
  id: string;
  user: string;
  how: 'link' | 'passphrase' | 'openid';
  address: string;
  /** The browser, as it calls itself. */
  agent: string;
  /** Times in Unix ms. */
  beganAt: number;
  lastAt: number;
  endsAt: number;
  /** The one that asks. */
  own: boolean;
};
export type UserView = Revised<User> & { passphrase: boolean };
export type TokenView = {
  id: string;
  name: string;
  /** Who made it. */
  owner: string;
  role: Role;
  scopes: string[];
  tenant?: string;
  /** Times in Unix ms. */
  madeAt: number;
  expiresAt: number;
  /** To the minute; absent until it is used. */
  lastAt?: number;
};

export type LabMachine = { name: string; serial: string; mac: string; powered: boolean; bmc: string; console: string };
/** A machine that is installed already. `address` is the one in the rack. */
export type LabContainer = { name: string; serial: string; container: string; running: boolean; address?: string };
export type LabView = { running: boolean; machines: LabMachine[]; containers: LabContainer[] /** What runs the containers. */; engine?: string };
/** How many of each, at least; what is absent is as the settings say, or stays as it is. */
export type LabWish = { machines?: number; containers?: number /** Of new containers. */; pool?: string };

export type NodeView = Revised<Node> & {
  /** How its BMC is reached; absent where no access is known, so that it must be switched by hand. */
  bmc?: {
    /** The one that is forced, or that answered last; absent while nobody has asked it. */
    protocol?: BmcProtocol;
    address: string;
    port?: number;
    user: string;
  };
  /** What somebody is asked to do to it by hand. */
  request?: Pick<HandRequest, 'action' | 'at'>;
  /** Node-roles of it by state. */
  totals: Partial<Record<NodeRoleState, number>>;
};
/** What a machine is made of, against what was accepted. */
export type BaselineView = {
  /** What it is held against; absent where nothing was accepted yet. */
  accepted?: Pick<Baseline, 'scope' | 'nodeName' | 'at' | 'by'>;
  /** Each with the words for it. */
  differences: (Difference & { text: string })[];
  /** When its board controller last told versions and settings, Unix ms; absent where it never did. */
  readAt?: number;
  /** Which machines accepting for all like it would speak for. */
  shape?: { name: string; nodes: string[] };
};
/** A machine whose hardware is not as it was accepted, or of which nothing was accepted although it is looked after. */
export type BaselineSummary = { id: string; name: string; shape?: string; accepted: boolean; differences: string[] };
/** The firmware of a machine. */
export type FirmwareView = {
  /** When its controller last told, Unix ms; absent where it never did. */
  readAt?: number;
  /** A role holds it against what is accepted. */
  watched: boolean;
  parts: (Omit<Judged, 'rule'> & { accept?: string[]; bring?: string })[];
  /** One that goes on. */
  update?: Pick<FirmwareUpdate, 'part' | 'from' | 'to' | 'stage' | 'at'> & { restarted?: number };
};
/** Which components have which versions, by make and model of the machines. Machines by name. */
export type FirmwareMatrixView = {
  rows: {
    /** Make and model. */
    shape: string;
    component: string;
    /** The newest first, as far as that is known; one version stands twice where machines are held against other rules. */
    versions: {
      version: string;
      verdict: Judged['verdict'];
      count: number /** A few of them, or all where a component was asked for. */;
      machines: string[];
    }[];
  }[];
  /** Of how many machines something is known, and of how many the controller told it. */
  known: number;
  told: number;
  /** How many a role holds against what is accepted. */
  watched: number;
};
/** `usedBy`: proposals that name it, by id. */
export type FirmwareFileView = Revised<FirmwareFile> & { usedBy: string[] };
/** Hardware that machines have in common. Sizes in bytes, speed of the fastest port in Mbit/s; disks without those that can be taken out. */
export type RackShape = {
  cpus: number;
  cores: number;
  architecture: string;
  memory: number;
  disks: { ssd: number; hdd: number; nvme: number };
  diskBytes: number;
  nics: number;
  speed: number;
  firmware: 'bios' | 'uefi';
  vendor?: string;
  product?: string;
};
export type RackPlacement = { deployment: string; role: string }[];
/** A machine in the rack view: what it is shown, grouped and filtered by. */
export type RackMachine = Pick<Node, 'id' | 'name' | 'macs' | 'serial' | 'pool' | 'rack' | 'approved' | 'contact' | 'contactAt' | 'maintenance' | 'tenant'> & {
  addresses?: Record<string, string>;
  /** It is the admin node. */
  local?: true;
  leaving?: true;
  system?: Pick<NonNullable<Node['system']>, 'kind' | 'platform'>;
  /** Its number in `shapes` of the answer; absent before it was discovered. */
  shape?: number;
  /** Which of its ports is in which port of a switch, by LLDP. */
  links?: { nic: string; switch: string; port: string }[];
  /** Node-roles of it by state. */
  totals: Partial<Record<NodeRoleState, number>>;
  /** Of its node-roles that are done: how many do not work, and how many somebody else has changed. */
  failing?: number;
  drifted?: number;
  /** What roles it has: its number in `placements` of the answer. */
  placement: number;
  /** A way to its BMC is known. */
  bmc?: true;
  /** What somebody is asked to do to it by hand. */
  request?: HandRequest['action'];
};
export type RackView = {
  /** Positions and numbers are of this start of the admin node. */
  epoch: string;
  seq: number;
  /** All machines, not only those that changed since the position asked from. */
  whole: boolean;
  /** Those that `machines` speaks of, by number. */
  shapes: Record<string, RackShape>;
  placements: Record<string, RackPlacement>;
  machines: RackMachine[];
  /** Ids of those that are gone. */
  left: string[];
};
/** `served`: the admin node gives out addresses, or did; else another server of the site does. */
export type LeasesView = {
  served: boolean;
  leases: (Lease & { /** The machine that it was leased to. */ node?: { id: string; name: string } /** Its BMC, and not itself. */; bmc?: true })[];
};
/** A network, and how far its range is used: `size` addresses, of which machines have `taken`. */
export type NetworkView = Revised<Network> & {
  size: number;
  taken: number;
  /** Of machines that were forgotten: theirs again should they come back, and others' when nothing else is left. */
  kept: string[];
  /** Nobody ever had them, or they were given back. */
  free: number;
  /** Machines in it are served now: by the virtual rack, or behind an interface. */
  served: boolean;
  /** Whether it gives out addresses itself, or only adds what to boot to the answers of another server. */
  dhcp: 'own' | 'proxy';
  /** Who answered when somebody looked last: as a DHCP server, and at its addresses. */
  check?: NetworkCheck;
  addressCheck?: AddressCheck;
};
/** `served`: machines behind it are. */
export type InterfaceView = NetworkInterface & { served: boolean };
/** A network, and what was found of it when it was tried last; `id` is its name or, in the settings of a deployment, `deployment.name`. */
export type VerifiedNetworkView = {
  id: string;
  name: string;
  /** In whose settings of the barclamp network it stands; absent: the site's own. */
  deployment?: string;
  cidr: string;
  vlan?: number;
  /** Most bytes of a packet, as it promises. */
  mtu: number;
  /** The conduit or interface by which it comes to machines. */
  through: string;
  settings: string;
  checks: {
    check: CheckName;
    state: CheckState | 'never';
    /** Unix ms; absent where nobody has looked yet. */
    at?: number;
    by?: string;
    /** By name; none where the network as a whole is asked. */
    machines: MachineFinding[];
    problems: Problem[];
    /** That it was tried with, where they are others by now. */
    settings?: string;
  }[];
};
/** `mac`: that leased the address; `node`: the machine with it. */
export type RefusalView = Refusal & { mac?: string; node?: { id: string; name: string } };
/** `served`: machines are served now; else none can be asked. */
export type VerificationView = { served: boolean; networks: VerifiedNetworkView[] };
/** What the burn-in of a machine measured, among all of its make and model. */
export type BurnInView = {
  /** Absent where it never ended well. */
  measured?: { at: number; results: Compared[]; skipped: { what: string; reason: string }[] };
  /** How many machines of its make and model were burnt in, with it. */
  machines: number;
};
/** What retiring a machine would undo and erase. */
export type RetirementView = {
  /** Node-roles that are undone, by key. */
  undone: string[];
  /** Erased, if asked for: `disk` is its stable name where it has one; sizes in bytes. */
  disks: { disk: string; size: number; model?: string; serial?: string }[];
  /** Can be taken out, and are left as they are. */
  left: string[];
  /** Why nothing can be erased on it. */
  cannotErase?: Problem;
};
/** Of giving a machine its system, or another one. */
export type InstallationView = {
  /** The one that would be lost. */
  installed?: { platform: string; at: number };
  /** Deployments that install it (`holds`), or that could. */
  places: { deployment: string; role: string; holds: boolean }[];
  /** Node-roles that are applied anew afterwards, by key; what they keep on its disks is lost. */
  lost: string[];
  /** One of them is written over; which one the settings say. */
  disks: string[];
  /** Why it cannot be installed. */
  cannot?: Problem;
  /** It runs the discovery image, so that somebody can look at its disks. */
  rescue: boolean;
};
/** A machine that could take another's place, and what the other has that it lacks, in words. */
export type CandidateView = { id: string; name: string; serial?: string; pool: string; lacks: string[] };
export type CertificateView = Certificate & {
  id: string;
  /** The signature fits the text. */
  signed: boolean;
  /** The disks that the text names. */
  erased: Erasure[];
};
export type ProposalView = Revised<Proposal> & { changed: boolean };
export type ProposalEditView = ProposalView & {
  schema: Record<string, unknown>;
  summary: string;
  /** With what limits who may take them. */
  roles: (Pick<Barclamp['roles'][string], 'name' | 'summary' | 'implicit' | 'runsOn' | 'conflictsWith'> & {
    nodes: { min?: number; max?: number; odd?: boolean };
  })[];
};
/** Machines for roles that have none yet; empty where the barclamp suggests none. */
export type SuggestionView = { roles: ProposalBody['roles']; problems: Problem[] };
export type BarclampView = {
  name: string;
  version: string;
  summary: string;
  roles: { name: string; summary: string }[];
  digest: string;
  needs: Barclamp['needs'];
  /** Whether it comes with this Prybar or was installed over it. */
  origin: 'shipped' | 'installed';
  installedAt?: number;
  /** Id of the trusted key that signed it; absent when it was let in unsigned. */
  signedBy?: string;
  /** Of one that was installed, where its author had it looked at. */
  lint?: AuthorsLint;
  /** Ids of the proposals that use it. */
  usedBy: string[];
};
/** With what its author says of it. */
export type BarclampDetailView = Omit<BarclampView, 'roles'> & {
  license: string;
  platforms: Barclamp['platforms'];
  roles: (Pick<Barclamp['roles'][string], 'name' | 'summary' | 'implicit' | 'runsOn' | 'requires' | 'waitsFor' | 'destructive' | 'once'> & {
    /** Names of what it publishes. */
    outputs: string[];
    /** Names of its secrets. */
    secrets: string[];
    milestone?: string;
    irreversible?: string;
  })[];
  /** Of its settings. */
  schema: Record<string, unknown>;
  /** Markdown. */
  readme?: string;
};
export type ImageView = Revised<Image> & {
  /** Its file is there: machines can be given it. */
  present: boolean;
  /** The signature fits the digest. */
  signed: boolean;
  /** Proposals by which machines are given it, by id. */
  usedBy: string[];
};
/** What an installation did: the version before, and proposals that were brought to the new one, with the migrations. */
export type InstalledView = Pick<BarclampView, 'name' | 'version' | 'signedBy' | 'lint' | 'usedBy'> & {
  from?: string;
  migrated: { proposal: string; by: string[] }[];
};
/** Never with its value. */
export type SecretView = {
  /** `deployment/barclamp/name` */
  id: string;
  kind: SecretRequest['declaration']['kind'];
  /** How often it was replaced. */
  rotation: number;
  rotatedAt?: number;
  /** Those that are given it. */
  roles: string[];
};
export type StatusView = {
  version: string;
  startedAt: number;
  nodes: { total: number; approved: number; up: number };
  totals: Record<NodeRoleState, number>;
  activities: Activity[];
  sightings: Sighting[];
  problems: Problem[];
  /** Every node-role is done and there is at least one outside the system deployment. */
  converged: boolean;
  seq: number;
};
/** Which machine stands for which, what it lacks of the other, and how settings differ, in words. */
export type CloneView = {
  pairs: { from: string; to: string; lacks: string[] }[];
  proposals: { barclamp: string; changes: string[] }[];
};
/** Settings of others in which two deployments change places. */
export type MoveView = { moves: { proposal: string; changes: string[] }[]; problems: Problem[] };
/** Whether all of a deployment is done and known to work: node-roles in words. */
export type TestView = {
  well: boolean;
  total: number;
  /** Not done. */
  open: string[];
  /** Done, and its probes fail or were not run yet. */
  unwell: string[];
};
export type OrderView = Omit<Revised<Order>, 'digest' | 'servers'> & {
  state: OrderState;
  servers: (OrderedServer & { addresses?: Record<string, string>; serial?: string /** Of SSH, to be pinned. */; hostKey?: string })[];
  /** Machines that are still missing, while it waits for them. */
  missing?: number;
  /** Why it is not ready. */
  problems: Problem[];
};
export type WebhookView = Revised<Webhook> & {
  /** Deliveries that are still to be made. */
  waiting: number;
  /** The latest attempt, whatever came of it. */
  last?: Attempt;
};
/** Where machines that were sent away call, and who signed its certificate; `url` is absent while they cannot (`--home`). */
export type HomeView = AuthorityView;
/** A machine that calls home. */
export type CallerView = Omit<Revised<Caller>, 'steps'> & {
  state: CallerState;
  /** What somebody should look at, in words. */
  concerns: string[];
  /** The machine of this site with its serial. */
  node?: { id: string; name: string };
};
export type InvitationView = Omit<Revised<Invitation>, 'hash'>;
/** What was found out about a node-role, with its key in words. */
export type WatchedView<T extends Health | Drift> = T & { deployment: string; role: string; nodeName: string };
export type Change = { seq: number; kind: string; id: string; revision: number; at: number };
/** A line that a run said, in the event `seq` of its log. */
export type RunHit = { run: Run; seq: number; at: number; line: string; resource?: string };
export type LoggedEvent = { seq: number; at: number; event: RunEvent };
/** What a draft would change: node-roles by key. */
export type PreviewView = {
  added: string[];
  removed: string[];
  changed: string[];
  unchanged: number;
  /** How machines were chosen where a number was asked for. */
  choices: Choice[];
  problems: Problem[];
  /** How long it would take, from commit. */
  forecast: ForecastView;
  /** What may be restarted or reloaded, by role: those of its recipe that react to changes. */
  restarts: { role: string; nodeNames: string[]; reactions: string[] }[];
  /** Roles elsewhere that read what the changed ones publish, and are done again if that changes. */
  mayFollow: string[];
};
/** What a node-role would do on its machine, by its recipe in check mode. */
export type CheckView = { key: string; mode: RunMode; resources: { name: string; diff?: string }[]; problem?: Problem };

/** `missing`: inputs that nobody has published yet. `secrets`: ids, never values. */
export type GivenView = { attributes: Record<string, unknown>; inputs: Record<string, unknown>; missing: string[]; secrets: string[] };

/** `at`: of a run, when it began. `text`: what happened, in words. */
export type HistoryEntry = (Happening & { text: string }) | { at: number; kind: 'run'; run: Run };

/** `does`: the act in words. */
export type AuditView = AuditRecord & { does: string };

export type { Activity, Sighting };

/** Who may use it, and what it takes and gives. `limit` is the size of a body that may be larger than usual, as bytes(1) of npm writes it. */
type Route = Permission & {
  summary: string;
  params?: TSchema;
  query?: TSchema;
  body?: TSchema;
  limit?: string;
  /** The body is a file as it is (application/octet-stream), and this says which. */
  file?: string;
  response: TSchema;
};

export const routes = {
  'GET /sign-in': { least: 'anyone', tenants: 'same', summary: 'In which ways one can sign in', response: shaped<SignInView>('The ways') },
  'POST /session': {
    least: 'anyone',
    tenants: 'same',
    summary: 'Sign in: with the code of a one-time link, or with a name and a passphrase; the answer sets a cookie',
    body: Type.Object(
      { code: Type.Optional(Type.String({ minLength: 8, maxLength: 200 })), user: Type.Optional(UserName), passphrase: Type.Optional(Passphrase) },
      { additionalProperties: false },
    ),
    response: shaped<SessionView>('Who is signed in'),
  },
  'GET /session': { least: 'anyone', tenants: 'same', summary: 'Who is signed in', response: shaped<SessionView>('Who is signed in') },
  'DELETE /session': { least: 'anyone', tenants: 'same', summary: 'Sign out', response: None },
  'PUT /session/passphrase': {
    least: 'viewer',
    tenants: 'same',
    people: true,
    summary: "Change one's own passphrase; the other sessions end",
    body: Type.Object(
      {
        current: Type.Optional(Type.String({ ...Passphrase, description: 'The present one; not needed in a session that a one-time link began.' })),
        passphrase: Passphrase,
      },
      { additionalProperties: false },
    ),
    response: None,
  },
  'GET /sessions': {
    least: 'viewer',
    tenants: 'same',
    people: true,
    summary: "One's own sessions, or for an admin those of everybody",
    query: Type.Object({ all: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
    response: listOf<OpenSessionView>('Sessions, newest first'),
  },
  'DELETE /sessions/:id': {
    least: 'viewer',
    tenants: 'same',
    people: true,
    summary: "End one of one's own sessions, or for an admin anybody's",
    params: Type.Object({ id: Id }),
    response: None,
  },
  'POST /sign-in-codes': {
    least: 'admin',
    tenants: 'refused',
    people: true,
    summary: 'Make a code for a one-time sign-in link',
    body: Type.Object(
      { user: Type.Optional(Type.String({ ...UserName, description: 'Whom it signs in; whoever sits at the console when absent, who may do everything.' })) },
      { additionalProperties: false },
    ),
    response: shaped<{ code: string }>('The code, good once and for a day'),
  },
  'GET /users': { least: 'admin', tenants: 'refused', summary: 'People who may sign in', response: listOf<UserView>('Users, by name') },
  'POST /users': {
    least: 'admin',
    tenants: 'refused',
    people: true,
    summary: 'Add a user; without a passphrase one who signs in by one-time link or OpenID Connect',
    body: Type.Object(
      { name: UserName, role: RoleSchema, tenant: Type.Optional(Name), passphrase: Type.Optional(Passphrase) },
      { additionalProperties: false },
    ),
    response: shaped<UserView>('The user'),
  },
  'PATCH /users/:name': {
    least: 'admin',
    tenants: 'refused',
    people: true,
    summary: 'Give a user another role or tenant, or switch it off and on',
    params: Type.Object({ name: Id }),
    body: Type.Object(
      { role: Type.Optional(RoleSchema), tenant: Type.Optional(Type.Union([Name, Type.Null()])), disabled: Type.Optional(Type.Boolean()) },
      { additionalProperties: false },
    ),
    response: shaped<UserView>('The user'),
  },
  'PUT /users/:name/passphrase': {
    least: 'admin',
    tenants: 'refused',
    people: true,
    summary: 'Give a user another passphrase; its sessions end',
    params: Type.Object({ name: Id }),
    body: Type.Object({ passphrase: Passphrase }, { additionalProperties: false }),
    response: None,
  },
  'GET /tokens': {
    least: 'viewer',
    tenants: 'same',
    people: true,
    summary: "One's own API tokens, or for an admin those of everybody",
    query: Type.Object({ all: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
    response: listOf<TokenView>('Tokens, newest first'),
  },
  'POST /tokens': {
    least: 'viewer',
    tenants: 'same',
    people: true,
    summary: 'Make an API token; its text is shown this once. It never may more than whoever made it',
    body: Type.Object(
      {
        name: Name,
        role: Type.Optional(RoleSchema),
        scopes: Type.Optional(
          Type.Array(Type.String({ pattern: '^(\\*|(\\*|[a-z-]{1,40}):(read|write))$' }), {
            minItems: 1,
            maxItems: 50,
            description: 'What it is narrowed to: the first word of the routes and whether they change something, as nodes:read, runs:write, *:read.',
          }),
        ),
        tenant: Type.Optional(Name),
        days: Type.Optional(Type.Integer({ minimum: 1, maximum: 3650, description: 'How long it is good; 90 unless told.' })),
      },
      { additionalProperties: false },
    ),
    response: shaped<TokenView & { text: string }>('The token with its text'),
  },
  'DELETE /tokens/:id': {
    least: 'viewer',
    tenants: 'same',
    people: true,
    summary: "Revoke one of one's own tokens, or for an admin anybody's",
    params: Type.Object({ id: Id }),
    response: None,
  },

  'GET /openid': {
    least: 'admin',
    tenants: 'refused',
    summary: 'How people sign in through OpenID Connect',
    response: shaped<OpenIdView>('The settings'),
  },
  'PUT /openid': {
    least: 'admin',
    tenants: 'refused',
    people: true,
    summary: 'Let people sign in through OpenID Connect; the provider must send them back to /api/v1/openid/callback',
    body: Type.Object(
      {
        issuer: Type.String({ format: 'uri', maxLength: 500 }),
        clientId: Type.String({ minLength: 1, maxLength: 300 }),
        clientSecret: Type.Optional(
          Type.String({
            minLength: 1,
            maxLength: 500,
            format: 'password',
            description: 'The one that is kept stays when absent, as long as it is for this issuer.',
          }),
        ),
        label: Type.Optional(Type.String({ minLength: 1, maxLength: 60, description: 'On the button of the sign-in page.' })),
        scopes: Type.Optional(Type.Array(Scope, { maxItems: 20, description: 'Beside openid; profile and email unless told.' })),
        roleClaim: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'Claim with the groups or roles of a person; groups unless told.' })),
        roles: Type.Record(Type.String(), RoleSchema, { description: 'Value of that claim → role here. Who has none is not let in.' }),
        tenantClaim: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'Claim with the name of a tenant, or site.' })),
      },
      { additionalProperties: false },
    ),
    response: shaped<OpenIdView>('The settings'),
  },
  'DELETE /openid': { least: 'admin', tenants: 'refused', people: true, summary: 'Let nobody sign in through OpenID Connect any more', response: None },
  'POST /openid/test': {
    looks: true,
    least: 'admin',
    tenants: 'refused',
    people: true,
    summary: 'Try a provider before it is kept: whether it answers, knows this admin node and the secret, and sends people back here',
    body: Type.Object(
      {
        issuer: Type.Optional(Type.String({ format: 'uri', maxLength: 500, description: 'The one that is kept when absent.' })),
        clientId: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
        clientSecret: Type.Optional(
          Type.String({ minLength: 1, maxLength: 500, format: 'password', description: 'When absent the one that is kept, if it is for this issuer.' }),
        ),
        scopes: Type.Optional(Type.Array(Scope, { maxItems: 20 })),
        redirect: Type.String({ format: 'uri', maxLength: 500, description: 'Where people shall come back to: the page, with /api/v1/openid/callback.' }),
      },
      { additionalProperties: false },
    ),
    response: shaped<OpenIdTrial>('What was found good, and what is wrong'),
  },

  'GET /certificate-authority': {
    least: 'viewer',
    tenants: 'same',
    summary: 'Who signed the certificate of the page over HTTPS, so that browsers can be told to trust it',
    response: shaped<AuthorityView>('The authority'),
  },

  'GET /tenants': {
    least: 'viewer',
    tenants: 'own',
    summary: 'Who shares this site; a tenant sees itself',
    response: listOf<Revised<Tenant>>('Tenants, by name'),
  },
  'POST /tenants': {
    least: 'admin',
    tenants: 'refused',
    summary: 'Begin a tenant: people who see and change only machines and deployments that are given to them',
    body: Type.Object({ name: Name, summary: Type.Optional(Type.String({ maxLength: 300 })) }, { additionalProperties: false }),
    response: shaped<Revised<Tenant>>('The tenant'),
  },
  'PATCH /tenants/:name': {
    least: 'admin',
    tenants: 'refused',
    summary: 'Give a tenant another name, which follows to all that belongs to it, or say who it is',
    params: Type.Object({ name: Id }),
    body: Type.Object({ name: Type.Optional(Name), summary: Type.Optional(Type.String({ maxLength: 300 })) }, { additionalProperties: false }),
    response: shaped<Revised<Tenant>>('The tenant'),
  },
  'DELETE /tenants/:name': {
    least: 'admin',
    tenants: 'refused',
    summary: 'End a tenant that nothing and nobody belongs to any more',
    params: Type.Object({ name: Id }),
    response: None,
  },

  'GET /audit': {
    least: 'operator',
    tenants: 'own',
    summary: 'Who changed what, and who tried to: newest first; what only admins may do, admins are told of, and whoever did it',
    query: Type.Object(
      {
        text: Type.Optional(Type.String({ maxLength: 300, description: 'Words that must all be in who, act, or what it was about.' })),
        who: Type.Optional(Id),
        since: Type.Optional(Type.Integer({ minimum: 0, description: 'Then or later, Unix ms.' })),
        until: Type.Optional(Type.Integer({ minimum: 0, description: 'Then or earlier, Unix ms.' })),
        before: Type.Optional(Type.Integer({ minimum: 1, description: 'Numbers lower than this.' })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
      },
      { additionalProperties: false },
    ),
    response: listOf<AuditView>('Records'),
  },
  'GET /audit/check': {
    least: 'admin',
    tenants: 'refused',
    summary: 'Whether each record of the audit log fits the one before',
    query: Type.Object(
      { expected: Type.Optional(Type.String({ maxLength: 100, description: 'A head that was noted down earlier, as NUMBER:HASH.' })) },
      { additionalProperties: false },
    ),
    response: shaped<AuditCheck>('How many records there are, the last one, and the first that does not fit'),
  },

  'GET /status': {
    least: 'viewer',
    tenants: 'own',
    summary: 'What the admin node is doing',
    response: shaped<StatusView>('Totals, activities and machines that are booting'),
  },

  'GET /rack': {
    least: 'viewer',
    tenants: 'own',
    summary: 'All machines in a line each; with the epoch and seq of an earlier answer only those that changed since',
    query: Type.Object(
      { epoch: Type.Optional(Type.String({ maxLength: 60 })), since: Type.Optional(Type.Integer({ minimum: 0 })) },
      { additionalProperties: false },
    ),
    response: shaped<RackView>('Machines, in no order'),
  },
  'GET /networks': {
    least: 'viewer',
    tenants: 'refused',
    summary: 'Networks of the site, their ranges, and how many addresses are left',
    response: listOf<NetworkView>('Networks, by name'),
  },
  'GET /interfaces': {
    least: 'viewer',
    tenants: 'refused',
    summary: 'Interfaces of the admin node that machines could be connected to, with what tells which one to serve',
    response: listOf<InterfaceView>('Interfaces, network cards first'),
  },
  'GET /leases': {
    least: 'viewer',
    tenants: 'refused',
    summary: "Who has leased which address from the admin node's DHCP server",
    response: shaped<LeasesView>('Leases, by address'),
  },
  'POST /networks/:name/addresses': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Ask every address of a network who has it (ARP), and say where that is not who was given it; takes some seconds for each 256',
    params: Type.Object({ name: Id }),
    response: shaped<AddressCheck>('Who answers, and what is wrong with that'),
  },
  'GET /verifications': {
    least: 'viewer',
    tenants: 'refused',
    summary: 'What was found when the networks were tried last: who sees whom, packet sizes, names, clocks, addresses, DHCP servers',
    response: shaped<VerificationView>("Networks, the site's own first"),
  },
  'POST /verifications': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Try networks between the machines that are up, and keep what is found; takes up to minutes',
    body: Type.Object(
      {
        networks: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 100, description: 'By id or name; all unless told.' })),
        clockMs: Type.Optional(Type.Integer({ minimum: 50, maximum: 3_600_000, description: 'More between two clocks is wrong; 5 s unless told.' })),
      },
      { additionalProperties: false },
    ),
    response: shaped<VerificationView>('Those that were tried'),
  },
  'POST /networks/:name/check': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Ask the network for an address as a machine would that boots, and list which DHCP servers answer; takes some seconds',
    params: Type.Object({ name: Id }),
    body: None,
    response: shaped<NetworkCheck>('Who answers, and what is wrong with that'),
  },
  'GET /refusals': {
    least: 'viewer',
    tenants: 'refused',
    summary: 'Who was turned away by the boot server or where machines call home, and why',
    response: listOf<RefusalView>('One for each address, newest first; those of a week'),
  },
  'DELETE /refusals/:id': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Strike one that was looked after from the list; it comes back when it is turned away again',
    params: Type.Object({ id: Id }),
    response: None,
  },
  'GET /approval-rules': {
    least: 'viewer',
    tenants: 'refused',
    summary: 'Which machines are let in without a person',
    response: listOf<Revised<ApprovalRule>>('Rules, in the order in which they are tried'),
  },
  'PUT /approval-rules/:id': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Let machines in without a person, those too that wait already: all parts given must fit',
    params: Type.Object({ id: Name }),
    body: Type.Object(
      {
        anyone: Type.Optional(Type.Boolean({ description: 'Every machine that reports itself.' })),
        serials: Type.Optional(
          Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 1000, description: 'Serial numbers; * stands for any text.' }),
        ),
        macPrefix: Type.Optional(Type.String({ pattern: '^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){0,5}$', description: 'How a MAC begins, as 52:54:00.' })),
        pool: Name,
        namePrefix: Type.String({ pattern: '^[a-z0-9]([a-z0-9-]{0,50})?$', description: 'Names are this and a number.' }),
      },
      { additionalProperties: false },
    ),
    response: shaped<{ rule: Revised<ApprovalRule>; admitted: string[]; problems: Problem[] }>(
      'The rule, names of machines it let in, and why others were not',
    ),
  },
  'DELETE /approval-rules/:id': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Let nobody in by this rule any more; those that are in stay',
    params: Type.Object({ id: Id }),
    response: None,
  },
  'GET /nodes': { least: 'viewer', tenants: 'own', summary: 'All machines', response: listOf<NodeView>('Machines, by name') },
  'GET /nodes/:id': {
    least: 'viewer',
    tenants: 'own',
    summary: 'One machine, by id or name',
    params: Type.Object({ id: Id }),
    response: shaped<NodeView>('The machine'),
  },
  'POST /nodes/:id/approve': {
    least: 'operator',
    tenants: 'own',
    summary: 'Let a discovered machine in: it gets a name, an address and a pool; for tenants the name is chosen by the site',
    params: Type.Object({ id: Id }),
    body: Type.Object({ name: Type.Optional(Name), pool: Type.Optional(Name) }, { additionalProperties: false }),
    response: shaped<NodeView>('The machine'),
  },
  'PATCH /nodes/:id': {
    least: 'operator',
    tenants: 'own',
    summary: 'Put a machine into maintenance or back, into another pool, give it another name, or say where it stands',
    params: Type.Object({ id: Id }),
    body: Type.Object(
      {
        maintenance: Type.Optional(Type.Boolean()),
        pool: Type.Optional(Name),
        name: Type.Optional(Name),
        tenant: Type.Optional(Type.Union([Name, Type.Null()], { description: 'Whose it is from now on; null: the site. For admins of the site.' })),
        rack: Type.Optional(Type.String({ maxLength: 60, pattern: '^[\\p{L}\\p{N}._ -]*$', description: 'Where it stands; empty: nobody knows.' })),
        wakesOnLan: Type.Optional(Type.Boolean({ description: 'Its firmware listens for a call over the network while it is off.' })),
      },
      { additionalProperties: false },
    ),
    response: shaped<NodeView>('The machine'),
  },
  'POST /nodes/:id/power': {
    least: 'operator',
    tenants: 'own',
    summary: 'Switch a machine through its BMC; without one through its system, over the network, or by asking somebody',
    params: Type.Object({ id: Id }),
    body: Type.Object(
      { action: Type.Union([Type.Literal('on'), Type.Literal('off'), Type.Literal('cycle'), Type.Literal('status')]) },
      { additionalProperties: false },
    ),
    response: Type.Object({
      power: Type.Union([Type.Literal('on'), Type.Literal('off'), Type.Literal('asked')], {
        description: '`asked`: somebody was asked to, or the machine was called over the network, and what becomes of it will be seen.',
      }),
    }),
  },
  'GET /nodes/:id/bmc': {
    least: 'viewer',
    tenants: 'own',
    summary: 'What the BMC of a machine is',
    params: Type.Object({ id: Id }),
    response: shaped<BmcIdentity>('The BMC'),
  },
  'PUT /nodes/:id/bmc': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Enter an account that exists on the BMC of a machine; one that a role has made goes before it',
    params: Type.Object({ id: Id }),
    body: Type.Object(
      {
        user: Type.String({ minLength: 1, maxLength: 64 }),
        password: Type.String({ minLength: 1, maxLength: 200, format: 'password' }),
        address: Type.Optional(Type.String({ format: 'ipv4', description: 'Where the BMC is; the one that the machine reports when absent.' })),
        protocol: Type.Optional(Type.Unsafe<BmcProtocol>({ enum: ['ipmi', 'redfish'], description: 'Which one to use; whichever answers when absent.' })),
        port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535, description: 'With a protocol only.' })),
      },
      { additionalProperties: false, dependentRequired: { port: ['protocol'] } },
    ),
    response: None,
  },
  'DELETE /nodes/:id/bmc': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Forget how the BMC of a machine was reached, and the certificate that it showed: it is looked for anew',
    params: Type.Object({ id: Id }),
    response: None,
  },
  'GET /nodes/:id/sensors': {
    least: 'viewer',
    tenants: 'own',
    summary: 'What the sensors of a machine read now, by its BMC',
    params: Type.Object({ id: Id }),
    response: listOf<Sensor>('Sensors'),
  },
  'GET /nodes/:id/baseline': {
    least: 'viewer',
    tenants: 'refused',
    summary: 'What a machine is made of, against what was accepted',
    params: Type.Object({ id: Id }),
    response: shaped<BaselineView>('The differences'),
  },
  'PUT /nodes/:id/baseline': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Accept what a machine is made of now; roles that its differences blocked are tried again',
    params: Type.Object({ id: Id }),
    body: Type.Object(
      { scope: Type.Unsafe<'node' | 'shape'>({ enum: ['node', 'shape'], description: 'For this machine, or for all of its make and model.' }) },
      { additionalProperties: false },
    ),
    response: shaped<BaselineView>('Without differences'),
  },
  'GET /baselines': {
    least: 'viewer',
    tenants: 'refused',
    summary: 'Machines whose hardware is not as it was accepted, or of which nothing was accepted although a role looks after it',
    response: listOf<BaselineSummary>('Machines, by name'),
  },
  'GET /firmware': {
    least: 'viewer',
    tenants: 'refused',
    summary: 'Which components have which versions of firmware on how many machines, and whether they are accepted; of one component on which machines',
    query: Type.Object(
      {
        shape: Type.Optional(Type.String({ maxLength: 300, description: 'Make and model.' })),
        component: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
        version: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
      },
      { additionalProperties: false },
    ),
    response: shaped<FirmwareMatrixView>('Components, by make and model'),
  },
  'GET /nodes/:id/firmware': {
    least: 'viewer',
    tenants: 'refused',
    summary: 'The firmware of a machine against what is accepted',
    params: Type.Object({ id: Id }),
    response: shaped<FirmwareView>('Its components'),
  },
  'POST /nodes/:id/firmware': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Ask the controller of a machine now which firmware there is',
    params: Type.Object({ id: Id }),
    body: None,
    response: shaped<FirmwareView>('Its components'),
  },
  'GET /firmware-files': {
    least: 'viewer',
    tenants: 'refused',
    summary: 'Files with firmware that the admin node keeps',
    response: listOf<FirmwareFileView>('Files, by name'),
  },
  'POST /firmware-files': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Give the admin node a file with firmware, which it signs; proposals of firmware name it by its digest',
    query: Type.Object(
      {
        name: Type.String({ minLength: 1, maxLength: 200, pattern: '^[^/\\\\]+$', description: 'As the vendor calls it.' }),
        sha256: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$', description: 'What it should be; anything else is refused.' })),
      },
      { additionalProperties: false },
    ),
    body: None,
    file: 'The file of the vendor.',
    response: shaped<FirmwareFileView>('The file'),
  },
  'DELETE /firmware-files/:sha256': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Remove a file with firmware; refused while a proposal names it',
    params: Type.Object({ sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }) }),
    response: None,
  },
  'GET /nodes/:id/burn-in': {
    least: 'viewer',
    tenants: 'refused',
    summary: 'What the burn-in of a machine measured, beside what is usual for its make and model',
    params: Type.Object({ id: Id }),
    response: shaped<BurnInView>('The measurements'),
  },
  'GET /nodes/:id/bmc-events': {
    least: 'viewer',
    tenants: 'own',
    summary: 'The event log of the BMC of a machine, newest first',
    params: Type.Object({ id: Id }),
    query: Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })) }, { additionalProperties: false }),
    response: listOf<BmcEvent>('Events'),
  },
  'DELETE /nodes/:id/request': {
    least: 'operator',
    tenants: 'own',
    summary: 'Take back what somebody was asked to do by hand',
    params: Type.Object({ id: Id }),
    response: None,
  },
  'DELETE /nodes/:id': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Forget a machine; it keeps its address should it come back',
    params: Type.Object({ id: Id }),
    query: Type.Object(
      { forGood: Type.Optional(Type.Boolean({ description: 'Also its addresses, its secrets and the account on its BMC.' })) },
      { additionalProperties: false },
    ),
    response: None,
  },

  'GET /nodes/:id/installation': {
    least: 'viewer',
    tenants: 'own',
    summary: 'Where a machine is given its system, and what would be lost by doing it',
    params: Type.Object({ id: Id }),
    response: shaped<InstallationView>('Deployments, node-roles and disks'),
  },
  'POST /nodes/:id/install': {
    least: 'operator',
    tenants: 'own',
    summary: 'Have a machine installed, or installed anew; for tenants by a deployment of their own, or by the one that installed it',
    params: Type.Object({ id: Id }),
    body: Type.Object(
      {
        deployment: Type.Optional(Type.String({ description: 'Which one installs it, where several could.' })),
        again: Type.Optional(Type.Boolean({ description: 'Also when it has a system, which is lost.' })),
      },
      { additionalProperties: false },
    ),
    response: shaped<NodeView>('The machine'),
  },
  'POST /nodes/:id/rescue': {
    least: 'operator',
    tenants: 'own',
    summary: 'Start an installed machine into the discovery image, so that somebody can look at its disks; it is put into maintenance',
    params: Type.Object({ id: Id }),
    response: shaped<{ node: NodeView; power: 'on' | 'asked' }>('The machine, and whether it is being started anew or somebody was asked to'),
  },
  'DELETE /nodes/:id/rescue': {
    least: 'operator',
    tenants: 'own',
    summary: 'Start a machine from its own disk again, and take it out of maintenance',
    params: Type.Object({ id: Id }),
    response: shaped<{ node: NodeView; power: 'on' | 'asked' }>('The machine, and whether it is being started anew or somebody was asked to'),
  },

  'GET /nodes/:id/retirement': {
    least: 'viewer',
    tenants: 'own',
    summary: 'What retiring a machine would undo and erase',
    params: Type.Object({ id: Id }),
    response: shaped<RetirementView>('Roles, disks, and what is left alone'),
  },
  'POST /nodes/:id/retire': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Retire a machine: its roles are undone, its disks erased if asked for, and it is forgotten',
    params: Type.Object({ id: Id }),
    body: Type.Object(
      {
        erase: Type.Boolean({ description: 'Whether its disks are erased, with a certificate.' }),
        disks: Type.Optional(
          Type.Array(Type.String({ maxLength: 300 }), { description: 'The disks that whoever asks has seen listed; refused when there are others by now.' }),
        ),
      },
      { additionalProperties: false },
    ),
    response: shaped<NodeView>('The machine'),
  },
  'POST /nodes/:id/stay': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Keep a machine that was to be retired, as long as nothing was erased',
    params: Type.Object({ id: Id }),
    response: shaped<NodeView>('The machine'),
  },
  'GET /nodes/:id/history': {
    least: 'viewer',
    tenants: 'own',
    summary: 'What happened to a machine: starts, changes and runs, the latest first',
    params: Type.Object({ id: Id }),
    query: Type.Object(
      {
        before: Type.Optional(Type.Integer({ minimum: 1, description: 'Earlier than this, Unix ms.' })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: 'At most so many; 50 unless told.' })),
      },
      { additionalProperties: false },
    ),
    response: listOf<HistoryEntry>('What happened'),
  },
  'GET /nodes/:id/starts': {
    least: 'viewer',
    tenants: 'own',
    summary: 'What its TPM measured at its latest starts, the latest first',
    params: Type.Object({ id: Id }),
    response: shaped<BootEvidence>('The starts; none where it has no TPM'),
  },
  'POST /nodes/:id/capture': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Have an image made of the system on the disk of a machine, which is started anew for that; without what makes it that machine',
    params: Type.Object({ id: Id }),
    body: Type.Object({ name: Name }, { additionalProperties: false }),
    response: Type.Object({
      key: Type.String({ description: 'The node-role that makes it; its run names the image.' }),
      at: Type.Integer({ description: 'When it was asked for, Unix ms.' }),
    }),
  },
  'DELETE /nodes/:id/capture': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Call off making an image of a machine',
    params: Type.Object({ id: Id }),
    response: shaped<NodeView>('The machine'),
  },
  'GET /nodes/:id/candidates': {
    least: 'viewer',
    tenants: 'own',
    summary: 'Machines that could take the place of this one, the fittest first',
    params: Type.Object({ id: Id }),
    response: listOf<CandidateView>('Spares'),
  },
  'POST /nodes/:id/replace': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Put a spare into the place of a machine that failed: it gets its name, addresses and roles',
    params: Type.Object({ id: Id }),
    body: Type.Object(
      { by: Id, despite: Type.Optional(Type.Boolean({ description: 'Also when it lacks something that the other has.' })) },
      { additionalProperties: false },
    ),
    response: shaped<{ node: NodeView; power: 'on' | 'asked' }>(
      'The node with its new hardware, and whether that is being started anew or somebody was asked to',
    ),
  },
  'GET /certificates': {
    least: 'viewer',
    tenants: 'refused',
    summary: 'What is left of machines whose disks were erased, the latest first',
    response: listOf<CertificateView>('Certificates'),
  },
  'GET /certificates/:id': {
    least: 'viewer',
    tenants: 'refused',
    summary: 'One certificate',
    params: Type.Object({ id: Id }),
    response: shaped<CertificateView>('The certificate'),
  },

  'GET /deployments': { least: 'viewer', tenants: 'own', summary: 'All deployments', response: listOf<Revised<Deployment>>('Deployments, by name') },
  'POST /deployments': {
    least: 'operator',
    tenants: 'own',
    summary: 'Begin a deployment',
    body: Type.Object(
      {
        name: Name,
        summary: Type.Optional(Type.String({ maxLength: 300 })),
        pools: Type.Optional(Type.Array(Name)),
        tenant: Type.Optional(Type.String({ ...Name, description: 'Whose it is; of whoever belongs to a tenant, always that one. For admins of the site.' })),
      },
      { additionalProperties: false },
    ),
    response: shaped<Revised<Deployment>>('The deployment'),
  },
  'PATCH /deployments/:name': {
    least: 'operator',
    tenants: 'own',
    summary: 'Pause, resume or pace a deployment, or say which pools it takes',
    params: Type.Object({ name: Id }),
    body: Type.Object(
      {
        paused: Type.Optional(Type.Boolean()),
        atOnce: Type.Optional(Type.Union([Type.Integer({ minimum: 1 }), Type.Null()])),
        driftEvery: Type.Optional(Type.Union([Type.String({ pattern: DURATION }), Type.Null()])),
        summary: Type.Optional(Type.String({ maxLength: 300 })),
        tenant: Type.Optional(Type.Union([Name, Type.Null()], { description: 'Whose it is from now on; null: the site. For admins of the site.' })),
        pools: Type.Optional(Type.Array(Name)),
      },
      { additionalProperties: false },
    ),
    response: shaped<Revised<Deployment>>('The deployment'),
  },
  'POST /deployments/:name/clone': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Make a deployment once more on other machines, with secrets of its own',
    params: Type.Object({ name: Id }),
    body: Type.Object(
      {
        as: Type.String({ pattern: NAME, description: 'Its name, and the pool that its machines go to.' }),
        pool: Type.Optional(Type.String({ pattern: NAME, description: 'Where free machines are taken from that lack nothing.' })),
        onto: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'Machine → the one that stands for it; goes before the pool.' })),
        dryRun: Type.Optional(Type.Boolean({ description: 'Only say what would be.' })),
      },
      { additionalProperties: false },
    ),
    response: shaped<CloneView>('Machines and settings'),
  },
  'GET /deployments/:name/test': {
    least: 'viewer',
    tenants: 'own',
    summary: 'Whether all of a deployment is done and works, by the probes of its roles',
    params: Type.Object({ name: Id }),
    response: shaped<TestView>('What is not'),
  },
  'POST /deployments/:name/promote': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Put a clone into the place of its original: settings of others that name the machines of one name those of the other, all at once',
    params: Type.Object({ name: Id }),
    body: Type.Object(
      {
        dryRun: Type.Optional(Type.Boolean({ description: 'Only say what would change.' })),
        despite: Type.Optional(Type.Boolean({ description: 'Also when what takes the place does not work.' })),
      },
      { additionalProperties: false },
    ),
    response: shaped<MoveView>('Settings of other deployments that change'),
  },
  'POST /deployments/:name/demote': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Put the original back into its place',
    params: Type.Object({ name: Id }),
    body: Type.Object(
      {
        dryRun: Type.Optional(Type.Boolean({ description: 'Only say what would change.' })),
        despite: Type.Optional(Type.Boolean({ description: 'Also when what takes the place does not work.' })),
      },
      { additionalProperties: false },
    ),
    response: shaped<MoveView>('Settings of other deployments that change'),
  },
  'GET /proposals': { least: 'viewer', tenants: 'own', summary: 'All proposals', response: listOf<ProposalView>('Proposals, by deployment and barclamp') },
  'POST /proposals': {
    least: 'operator',
    tenants: 'own',
    summary: 'Begin a proposal: one barclamp in one deployment, as an empty draft',
    body: Type.Object({ deployment: Name, barclamp: Name }, { additionalProperties: false }),
    response: shaped<ProposalView>('The proposal'),
  },
  'GET /proposals/:id': {
    least: 'viewer',
    tenants: 'own',
    summary: 'One proposal with the schema of its attributes',
    params: Type.Object({ id: Id }),
    response: shaped<ProposalEditView>('The proposal'),
  },
  'GET /proposals/:id/suggestion': {
    least: 'viewer',
    tenants: 'own',
    summary: 'Machines that its barclamp suggests for roles that the draft gives to none',
    params: Type.Object({ id: Id }),
    response: shaped<SuggestionView>('Selectors by role, as they stand in a proposal; nothing is done with them'),
  },
  'PUT /proposals/:id/draft': {
    least: 'operator',
    tenants: 'own',
    summary: 'Replace the draft of a proposal; refused when somebody else changed it since',
    params: Type.Object({ id: Id }),
    body: Type.Object(
      {
        revision: Revision,
        draft: ProposalBodySchema,
        merge: Type.Optional(Type.Boolean({ description: 'Put together with what somebody else changed since, where the two touch different settings.' })),
      },
      { additionalProperties: false },
    ),
    response: shaped<ProposalView>('The proposal with its new draft'),
  },
  'POST /proposals/:id/validate': {
    looks: true,
    least: 'viewer',
    tenants: 'own',
    summary: 'What is wrong with a text that is being written: by the schema of its settings, and by the machines that it names',
    params: Type.Object({ id: Id }),
    body: Type.Object({ draft: ProposalBodySchema }, { additionalProperties: false }),
    response: listOf<Problem>('Problems; those of a setting with its pointer'),
  },
  'POST /proposals/:id/preview': {
    looks: true,
    least: 'viewer',
    tenants: 'own',
    summary: 'What committing the draft would change, or taking the proposal away',
    params: Type.Object({ id: Id }),
    body: Type.Object({ removal: Type.Optional(Type.Boolean({ description: 'As if there were no such proposal.' })) }, { additionalProperties: false }),
    response: shaped<PreviewView>('Node-roles by what would become of them'),
  },
  'POST /proposals/:id/check': {
    looks: true,
    least: 'operator',
    tenants: 'own',
    summary: 'What committing the draft would change on each machine, to the line: recipes in check mode, which change nothing',
    params: Type.Object({ id: Id }),
    body: Type.Object(
      { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: 'Most node-roles to look at; 50 unless told.' })) },
      { additionalProperties: false },
    ),
    response: shaped<{ checked: CheckView[]; left: number; problems: Problem[] }>(
      'Node-roles that could be done at once, how many were left out, and what is wrong with the draft',
    ),
  },
  'POST /proposals/:id/commit': {
    least: 'operator',
    tenants: 'own',
    summary: 'Commit a draft: it becomes what is wanted',
    params: Type.Object({ id: Id }),
    body: Type.Object({ revision: Revision, note: Type.Optional(Type.String({ maxLength: 2000 })) }, { additionalProperties: false }),
    response: shaped<ProposalView>('The committed proposal'),
  },
  'DELETE /proposals/:id': {
    least: 'operator',
    tenants: 'own',
    summary: 'Take a proposal away: its roles are undone, its commits are kept',
    params: Type.Object({ id: Id }),
    response: None,
  },
  'GET /proposals/:id/commits': {
    least: 'viewer',
    tenants: 'own',
    summary: 'Every commit, newest first',
    params: Type.Object({ id: Id }),
    response: listOf<ProposalCommit>('Commits'),
  },

  'GET /plan': {
    least: 'viewer',
    tenants: 'own',
    summary: 'Node-roles with their state and why they are not done',
    query: Type.Object(
      {
        key: Type.Optional(Id),
        node: Type.Optional(Id),
        role: Type.Optional(Id),
        deployment: Type.Optional(Id),
        state: Type.Optional(Id),
        waitsFor: Type.Optional(Type.String({ maxLength: 300, description: 'A machine: only what stands still because of it.' })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'Most node-roles to send: those that need a person first.' })),
        at: PastTime,
      },
      { additionalProperties: false },
    ),
    response: shaped<PlanView>('The plan'),
  },
  'GET /plan/summary': {
    least: 'viewer',
    tenants: 'own',
    summary: 'The plan by roles, with how many node-roles of each are in which state; those of small roles one by one',
    query: Type.Object({ deployment: Type.Optional(Id), at: PastTime }, { additionalProperties: false }),
    response: shaped<PlanSummary>('The plan'),
  },
  'GET /plan/moments': {
    least: 'viewer',
    tenants: 'own',
    summary: 'When node-roles came into other states, and what was committed meanwhile: the stretch that ends now, or that holds a moment',
    query: Type.Object(
      {
        deployment: Type.Optional(Id),
        around: Type.Optional(Type.Integer({ minimum: 0, description: 'Unix ms; absent: the latest.' })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 2000, description: 'Most moments to send; 500 where it is not said.' })),
      },
      { additionalProperties: false },
    ),
    response: shaped<PlanMoments>('The moments, oldest first'),
  },
  'GET /plan/forecast': {
    least: 'viewer',
    tenants: 'own',
    summary: 'When what is planned will be done, what that end waits for, and the milestones on the way',
    query: Type.Object({ deployment: Type.Optional(Id) }, { additionalProperties: false }),
    response: shaped<ForecastView>('The forecast'),
  },
  'GET /health': {
    least: 'viewer',
    tenants: 'own',
    summary: 'What is done and does not work, by the probes of its role',
    query: Type.Object(
      { deployment: Type.Optional(Id), all: Type.Optional(Type.Boolean({ description: 'What works as well.' })) },
      { additionalProperties: false },
    ),
    response: listOf<WatchedView<Health>>('Node-roles that are failing'),
  },
  'GET /drift': {
    least: 'viewer',
    tenants: 'own',
    summary: 'What somebody else has changed on machines since the role was applied',
    query: Type.Object(
      { deployment: Type.Optional(Id), key: Type.Optional(Id), all: Type.Optional(Type.Boolean({ description: 'What has not drifted as well.' })) },
      { additionalProperties: false },
    ),
    response: listOf<WatchedView<Drift>>('Node-roles that would change something if they were applied again'),
  },
  'POST /node-roles/:key/check': {
    least: 'operator',
    tenants: 'own',
    summary: 'Look now whether a node-role has drifted; nothing is changed. The result is in GET /drift, with a later checkedAt',
    params: Type.Object({ key: Id }),
    body: None,
    response: Type.Object({ at: Type.Integer({ description: 'When it was asked for, Unix ms.' }) }),
  },
  'GET /node-roles/:key/inputs': {
    least: 'viewer',
    tenants: 'own',
    summary: 'What a node-role is given: settings, what other roles published for it, and the names of its secrets',
    params: Type.Object({ key: Id }),
    response: shaped<GivenView>('What it is given'),
  },
  'GET /node-roles/:key/program': {
    least: 'viewer',
    tenants: 'own',
    summary: 'The program that would be run for a node-role, for people to read; secrets in it are stars',
    params: Type.Object({ key: Id }),
    query: Type.Object(
      {
        check: Type.Optional(Type.Boolean({ description: 'The one that only says what would change.' })),
        remove: Type.Optional(Type.Boolean({ description: 'The one that takes the role away.' })),
      },
      { additionalProperties: false },
    ),
    response: Type.Object({ program: Type.String({ description: 'POSIX sh.' }) }),
  },
  'POST /node-roles/:key/retry': {
    least: 'operator',
    tenants: 'own',
    summary: 'Try a failed or outdated node-role again',
    params: Type.Object({ key: Id }),
    body: None,
    response: None,
  },

  'GET /runs': {
    least: 'viewer',
    tenants: 'own',
    summary: 'Runs, newest first',
    query: Type.Object({ ...runFilter, key: Type.Optional(Id), before: Type.Optional(Type.Integer({ minimum: 1 })) }, { additionalProperties: false }),
    response: listOf<Run>('Runs'),
  },
  'GET /runs/search': {
    least: 'viewer',
    tenants: 'own',
    summary: 'Lines that runs said, newest first: all words of the text, or beginnings of words, in one event',
    query: Type.Object(
      {
        ...runFilter,
        text: Type.String({ minLength: 1, maxLength: 300 }),
        olderThan: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,11}\\.[0-9]{1,8}$', description: 'RUN.SEQ of the last hit that was seen.' })),
      },
      { additionalProperties: false },
    ),
    response: listOf<RunHit>('Lines, each with its run and resource'),
  },
  'POST /runs/prune': {
    least: 'admin',
    tenants: 'refused',
    summary: 'Delete now what the settings do not keep of the history; happens every hour by itself',
    body: Type.Object({ dryRun: Type.Optional(Type.Boolean({ description: 'Only count.' })) }, { additionalProperties: false }),
    response: Type.Object({ runs: Type.Integer(), events: Type.Integer() }),
  },
  'GET /runs/:id': {
    least: 'viewer',
    tenants: 'own',
    summary: 'One run',
    params: Type.Object({ id: Type.Integer({ minimum: 1 }) }),
    response: shaped<Run>('The run'),
  },
  'POST /runs/:id/cancel': {
    least: 'operator',
    tenants: 'own',
    summary: 'End an attempt that is running',
    params: Type.Object({ id: Type.Integer({ minimum: 1 }) }),
    body: None,
    response: None,
  },
  'GET /runs/:id/log': {
    least: 'viewer',
    tenants: 'own',
    summary: 'What the run said, from a position on',
    params: Type.Object({ id: Type.Integer({ minimum: 1 }) }),
    query: Type.Object({ after: Type.Optional(Type.Integer({ minimum: 0 })) }, { additionalProperties: false }),
    response: listOf<LoggedEvent>('Events in order'),
  },

  'GET /events': {
    least: 'viewer',
    tenants: 'own',
    summary: 'The change feed from a sequence number on; 410 when that is so long ago that changes after it are gone',
    query: Type.Object(
      { after: Type.Optional(Type.Integer({ minimum: 0 })), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10000 })) },
      { additionalProperties: false },
    ),
    response: listOf<Change>('Changes, oldest first'),
  },
  'GET /secrets': {
    least: 'viewer',
    tenants: 'own',
    summary: 'The secrets of roles in use, without their values',
    response: listOf<SecretView>('Secrets, by id'),
  },
  'POST /secrets/rotate': {
    least: 'operator',
    tenants: 'own',
    summary: 'Have a secret made anew, or a password set; the roles that use it are applied again',
    body: Type.Object({ id: Id, text: Type.Optional(Type.String({ minLength: 8, maxLength: 1000, format: 'password' })) }, { additionalProperties: false }),
    response: shaped<SecretView>('The secret'),
  },

  'GET /images': {
    least: 'viewer',
    tenants: 'same',
    summary: 'Operating systems that machines can be given',
    response: listOf<ImageView>('Images, by name, newest first'),
  },
  'GET /images/:name': {
    least: 'viewer',
    tenants: 'same',
    summary: 'One image: the newest of a name, or by name@version or digest',
    params: Type.Object({ name: Id }),
    response: shaped<ImageView>('The image'),
  },
  'DELETE /images/:name': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Remove an image and its file; refused while a proposal names it',
    params: Type.Object({ name: Id }),
    response: None,
  },
  'POST /images/prune': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Remove the images of which there is a newer one and that no proposal names, and those whose file is gone',
    body: Type.Object({ dryRun: Type.Optional(Type.Boolean({ description: 'Only list them.' })) }, { additionalProperties: false }),
    response: listOf<ImageView>('Those that were removed'),
  },
  'POST /images/import': {
    // It reads files of the admin node.
    least: 'admin',
    tenants: 'refused',
    summary: 'Bring a disk that Clonezilla saved into the catalogue; it shows as an activity, then among the images',
    body: Type.Object(
      {
        folder: Type.String({ minLength: 1, maxLength: 1000, description: 'Absolute path on the admin node, of the folder that ocs-sr made.' }),
        name: Name,
        platform: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,59}$', description: 'What is on the disk; debian-12 unless told.' })),
      },
      { additionalProperties: false },
    ),
    response: Type.Object({
      activity: Type.String({ description: 'Its id in GET /status.' }),
      at: Type.Integer({ description: 'When it was asked for, Unix ms.' }),
    }),
  },
  'POST /images': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Build an image; it shows as an activity, then among the images',
    body: Type.Object(
      {
        name: Type.Optional(Name),
        packages: Type.Optional(
          Type.Array(Type.String({ pattern: '^[a-z0-9][a-z0-9+.-]{1,99}$' }), {
            maxItems: 500,
            description: 'Debian packages beyond those that every image has.',
          }),
        ),
        components: Type.Optional(
          Type.Array(Type.Unsafe<'main' | 'contrib' | 'non-free' | 'non-free-firmware'>({ enum: ['main', 'contrib', 'non-free', 'non-free-firmware'] }), {
            maxItems: 4,
            description: 'Parts of Debian that packages are taken from.',
          }),
        ),
        architecture: Type.Optional(
          Type.Unsafe<'amd64' | 'arm64'>({
            enum: ['amd64', 'arm64'],
            description: 'Of the processors that run it; amd64 unless told. Another one is made by emulation.',
          }),
        ),
      },
      { additionalProperties: false },
    ),
    response: Type.Object({
      activity: Type.String({ description: 'Its id in GET /status.' }),
      at: Type.Integer({ description: 'When it was asked for, Unix ms: an activity that started earlier is another build.' }),
    }),
  },

  'GET /barclamps': { least: 'viewer', tenants: 'own', summary: 'What can be deployed', response: listOf<BarclampView>('Barclamps, by name') },
  'GET /barclamps/:name': {
    least: 'viewer',
    tenants: 'own',
    summary: 'One barclamp with its README, its roles and the schema of its settings',
    params: Type.Object({ name: Id }),
    response: shaped<BarclampDetailView>('The barclamp'),
  },
  'POST /barclamps': {
    least: 'admin',
    tenants: 'refused',
    summary: 'Install barclamps from packages, all or none, while everything runs; proposals are brought to the new versions',
    body: Type.Object(
      {
        packages: Type.Array(Type.String({ description: 'A package (.tar.zst) in base64.' }), { minItems: 1, maxItems: 50 }),
        allowUnsigned: Type.Optional(Type.Boolean({ description: 'Let in what nobody signs whom this admin node trusts.' })),
        dryRun: Type.Optional(Type.Boolean({ description: 'Only say what would be, or why it would be refused.' })),
      },
      { additionalProperties: false },
    ),
    limit: '64mb',
    response: listOf<InstalledView>('What was installed, in the order of the packages'),
  },
  'DELETE /barclamps/:name': {
    least: 'admin',
    tenants: 'refused',
    summary: 'Remove an installed barclamp that nothing uses',
    params: Type.Object({ name: Id }),
    response: None,
  },
  'GET /trusted-keys': { least: 'viewer', tenants: 'refused', summary: 'Whose packages are let in', response: listOf<TrustedKey>('Keys, by id') },
  'POST /trusted-keys': {
    least: 'admin',
    tenants: 'refused',
    summary: 'Trust a key: packages signed with it are let in',
    body: Type.Object({ publicKey: Type.String({ maxLength: 400, description: 'The line in the .pub file.' }) }, { additionalProperties: false }),
    response: shaped<TrustedKey>('The key'),
  },
  'DELETE /trusted-keys/:id': {
    least: 'admin',
    tenants: 'refused',
    summary: 'Trust a key no longer; what it let in stays',
    params: Type.Object({ id: Id }),
    response: None,
  },

  'GET /orders': { least: 'operator', tenants: 'refused', summary: 'Orders of servers, the latest first', response: listOf<OrderView>('Orders') },
  'POST /orders': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Order servers: free machines of a pool that fit are given a system and roles, and opened by your keys',
    body: Type.Object(
      {
        count: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'How many; one unless told.' })),
        pool: Type.String({ pattern: NAME, description: 'From which pool.' }),
        where: Type.Optional(Type.String({ maxLength: 1000, description: 'Condition, as memory >= 64GiB and disks.ssd >= 2.' })),
        image: Type.Optional(Type.String({ maxLength: 200, description: 'Name of the image; as the deployment of the pool says when absent.' })),
        roles: Type.Optional(Type.Array(Name, { maxItems: 50, uniqueItems: true, description: 'Each is put on every server.' })),
        settings: Type.Optional(
          Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown()), {
            description: 'Of barclamps, by name, where they differ from their defaults.',
          }),
        ),
        keys: Type.Optional(
          Type.Array(Type.String({ pattern: '^(ssh|ecdsa|sk)-[A-Za-z0-9@.-]+ [A-Za-z0-9+/=]+( [^\\n]*)?$', maxLength: 8000 }), {
            maxItems: 100,
            description: 'Public SSH keys that open root on each.',
          }),
        ),
        names: Type.Optional(
          Type.String({
            pattern: '^[a-z0-9][a-z0-9-]{0,40}(\\{n\\}[a-z0-9-]{0,10})?$',
            description: 'What they are called, with {n} for a number: web-{n}. They keep their names when absent.',
          }),
        ),
        console: Type.Optional(Type.Boolean({ description: 'Make a passphrase for root at the console of each, and seal it for sealFor.' })),
        sealFor: Type.Optional(Type.String({ pattern: RECIPIENT, description: 'Whose key can read credentials: ssh-ed25519 …, ssh-rsa … or age1….' })),
        key: Type.Optional(
          Type.String({
            minLength: 1,
            maxLength: 200,
            description: 'Yours, for this order: the same key again gives the same order, and no second one. Also as the header Idempotency-Key.',
          }),
        ),
      },
      { additionalProperties: false },
    ),
    response: shaped<OrderView>('The order'),
  },
  'GET /orders/:id': { least: 'operator', tenants: 'refused', summary: 'One order', params: Type.Object({ id: Id }), response: shaped<OrderView>('The order') },
  'POST /orders/:id/release': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Give an order back: its machines are retired; one that still waits for machines is cancelled',
    params: Type.Object({ id: Id }),
    body: Type.Object(
      { erase: Type.Boolean({ description: 'Whether the disks of its machines are erased, with certificates.' }) },
      { additionalProperties: false },
    ),
    response: shaped<OrderView>('The order'),
  },
  'GET /home': {
    least: 'viewer',
    tenants: 'refused',
    summary: 'Where machines that were sent away call, and by what they know it',
    response: shaped<HomeView>('The address and its authority'),
  },
  'GET /callers': {
    least: 'viewer',
    tenants: 'refused',
    summary: 'Machines that call home; with one serial there may be two, of which only one is right',
    query: Type.Object({ serial: Type.Optional(Type.String({ maxLength: 100 })) }, { additionalProperties: false }),
    response: listOf<CallerView>('Machines, by serial'),
  },
  'GET /callers/:id': {
    least: 'viewer',
    tenants: 'refused',
    summary: 'One of them, by its key, the beginning of its key, or its serial',
    params: Type.Object({ id: Id }),
    response: shaped<CallerView>('The machine'),
  },
  'POST /callers/:id/allow': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Let a machine call home, also one that was refused; of two with one serial it is the right one from now on, and the other is refused',
    params: Type.Object({ id: Id }),
    body: None,
    response: shaped<CallerView>('The machine'),
  },
  'POST /callers/:id/refuse': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Refuse a machine that calls home: it is told so at its next call, and then asks once a day',
    params: Type.Object({ id: Id }),
    body: Type.Object(
      { reason: Type.Optional(Type.String({ pattern: '^[^\\x00-\\x1f\\x7f]{1,300}$', description: 'The machine is told.' })) },
      { additionalProperties: false },
    ),
    response: shaped<CallerView>('The machine'),
  },
  'DELETE /callers/:id': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Forget a machine that calls home: it is a stranger when it calls again',
    params: Type.Object({ id: Id }),
    response: None,
  },
  'GET /invitations': {
    least: 'operator',
    tenants: 'refused',
    summary: 'What lets machines that call home in without a person',
    response: listOf<InvitationView>('Invitations, the latest first'),
  },
  'POST /invitations': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Invite machines to call home',
    body: Type.Object(
      {
        serials: Type.Optional(
          Type.Array(Type.String({ pattern: '^[ -~]{1,100}$' }), {
            minItems: 1,
            maxItems: 1000,
            description: 'For these only, each a literal or a glob with *.',
          }),
        ),
        count: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'How many machines; one unless told.' })),
        days: Type.Optional(Type.Integer({ minimum: 1, maximum: 3650, description: 'How long it is good; 30 unless told.' })),
      },
      { additionalProperties: false },
    ),
    response: shaped<InvitationView & { text: string }>('The invitation, and its text, which is shown now and never again'),
  },
  'DELETE /invitations/:id': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Take an invitation back; machines that it let in stay',
    params: Type.Object({ id: Id }),
    response: None,
  },

  'GET /backups': { least: 'admin', tenants: 'refused', summary: 'Backups that lie on the admin node', response: listOf<Backup>('Backups, newest first') },
  'POST /backups': {
    least: 'admin',
    tenants: 'refused',
    people: true,
    summary: 'Make a backup of facts and keys while everything runs; the latest five stay on the admin node',
    body: Type.Object(
      { sealFor: Type.Optional(Type.String({ pattern: RECIPIENT, description: 'Whose key alone opens it: ssh-ed25519 …, ssh-rsa … or age1….' })) },
      { additionalProperties: false },
    ),
    response: shaped<Backup>('The backup'),
  },
  'POST /backups/:name/download': {
    least: 'admin',
    tenants: 'refused',
    people: true,
    summary: 'Download a backup. Whoever has one that is not sealed has the keys of the site, so it is kept who took it',
    params: Type.Object({ name: Id }),
    response: shaped<FileAnswer>('The file'),
  },
  'DELETE /backups/:name': {
    least: 'admin',
    tenants: 'refused',
    summary: 'Remove a backup from the admin node',
    params: Type.Object({ name: Id }),
    response: None,
  },
  'GET /webhooks': {
    least: 'admin',
    tenants: 'refused',
    summary: 'Programs elsewhere that are told what happens here',
    response: listOf<WebhookView>('Webhooks, by name'),
  },
  'POST /webhooks': {
    least: 'admin',
    tenants: 'refused',
    summary: 'Add a webhook: a program is told what happens here, signed as Standard Webhooks says',
    body: Type.Object(
      {
        name: Name,
        url: Type.String({ maxLength: 2000, description: 'http or https. Not the admin node itself, and not where machines are, unless the settings say so.' }),
        events: Type.Array(Type.String({ maxLength: 60 }), {
          minItems: 1,
          maxItems: 50,
          description: `Kinds, or beginnings of them with a star: ${Object.keys(eventKinds).join(', ')}.`,
        }),
        secret: Type.Optional(Type.String({ maxLength: 200, format: 'password', description: 'whsec_ and 24 to 64 bytes in base64; made when absent.' })),
      },
      { additionalProperties: false },
    ),
    response: shaped<WebhookView & { secret: string }>('The webhook, and what its receiver checks signatures with: shown now and never again'),
  },
  'DELETE /webhooks/:name': {
    least: 'admin',
    tenants: 'refused',
    summary: 'Remove a webhook: it is told nothing more',
    params: Type.Object({ name: Id }),
    response: None,
  },
  'POST /webhooks/:name/test': {
    least: 'admin',
    tenants: 'refused',
    summary: 'Try a webhook: it is told that this is a test; what became of it is among the deliveries',
    params: Type.Object({ name: Id }),
    body: None,
    response: Type.Object({ at: Type.Integer({ description: 'When it was put in line, Unix ms.' }) }),
  },
  'GET /webhooks/:name/deliveries': {
    least: 'admin',
    tenants: 'refused',
    summary: 'What is told to it and what became of that, the latest first',
    params: Type.Object({ name: Id }),
    response: listOf<Delivery>('Those that wait, and the last that are over'),
  },

  'GET /lab': { least: 'viewer', tenants: 'own', summary: 'The virtual rack', response: shaped<LabView>('Its machines') },
  'POST /lab': {
    least: 'operator',
    tenants: 'refused',
    summary: 'Start the virtual rack; in one that runs, add the containers that are missing',
    body: Type.Object(
      {
        machines: Type.Optional(Type.Integer({ minimum: 0, maximum: 16 })),
        containers: Type.Optional(Type.Integer({ minimum: 0, maximum: 50, description: 'Machines that are installed already: in seconds, and many.' })),
        pool: Type.Optional(Name),
      },
      { additionalProperties: false },
    ),
    response: shaped<LabView>('Its machines'),
  },
  'DELETE /lab': { least: 'operator', tenants: 'refused', summary: 'Stop the virtual rack', response: shaped<LabView>('Its machines') },
} as const satisfies Record<string, Route>;

export type Routes = typeof routes;
export type RouteName = keyof Routes;
type Of<R, K extends string> = R extends Record<K, infer S extends TSchema> ? Static<S> : Record<string, never>;
export type Params<N extends RouteName> = Of<Routes[N], 'params'>;
export type Query<N extends RouteName> = Of<Routes[N], 'query'>;
export type Body<N extends RouteName> = Of<Routes[N], 'body'>;
export type Response<N extends RouteName> = Static<Routes[N]['response']>;

/** RFC 9457, with all the Problems found. */
export type ProblemDocument = { type: string; title: string; status: number; problems: Problem[] };

/** Live events over socket.io. They only say that something changed: the client reads it anew. */
export type ServerToClient = {
  /** Coalesced, in order. `seq` is the last one. */
  changes: (batch: { seq: number; changes: Change[] }) => void;
  /** For those who follow a run. */
  log: (batch: { runId: number; events: LoggedEvent[] }) => void;
  /** What the machine said on its serial line. */
  said: (bytes: Uint8Array) => void;
  /** The console is no longer open. */
  consoleEnded: () => void;
};
export type ClientToServer = {
  /** Resume the feed after this sequence number; the server answers with a `changes` batch of what was missed. */
  resume: (after: number) => void;
  follow: (runId: number, after: number) => void;
  unfollow: (runId: number) => void;
  /** Opens the serial console of a machine, by id or name; one for each connection. The answer is what keeps it from opening, or nothing. */
  openConsole: (node: string, answer: (problems: Problem[]) => void) => void;
  typed: (bytes: Uint8Array) => void;
  closeConsole: () => void;
};
