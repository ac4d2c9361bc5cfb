// What a machine is like, as a list of facts that can be compared: taken before a role comes and after it has gone, the two say what was
// left behind. What differs by itself on every machine is ignored; that list is here, with a reason for each entry.

/** `file /etc/motd` → `f 0644 root:root 3b2c…`: one entry a fact, what it is called and what it is like. */
export type MachineRecord = ReadonlyMap<string, string>;

export type Difference = {
  /** `file /etc/motd`, `user chrony`, `package chrony`. */
  what: string;
  before?: string;
  after?: string;
  /** Of a folder that came or went: what is in it. */
  inner?: string[];
};

/** Where roles put things. Logs, caches and what is run from memory (/var/log, /var/cache, /run, /tmp) are nobody's state. */
const trees = ['/etc', '/usr/local', '/var/lib', '/var/spool/cron', '/srv', '/opt', '/root', '/home'];

type Ignored = { what: RegExp; why: string };

/** What is not compared. */
export const ignored: readonly Ignored[] = [
  { what: /^file \/var\/lib\/(apt|dpkg|ucf)(\/|$)/, why: 'what the package manager notes about itself; packages are compared by name' },
  { what: /^file \/var\/lib\/systemd(\/|$)/, why: "systemd's own memory: random seed, last runs of timers, which units were enabled by a package" },
  { what: /^file \/var\/lib\/(pam|private|dbus|misc)(\/|$)/, why: 'state of the base system, written when it is first needed' },
  { what: /^file \/var\/lib\/prybar(\/|$)/, why: "Prybar's own lock and notes" },
  { what: /^file \/etc\/ld\.so\.cache$/, why: 'an index over installed libraries, made anew with each package' },
  { what: /^file \/etc\/(passwd|group|shadow|gshadow|subuid|subgid)-?$/, why: 'users and groups are compared one by one' },
  { what: /^file \/etc\/\.pwd\.lock$/, why: 'an empty lock, made with the first user' },
  { what: /^file \/etc\/(mailcap|\.updated)$/, why: 'an index that is made anew with each package' },
  { what: /^file \/etc\/ssl\/certs(\/|$)/, why: 'links that are made anew with each certificate package' },
  { what: /^file \/root\/\.(cache|bash_history|lesshst)(\/|$)/, why: 'traces of commands, not of the role' },
  {
    what: /^runs (user@|user-runtime-dir@|session-|run-|systemd-(hostnamed|timedated|localed|tmpfiles|update-utmp|ask-password|initctl))/,
    why: 'comes and goes with who is signed in',
  },
  { what: /^runs (apt-daily|dpkg-db-backup|man-db|logrotate|e2scrub|fstrim)/, why: 'housekeeping of the system, on its own clock' },
  { what: /^runs ssh@|^runs ssh\.socket$/, why: 'we ourselves look in over SSH' },
  { what: /^unit (user@|user-runtime-dir@)/, why: 'comes and goes with who is signed in' },
  { what: /^mount (\/run\/user|\/run\/credentials|\/proc|\/sys|\/dev)/, why: 'made by systemd and the kernel for who is signed in and what runs' },
  { what: /^sysctl net\.netfilter\.nf_conntrack_(count|buckets|max)$/, why: 'counts connections, or belongs to the machine below' },
];

/**
 * sh code that prints the record as root. It uses what a minimal system has; where a program is absent (ss, systemctl), so are its facts.
 * The kernel's settings are read only where a container has its own: the others belong to the machine below and to its other containers.
 */
