#!/usr/bin/jq -f
# A layout, fitted to the disks of this machine: which disks it takes, what is made on them in which order, and a picture of it. It only
# reads: the wish ({layout, own, captured, disk, imageBytes, degraded}), and $captured_inventory ({disks, diskIds}, as discovery reports them).
# What does not fit is refused, with every reason on a line of its own. Sizes are MiB. What the steps do is in lay-out.

# ── The named layouts; `own` is what the operator wrote, `captured` that of the machine that the image was made of.
def which($disk): if $disk | startswith("/dev/") then { ids: [$disk] } else { choose: $disk } end;
def named($disk):
  which($disk) as $which
  | { mount: "/boot", size: "1GiB" } as $boot
  | [{ swap: true, size: "1GiB" }, { mount: "/" }] as $plain
  # A fifth stays free, for snapshots and for what grows.
  | { group: "system", volumes: [{ mount: "/", size: "40%" }, { mount: "/var", size: "40%" }, { swap: true, size: "1GiB" }] } as $lvm
  | [$boot, $lvm + { encrypted: true }] as $encrypted
  | ($which + { count: 1 }) as $one
  | ($which + { count: 2 }) as $two
  | {
      plain: [{ disks: $one, volumes: $plain }],
      lvm: [{ disks: $one, volumes: [$boot, $lvm] }],
      encrypted: [{ disks: $one, volumes: $encrypted }],
      mirror: [{ disks: $two, volumes: $plain }],
      "mirror-lvm": [{ disks: $two, volumes: [$boot, $lvm] }],
      "mirror-encrypted": [{ disks: $two, volumes: $encrypted }]
    };

# The rule is for the disks that the system is on; others are taken by their size.
def as_captured($disk): to_entries | map(.key as $at | .value | .disks += if $at == 0 then which($disk) else { choose: "largest" } end);

# Everything that may be left out, filled in.
def complete:
  def volume: { size: "rest" } + . | if .mount then { format: "ext4", options: "defaults" } + . else . end;
  map(
    .disks |= { choose: "smallest", count: (if .ids then .ids | length else 1 end) } + .
    | .volumes |= map({ encrypted: false } + volume | if .group then .volumes |= map(volume) else . end)
  );

# ── What things cost.
def bios_boot: 1;
# FAT32 on sectors of 4096 bytes begins at 260; updates of firmware want room as well.
def esp: 512;
# The partition table and its copy.
def tables: 2;
# md keeps room before the data, a thousandth and at most 128, and its superblock (mdadm, super1.c).
def mirror_cost: ([128, (. / 1024 | ceil)] | min) + 1;
def luks_header: 16;
# LVM's own record, and what does not fill an extent.
def group_cost: 8;
def extent: 4;
# xfs refuses to be smaller.
def least_filesystem: 300;

# "20GiB" → 20480; a share is one of $room.
def amount($room):
  if endswith("%") then rtrimstr("%") | tonumber / 100 * $room | floor
  else capture("^(?<n>[0-9]+)(?<unit>[MGT])iB$") | (.n | tonumber) * { M: 1, G: 1024, T: 1048576 }[.unit]
  end;
def is_fixed: test("iB$");

# What a volume must at least have; the image lies on the root while it is unpacked there. Of a captured layout it is known what is in each:
# with that come what the file system keeps for itself, and some room to start in.
def least($image):
  (if .used then [(.used * 1.15 + 200 | ceil), least_filesystem] | max
  elif .swap and .was then [.was, 256] | min
  elif .group then group_cost + ([.volumes[] | if .size | is_fixed then .size | amount(0) else least($image) end] | add)
  elif .mount == "/" then ($image / 1048576 * 2 | ceil) + 100
  elif .mount then least_filesystem
  else 1
  end) + (if .encrypted then luks_header else 0 end);
def wanted($image): if .size | is_fixed then .size | amount(0) else least($image) end;

# ── Words.
def sized: if . >= 10240 then "\(. / 1024 | floor) GiB" elif . >= 1024 then "\(. / 102.4 | floor | . / 10) GiB" else "\(floor) MiB" end;
def listed: if length > 1 then "\(.[:-1] | join(", ")) and \(last)" else join("") end;
def what: if .group then .group elif .swap then "swap" else .mount end;
def stem: if .group then .group elif .swap then "swap" elif .mount == "/" then "root" else .mount[1:] | gsub("[^A-Za-z0-9]+"; "_") end;
def described: "\(.path | ltrimstr("/dev/disk/by-id/")) (\(.size | sized))";

