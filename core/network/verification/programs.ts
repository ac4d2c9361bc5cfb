// What runs on a machine while networks are tried: POSIX sh with iproute2, ping (of iputils, or busybox's) and, for name servers, bash. Three
// programs: one makes what is missing and says what is there, one asks the others, one takes away what was made. None touches an interface that is
// not its own, and what the first has made goes by itself when the last never comes.

/** Its own link-local address is taken where the device has one; else this one, on an interface of its own beside it. */
export type Endpoint = {
  number: number;
  /** First match wins: what carries the network there already, as far as the settings know. */
  tops: readonly string[];
  nic: string;
  vlan?: number;
  address: string;
};
/** `payload`: bytes of data that make a packet as large as was promised; 0: not to be tried. */
export type Target = { endpoint: number; number: number; address: string /** Link-local ones: on which. */; device?: string; payload: number };
/** `packet`: in hex. */
export type NameQuestion = { number: number; packet: string };

/** Left alone so long, what was made goes. */
const KEPT_SECONDS = 150;
const CLOCK_READINGS = 3;

export const madePrefix = (nonce: string): string => `pb${nonce}v`;

const say = (nonce: string): string => `say() { printf 'prybar-${nonce} %s\\n' "$*"; }`;
const word = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Interfaces of this run are called `pb<nonce>v<number>`. */
export function prepareProgram(nonce: string, endpoints: readonly Endpoint[], siteAddress: string | undefined, questions: readonly NameQuestion[]): string {
  const prefix = madePrefix(nonce);
  return [
    say(nonce),
    `prefix=${prefix}`,
    // Its first ten seconds it waits for the first of them; then it is done as soon as they are gone.
    `setsid sh -c 'i=0; while [ $i -lt ${KEPT_SECONDS} ]; do sleep 1; i=$((i+1)); set -- /sys/class/net/${prefix}*; [ $i -lt 10 ] || [ -e "$1" ] || exit 0; done
for made in /sys/class/net/${prefix}*; do ip link delete dev "\${made##*/}"; done' </dev/null >/dev/null 2>&1 &`,
    PREPARE,
    ...Array.from({ length: CLOCK_READINGS }, () => 'say clock "$(date +%s.%N)"; sleep 0.1'),
    ...(siteAddress ? [`site ${siteAddress}`] : []),
    ...endpoints.map(({ number, nic, vlan = 0, address, tops }) => ['carry', number, word(nic), vlan, address, ...tops.map(word)].join(' ')),
    ...(questions.length ? [NAMES(nonce, questions)] : []),
    'say end',
  ].join('\n');
}

const PREPARE = `
mtu() { cat "/sys/class/net/$1/mtu" 2>/dev/null; }
# ADDRESS: over which device it has the address that it was given in the site's own network.
site() {
  set -- $(ip -4 -o address show to "$1" 2>/dev/null)
  if [ $# -gt 1 ]; then say site "\${2%@*}" "$(mtu "\${2%@*}")"; else say no site unaddressed; fi
}
# NUMBER NIC VLAN ADDRESS TOP...
carry() {
  number=$1 nic=$2 vlan=$3 address=$4; shift 4
  for top; do
    if [ -e "/sys/class/net/$top" ]; then take "$number" "$top" "$address" own; return; fi
  done
  if [ ! -e "/sys/class/net/$nic" ]; then say no "$number" absent; return; fi
  if [ -e "/sys/class/net/$nic/master" ]; then say no "$number" taken; return; fi
  # Of one that is switched off the kernel does not know.
  if [ "$(cat "/sys/class/net/$nic/carrier" 2>/dev/null)" != 1 ]; then say no "$number" down; return; fi
  if [ "$vlan" = 0 ]; then take "$number" "$nic" "$address" nic; return; fi
  there=$(ip -d -o link show type vlan 2>/dev/null | sed -n "s/^[0-9]*: \\([^@ ]*\\)@$nic: .* id $vlan .*/\\1/p" | head -n 1)
  if [ -n "$there" ]; then take "$number" "$there" "$address" own; return; fi
  if ! ip link add link "$nic" name "$prefix$number" type vlan id "$vlan" 2>/dev/null; then say no "$number" novlan; return; fi
  lift "$number" "$address"
}
# NUMBER DEVICE ADDRESS KIND
take() {
  set -- "$1" "$2" "$3" "$4" $(ip -6 -o address show dev "$2" scope link -tentative 2>/dev/null)
  case \${8-} in
    fe80:*/*) say at "$1" "$4" "$2" "\${8%/*}" "$(mtu "$2")"; return ;;
  esac
  if ! ip link add link "$2" name "$prefix$1" type macvlan mode bridge 2>/dev/null; then say no "$1" nomacvlan; return; fi
  lift "$1" "$3"
}
# NUMBER ADDRESS: one that was made is given the address that its peers know.
lift() {
  made=$prefix$1
  ip link set dev "$made" addrgenmode none 2>/dev/null
  for knob in disable_ipv6 accept_ra; do echo 0 2>/dev/null >"/proc/sys/net/ipv6/conf/$made/$knob"; done 2>/dev/null
  if ip link set dev "$made" up && ip -6 address add "$2/64" dev "$made" nodad; then say at "$1" made "$made" "$2" "$(mtu "$made")"; else say no "$1" noipv6; fi 2>/dev/null
}`;