export const recordProgram = `
set +e
export LC_ALL=C
say() { printf '%s\\037%s\\0' "$1" "$2"; }

for tree in ${trees.join(' ')}; do
  [ -e "$tree" ] || continue
  find "$tree" -xdev \\( -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/lib/prybar \\) -prune -o \\
    \\( -type l -printf 'file %p\\037link %u:%g %l\\0' -o -type f -printf 'file %p\\037f %m %u:%g\\0' -o -printf 'file %p\\037%y %m %u:%g\\0' \\)
  find "$tree" -xdev \\( -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/lib/prybar \\) -prune -o -type f -exec sha256sum -z {} + 2>/dev/null |
    sed -z 's/^\\([0-9a-f]*\\)  \\(.*\\)$/sum \\2\\x1f\\1/'
done

while IFS=: read -r name _ id group _ home shell; do
  say "user $name" "$id:$group $home $shell $(sed -n "s/^$name:\\([^:]*\\):.*/\\1/p" /etc/shadow)"
done </etc/passwd
while IFS=: read -r name _ id members; do say "group $name" "$id $members"; done </etc/group

if command -v dpkg-query >/dev/null; then
  dpkg-query -W -f '\${db:Status-Status} \${Package} \${Version}\\n' | while read -r status name version; do
    case $status in
      installed) say "package $name" "$version" ;;
      config-files) say "package $name" "removed, but not purged" ;;
      not-installed) ;;
      *) say "package $name" "$status" ;;
    esac
  done
elif command -v rpm >/dev/null; then
  rpm -qa --qf '%{NAME} %{VERSION}-%{RELEASE}\\n' | while read -r name version; do say "package $name" "$version"; done
fi

if command -v systemctl >/dev/null; then
  systemctl list-unit-files --no-legend --no-pager --full | while read -r unit state _; do say "unit $unit" "$state"; done
  systemctl list-units --no-legend --no-pager --full --plain --type=service,socket,timer,path --state=active |
    while read -r unit _ _ sub _; do say "runs $unit" "$sub"; done
fi

if command -v ss >/dev/null; then
  ss -Hlntup | awk '{ print $1, $5, $7 }' | while read -r kind local process; do
    say "listens $kind $local" "$(printf '%s' "$process" | sed -n 's/^users:(("\\([^"]*\\)".*/\\1/p')"
  done
fi

while read -r _ target type _; do say "mount $target" "$type"; done </proc/self/mounts

for setting in $(find /proc/sys/net /proc/sys/kernel/sem /proc/sys/kernel/shm* /proc/sys/kernel/msg* /proc/sys/fs/mqueue -type f -perm -400 2>/dev/null); do
  case $setting in */neigh/*|*/flush|*/stable_secret) continue ;; esac
  say "sysctl $(printf '%s' "\${setting#/proc/sys/}" | tr / .)" "$(tr '\\t\\n' '  ' <"$setting" 2>/dev/null)"
done
`;

/** Prints the names of users and groups that installed packages say they make: they leave them behind on purpose, so that no other gets their number. */
const packageUsersProgram = `
{ cut -d: -f1 /etc/passwd; cut -d: -f1 /etc/group; } | sort -u | while read -r name; do
  if grep -qwF -e "$name" /var/lib/dpkg/info/*.preinst /var/lib/dpkg/info/*.postinst /usr/lib/sysusers.d/*.conf 2>/dev/null; then echo "$name"; fi
done
`;

const autoPackagesProgram = 'if command -v apt-mark >/dev/null; then apt-mark showauto; fi';
const purgeProgram = 'DEBIAN_FRONTEND=noninteractive apt-get -y -q purge $PACKAGES >/dev/null';

/** A machine that can be asked. */
export type Machine = {
  /** Runs sh code as root; what it printed. */
  run(code: string, environment?: Record<string, string>): Promise<string>;
  /** The rules of its packet filter, seen from outside it, where that can be seen. */
  rules(): Promise<string | undefined>;
};

export async function takeRecord(machine: Machine): Promise<MachineRecord> {
  const [text, rules] = await Promise.all([machine.run(recordProgram), machine.rules()]);
  const record = readRecord(text);
  if (rules) record.set('firewall rules', rules);
  return record;
}

/** Who was made by a package and not by a role; to be asked while the packages are there. */
export const packageUsers = async (machine: Machine): Promise<ReadonlySet<string>> =>
  new Set((await machine.run(packageUsersProgram)).split('\n').filter(Boolean));

export type Left = { faults: Difference[]; notes: string[] };

/**
 * What a machine has or lacks compared with before. Packages that came along as dependencies may stay as long as nothing of them runs;
 * they are purged here, so that what is left after them is the role's own doing.
 */