# ── What can be said of a layout without looking at a disk: a stream of reasons.
# Each volume that holds something, with what it lies in.
def leaves: .[].volumes[] | . as $top | if .group then .volumes[] else . end | . + { top: $top };
# Where the kernel lies.
def boot: [leaves | select(.mount == "/boot" or .mount == "/")] | max_by(.mount);

def faults:
  [leaves | .mount // empty] as $mounts
  | [.[].volumes[].group // empty] as $groups
  | (select($mounts | index("/") | not) | "nothing is mounted at /: give one volume \"mount: /\""),
    ($mounts, $groups | group_by(.)[] | select(length > 1) | "\(first) is there \(length) times"),
    ($mounts[] | select(test("^/(boot/efi|bin|dev|etc|lib[^/]*|proc|run|sbin|sys|usr)(/|$)"))
      | "\(.) cannot be a file system of its own: the system needs it before it has mounted any but /"),
    ([leaves | select(.mount) | stem] - ([leaves | select(.mount) | stem] - $groups) | .[] | "the group \(.) needs another name: a volume is called so"),
    # GRUB reads it by itself, on BIOS and on UEFI.
    (boot // empty | select(.top.encrypted) | "\(.mount) would hold the kernel and be encrypted: give /boot a volume that is not, for GRUB to read"),
    (boot // empty | select(.format == "xfs") | "\(.mount) would hold the kernel, which GRUB reads from ext4 only: give /boot a volume with ext4"),
    ([.[].volumes], [.[].volumes[] | select(.group).volumes] | .[]
      | (map(select(.size == "rest") | what) | select(length > 1) | "\(listed) all take the rest; one can"),
        (map(.size | select(endswith("%")) | amount(100)) | add // 0 | select(. > 100) | "the shares of one disk or group come to \(.) %"));

# ── Which disks. Of its names a disk is called by the shortest, which is of model and serial number; one without either has no stable name.
def disks:
  (env.captured_inventory | fromjson) as { disks: $found, diskIds: $ids }
  | [$found[]
      | select(.type == "disk" and (.name | test("^(ram|zram|fd|nbd|loop|sr|md|dm-)") | not))
      | .name as $name
      | [$ids[] | select(.device == $name) | "/dev/disk/by-id/\(.id)"] as $names
      | {
          name: $name, names: $names, path: ($names | sort_by(length, .) | first // "/dev/\($name)"),
          size: (.size | tonumber / 1048576 | floor),
          ssd: (.rota == false),
          never: (if .rm == true or .tran == "usb" then "removable" elif .ro == true then "read-only" else null end)
        }];

# Why a disk is not for this part of a layout; null when it is.
def unfit($choose; $needed; $taken):
  .path as $path
  | if .never then .never
    elif $taken | index($path) then "taken by another part"
    elif ($choose | endswith("-ssd")) and (.ssd | not) then "no SSD"
    elif .size < $needed then "too small"
    else null
    end;

# The part with its disks, or with the fault that there are not enough. A mirror may lack some where the wish says so.
def choose($all; $taken; $degraded):
  .disks as { $choose, $count, $ids }
  | .needed as $needed
  | [$all[] | . + { unfit: unfit($choose; $needed; $taken) }] as $judged
  | (if $ids then [$ids[] as $id | $judged[] | select(.names | index($id))]
    else [$judged[] | select(.unfit | not)] | sort_by((.size * (if $choose | startswith("largest") then -1 else 1 end)), .name) | .[:$count]
    end) as $found
  | (if $ids then $ids | listed else "\($choose) of this machine" end) as $rule
  | [$found[] | select(.unfit)] as $wrong
  | ($count - ($found | length)) as $missing
  | if $wrong == [] and ($missing == 0 or ($degraded and $found != [])) then . + { chosen: $found, $missing }
    else . + { chosen: [], fault:
      ("\([.volumes[] | what] | listed): \($count) disk\(if $count > 1 then "s" else "" end) of \($needed | sized) or more needed, \($rule); found: "
      + (if $judged == [] then "none" else [$judged[] | described + (if .unfit then ", " + .unfit else "" end)] | join("; ") end)
      + if $count > 1 and $found != [] and $wrong == [] and ($ids | not) then "; set \"degraded\" to have the mirror built on what there is" else "" end) }
    end;

# Every part with its disks. Those that are named are nobody else's; of one disk's parts, that with the kernel is what it starts from.
def with_disks($image; $degraded):
  boot.mount as $boot
  | map(
      .starts = any(.volumes[]; any(if .group then .volumes[] else . end; .mount == $boot))
      | .needed = tables + (if .starts then bios_boot + esp else 0 end) + ([.volumes[] | wanted($image)] | add)
      | if .disks.count > 1 then .needed += (.needed | mirror_cost) else . end)
  | ([.[].disks.ids // [] | .[]]) as $named
  | disks as $all
  | reduce .[] as $part ([];
      . as $before
      | ([$before[].chosen[].path] + if $part.disks.ids then [] else [$all[] | select(.names - (.names - $named) | length > 0).path] end) as $taken
      | $before + [$part | choose($all; $taken; $degraded)]);

# ── How large everything becomes, in whole extents: fixed sizes first, then shares of what they leave, then the rest.
def extents: . / extent | floor * extent;
def by_shares($room):
  ([.[].size | select(is_fixed) | amount(0)] | add // 0) as $fixed
  | map(. + { mib: (if .size == "rest" then null else (.size | amount($room - $fixed)) | extents end) })
  | ($room - ([.[].mib // 0] | add)) as $left
  | map(.mib = (.mib // $left));

# As large as it was, for a captured layout; $free is what the group had free. With more room than there was everything grows alike but swap and
# /boot. With less, each has what it needs, and what is left is shared out by how much more than that it had.
def as_it_was($room; $image; $free):
  def keeps: .swap or .mount == "/boot";
  map(.least = (least($image) / extent | ceil * extent) | .was = ([.was, .least] | max))
  | (([.[].was] | add) + $free) as $was
  | ([.[].least] | add) as $least
  | (([.[] | select(keeps | not).was] | add // 0) + $free) as $growing
  | map(.mib = (
      if $room >= $was then .was + (if keeps then 0 else ($room - $was) * .was / ([$growing, 1] | max) end)
      else .least + ($room - $least) * (.was - .least) / ([$was - $least, 1] | max) end
      | extents));
def share($room; $image; $free): if any(.[]; .size == "was") then as_it_was($room; $image; $free) else by_shares($room) end;

def is_mirror: .disks.count > 1;
def carved($image):
  ([.chosen[].size] | min - tables) as $size
  | is_mirror as $mirrored
  | .room = $size - (if .starts then bios_boot + esp else 0 end)
  | .room as $room
  | .volumes |= (share($room; $image; 0) | map(
      if .group then
        .room = ((.mib - (if $mirrored then .mib | mirror_cost else 0 end) - (if .encrypted then luks_header else 0 end) - group_cost) | extents)
        | .room as $room | .free as $free | .volumes |= share($room; $image; $free // 0)
      else . end));

def too_little($image):
  . as $part
  | ([.chosen[] | described] | listed) as $on
  | (., (.volumes[] | select(.group)))
  | ([.volumes[].mib] | add) as $sum
  | (select($sum > .room) | "\(.group // "the layout") has \($sum | sized) in it and room for \(.room | sized) on \($on)"),
    (.volumes[] | select(.group | not) | . as $volume | least($image)
      | select($volume.mib < .) | "\($volume | what) would have \([$volume.mib, 0] | max | sized) on \($on), and needs \(sized)");

# ── What it becomes.
def kinds: {
  bios: "21686148-6449-6E6F-744E-656564454649", esp: "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", data: "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
  swap: "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F", raid: "A19D880F-05FC-4D3B-A006-743F0F84911E", lvm: "E6D6D379-F507-44C2-A23C-238F2A3DF928",
  luks: "CA7D7CCB-63ED-4C53-861C-1742536059CC"
};
def partition_of($number): . + (if startswith("/dev/disk/by-id/") then "-part" elif test("[0-9]$") then "p" else "" end) + "\($number)";

# The part with the device of everything in it. Names of arrays are one machine's, so a second swap is another one.
def placed($index):
  [.chosen[].path] as $disks
  | is_mirror as $mirrored
  | (if .starts then 2 else 0 end) as $before
  | def on($name; $number): { members: [$disks[] | partition_of($number)] } | .base = (if $mirrored then "/dev/md/\($name)" else .members[0] end);
    .esp = (if .starts then on("esp"; 2) else null end)
  | .volumes |= [to_entries[] | .key as $at | .value
      | .name = stem + (if .swap and $index > 0 then "\($index + 1)" else "" end)
      | . + on(.name; $before + $at + 1)
      | .device = (if .encrypted then "/dev/mapper/\(.name)_crypt" else .base end)
      | if .group then .group as $group | .volumes |= map(.name = stem | .device = "/dev/\($group)/\(.name)") else . end];

def table:
  is_mirror as $mirrored
  | [if .starts then { mib: bios_boot, type: kinds.bios, name: "bios" }, { mib: esp, type: kinds.esp, name: "esp" } else empty end,
     (.volumes[] | { mib, name, type: kinds[if $mirrored then "raid" elif .encrypted then "luks" elif .group then "lvm" elif .swap then "swap" else "data" end] })]
  # Until all is done, the first one's name says that the disk may be written over again.
  | .[0].name = "prybar-installing"
  | ["label: gpt", (.[] | "size=\(.mib)MiB, type=\(.type), name=\(.name)")] | join("\n");

def format: if .swap then ["swap", .device, .name] else ["filesystem", .format, .device, .name] end;

def steps:
  (.[] | .chosen[] | ["clear", .path]),
  (.[] | table as $table | .chosen[] | ["partition", .path, $table]),
  (.[] | select(is_mirror) | [range(.missing) | "missing"] as $missing |
    # Firmware takes a mirrored ESP for a plain one when md's record is at the end (1.0).
    (.esp // empty | ["mirror", "esp", "1.0"] + .members + $missing),
    (.volumes[] | ["mirror", .name, "1.2"] + .members + $missing)),
  (.[].volumes[] | select(.encrypted) | ["encrypt", .base, "\(.name)_crypt"]),
  (.[].volumes[] | select(.group) | .group as $group | ["group", $group, .device],
    # What takes the rest comes last, and then takes what is really there.
    (.volumes | sort_by(.size == "rest")[] | ["volume", $group, .name, if .size == "rest" then "rest" else "\(.mib)" end])),
  (.[] | select(.esp) | ["filesystem", "vfat", .esp.base, "ESP"]),
  (.[].volumes[] | if .group then .volumes[] else . end | format);

# ── The picture.
# A line of name, size and what it is.
def columns: . as [$name, $mib, $about]
  | $name + " " * ([18 - ($name | length), 1] | max) + ($mib | sized | " " * ([9 - length, 0] | max) + .) + (if $about == "" then "" else "  " + $about end);
def branches($indent): . as $all | range(length) | $indent + (if . == ($all | length) - 1 then "└─ " else "├─ " end) + $all[.];
def holds: if .swap then "" else .format end;
def free($room): ($room - ([.volumes[].mib] | add)) | select(. > extent) | ["(free)", ., ""] | columns;
def picture:
  is_mirror as $mirrored
  | (if .missing > 0 then "mirrored (\(.missing) of \(.disks.count) disks missing)" else "mirrored" end) as $word
  | (.chosen[] | described + if .ssd then ", SSD" else "" end),
    ([
      (select(.starts) | (["BIOS boot", bios_boot, if $mirrored then "on each" else "" end], ["/boot/efi", esp, "vfat" + if $mirrored then ", " + $word else "" end]) | columns),
      (.volumes[] | ([if .group then "group \(.group)" else what end, .mib, ([if .group then "LVM" else holds | select(. != "") end, if .encrypted then "encrypted" else empty end, if $mirrored then $word else empty end] | join(", "))] | columns)
        + if .group then ([(.volumes[] | [what, .mib, holds] | columns), free(.room)] | "\n" + ([branches("     ")] | join("\n"))) else "" end),
      free(.room)
    ] | branches("  "));

# ── The answer.
def refused: "this layout cannot be laid out here:\n" + (map("  - \(.)\n") | join("")) | halt_error(1);

. as $wish
# Files that come without an image around them need half of its room, and a little more than they are.
| (if .captured then .imageBytes * 0.6 else .imageBytes end) as $image
| (if .layout == "own" then .own elif .layout == "captured" then .disk as $disk | .captured | as_captured($disk) else named(.disk)[.layout] end | complete)
| [faults] as $faults | if $faults != [] then $faults | refused else . end
| with_disks($image; $wish.degraded // false)
| [.[].fault // empty] as $faults | if $faults != [] then $faults | refused else . end
| map(carved($image))
| [.[] | too_little($image)] as $faults | if $faults != [] then $faults | refused else . end
| [to_entries[] | .key as $index | .value | placed($index)]
| [leaves] as $leaves
| any(is_mirror) as $mirrored
| any(.volumes[].group) as $grouped
| any(.volumes[].encrypted) as $encrypted
| any($leaves[]; .format == "xfs") as $xfs
| {
    disks: [.[].chosen[].path],
    starts: [.[] | select(.starts).chosen[].path],
    needs: { mdadm: $mirrored, lvm2: $grouped, cryptsetup: $encrypted, xfsprogs: $xfs } | [to_entries[] | select(.value).key],
    steps: [steps],
    mounts: ([$leaves[] | select(.mount) | { folder: .mount, device, format, options }] + [.[] | select(.esp) | { folder: "/boot/efi", device: .esp.base, format: "vfat", options: "umask=0077" }] | sort_by(.folder)),
    swaps: [$leaves[] | select(.swap).device],
    encrypted: [.[].volumes[] | select(.encrypted) | { name: "\(.name)_crypt", device: .base }],
    picture: [.[] | picture] | join("\n")
  }
