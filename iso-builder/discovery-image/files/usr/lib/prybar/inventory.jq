# Puts the facts of `collect` together. Shapes only what has no shape; what the numbers mean is decided by the admin node.

def lines: split("\n") | map(select(. != ""));
def columns: lines | map(split("\t"));
def known: if . == "-" or . == "" then null else . end;
def json: if (. | test("^\\s*$")) then null else (try fromjson catch null) end;
def text: sub("\\s+$"; "") | if . == "" then null else . end;

# "name: value" or "name=value" lines as an object, quotes and spaces taken off; first value wins.
def pairs($separator): lines
  | map(index($separator) as $i | select($i) | {key: .[:$i] | gsub("^\\s+|\\s+$"; ""), value: .[$i + 1:] | gsub("^[\\s\"]+|[\\s\"]+$"; "")})
  | map(select(.key != "")) | reverse | from_entries;

# LLDP (IEEE 802.1AB-2016 section 8): TLVs of 7 bits of type, 9 bits of length, after the 14 bytes of the Ethernet header.
def octets: map(if . < 32 or . > 126 then "?" else ([.] | implode) end) | join("");
def hex: map((. / 16 | floor), . % 16) | map("0123456789abcdef"[.:. + 1]) | join("");
def tlvs: def next: if length < 2 then empty else
    (.[0] / 2 | floor) as $type | ((.[0] % 2) * 256 + .[1]) as $length
    | if $type == 0 then empty else {type: $type, value: .[2:2 + $length]}, (.[2 + $length:] | next) end end;
  next;
# Chassis and port ids carry a subtype: a MAC address in one (4 for a chassis, 3 for a port), text in the others.
def id($macSubtype): if .[0] == $macSubtype then .[1:] | map([.] | hex) | join(":") else .[1:] | octets end;
def neighbour: reduce (.[14:] | tlvs) as $tlv ({};
    if $tlv.type == 1 then .chassisId = ($tlv.value | id(4))
    elif $tlv.type == 2 then .portId = ($tlv.value | id(3))
    elif $tlv.type == 4 then .portDescription = ($tlv.value | octets)
    elif $tlv.type == 5 then .systemName = ($tlv.value | octets)
    elif $tlv.type == 6 then .systemDescription = ($tlv.value | octets)
    else . end);
def frames: def next: if length < 9 then empty else (.[0] + .[1] * 256) as $length | .[8:8 + $length], (.[8 + $length:] | next) end; next;

{
  format: 1,
  bootId: ($bootId | text),
  bootInterface: (if $bootInterface == "" then null else $bootInterface[3:] | gsub("-"; ":") | ascii_downcase end),
  hostKey: ($hostKey | text | split(" ")[:2] | join(" ")),
  kernel: ($kernel | text),
  uptime: ($uptime | split(" ")[0] | tonumber),
  os: ($osRelease | pairs("=")),
  firmware: ($firmware | text),
  secureBoot: ($secureBoot | text | if . then test("1") else null end),
  tpm: (if $registers == "" then null else {registers: ($registers | pairs(":") | map_values(ascii_downcase)), log: ($eventLog | text)} end),
  dmi: ($dmi | pairs(":")),
  dmiMemory: ($dmiMemory | text),
  cpu: ($lscpu | json | if . then [.lscpu | .. | objects | select(.field?) | {key: (.field | rtrimstr(":")), value: .data}] | from_entries else null end),
  memory: ($memory | pairs(":") | with_entries(select(.key | test("^(MemTotal|MemAvailable|SwapTotal)$")))),
  disks: ($lsblk | json | .blockdevices? // []),
  diskIds: ($byId | columns | map({id: .[0], device: (.[1] | split("/") | last)})),
  ports: ($ports | columns | map({name: .[0], mac: .[1], speed: (.[2] | known | if . then tonumber else null end), carrier: (.[3] == "1"),
    state: .[4], pci: (.[5] | known), driver: (.[6] | known), index: (.[7] | tonumber),
    firmware: ((.[8] // "") | known)})),
  lldp: ($neighbours | columns | map(.[0] as $port | [.[1] | split(" ")[] | select(. != "") | tonumber] | [frames] | map({port: $port} + neighbour)) | add // []),
  links: ($links | json),
  addresses: ($addresses | json),
  pci: ($pci | lines),
  bmc: (if ($bmcInfo + $bmcLan) == "" then null else {info: ($bmcInfo | pairs(":")), lan: ($bmcLan | pairs(":"))} end)
}