export async function whatIsLeft(before: MachineRecord, machine: Machine, usersOfPackages: ReadonlySet<string>): Promise<Left> {
  const notes: string[] = [];
  const first = compareRecords(before, await takeRecord(machine));
  const alive = first.filter(({ what }) => /^(runs|listens|mount|sysctl|firewall) ?/.test(what));
  const packages = first.filter(({ what }) => what.startsWith('package '));
  const automatic = new Set((await machine.run(autoPackagesProgram)).split('\n'));
  const own = ({ what }: Difference): string => what.slice(what.indexOf(' ') + 1);
  const added = packages.filter((p) => p.before === undefined);
  const along = added.filter((p) => automatic.has(own(p)));
  if (along.length) notes.push(`dependencies stay installed: ${along.map(own).join(' ')}`);
  for (const p of packages) if (p.before && p.after) notes.push(`${p.what} is another version: ${p.before} → ${p.after}`);
  if (added.length) await machine.run(purgeProgram, { PACKAGES: added.map(own).join(' ') });
  const rest = added.length ? compareRecords(before, await takeRecord(machine)) : first;
  const faults = [...packages.filter((p) => !(p.before && p.after) && !along.includes(p)), ...alive];
  for (const difference of rest.filter(({ what }) => /^(file|unit|user|group) /.test(what))) {
    const byPackage = /^(user|group) /.test(difference.what) && difference.before === undefined && usersOfPackages.has(own(difference));
    if (byPackage) notes.push(`${difference.what} stays, as packages leave theirs`);
    else faults.push(difference);
  }
  return { faults, notes };
}

/** What the record program printed. */
function readRecord(text: string): Map<string, string> {
  const record = new Map<string, string>();
  // A fact's name and value are parted by a character that is in no file's name, facts by one that cannot be in any.
  for (const fact of text.split('\0')) {
    const at = fact.indexOf('\u001f');
    if (at < 0) continue;
    const [what, is] = [fact.slice(0, at), fact.slice(at + 1).trim()];
    if (what.startsWith('sum ')) record.set(`file ${what.slice(4)}`, `${record.get(`file ${what.slice(4)}`) ?? ''} sha256 ${is}`);
    else record.set(what, is);
  }
  return record;
}

/** What one record has and the other has not, or otherwise; by name, without what differs by itself. */
export function compareRecords(before: MachineRecord, after: MachineRecord): Difference[] {
  const found: Difference[] = [];
  for (const what of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(what), after.get(what)];
    if (was === is || ignored.some((entry) => entry.what.test(what))) continue;
    found.push({ what, ...(was !== undefined && { before: was }), ...(is !== undefined && { after: is }) });
  }
  return withoutInner(found.sort((a, b) => (a.what < b.what ? -1 : 1)));
}

/** A folder that came or went stands for what is in it. */
function withoutInner(differences: Difference[]): Difference[] {
  const whole = differences.filter((d) => d.what.startsWith('file ') && (d.before === undefined || d.after === undefined));
  const inner = new Map<Difference, string[]>();
  const outer = differences.filter((d) => {
    const folder = whole.find((w) => d.what.startsWith(`${w.what}/`));
    if (folder) inner.set(folder, [...(inner.get(folder) ?? []), d.what.slice(folder.what.length + 1)]);
    return !folder;
  });
  return outer.map((d) => ({ ...d, ...(inner.has(d) && { inner: inner.get(d)! }) }));
}

/** `/etc/motd is left`, `/etc/hosts is different: mode 0644 was 0600`. */
export function differenceText({ what, before, after, inner = [] }: Difference): string {
  const name = nameOf(what);
  const short = (value: string): string => value.replace(/sha256 ([0-9a-f]{8})[0-9a-f]*/, '$1');
  const more = inner.length
    ? ` (with ${inner.slice(0, MOST_INNER).join(', ')}${inner.length > MOST_INNER ? ` and ${inner.length - MOST_INNER} more` : ''})`
    : '';
  const about = (value: string): string => (what.startsWith('file ') || !value ? more : ` (${short(value)})`);
  if (before === undefined) return `${name} is left${about(after ?? '')}`;
  if (after === undefined) return `${name} is gone${about(before)}`;
  return `${name} is different: ${short(before)} → ${short(after)}`;
}

const MOST_INNER = 4;

/** What an author does about it. */
export function differenceAdvice({ what }: Difference): string {
  switch (what.split(' ')[0]) {
    case 'runs':
    case 'listens':
      return 'Stop it in remove.yml. What came along as a dependency and runs is purged there with the rest.';
    case 'package':
      return `Purge it in remove.yml: \`package: ${what.slice('package '.length)}\` with \`state: purged\`.`;
    case 'file':
    case 'user':
    case 'group':
      return `Undo it in remove.yml. What is left on purpose is named in the case, with the reason: \`leaves: { ${JSON.stringify(nameOf(what))}: why }\`.`;
    default:
      return 'Undo it in remove.yml.';
  }
}

/** As it stands in `leaves`: a path by itself, anything else with its kind. */
export const nameOf = (what: string): string => what.replace(/^file /, '');