/** One after the other, and two seconds for each; servers are those that the machine was given. */
const NAMES = (nonce: string, questions: readonly NameQuestion[]): string => `
if command -v bash >/dev/null; then bash -c ${word(`
${say(nonce)}
# A server on the machine itself asks those that it was given, which is what is wanted.
servers() {
  if [ -s /run/systemd/resolve/resolv.conf ]; then cat /run/systemd/resolve/resolv.conf; else cat /etc/resolv.conf; fi 2>/dev/null | sed -n 's/^nameserver[[:space:]]\\{1,\\}\\([0-9a-fA-F.:]\\{2,\\}\\).*/\\1/p'
  cat /run/systemd/netif/leases/* 2>/dev/null | sed -n 's/^DNS=//p' | tr ' ' '\\n'
}
# SERVER NUMBER PACKET: one write is one packet, so it is gathered first.
ask() {
  exec 3<>"/dev/udp/$1/53" || return
  printf "$3" | dd bs=1024 iflag=fullblock >&3
  said=$(timeout 2 dd bs=1400 count=1 <&3 | od -An -v -tx1 | tr -d ' \\n')
  exec 3>&-
  say dns "$1" "$2" "\${said:-none}"
} 2>/dev/null
found=$(servers | sort -u | head -n 3)
[ -n "$found" ] || say no dns unserved
for server in $found; do
${questions.map(({ number, packet }) => `  ask "$server" ${number} '${packet.replaceAll(/../g, '\\x$&')}'`).join('\n')}
done`)}; else say no dns nobash; fi`;

export function askProgram(nonce: string, targets: readonly Target[]): string {
  return [
    say(nonce),
    ASK,
    ...targets.map(({ endpoint, number, address, device, payload }) => `look ${endpoint} ${number} ${address}${device ? `%${word(device)}` : ''} ${payload} &`),
    'wait',
    'say end',
  ].join('\n');
}

// busybox cannot forbid that a packet is cut; it is asked from an interface that lets the whole pass, and in one network nobody else cuts.
const ASK = `
if command -v ping >/dev/null && ping -V >/dev/null 2>&1; then hit() { ping -n -q -c 1 -W 1 -M do -s "$2" "$1" >/dev/null 2>&1; }
elif command -v busybox >/dev/null; then hit() { busybox ping -q -c 1 -W 1 -s "$2" "$1" >/dev/null 2>&1; }
else say no ping; exit 0; fi
# ENDPOINT NUMBER ADDRESS PAYLOAD
look() {
  if ! hit "$3" 56 && ! hit "$3" 56 && ! hit "$3" 56; then say lost "$1" "$2"; return; fi
  say saw "$1" "$2"
  [ "$4" -gt 0 ] || return 0
  if hit "$3" "$4" || hit "$3" "$4"; then say carries "$1" "$2"; return; fi
  # The most that still passes.
  low=56 high=$4
  while [ $((high - low)) -gt 1 ]; do
    middle=$(((low + high) / 2))
    if hit "$3" "$middle"; then low=$middle; else high=$middle; fi
  done
  say most "$1" "$2" "$low"
}`;

export const clearProgram = (nonce: string): string => `
for made in /sys/class/net/${madePrefix(nonce)}*; do
  [ ! -e "$made" ] || ip link delete dev "\${made##*/}"
done
printf 'prybar-${nonce} end\\n'`;
